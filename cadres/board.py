"""The board of a yearly collection: its filter, its table and its export."""

from __future__ import annotations

import datetime
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export import resources

from accounts.models import Organization, OrganizationKind
from cadres.exports import WordField
from cadres.filters import ReaderFilterSet
from cadres.models import UnitRoster, UnitRosterState
from cadres.querysets import liaisons_of
from cadres.tables import NOWRAP, two_lines
from common.tables import Table

#: The filter's word for the units that hang on the city itself.
CITY = "city"
TONES = {
    UnitRosterState.OWED: "line", UnitRosterState.HANDED_IN: "indigo", UnitRosterState.RETURNED: "ochre",
    UnitRosterState.APPROVED: "pine",
}  # fmt: skip
DESK = {"td": {"class": "nw no-ph"}, "th": {"class": "nw no-ph"}}


class UnitRosterFilter(ReaderFilterSet):
    q = filters.CharFilter(
        label="找单位", field_name="organization__name", lookup_expr="contains",
        widget=forms.TextInput(attrs={"placeholder": "单位名称里的字", "autocomplete": "off", "type": "search"}),
    )  # fmt: skip
    district = filters.ChoiceFilter(label="区县", choices=(), empty_label="全部区县", method="by_district")
    state = filters.ChoiceFilter(label="进展", choices=UnitRosterState.choices, empty_label="全部进展")
    late = filters.ChoiceFilter(label="逾期", choices=(("1", "只看逾期的"),), empty_label="不论逾期", method="by_late")

    class Meta:
        model = UnitRoster
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Organization.objects.visible_to(self.reader)
        names = units.of_kind(OrganizationKind.DISTRICT_BUREAU).order_by("path").values_list("pk", "name")
        self.filters["district"].extra["choices"] = [(CITY, "市直"), *((str(pk), name) for pk, name in names)]

    def by_district(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(organization__district_id=None if value == CITY else int(value))

    def by_late(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.late(timezone.localdate())


def moment_of(value: datetime.datetime | None) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d}" if value else ""


class UnitRosterTable(Table):
    unit = "个单位"
    caption = "各单位的名册"
    empty_hint = "去掉一个条件再看"

    pick = tables.Column(accessor="pk", orderable=False, verbose_name="")
    organization = tables.Column(order_by=("organization__name", "pk"))
    state = tables.Column(order_by=("state", "pk"), attrs=NOWRAP)
    late = tables.Column(verbose_name="逾期", empty_values=(), orderable=False, attrs=DESK)
    liaison = tables.Column(verbose_name="联络员", empty_values=(), orderable=False, attrs=DESK)
    handed_in_at = tables.Column(order_by=("handed_in_at", "pk"), attrs={"td": {"class": "two nw no-ph"}, "th": {"class": "no-ph"}})  # fmt: skip
    reminded_at = tables.Column(order_by=("reminded_at", "pk"), attrs=DESK)

    class Meta(Table.Meta):
        model = UnitRoster
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        order_by = ()
        default = ""
        empty_text = "没有这样的单位"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._liaisons: dict[int, list[str]] | None = None

    @property
    def liaisons(self) -> dict[int, list[str]]:
        """Of the units on this page, read once."""
        if self._liaisons is None:
            rows = self.page.object_list if hasattr(self, "page") else self.rows
            self._liaisons = liaisons_of(row.record.organization for row in rows)
        return self._liaisons

    def render_organization(self, record: UnitRoster) -> SafeString:
        url = reverse("cadres:unit_roster_detail", args=[record.pk])
        where = record.organization.district.name if record.organization.district else "市直"
        return format_html(
            '<a class="name" href="{}">{}</a> <span class="muted note">{}</span>', url, record.organization.name, where
        )

    def render_state(self, record: UnitRoster) -> SafeString:
        days = record.days_late
        late = format_html('<small class="only-ph owed-t">逾期 {} 天</small>', days) if days else ""
        tone = TONES[UnitRosterState(record.state)]
        return format_html('<span class="tag {}">{}</span>{}', tone, record.get_state_display(), late)

    def render_late(self, record: UnitRoster) -> str | SafeString:
        days = record.days_late
        return format_html('<span class="owed-t"><span class="dot"></span> {} 天</span>', days) if days else ""

    def render_liaison(self, record: UnitRoster) -> str | SafeString:
        names = self.liaisons.get(record.organization_id, [])
        if not names:
            return format_html('<span class="soon-t">{}</span>', "没有联络员")
        return "、".join(names[:2]) + (f"等 {len(names)} 人" if len(names) > 2 else "")

    def render_handed_in_at(self, record: UnitRoster) -> SafeString:
        return two_lines(moment_of(record.handed_in_at), record.handed_in_by or "")

    def render_reminded_at(self, value: datetime.datetime) -> str:
        return moment_of(value)


class UnitRosterResource(resources.ModelResource):
    """The board on paper: one row a unit."""

    district = WordField("区县", lambda row: row.organization.district.name if row.organization.district else "市直")
    organization = WordField("单位", lambda row: row.organization.name)
    state = WordField("进展", lambda row: row.get_state_display())
    late = WordField("逾期天数", lambda row: row.days_late or None)
    handed_in_by = WordField("报送人", lambda row: str(row.handed_in_by or ""))
    handed_in_at = WordField("报送日期", lambda row: moment_of(row.handed_in_at))
    returned_words = WordField("退回意见", lambda row: row.returned_words)
    reminded_at = WordField("最近催报", lambda row: moment_of(row.reminded_at))

    class Meta:
        model = UnitRoster
        fields = ("district", "organization", "state", "late", "handed_in_by", "handed_in_at", "returned_words",
                  "reminded_at")  # fmt: skip
        export_order = fields
