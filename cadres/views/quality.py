"""数据质量: scores of the units, what is behind one, the people to mend, and what each rule weighs."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST

from accounts.models import Organization, OrganizationKind
from cadres import actions
from cadres.actions.quality import AT_ONCE
from cadres.exports import QualityPeopleResource, QualityResource
from cadres.filters import QualityFilter, QualityPeopleFilter
from cadres.forms.quality import QualityRuleForm
from cadres.lists import link_of
from cadres.models import Cadre, QualityRule, QualityScore
from cadres.quality.pages import POOR, chart_of, grouped, rule_lines, settings_of, years_of
from cadres.quality.rules import CRITICAL, RULES, Rule
from cadres.quality.tables import QualityPeopleTable, QualityTable
from cadres.querysets.quality import people_of
from cadres.views.people import chosen_conditions
from common.scope import scope_of
from common.views import FormPage, ListPage, Page

#: Rules shown at once on the overview.
WORST = 6


def may_rule(user: Any) -> bool:
    """Rules hold for the whole city: only who has the right there decides them."""
    return scope_of(user, "quality.rules").everything


def scores_of(user: Any) -> QuerySet:
    """The newest scores that a user sees, each with that of the year before's end (``before``)."""
    seen = QualityScore.objects.visible_to(user)
    last_year = seen.filter(organization=OuterRef("organization"), day__year=timezone.localdate().year - 1)
    return (
        seen.current()
        .select_related("organization", "organization__district")
        .annotate(before=Subquery(last_year.order_by("-day").values("score")[:1]))
    )


class QualityListPage(ListPage):
    """The score of the top of what the reader sees, then its districts and units, worst first."""

    model = QualityScore
    right = "cadre.view"
    table_class = QualityTable
    filterset_class = QualityFilter
    template_name = "cadres/quality_list.html"
    export_resource = QualityResource
    export_right = "cadre.view"
    export_action = "quality.export"
    export_name = "数据质量"

    def get_queryset(self) -> QuerySet:
        return scores_of(self.request.user).order_by("score", F("lost").desc(), "pk")

    @cached_property
    def top(self) -> QualityScore | None:
        """The score of the one organization above all others that the reader sees, if there is one."""
        user = self.request.user
        holding = [grant.organization_id for grant in user.grants]
        found = list(scores_of(user).filter(organization__in=holding).order_by("organization__path")[:2])
        return found[0] if found and (len(found) == 1 or found[0].organization.parent_id is None) else None

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form, user, top = self.request.GET, context["filter"].form, self.request.user, self.top
        seen = QualityScore.objects.visible_to(user)
        years = years_of(seen.of(top.organization)) if top else []
        chosen = chosen_conditions(form, query)
        context.update(
            form=form,
            main=("kind", "district"),
            keep={name: query[name] for name in ("sort",) if query.get(name)},
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
            may_export=self.may_export,
            may_rule=may_rule(user),
            export_xlsx=link_of(query, export="xlsx"),
            top=top,
            years=years,
            chart=chart_of(years) if len(years) > 1 else None,
            chart_label=trend_words(years),
            worst=[line for line in rule_lines(top, weights_of(user))[:WORST] if line.found] if top else [],
            districts=self.districts() if top and top.organization.parent_id is None else [],
            poor=POOR,
        )
        return context

    def districts(self) -> list[QualityScore]:
        kinds = [OrganizationKind.DISTRICT_BUREAU]
        return list(scores_of(self.request.user).filter(organization__kind__in=kinds).order_by("-score", "pk"))


def weights_of(user: Any) -> dict[str, int]:
    return {setting.rule.code: setting.weight for setting in settings_of(QualityRule.objects.visible_to(user))}


def trend_words(years: list[Any]) -> str:
    """What the chart shows, for whoever cannot see it."""
    return "数据质量得分：" + "，".join(f"{point.label} {point.score:.1f} 分" for point in years)


class OfOrganization:
    """A page about one organization whose people the reader sees."""

    @cached_property
    def organization(self) -> Organization:
        visible = Organization.objects.visible_to(self.request.user, "cadre.view")  # type: ignore[attr-defined]
        return get_object_or_404(visible.select_related("district"), pk=self.kwargs["pk"])  # type: ignore[attr-defined]


class QualityDetailPage(OfOrganization, Page):
    right = "cadre.view"
    template_name = "cadres/quality_detail.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        user, organization = self.request.user, self.organization
        scores = list(QualityScore.objects.visible_to(user).of(organization))
        score = next((row for row in scores if row.current), None)
        years = years_of(scores)
        lines = rule_lines(score, weights_of(user)) if score else []
        return super().get_context_data(
            organization=organization,
            score=score,
            years=list(reversed(years)),
            change=years[-1].change if years else None,
            chart=chart_of(years) if len(years) > 1 else None,
            chart_label=trend_words(years),
            groups=grouped([line for line in lines if line.found]),
            clean=[line for line in lines if not line.found],
            stale_since=self.rules_changed_after(score),
            may_compute=Organization.objects.visible_to(user, "quality.compute").filter(pk=organization.pk).exists()
            and (score is None or score.people <= AT_ONCE),
            may_rule=may_rule(user),
            **kwargs,
        )

    def rules_changed_after(self, score: QualityScore | None) -> Any:
        """When a rule was last decided, if the score is older than that."""
        rules = QualityRule.objects.visible_to(self.request.user).order_by("-updated_at")
        newest = rules.values_list("updated_at", flat=True).first()
        return newest if score and newest and newest > score.computed_at else None


class QualityPeoplePage(OfOrganization, ListPage):
    """Whoever a rule finds in a unit, as their files stand now."""

    model = Cadre
    right = "cadre.view"
    table_class = QualityPeopleTable
    filterset_class = QualityPeopleFilter
    template_name = "cadres/quality_people.html"
    export_right = "cadre.export"
    export_action = "cadre.export"
    export_name = "数据质量待改名单"

    @property
    def export_resource(self) -> Any:  # type: ignore[override]
        return partial(QualityPeopleResource, rule=self.rule)

    @cached_property
    def rule(self) -> Rule:
        code = self.request.GET.get("rule", "")
        if code not in RULES:
            raise Http404
        return RULES[code]

    def get_queryset(self) -> QuerySet:
        user = self.request.user
        people = people_of(super().get_queryset(), self.organization).filter(self.rule.finding(timezone.localdate()))
        mine = Cadre.objects.visible_to(user, "cadre.change").filter(pk=OuterRef("pk"))
        return people.for_lists().annotate(changeable=Exists(mine)).order_by("unit_id", "pk")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"rule": self.rule, "today": timezone.localdate()}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form = self.request.GET, context["filter"].form
        chosen = chosen_conditions(form, query)
        context.update(
            organization=self.organization,
            rule=self.rule,
            form=form,
            main=("category",),
            keep={name: query[name] for name in ("rule", "sort") if query.get(name)},
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
            may_change=self.request.user.holds("cadre.change"),
            may_export=self.may_export,
            export_xlsx=link_of(query, export="xlsx"),
        )
        return context


@require_POST
def quality_compute(request: HttpRequest, pk: int) -> HttpResponse:
    """Score one organization now."""
    if not request.user.holds("quality.compute"):
        raise PermissionDenied
    organization = get_object_or_404(Organization.objects.visible_to(request.user, "cadre.view"), pk=pk)
    try:
        actions.compute_score(actor=request.user, organization=organization)
        messages.success(request, f"{organization.name}已重算")
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    return HttpResponseRedirect(reverse("cadres:quality_detail", args=[pk]))


class RulesMixin:
    """Rules are decided for the whole city."""

    right = "quality.rules"

    def dispatch(self, request: HttpRequest, *args, **kwargs):
        if not may_rule(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class QualityRulesPage(RulesMixin, Page):
    template_name = "cadres/quality_rules.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        decided = QualityRule.objects.visible_to(self.request.user).select_related("changed_by")
        settings = settings_of(decided)
        return super().get_context_data(
            groups=grouped(settings),
            total=len(settings),
            off=sum(1 for setting in settings if not setting.active),
            critical=CRITICAL,
            **kwargs,
        )


class QualityRulePage(RulesMixin, FormPage):
    form_class = QualityRuleForm
    template_name = "cadres/quality_rule.html"
    success_message = "已保存，下一次打分起按新的算（每天夜里自动打分）"

    @cached_property
    def instance(self) -> QualityRule:
        """What somebody decided, else the code's default, not saved yet."""
        rule = RULES.get(self.kwargs["code"])
        if rule is None:
            raise Http404
        decided = QualityRule.objects.visible_to(self.request.user).filter(code=rule.code).first()
        return decided or QualityRule(code=rule.code, weight=rule.weight)

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(rule=RULES[self.kwargs["code"]], **kwargs)

    def perform(self, form: QualityRuleForm) -> QualityRule:
        return actions.change_rule(
            actor=self.request.user,
            code=self.kwargs["code"],
            values=form.values(),
            version=form.cleaned_data["version"],
        )

    def get_success_url(self) -> str:
        return reverse("cadres:quality_rules")
