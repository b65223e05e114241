"""Filters of the board."""

from __future__ import annotations

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Organization, OrganizationKind
from cadres.filters import ReaderFilterSet
from reports.models import Submission, SubmissionLevel, SubmissionState

STATES = (*SubmissionState.choices, ("owing", "还没报（含退回）"), ("late", "逾期还没报"))


class SubmissionFilter(ReaderFilterSet):
    q = filters.CharFilter(
        label="找单位", method="by_name",
        widget=forms.TextInput(attrs={"placeholder": "单位名称", "autocomplete": "off", "type": "search"}),
    )  # fmt: skip
    level = filters.ChoiceFilter(label="层级", choices=SubmissionLevel.choices, empty_label="全部层级")
    state = filters.ChoiceFilter(label="进展", choices=STATES, empty_label="全部进展", method="by_state")
    district = filters.ModelChoiceFilter(
        label="区县", queryset=lambda request: districts(request), field_name="organization__district",
        empty_label="全部区县",
    )  # fmt: skip

    class Meta:
        model = Submission
        fields: list[str] = []

    def by_name(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(organization__name__contains=value)

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "owing":
            return queryset.owing()
        if value == "late":
            return queryset.late(timezone.localdate())
        return queryset.filter(Q(state=value))


def districts(request) -> QuerySet:
    visible = Organization.objects.visible_to(request.user, "statistics.view")
    return visible.of_kind(OrganizationKind.DISTRICT_BUREAU).order_by("code")
