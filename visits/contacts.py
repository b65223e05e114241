"""该联系的人: who should have been visited or called by now and was not (domain.md §3; editable rules come later)."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlencode

import django_filters as filters
import django_tables2 as tables
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cadres.filters import ReaderFilterSet
from cadres.models import Cadre
from cadres.querysets import CadreQuerySet
from cadres.widgets import OrganizationInput
from common.codes import Category, Level, Living, SelfCare
from common.dates import full_age
from common.tables import Table
from common.views import ListPage
from visits.filters import find_input
from visits.models import Visit
from visits.tables import DESK, NOWRAP, TWO, two_lines

#: Whoever is 离休, cannot care for himself, or is 80 and lives alone is contacted each quarter.
CONTACT_EVERY = datetime.timedelta(days=90)
CONTACT_AGE = 80
DESK_TWO = {"td": {"class": "two nw no-ph"}, "th": {"class": "no-ph"}}
QUARTER, YEAR = "quarter", "year"
LACKS = ((QUARTER, "超过 90 天没有走访"), (YEAR, "离休干部今年还没有走访"))


def visited_since(day: datetime.date, today: datetime.date) -> Exists:
    """Whether a person was visited or called after ``day``."""
    return Exists(
        Visit.objects.current().filter(cadre=OuterRef("pk"), visited_on__gt=day, visited_on__lte=today).order_by()
    )


def lacking(cadres: CadreQuerySet, kind: str, today: datetime.date) -> QuerySet[Cadre]:
    """Of ``cadres`` (already narrowed) those on the roll who lack a visit of that kind."""
    present = cadres.present()
    if kind == YEAR:
        closing = datetime.date(today.year - 1, 12, 31)
        return present.filter(category=Category.LEAVE).filter(~visited_since(closing, today))
    quarterly = (
        Q(category=Category.LEAVE)
        | Q(self_care=SelfCare.NONE)
        | Q(living=Living.ALONE, birth__gt="", birth__lt=str(today.year - CONTACT_AGE))
    )
    return present.filter(quarterly).filter(~visited_since(today - CONTACT_EVERY, today))


def with_last_visit(cadres: QuerySet[Cadre]) -> QuerySet[Cadre]:
    """Annotated ``last_visit``: the day of the newest visit, or none."""
    newest = (
        Visit.objects.current().filter(cadre=OuterRef("pk")).order_by().values("cadre").annotate(on=Max("visited_on"))
    )
    return cadres.annotate(last_visit=Subquery(newest.values("on")[:1]))


class ContactFilter(ReaderFilterSet):
    q = filters.CharFilter(label="找人", method="by_text", widget=find_input("在结果中找：姓名、拼音、单位"))
    lack = filters.ChoiceFilter(label="欠什么", choices=LACKS, empty_label=None, method="as_given")
    unit = filters.CharFilter(
        label="单位", method="by_unit", widget=OrganizationInput(kinds="unit", placeholder="单位（含下级）")
    )
    level = filters.ChoiceFilter(label="隶属", choices=Level.choices, empty_label="隶属")
    category = filters.ChoiceFilter(label="类别", choices=Category.choices, empty_label="类别")

    class Meta:
        model = Cadre
        fields: list[str] = []

    @property
    def lack_kind(self) -> str:
        asked = self.data.get("lack", "") if self.data else ""
        return asked if asked in dict(LACKS) else QUARTER

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return with_last_visit(super().filter_queryset(lacking(queryset, self.lack_kind, timezone.localdate())))

    def as_given(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)


class ContactTable(Table):
    caption = "该联系的人"
    foot_note = "离休、不能自理和 80 岁以上独居的，每季度联系一次"

    name = tables.Column(verbose_name="姓名", order_by=("name_pinyin",), attrs=NOWRAP)
    category = tables.Column(verbose_name="类别", attrs=DESK)
    born = tables.Column(verbose_name="年龄", accessor="birth", order_by=("birth",), attrs=NOWRAP)
    unit_name = tables.Column(verbose_name="单位", accessor="unit", order_by=("unit__path",), attrs=DESK)
    living = tables.Column(verbose_name="居住", attrs=DESK_TWO)
    phone = tables.Column(verbose_name="联系电话", accessor="masked_phone", orderable=False, attrs=DESK)
    last_visit = tables.Column(verbose_name="最近走访", empty_values=(), attrs=TWO)
    log = tables.Column(verbose_name="", orderable=False, empty_values=())

    class Meta(Table.Meta):
        model = Cadre
        fields: tuple[str, ...] = ()
        order_by_field = "sort"
        empty_text = "该联系的都联系过了"

    def __init__(self, *args, may_log: bool, **kwargs) -> None:
        self.today = timezone.localdate()
        super().__init__(*args, exclude=() if may_log else ("log",), **kwargs)

    def render_name(self, record: Cadre) -> SafeString:
        url = reverse("cadres:cadre_detail", args=[record.pk])
        return format_html(
            '<a class="name" href="{}">{}</a> <span class="muted note">{}</span>',
            url,
            record.name,
            record.get_sex_display(),
        )

    def render_born(self, record: Cadre) -> str:
        return f"{full_age(record.birth, self.today)}岁" if record.birth else ""

    def render_unit_name(self, record: Cadre) -> str:
        return record.unit.short_name or record.unit.name

    def render_living(self, record: Cadre) -> SafeString:
        return two_lines(record.get_living_display(), record.get_self_care_display())

    def render_last_visit(self, record: Cadre) -> SafeString | str:
        if record.last_visit is None:
            return "没有记录"
        return two_lines(f"{record.last_visit:%Y-%m-%d}", f"{(self.today - record.last_visit).days} 天前")

    def render_log(self, record: Cadre) -> SafeString:
        url = f"{reverse('visits:visit_create')}?cadre={record.pk}"
        return format_html(
            '<a class="btn2 ton sm" href="{}">登记走访<span class="vh">：{}</span></a>', url, record.name
        )


class ContactListPage(ListPage):
    """该联系的人, the longest waiting first."""

    model = Cadre
    right = "visit.view"
    table_class = ContactTable
    filterset_class = ContactFilter
    template_name = "visits/contact_list.html"

    def get_queryset(self) -> QuerySet:
        return Cadre.objects.visible_to(self.request.user, "visit.view").for_lists().order_by("birth", "pk")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"may_log": self.request.user.holds("visit.log")}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        lack = context["filter"].lack_kind
        return context | {"count": context["table"].paginator.count, "lack_words": dict(LACKS)[lack]}


def contact_url(lack: str = QUARTER, **query: str) -> str:
    return f"{reverse('visits:contact_list')}?{urlencode({'lack': lack, **query})}"
