"""逐级上报: the years, the board of one year, sealing, the ranking, and what changed after sealing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from cadres.lists import link_of
from cadres.views.people import chosen_conditions
from common.exports import export_response
from common.scope import scope_of
from common.views import FormPage, ListPage, Page
from reports import actions
from reports.actions.sealing import not_ready
from reports.assessment import active_rules, formula, ranked
from reports.exports import RankingResource, SubmissionResource
from reports.filters import SubmissionFilter
from reports.models import AssessmentRule, ReportingYear, Sealing, Submission, SubmissionLevel
from reports.submission_forms import RuleForm, StepForm, YearForm
from reports.tables import RankingTable, SubmissionTable, score_words

RIGHT = "statistics.view"


def runs_the_city(user: Any) -> bool:
    """Who opens, seals and reopens years: staff of the whole city."""
    return scope_of(user, "statistics.review").everything


class CityPage:
    """Only the city's staff; every other reader of statistics gets 403."""

    def dispatch(self, request: HttpRequest, *args, **kwargs):
        if not runs_the_city(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class OfYear:
    """``self.year``: the year of the address, 404 where it was never opened."""

    kwargs: dict[str, Any]
    request: HttpRequest

    @cached_property
    def year(self) -> ReportingYear:
        return get_object_or_404(ReportingYear.objects.visible_to(self.request.user), year=self.kwargs["year"])


class YearListPage(Page):
    right = RIGHT
    template_name = "reports/year_list.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        user = self.request.user
        mine = Submission.objects.visible_to(user)
        counts = {
            row["reporting_year"]: row
            for row in mine.order_by()
            .values("reporting_year")
            .annotate(
                all=Count("pk"),
                done=Count("pk", filter=Q(state__in=["approved", "sealed"])),
                waiting=Count("pk", filter=Q(state="submitted")),
                returned=Count("pk", filter=Q(state="returned")),
            )
        }
        years = list(ReportingYear.objects.visible_to(user).prefetch_related("sealings"))
        return super().get_context_data(
            rows=[{"year": year, "counts": counts.get(year.pk), "sealing": _in_force(year)} for year in years],
            may_open=runs_the_city(user),
            **kwargs,
        )


def _in_force(year: ReportingYear) -> Sealing | None:
    return next((sealing for sealing in year.sealings.all() if sealing.in_force), None)


class YearOpenPage(CityPage, FormPage):
    right = RIGHT
    form_class = YearForm
    template_name = "reports/step.html"
    success_message = "{object}已布置，各单位可以填报了"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            title="布置年度上报", verb="布置", back=reverse("reports:year_list"),
            consequences=["截止日有人的单位都列进来，各区县、全市也各一份", "布置以后期限还可以改"], **kwargs,
        )  # fmt: skip

    def perform(self, form: YearForm) -> ReportingYear:
        return actions.open_year(actor=self.request.user, **form.values())

    def get_success_url(self) -> str:
        return reverse("reports:year", args=[self.object.year])


class YearStep(OfYear, CityPage, FormPage):
    """A step of the whole year."""

    right = RIGHT
    template_name = "reports/step.html"
    title = ""
    verb = ""
    danger = False

    @cached_property
    def instance(self) -> ReportingYear:
        return self.year

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            title=self.title.format(self.year), verb=self.verb, danger=self.danger,
            back=self.get_success_url(), consequences=self.consequences(), warning=self.warning(), **kwargs,
        )  # fmt: skip

    def consequences(self) -> list[str]:
        return []

    def warning(self) -> str:
        return ""

    def get_success_url(self) -> str:
        return reverse("reports:year", args=[self.year.year])


class YearChangePage(YearStep):
    form_class = YearForm
    title = "改{}的期限"
    verb = "保存"
    success_message = "期限已改"

    def perform(self, form: YearForm) -> ReportingYear:
        return actions.change_year(
            actor=self.request.user, year=self.year, values=form.values(), version=form.cleaned_data["version"]
        )


class SealPage(YearStep):
    form_class = StepForm
    title = "封存{}？"
    verb = "封存"
    success_message = "已封存，数字和人员从此不变"

    def consequences(self) -> list[str]:
        return [
            f"截至 {self.year.as_of:%Y-%m-%d} 的人员、变动和全部统计表原样存下来，以后怎么改资料都不变",
            "各单位的上报都变成“已封存”，不能再退回；考核得分定下来",
            "封存以后才知道的事照常登记，列在“封存后变动”里",
            "要一两分钟，请不要关页面",
        ]

    def warning(self) -> str:
        count = not_ready(self.year)
        return f"还有 {count} 个单位或区县没有审核通过。最好先审完；仍要封存，请在下面写明原因" if count else ""

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "label": "封存说明", "required": bool(not_ready(self.year))}

    def perform(self, form: StepForm) -> Sealing:
        return actions.seal_year(actor=self.request.user, year=self.year, words=form.cleaned_data["words"])


class ReopenPage(YearStep):
    form_class = StepForm
    title = "解封{}？"
    verb = "解封"
    danger = True
    success_message = "已解封，改完请再封存一次"

    def consequences(self) -> list[str]:
        return [
            "现在这一次封存留着，随时可以再看、再下载",
            "年度回到填报中，改好以后再封存，记作下一次封存",
            "解封的人和原因写进操作记录",
        ]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "label": "解封原因",
            "required": True,
            "help_text": "至少 10 个字，以后查得到",
        }

    def perform(self, form: StepForm) -> ReportingYear:
        return actions.reopen_year(actor=self.request.user, year=self.year, words=form.cleaned_data["words"])


class YearPage(OfYear, ListPage):
    """The board of one year: how far everybody is, who is late, who waits to be looked at."""

    model = Submission
    right = RIGHT
    table_class = SubmissionTable
    filterset_class = SubmissionFilter
    template_name = "reports/year.html"
    export_resource = SubmissionResource
    export_right = "statistics.export"
    export_action = "report.export"
    per_page = 50

    @property
    def export_name(self) -> str:
        return f"{self.year}上报进度"

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().filter(reporting_year=self.year).for_lists()

    @cached_property
    def reviewable(self) -> set[int]:
        rows = Submission.objects.visible_to(self.request.user).reviewable_by(self.request.user)
        return set(rows.filter(reporting_year=self.year).values_list("pk", flat=True))

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"year": self.year, "reviewable": self.reviewable}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form, user = self.request.GET, context["filter"].form, self.request.user
        chosen = chosen_conditions(form, query)
        owing = [row.pk for row in self.object_list.owing()] if not self.year.sealed else []
        today = timezone.localdate()
        context.update(
            year=self.year,
            form=form,
            main=("level", "state", "district"),
            keep={},
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
            may_export=self.may_export,
            export_xlsx=link_of(query, export="xlsx"),
            kpis=self._kpis(today),
            groups=self._groups(),
            sealings=list(self.year.sealings.select_related("sealed_by", "reopened_by").order_by("-number")),
            runs=runs_the_city(user),
            to_remind=len(self.reviewable & set(owing)),
            query=query.urlencode(),
        )
        return context

    def _kpis(self, today) -> list[dict[str, Any]]:
        rows = super().get_queryset().filter(reporting_year=self.year)
        counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
        late = rows.late(today).count()
        here = self.request.path
        done = counts.get("approved", 0) + counts.get("sealed", 0)
        return [
            {"label": "审核通过", "value": done, "unit": "家", "note": f"共 {sum(counts.values())} 家",
             "url": f"{here}?state={'sealed' if self.year.sealed else 'approved'}"},
            {"label": "等审核", "value": counts.get("submitted", 0), "unit": "家", "url": f"{here}?state=submitted"},
            {"label": "已退回", "value": counts.get("returned", 0), "unit": "家", "url": f"{here}?state=returned"},
            {"label": "填报中", "value": counts.get("draft", 0), "unit": "家", "url": f"{here}?state=draft",
             "owed": f"逾期 {late} 家" if late else ""},
        ]  # fmt: skip

    def _groups(self) -> list[dict[str, Any]]:
        """Progress of the units that each bureau reviews."""
        rows = super().get_queryset().filter(reporting_year=self.year, level=SubmissionLevel.UNIT)
        counted = (
            rows.order_by("reviewer__path").values("reviewer_id", "reviewer__name", "reviewer__parent")
            .annotate(all=Count("pk"), done=Count("pk", filter=Q(state__in=["approved", "sealed"])),
                      waiting=Count("pk", filter=Q(state="submitted")), owing=Count("pk", filter=Q(state__in=["draft", "returned"])))
        )  # fmt: skip
        return [
            {**row, "label": row["reviewer__name"] if row["reviewer__parent"] else "市直单位",
             "district": row["reviewer_id"] if row["reviewer__parent"] else None}
            for row in counted
        ]  # fmt: skip


@require_POST
def remind(request: HttpRequest, year: int) -> HttpResponse:
    """催办 everything that the board's filter shows, or the one submission named."""
    if not request.user.holds("statistics.review"):
        raise PermissionDenied
    opened = get_object_or_404(ReportingYear.objects.visible_to(request.user), year=year)
    rows = Submission.objects.visible_to(request.user).filter(reporting_year=opened)
    one = request.POST.get("submission", "")
    if one:
        rows = rows.filter(pk=int(one)) if one.isdigit() and len(one) < 18 else rows.none()
    else:
        rows = SubmissionFilter(request.GET, queryset=rows, request=request).qs
    count = actions.remind(actor=request.user, submissions=rows.only("pk"))
    messages.success(
        request, f"已催办 {count} 家，提醒已送到他们的“提醒”里" if count else "没有要催的：都报了，或者不归您审核"
    )
    return HttpResponseRedirect(f"{reverse('reports:year', args=[year])}?{request.GET.urlencode()}")


@require_POST
def add_units(request: HttpRequest, year: int) -> HttpResponse:
    """List units that have people only since the year was opened."""
    if not runs_the_city(request.user):
        raise PermissionDenied
    opened = get_object_or_404(ReportingYear.objects.visible_to(request.user), year=year)
    try:
        count = actions.add_missing_units(actor=request.user, year=opened)
        messages.success(request, f"补列了 {count} 家单位" if count else "没有要补的单位，有人的单位都在了")
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    return redirect("reports:year", year)


class RankingPage(OfYear, Page):
    """考核: who has how many points, and by which rules."""

    right = RIGHT
    template_name = "reports/ranking.html"

    def rows(self) -> list[dict[str, Any]]:
        return ranked(self.request.user, self.year, self.rules, self.request.GET.get("level", ""))

    @cached_property
    def rules(self) -> list[AssessmentRule]:
        return active_rules()

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.GET.get("export") == "xlsx":
            return self._export()
        return super().get(request, *args, **kwargs)

    def _export(self) -> HttpResponse:
        user = self.request.user
        if not user.holds("statistics.export"):
            raise PermissionDenied
        return export_response(
            user=user, resource=RankingResource(), queryset=_Rows(self.rows()), fmt="xlsx",  # type: ignore[arg-type]
            name=f"{self.year}考核得分", action="report.export",
        )  # fmt: skip

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        rows = self.rows()
        table = RankingTable(rows)
        RequestConfig(self.request, paginate={"per_page": 50}).configure(table)
        level = self.request.GET.get("level", "")
        tabs = [
            ("", "全部"),
            *((str(v), str(label)) for v, label in SubmissionLevel.choices if v != SubmissionLevel.CITY),
        ]
        return super().get_context_data(
            table=table,
            rules=AssessmentRule.objects.visible_to(self.request.user) if runs_the_city(self.request.user) else [],
            formula=formula(self.rules),
            runs=runs_the_city(self.request.user),
            may_export=self.request.user.holds("statistics.export"),
            tabs=[{"label": label, "url": f"{self.request.path}?level={value}", "current": level == value, "count": None}
                  for value, label in tabs],
            **{**kwargs, "year": self.year},
        )  # fmt: skip


class _Rows(list):
    """A list that exports read like a queryset."""

    def iterator(self, chunk_size: int = 0):
        for item in self:
            yield {**item, "words": score_words(item["score"])}


class RulePage(CityPage, FormPage):
    """A line of the 考核, new or changed."""

    model = AssessmentRule
    right = RIGHT
    form_class = RuleForm
    template_name = "reports/step.html"
    success_message = "考核办法已存：{object.name}"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            title="改考核办法" if self.instance else "新增考核办法", verb="保存", back=self.get_success_url(),
            consequences=["没有封存的年度马上按新办法算；已封存的年度得分不变"], **kwargs,
        )  # fmt: skip

    def perform(self, form: RuleForm) -> AssessmentRule:
        return actions.save_rule(actor=self.request.user, rule=self.instance, values=form.values())

    def get_success_url(self) -> str:
        latest = ReportingYear.objects.visible_to(self.request.user).first()
        return reverse("reports:ranking", args=[latest.year]) if latest else reverse("reports:year_list")
