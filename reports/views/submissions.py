"""One organization's report: its tables and checks, what was said about them, its history, and the next step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property

from common.views import FormPage, RecordPage
from reports import actions
from reports.actions.submissions import failing, may, unexplained
from reports.actions.years import waiting
from reports.assessment import active_rules, days_late, due_of, score_all
from reports.declarations import TABLES
from reports.engine.compute import Result
from reports.engine.people import opens
from reports.models import Submission, SubmissionLevel
from reports.sealing.reading import ask, results_for
from reports.submission_forms import ExplainForm, StepForm
from reports.tables import score_words, state_tag
from reports.transitions import TRANSITIONS, allowed
from reports.views.tables import _headline

RIGHT = "statistics.view"


class SubmissionPage(RecordPage):
    model = Submission
    right = RIGHT
    template_name = "reports/submission.html"

    def get_queryset(self):
        return super().get_queryset().select_related("organization__district", "reporting_year", "reviewer",
                                                     "submitted_by", "approved_by")  # fmt: skip

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        row: Submission = self.object
        user, year = self.request.user, row.reporting_year
        results = results_for(ask(user, year.as_of, row.organization))
        query = urlencode({"as_of": year.as_of.isoformat(), "organization": row.organization_id})
        failed = [
            failure(key, check, results, query) | {"words": results[key].explanations.get(check.name, "")}
            for key, check in failing(results)
        ]
        score = score_all(Submission.objects.visible_to(user).filter(pk=row.pk).for_points(), year, active_rules())[0]
        steps = [step for step in TRANSITIONS.values() if self._open(step.action)]
        return super().get_context_data(
            row=row,
            year=year,
            tag=state_tag(row),
            due=due_of(row, year),
            late=days_late(row, due_of(row, year), _today()),
            tables=[
                {"table": result.table, "total": _headline(result), "failed": [c for c in result.checks if not c.ok],
                 "passed": sum(c.ok for c in result.checks), "explained": all(c.name in result.explanations for c in result.checks if not c.ok),
                 "url": f"{reverse('reports:table', args=[key])}?{query}"}
                for key, result in results.items()
            ],
            failed=failed,
            silent=sum(not item["words"] for item in failed),
            history=row.events.select_related("by").order_by("-at", "-pk"),
            labels={step.action: step.label for step in TRANSITIONS.values()},
            steps=[{"label": s.label, "url": reverse(f"reports:submission_{s.action}", args=[row.pk]), "action": s.action}
                   for s in steps],
            may_explain=not year.sealed and allowed("submit", row.state) and may(user, TRANSITIONS["submit"], row),
            may_remind=not year.sealed and row.state in ("draft", "returned")
            and Submission.objects.visible_to(user).reviewable_by(user).filter(pk=row.pk).exists(),
            waiting=waiting(year, row.organization) if row.level != SubmissionLevel.UNIT else 0,
            score=score, score_total=row.points if row.points is not None else score.total,
            score_words=score_words(score),
            tables_url=f"{reverse('reports:table_list')}?{query}",
            export_url=f"{reverse('reports:table_export', args=['all'])}?{query}",
            may_export=user.holds("statistics.export"),
            **kwargs,
        )  # fmt: skip

    def _open(self, action: str) -> bool:
        """Whether this reader can take the step now; the city's own report is not handed in but sealed."""
        row, step = self.object, TRANSITIONS[action]
        if step.citywide or row.reporting_year.sealed or row.level == SubmissionLevel.CITY:
            return False
        return allowed(action, row.state) and may(self.request.user, step, row)


def _today():
    from django.utils import timezone

    return timezone.localdate()


def failure(key: str, check: Any, results: dict[str, Result], query: str) -> dict[str, Any]:
    """A check that does not hold, with the way to the people on both sides."""
    tables = {name: result.table for name, result in results.items()}
    links = []
    right = {"as_of": check.right_day} if check.right_day else {}
    sides = ((check.left_label, check.left_cells, {}), (check.right_label, check.right_cells, right))
    for label, cells, when in sides:
        for cell in cells:
            table = tables.get(cell.table)
            row = (
                next((line for line in table.lines(results[cell.table].asked.districts) if line.key == cell.row), None)
                if table
                else None
            )
            column = table.column(cell.column) if table else None
            if table is None or row is None or column is None or not opens(table.measure(row, column)):
                continue
            url = f"{reverse('reports:table_people', args=[cell.table])}?{query}&{urlencode({'row': cell.row, 'column': cell.column, **when})}"
            links.append(
                {"label": f"看“{label if len(cells) == 1 else f'{row.label} {column.label}'}”名单", "url": url}
            )
    return {
        "key": key,
        "number": results[key].table.number,
        "check": check,
        "gap": abs(check.difference),
        "links": links,
    }


class SubmissionStep(FormPage):
    """A step of one report. Whose step it is, the transitions say; the state is looked at when it is taken."""

    model = Submission
    right = RIGHT
    form_class: Any = StepForm
    template_name = "reports/step.html"
    action = ""
    words = "说明"
    required = False
    danger = False
    help_text = ""

    @cached_property
    def instance(self) -> Submission:
        rows = Submission.objects.visible_to(self.request.user).select_related(
            "organization", "reporting_year", "reviewer"
        )
        found = rows.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        if not may(self.request.user, TRANSITIONS[self.action], found):
            raise PermissionDenied
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        return {**kwargs, "label": self.words, "required": self.required, "help_text": self.help_text}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        step = TRANSITIONS[self.action]
        defaults = {
            "title": f"{step.label}{self.instance.organization.name}{self.instance.reporting_year}的统计表？",
            "verb": step.label, "danger": self.danger, "back": self.get_success_url(), "submission": self.instance,
            "consequences": self.consequences(), "warning": self.warning(),
        }  # fmt: skip
        return super().get_context_data(**{**defaults, **kwargs})

    def consequences(self) -> list[str]:
        return []

    def warning(self) -> str:
        return ""

    def perform(self, form: Any) -> Submission:
        words = form.cleaned_data["words"]
        do = {
            "submit": actions.submit, "withdraw": actions.withdraw,
            "return": actions.return_submission, "approve": actions.approve_submission,
        }[self.action]  # fmt: skip
        return do(actor=self.request.user, submission=self.instance, words=words)

    def get_success_url(self) -> str:
        return reverse("reports:submission", args=[self.instance.pk])


class SubmitPage(SubmissionStep):
    action = "submit"
    words = "上报说明"
    success_message = "已上报，等上级审核"

    @cached_property
    def results(self) -> dict[str, Result]:
        return results_for(ask(self.request.user, self.instance.reporting_year.as_of, self.instance.organization))

    def consequences(self) -> list[str]:
        row = self.instance
        above = row.reviewer.name if row.reviewer else "市局"
        failed, silent = failing(self.results), unexplained(row, self.results)
        checks = f"校核不平 {len(failed)} 项，都写了说明" if failed else "校核全平"
        return [
            f"报给{above}审核，退回以前不能再改校核说明",
            checks if not silent else f"校核不平 {len(silent)} 项还没有说明，要先写",
        ]

    def warning(self) -> str:
        row = self.instance
        owing = waiting(row.reporting_year, row.organization) if row.level != SubmissionLevel.UNIT else 0
        return f"还有 {owing} 个单位没有审核通过。要先报，请写明原因" if owing else ""


class WithdrawPage(SubmissionStep):
    action = "withdraw"
    words = "撤回原因"
    required = True
    success_message = "已撤回，改好再报"

    def consequences(self) -> list[str]:
        return ["回到填报中，改好要再上报一次", "上级看得到撤回的原因"]


class ReturnPage(SubmissionStep):
    action = "return"
    words = "退回意见"
    required = True
    danger = True
    help_text = "写清楚哪张表、哪个数、怎么改，填报人照着改"
    success_message = "已退回"

    def consequences(self) -> list[str]:
        return ["填报人的首页和“提醒”里会看到退回意见", "退回一次，考核里记一次"]


class ApprovePage(SubmissionStep):
    action = "approve"
    words = "审核意见"
    success_message = "已审核通过"

    def consequences(self) -> list[str]:
        return ["以后还要改，可以再退回；全市封存以后就不能了"]


class ExplainPage(SubmissionStep):
    """A box for every check that does not hold; the words print under the table."""

    action = "submit"
    form_class = ExplainForm
    success_message = "说明已存，会印在表的下面"

    @cached_property
    def failed(self) -> dict[str, tuple[str, Any, str]]:
        """{name of the box: (table, check, words said about these sums)}"""
        row = self.instance
        results = results_for(ask(self.request.user, row.reporting_year.as_of, row.organization))
        return {
            f"check-{number}": (key, check, results[key].explanations.get(check.name, ""))
            for number, (key, check) in enumerate(failing(results))
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = FormPage.get_form_kwargs(self)
        boxes = [
            (name, f"{TABLES[key].number}　{check.name}",
             f"{check.left_label} {check.left:,}，{check.right_label} {check.right:,}，差 {abs(check.difference):,}", words)
            for name, (key, check, words) in self.failed.items()
        ]  # fmt: skip
        return {**kwargs, "checks": boxes}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            title="说明不平的校核", verb="存说明",
            consequences=["能改资料的先改资料，改平了就不用写", "写的话印在表的下面，也在导出的表里", "可以先写几项存下来，上报以前要写齐"] if self.failed else ["校核都平，不用说明"],
            **kwargs,
        )  # fmt: skip

    def perform(self, form: ExplainForm) -> Submission:
        problems: dict[str, Any] = {}
        for name, (key, check, before) in self.failed.items():
            words = form.cleaned_data.get(name, "")
            if words.strip() == before:
                continue
            try:
                actions.explain_check(
                    actor=self.request.user, submission=self.instance, table_id=key, check=check, words=words
                )
            except ValidationError as error:
                problems[name] = error
        if problems:
            raise ValidationError(problems)
        return self.instance
