"""Filters of visits and birthdays."""

from __future__ import annotations

import datetime
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from cadres.filters import ReaderFilterSet
from cadres.models import BirthdayCalendar, Cadre
from cadres.widgets import OrganizationInput
from common.codes import Category
from common.forms import DateInput
from visits.codes import Manner, Occasion
from visits.models import Visit
from visits.querysets import birthdays_between, with_milestone


def find_input(placeholder: str) -> forms.TextInput:
    return forms.TextInput(attrs={"placeholder": placeholder, "autocomplete": "off", "type": "search"})


class VisitFilter(ReaderFilterSet):
    q = filters.CharFilter(label="找人", method="by_person", widget=find_input("在结果中找：姓名、拼音或首字母"))
    occasion = filters.ChoiceFilter(label="缘由", choices=Occasion.choices, empty_label="缘由")
    manner = filters.ChoiceFilter(label="方式", choices=Manner.choices, empty_label="方式")
    unit = filters.CharFilter(
        label="单位", field_name="cadre__unit", method="by_unit",
        widget=OrganizationInput(kinds="unit", placeholder="单位（含下级）"),
    )  # fmt: skip
    who = filters.CharFilter(label="谁去的", method="by_visitor")
    since = filters.DateFilter(label="从哪一天", field_name="visited_on", lookup_expr="gte", widget=DateInput())
    until = filters.DateFilter(label="到哪一天", field_name="visited_on", lookup_expr="lte", widget=DateInput())

    class Meta:
        model = Visit
        fields: list[str] = []

    def by_person(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(cadre__in=Cadre.objects.visible_to(self.reader).search(value))

    def by_visitor(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(visitors__contains=value) | Q(recorded_by__display_name__contains=value))


def month_choices(today: datetime.date) -> list[tuple[str, str]]:
    """Two months back to eleven ahead."""
    first = today.year * 12 + today.month - 1
    months = [divmod(number, 12) for number in range(first - 2, first + 12)]
    return [(f"{year}-{month + 1:02d}", f"{year}年{month + 1}月") for year, month in months]


def month_window(value: str, today: datetime.date) -> tuple[datetime.date, datetime.date]:
    """First and last day of 2026-05; of this month where ``value`` is none."""
    try:
        start = datetime.date.fromisoformat(f"{value}-01")
    except ValueError:
        start = today.replace(day=1)
    if not 1950 <= start.year <= 2099:
        start = today.replace(day=1)
    following = (start + datetime.timedelta(days=32)).replace(day=1)
    return start, following - datetime.timedelta(days=1)


class BirthdayFilter(ReaderFilterSet):
    q = filters.CharFilter(label="找人", method="by_text", widget=find_input("在结果中找：姓名、拼音、单位"))
    month = filters.ChoiceFilter(label="月份", choices=(), empty_label=None, method="as_given")
    category = filters.ChoiceFilter(label="类别", choices=Category.choices, empty_label="类别")
    birthday_calendar = filters.ChoiceFilter(label="历法", choices=BirthdayCalendar.choices, empty_label="历法")
    great = filters.ChoiceFilter(label="大寿", choices=(("1", "只看大寿"),), empty_label="全部生日", method="as_given")

    class Meta:
        model = Cadre
        fields: list[str] = []

    def __init__(self, data: Any = None, *args, **kwargs) -> None:
        """Always bound: without a choice it is this month's birthdays."""
        today = timezone.localdate()
        data = QueryDict(mutable=True) if data is None else data.copy()
        self.window = month_window(data.get("month", ""), today)
        months = month_choices(today)
        asked = (f"{self.window[0]:%Y-%m}", f"{self.window[0].year}年{self.window[0].month}月")
        data["month"] = asked[0]
        super().__init__(data, *args, **kwargs)
        self.filters["month"].extra["choices"] = months if asked in months else [asked, *months]

    def as_given(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        start, end = self.window
        found = birthdays_between(super().filter_queryset(queryset), start, end)
        if self.form.cleaned_data.get("great"):
            found = with_milestone(found, start)
        return found.order_by("kept_after", "pk")
