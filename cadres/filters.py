"""Filters of people, events and organizations. Every choice is narrowed to what the reader may see."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Organization, OrganizationKind
from cadres.lists import VIEWS, old_enough
from cadres.models import (
    Cadre,
    CadreMerge,
    DuplicatePair,
    EventKind,
    PairState,
    QualityScore,
    Reason,
    Standing,
    StatusEvent,
)
from cadres.widgets import OrganizationInput, organizations_named
from common.codes import Category, Health, Level, Living, Nature, Period, PoliticalStatus, Rank, SelfCare, Sex

YES_NO = (("1", "是"), ("0", "否"))
STANDINGS = (("any", "在册、转出、去世都列"), (Standing.MOVED_OUT, "已转出"), (Standing.DECEASED, "已去世"))
CONDITIONS: tuple[tuple[str, str, Q], ...] = (
    *((f"health-{value}", str(label), Q(health=value)) for value, label in Health.choices),
    *((f"care-{value}", f"自理能力：{label}", Q(self_care=value)) for value, label in SelfCare.choices),
    *((f"living-{value}", str(label), Q(living=value)) for value, label in Living.choices),
)
AGES = (("0-59", "60岁以下"), ("60-69", "60至69岁"), ("70-79", "70至79岁"), ("80-89", "80至89岁"),
        ("90-99", "90至99岁"), ("100-", "100岁及以上"), ("80-", "80岁及以上"), ("70-", "70岁及以上"))  # fmt: skip
PARTY = (PoliticalStatus.PARTY_MEMBER, PoliticalStatus.PROBATIONARY)


class ReaderFilterSet(filters.FilterSet):
    """A filter set whose choices know the reader; it filters without parameters too (在册 is the default)."""

    def __init__(self, data: Any = None, *args, **kwargs) -> None:
        super().__init__({} if data is None else data, *args, **kwargs)

    @property
    def reader(self) -> Any:
        return self.request.user  # type: ignore[union-attr]

    def by_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The units so named or coded, and everything below them."""
        found = organizations_named(Organization.objects.visible_to(self.reader), value)
        condition = Q(pk__in=[])
        for path in found.values_list("path", flat=True)[:30]:
            condition |= Q(**{f"{name}__path__startswith": path})
        return queryset.filter(condition)


class CadreFilter(ReaderFilterSet):
    q = filters.CharFilter(
        label="在结果中找",
        method="by_text",
        widget=forms.TextInput(
            attrs={"placeholder": "在结果中找：zs、张顺、0418", "autocomplete": "off", "type": "search"}
        ),
    )
    view = filters.ChoiceFilter(label="视图", choices=[(key, label) for key, (label, _) in VIEWS.items() if key],
                                method="by_view", widget=forms.HiddenInput)  # fmt: skip
    unit = filters.CharFilter(
        label="单位", method="by_unit", widget=OrganizationInput(kinds="unit", placeholder="单位（含下级）")
    )
    rank = filters.ChoiceFilter(label="级别", choices=Rank.choices, empty_label="级别")
    period = filters.ChoiceFilter(label="参加革命时期", choices=Period.choices, empty_label="革命时期")
    condition = filters.ChoiceFilter(
        label="健康与居住", choices=[(key, label) for key, label, _ in CONDITIONS], empty_label="健康与居住",
        method="by_condition",
    )  # fmt: skip
    age = filters.ChoiceFilter(label="年龄段", choices=AGES, empty_label="不限", method="by_age")
    sex = filters.ChoiceFilter(label="性别", choices=Sex.choices, empty_label="不限")
    party = filters.ChoiceFilter(label="中共党员", choices=YES_NO, empty_label="不限", method="by_party")
    relocated = filters.ChoiceFilter(label="易地安置", choices=YES_NO, empty_label="不限", method="by_flag")
    away = filters.ChoiceFilter(label="长期外地居住", choices=YES_NO, empty_label="不限", method="by_flag")
    nature = filters.ChoiceFilter(label="单位性质", choices=Nature.choices, empty_label="不限")
    level = filters.ChoiceFilter(label="隶属", choices=Level.choices, empty_label="不限")
    community = filters.CharFilter(
        label="所在社区（含街道下的社区）",
        method="by_unit",
        widget=OrganizationInput(kinds="community", placeholder="社区或街道"),
    )
    standing = filters.ChoiceFilter(label="在册情况", choices=STANDINGS, empty_label="在册", method="by_standing")

    class Meta:
        model = Cadre
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.form.cleaned_data.get("standing"):
            queryset = queryset.present()
        return super().filter_queryset(queryset)

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)

    def by_view(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(VIEWS[value][1])

    def by_condition(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(next(condition for key, _, condition in CONDITIONS if key == value))

    def by_age(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        low, high = value.split("-")
        today = timezone.localdate()
        queryset = queryset.filter(old_enough(int(low), today))
        return queryset.exclude(old_enough(int(high) + 1, today)) if high else queryset

    def by_party(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        condition = Q(political_status__in=PARTY)
        return queryset.filter(condition if value == "1" else ~condition)

    def by_flag(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(**{name: value == "1"})

    def by_standing(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset if value == "any" else queryset.filter(standing=value)


class EventFilter(ReaderFilterSet):
    year = filters.ChoiceFilter(label="年度", empty_label="全部年度", method="by_year")
    kind = filters.ChoiceFilter(label="事项", choices=EventKind.choices, empty_label="全部事项")
    unit = filters.CharFilter(
        label="单位", method="by_unit", widget=OrganizationInput(kinds="unit", placeholder="单位（含下级）")
    )

    class Meta:
        model = StatusEvent
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        this = timezone.localdate().year
        self.filters["year"].extra["choices"] = [(str(year), f"{year}年") for year in range(this, this - 15, -1)]

    def by_year(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(on__year=int(value))


class OrganizationFilter(ReaderFilterSet):
    q = filters.CharFilter(
        label="找单位", method="by_text",
        widget=forms.TextInput(attrs={"placeholder": "名称或代码", "autocomplete": "off", "type": "search"}),
    )  # fmt: skip
    kind = filters.ChoiceFilter(label="类别", choices=OrganizationKind.choices, empty_label="全部类别")
    nature = filters.ChoiceFilter(label="性质", choices=Nature.choices, empty_label="全部性质")
    under = filters.NumberFilter(label="上级", method="by_parent", widget=forms.HiddenInput)

    class Meta:
        model = Organization
        fields: list[str] = []

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(name__contains=value) | Q(short_name__contains=value) | Q(code=value))

    def by_parent(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """The page itself decides between direct children and the whole subtree."""
        return queryset


class QualityFilter(ReaderFilterSet):
    q = filters.CharFilter(
        label="找单位", method="by_text",
        widget=forms.TextInput(attrs={"placeholder": "单位名称", "autocomplete": "off", "type": "search"}),
    )  # fmt: skip
    kind = filters.ChoiceFilter(
        label="类别", choices=OrganizationKind.choices, empty_label="全部类别", field_name="organization__kind"
    )
    district = filters.ChoiceFilter(label="区县", empty_label="全部区县", method="by_district")

    class Meta:
        model = QualityScore
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        districts = Organization.objects.visible_to(self.reader, "cadre.view").of_kind(OrganizationKind.DISTRICT_BUREAU)
        names = [(str(pk), name) for pk, name in districts.values_list("pk", "name")]
        self.filters["district"].extra["choices"] = [("none", "市直"), *names] if names else []

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(organization__name__contains=value) | Q(organization__short_name__contains=value))

    def by_district(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(organization__district=None if value == "none" else int(value))


class QualityPeopleFilter(ReaderFilterSet):
    """Within one rule's people; who is asked about is the page's own business."""

    q = filters.CharFilter(
        label="在名单中找", method="by_text",
        widget=forms.TextInput(attrs={"placeholder": "姓名、拼音或单位", "autocomplete": "off", "type": "search"}),
    )  # fmt: skip
    category = filters.ChoiceFilter(label="人员类别", choices=Category.choices, empty_label="全部类别")

    class Meta:
        model = Cadre
        fields: list[str] = []

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)


class ValueFilter(ReaderFilterSet):
    state = filters.ChoiceFilter(
        label="情况", choices=(("done", "已认定"), ("any", "全部")), empty_label="等着认定", method="by_state"
    )
    q = filters.CharFilter(label="找原文", field_name="text", lookup_expr="contains",
                           widget=forms.TextInput(attrs={"placeholder": "原文里的字", "type": "search"}))  # fmt: skip

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.waiting()
        return super().filter_queryset(queryset)

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset if value == "any" else queryset.exclude(code="")


class DuplicateFilter(ReaderFilterSet):
    q = filters.CharFilter(
        label="找姓名", method="by_name",
        widget=forms.TextInput(attrs={"placeholder": "姓名或拼音", "autocomplete": "off", "type": "search"}),
    )  # fmt: skip
    reason = filters.ChoiceFilter(label="理由", empty_label="全部理由", method="by_reason", choices=Reason.choices[:-1])
    district = filters.ChoiceFilter(label="区县", empty_label="全部区县", method="by_district")
    state = filters.ChoiceFilter(
        label="核对情况", choices=((PairState.DIFFERENT, PairState.DIFFERENT.label), ("any", "全部")),
        empty_label=PairState.OPEN.label, method="by_state",
    )  # fmt: skip

    class Meta:
        model = DuplicatePair
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        districts = Organization.objects.visible_to(self.reader).of_kind(OrganizationKind.DISTRICT_BUREAU)
        self.filters["district"].extra["choices"] = [
            (str(pk), name) for pk, name in districts.order_by("path").values_list("pk", "name")
        ]

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.waiting()
        return super().filter_queryset(queryset)

    def by_name(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        text = value.strip()
        low = text.lower()
        return queryset.filter(
            Q(low__name__contains=text)
            | Q(high__name__contains=text)
            | Q(low__name_pinyin__startswith=low)
            | Q(high__name_pinyin__startswith=low)
        )

    def by_reason(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(reasons__has_key=value)

    def by_district(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(low__district_id=value) | Q(high__district_id=value))

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset if value == "any" else queryset.filter(state=value)


class MergeFilter(ReaderFilterSet):
    q = filters.CharFilter(
        label="找姓名", method="by_name",
        widget=forms.TextInput(attrs={"placeholder": "姓名", "autocomplete": "off", "type": "search"}),
    )  # fmt: skip
    state = filters.ChoiceFilter(
        label="情况", choices=(("merged", "合并着的"), ("undone", "已撤销的")), empty_label="全部", method="by_state"
    )

    class Meta:
        model = CadreMerge
        fields: list[str] = []

    def by_name(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(kept__name__contains=value) | Q(absorbed_name__contains=value))

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(undone_at__isnull=value == "merged")
