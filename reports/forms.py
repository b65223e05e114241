"""What a reader may ask of the yearly tables: day, organization, comparison."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Organization, OrganizationKind
from common.forms import DateInput
from reports.engine.scope import RIGHT

FIRST_YEAR = 1980
KINDS = (OrganizationKind.CITY_BUREAU, OrganizationKind.DISTRICT_BUREAU, OrganizationKind.SYSTEM)


def last_closing() -> datetime.date:
    """The latest 31 December that has come."""
    today = timezone.localdate()
    return today if (today.month, today.day) == (12, 31) else datetime.date(today.year - 1, 12, 31)


class AskForm(forms.Form):
    """Blank fields mean: the latest year's end, everything in the reader's scope, compared with last year."""

    as_of = forms.DateField(
        label="截止日期", required=False, widget=DateInput(), error_messages={"invalid": "日期写成 2017-12-31 这样"}
    )
    organization = forms.ModelChoiceField(
        label="填报范围",
        queryset=None,
        required=False,
        empty_label="全部",
        error_messages={"invalid_choice": "没有这个单位，请从名单里选"},
    )
    compare = forms.ChoiceField(label="对照", required=False, choices=(("", "与去年比"), ("none", "不对照")))

    def __init__(self, *args, user: Any, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        visible = Organization.objects.visible_to(user, RIGHT)
        self.units = visible
        field = self.fields["organization"]
        field.queryset = visible
        listed = visible.of_kind(*KINDS).exclude(parent=None).order_by("path")
        chosen = self.data.get("organization", "")
        choices = [("", "全部"), *((row.pk, f"{'　' * max(row.depth - 1, 0)}{row.name}") for row in listed)]
        if chosen.isdigit() and int(chosen) not in {value for value, _ in choices if value}:
            choices += [(row.pk, row.name) for row in visible.filter(pk=int(chosen))]
        field.widget.choices = choices

    def clean_as_of(self) -> datetime.date:
        day = self.cleaned_data.get("as_of") or last_closing()
        latest = datetime.date(timezone.localdate().year, 12, 31)
        if not datetime.date(FIRST_YEAR, 1, 1) <= day <= latest:
            raise forms.ValidationError(f"截止日期要在 {FIRST_YEAR} 年以后、{latest:%Y-%m-%d} 以前")
        return day
