"""名册确认 of units by the quarter, the board of who did, and the people whose records lie untouched."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export import resources

from accounts.models import Organization
from cadres import actions
from cadres.exports import WordField
from cadres.forms.upkeep import ConfirmRosterForm
from cadres.models import Cadre, RosterConfirmation
from cadres.querysets.upkeep import stale_people, units_to_confirm, with_last_confirmed, with_last_verified
from cadres.tables import DESK, DESK_MASKED, NOWRAP, RIGHT, TWO, two_lines
from cadres.upkeep import Quarter, months_before
from cadres.views.places import MUNICIPAL, PlaceFilterSet, list_context
from cadres.widgets import organizations_named
from common.tables import Table
from common.views import FormPage, ListPage

QUARTERS_BACK = 8
PER_PAGE = 50


class ConfirmRosterPage(FormPage):
    """A liaison's own roster as it stands, and the one button that says it is right."""

    right = "roster.confirm"
    form_class = ConfirmRosterForm
    template_name = "cadres/roster_confirm.html"

    @cached_property
    def quarter(self) -> Quarter:
        return Quarter.of(timezone.localdate())

    @cached_property
    def units(self) -> list[Any]:
        return list(units_to_confirm(self.request.user, self.quarter))

    @cached_property
    def unit(self) -> Any:
        """The unit asked for, else the first that was not confirmed yet; None where there is nobody to confirm."""
        asked = self.request.GET.get("unit", "")
        for unit in self.units:
            if str(unit.pk) == asked:
                return unit
        return next((unit for unit in self.units if not unit.confirmed), self.units[0] if self.units else None)

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        user, today = self.request.user, timezone.localdate()
        context = super().get_context_data(**kwargs) | {
            "quarter": self.quarter, "units": self.units, "unit": self.unit, "today": today,
            "late": today > self.quarter.due_on, "waiting": sum(1 for unit in self.units if not unit.confirmed),
        }  # fmt: skip
        if self.unit is None:
            return context
        own = Cadre.objects.visible_to(user, self.right).present().filter(unit=self.unit)
        people = with_last_verified(own).order_by("updated_at", "pk")
        page = Paginator(people, PER_PAGE).get_page(self.request.GET.get("page"))
        confirmations = RosterConfirmation.objects.visible_to(user).filter(organization=self.unit)
        return context | {
            "page": page,
            "stale_before": months_before(today, settings.STALE_MONTHS),
            "stale": stale_people(own, settings.STALE_MONTHS, today).count(),
            "stale_months": settings.STALE_MONTHS,
            "done": confirmations.of(self.quarter).select_related("confirmed_by").first(),
            "last": confirmations.first(),
        }

    def perform(self, form: ConfirmRosterForm) -> RosterConfirmation:
        if self.unit is None:
            raise PermissionDenied
        row, fresh = actions.confirm_roster(
            actor=self.request.user, organization=self.unit, words=form.cleaned_data["words"]
        )
        self.success_message = (
            f"{row.organization.name}的名册已确认，共 {row.people} 人" if fresh else "本季度已经确认过，没有再记一次"
        )
        return row

    def get_success_url(self) -> str:
        return f"{reverse('cadres:roster_confirm')}?unit={self.unit.pk}"


# -- the board ----------------------------------------------------------------------------------------------


class ConfirmationFilter(PlaceFilterSet):
    """The page reads ``quarter`` itself: it decides what is counted, not which units."""

    quarter = filters.ChoiceFilter(label="季度", empty_label=None, method="as_given")
    state = filters.ChoiceFilter(
        label="进展", choices=(("done", "已确认"), ("owed", "没有确认"), ("late", "过期确认")), empty_label="全部单位",
        method="by_state",
    )  # fmt: skip

    class Meta:
        model = Organization
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.form_order()
        quarter, choices = Quarter.of(timezone.localdate()), []
        for _ in range(QUARTERS_BACK):
            choices.append((f"{quarter.year}-{quarter.number}", quarter.label))
            quarter = quarter.previous
        self.filters["quarter"].extra["choices"] = choices

    def form_order(self) -> None:
        names = [name for name in ("quarter", "state", "unit", "district") if name in self.filters]
        self.filters = {name: self.filters[name] for name in names}

    @property
    def chosen_quarter(self) -> Quarter:
        asked = self.data.get("quarter", "") if self.data else ""
        known = dict(self.filters["quarter"].extra["choices"])
        year, number = (asked if asked in known else next(iter(known))).split("-")
        return Quarter(int(year), int(number))

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return super().filter_queryset(with_confirmation(queryset, self.reader, self.chosen_quarter))

    def as_given(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset

    def under_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        condition = Q(pk__in=[])
        for path in organizations_named(Organization.objects.visible_to(self.reader), value).values_list("path")[:30]:
            condition |= Q(path__startswith=path[0])
        return queryset.filter(condition)

    def in_district(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(district=None) if value == MUNICIPAL else Q(district=value))

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "owed":
            return queryset.filter(confirmed_at=None)
        done = queryset.filter(confirmed_at__isnull=False)
        return done.filter(confirmed_at__date__gt=self.chosen_quarter.due_on) if value == "late" else done


def with_confirmation(units: QuerySet, user: Any, quarter: Quarter) -> QuerySet:
    """Annotated with the quarter's confirmation, and ``people``: how many stand on the roll today."""
    row = RosterConfirmation.objects.visible_to(user).of(quarter).filter(organization=OuterRef("pk")).order_by()
    present = Cadre.objects.visible_to(user).present().filter(unit=OuterRef("pk")).order_by().values("unit")
    return units.annotate(
        confirmed_at=Subquery(row.values("confirmed_at")[:1]),
        confirmed_people=Subquery(row.values("people")[:1]),
        confirmed_stale=Subquery(row.values("stale")[:1]),
        confirmed_words=Subquery(row.values("words")[:1]),
        confirmer=Subquery(row.values("confirmed_by__display_name")[:1]),
        people=Coalesce(Subquery(present.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0),
    )


class ConfirmationTable(Table):
    unit = "个单位"
    caption = "名册确认"
    empty_hint = "换个季度，或少选一个条件"

    name = tables.Column(verbose_name="单位", order_by=("name", "pk"))
    people = tables.Column(verbose_name="在册", attrs=RIGHT)
    state = tables.Column(verbose_name="进展", empty_values=(), order_by=("confirmed_at",), attrs=NOWRAP)
    confirmer = tables.Column(verbose_name="确认人", orderable=False, attrs=TWO)
    confirmed_people = tables.Column(verbose_name="确认时", orderable=False, attrs=RIGHT)
    confirmed_stale = tables.Column(verbose_name="其中久未更新", orderable=False, attrs=RIGHT)
    confirmed_words = tables.Column(verbose_name="说明", orderable=False)

    class Meta(Table.Meta):
        model = Organization
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        default = ""
        empty_text = "没有这样的单位"

    def __init__(self, *args, quarter: Quarter, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.quarter, self.today = quarter, timezone.localdate()

    def render_name(self, record: Any) -> SafeString:
        return format_html(
            '<a class="name" href="{}">{}</a>', reverse("cadres:organization_detail", args=[record.pk]), record.name
        )

    def render_state(self, record: Any) -> SafeString:
        return format_html('<span class="tag {}">{}</span>', *state_of(record, self.quarter, self.today))

    def render_confirmer(self, record: Any) -> SafeString:
        return two_lines(record.confirmer, timezone.localtime(record.confirmed_at).strftime("%Y-%m-%d"))


def state_of(record: Any, quarter: Quarter, today: Any) -> tuple[str, str]:
    """(tone, words) of one unit's quarter."""
    if record.confirmed_at is None:
        return ("ochre", "过期没有确认") if today > quarter.due_on else ("", "还没有确认")
    late = timezone.localtime(record.confirmed_at).date() > quarter.due_on
    return ("pine", "过期后确认") if late else ("pine", "已确认")


class ConfirmationResource(resources.ModelResource):
    name = WordField("单位", lambda row: row.name)
    people = WordField("在册", lambda row: row.people)
    confirmed_at = WordField(
        "确认日期", lambda row: timezone.localtime(row.confirmed_at).date() if row.confirmed_at else "没有确认"
    )
    confirmer = WordField("确认人", lambda row: row.confirmer)
    confirmed_people = WordField("确认时人数", lambda row: row.confirmed_people)
    confirmed_stale = WordField("其中久未更新", lambda row: row.confirmed_stale)
    confirmed_words = WordField("说明", lambda row: row.confirmed_words)

    class Meta:
        model = Organization
        fields = (
            "name",
            "people",
            "confirmed_at",
            "confirmer",
            "confirmed_people",
            "confirmed_stale",
            "confirmed_words",
        )
        export_order = fields


class ConfirmationListPage(ListPage):
    """Every unit with people, and whether it confirmed its roster in the quarter; whoever did not stands first."""

    model = Organization
    right = "dashboard.view"
    table_class = ConfirmationTable
    filterset_class = ConfirmationFilter
    template_name = "cadres/confirmation_list.html"
    export_resource = ConfirmationResource
    export_right = "dashboard.view"
    export_action = "upkeep.export"
    export_name = "名册确认"

    def get_queryset(self) -> QuerySet:
        people = Cadre.objects.visible_to(self.request.user).present().filter(unit=OuterRef("pk")).order_by()
        units = Organization.objects.visible_to(self.request.user, self.right)
        return units.filter(Exists(people)).order_by("path")

    def get_table_data(self) -> QuerySet:
        return self.object_list.order_by(F("confirmed_at").asc(nulls_first=True), "path")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"quarter": self.filterset.chosen_quarter}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        quarter = self.filterset.chosen_quarter
        counts = self.object_list.order_by().aggregate(units=Count("pk"), done=Count("confirmed_at"))
        return context | list_context(self, context, ("quarter", "state", "unit", "district")) | {
            "quarter": quarter, "done": counts["done"], "owed": counts["units"] - counts["done"],
        }  # fmt: skip


# -- records that lie untouched -----------------------------------------------------------------------------

MONTHS = (6, 12, 18, 24, 36)


class StaleFilter(PlaceFilterSet):
    months = filters.ChoiceFilter(label="多久", empty_label=None, method="as_given")

    class Meta:
        model = Cadre
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        known = sorted({*MONTHS, settings.STALE_MONTHS})
        self.filters["months"].extra["choices"] = [
            (str(n), f"{n} 个月") for n in sorted(known, key=lambda n: n != settings.STALE_MONTHS)
        ]

    @property
    def chosen_months(self) -> int:
        asked = self.data.get("months", "") if self.data else ""
        known = dict(self.filters["months"].extra["choices"])
        return int(asked) if asked in known else settings.STALE_MONTHS

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return super().filter_queryset(stale_people(queryset, self.chosen_months, timezone.localdate()))  # type: ignore[arg-type]

    def as_given(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset


class StaleTable(Table):
    caption = "久未更新的人"
    foot_note = "改过资料、采纳过提议或单位确认过名册，就不在这里"

    name = tables.Column(verbose_name="姓名", order_by=("name_pinyin", "pk"), attrs=NOWRAP)
    category = tables.Column(verbose_name="类别", orderable=False, attrs=DESK)
    unit_name = tables.Column(verbose_name="单位", accessor="unit", order_by=("unit__path", "updated_at"), attrs=DESK)
    phone = tables.Column(verbose_name="联系电话", accessor="masked_phone", orderable=False, attrs=DESK_MASKED)
    updated_at = tables.Column(verbose_name="最近更新", order_by=("updated_at", "pk"), attrs=TWO)
    last_confirmed = tables.Column(verbose_name="单位最近确认", orderable=False, default="没有记录", attrs=DESK)
    last_verified = tables.Column(verbose_name="最近核实", orderable=False, attrs=DESK)
    next = tables.Column(verbose_name="", empty_values=(), orderable=False, attrs=NOWRAP)

    class Meta(Table.Meta):
        model = Cadre
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        default = ""
        empty_text = "没有久未更新的人"
        empty_hint = "名册都新近更新或确认过"

    def __init__(self, *args, verb: tuple[str, str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.verb, self.today = verb, timezone.localdate()
        if not verb[0]:
            self.columns.hide("next")

    def render_name(self, record: Cadre) -> SafeString:
        url = reverse("cadres:cadre_detail", args=[record.pk])
        return format_html('<a class="name" href="{}">{}</a>', url, record.name)

    def render_unit_name(self, record: Cadre) -> str:
        return record.unit.short_name or record.unit.name

    def render_updated_at(self, value: Any) -> SafeString:
        day = timezone.localtime(value).date()
        return two_lines(f"{day:%Y-%m-%d}", f"{(self.today - day).days // 30} 个月前")

    def render_last_confirmed(self, value: Any) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d")

    def render_last_verified(self, value: Any) -> str:
        return value.isoformat()

    def render_next(self, record: Cadre) -> SafeString:
        label, route = self.verb
        return format_html(
            '<a class="btn2 ton sm" href="{}">{}<span class="vh">：{}</span></a>',
            reverse(route, args=[record.pk]), label, record.name,
        )  # fmt: skip


class StaleResource(resources.ModelResource):
    name = WordField("姓名", lambda row: row.name)
    category = WordField("类别", lambda row: row.get_category_display())
    unit = WordField("单位", lambda row: row.unit.name)
    updated_at = WordField("最近更新", lambda row: timezone.localtime(row.updated_at).date())
    last_confirmed = WordField(
        "单位最近确认", lambda row: timezone.localtime(row.last_confirmed).date() if row.last_confirmed else ""
    )
    last_verified = WordField("最近核实", lambda row: row.last_verified or "")

    class Meta:
        model = Cadre
        fields = ("name", "category", "unit", "updated_at", "last_confirmed", "last_verified")
        export_order = fields


class StaleListPage(ListPage):
    """久未更新: the longest untouched first."""

    model = Cadre
    right = "cadre.view"
    table_class = StaleTable
    filterset_class = StaleFilter
    template_name = "cadres/stale_list.html"
    export_resource = StaleResource
    export_right = "cadre.export"
    export_action = "upkeep.export"
    export_name = "久未更新的人"

    def get_queryset(self) -> QuerySet:
        people = Cadre.objects.visible_to(self.request.user).select_related("unit")
        return with_last_verified(with_last_confirmed(people)).order_by("updated_at", "pk")

    def get_table_kwargs(self) -> dict[str, Any]:
        user = self.request.user
        if user.holds("cadre.change"):
            return {"verb": ("核对", "cadres:cadre_change")}
        return {"verb": ("提出更正", "cadres:proposal_change") if user.holds("proposal.make") else ("", "")}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return (
            context
            | list_context(self, context, ("months", "unit", "district"))
            | {"months": self.filterset.chosen_months}
        )
