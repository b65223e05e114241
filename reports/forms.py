"""What a reader may ask of the yearly tables: day, organization, comparison."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Organization, OrganizationKind
from common.forms import DateInput, EditForm
from reports.beside import OF_COLUMN, OF_ROW
from reports.declarations import TABLES
from reports.engine.scope import RIGHT
from reports.narrative.sentences import SECTIONS

FIRST_YEAR = 1980
DEFAULT_TABLE = "N6"
BAD_DAY = {"invalid": "日期写成 2017-12-31 这样"}
KINDS = (OrganizationKind.CITY_BUREAU, OrganizationKind.DISTRICT_BUREAU, OrganizationKind.SYSTEM)


def last_closing() -> datetime.date:
    """The latest 31 December that has come."""
    today = timezone.localdate()
    return today if (today.month, today.day) == (12, 31) else datetime.date(today.year - 1, 12, 31)


class AskForm(forms.Form):
    """Blank fields mean: the latest year's end, everything in the reader's scope, compared with last year, no shares.

    ``against`` is read only where ``compare`` is "day"; blank there: nothing is compared yet.
    """

    as_of = forms.DateField(label="截止日期", required=False, widget=DateInput(), error_messages=BAD_DAY)
    organization = forms.ModelChoiceField(
        label="填报范围",
        queryset=None,
        required=False,
        empty_label="全部",
        error_messages={"invalid_choice": "没有这个单位，请从名单里选"},
    )
    compare = forms.ChoiceField(
        label="对照", required=False, choices=(("none", "不对照"), ("", "与去年比"), ("day", "与某天比"))
    )
    against = forms.DateField(label="对照哪一天", required=False, widget=DateInput(), error_messages=BAD_DAY)
    share = forms.ChoiceField(
        label="数字", required=False, choices=(("", "人数"), (OF_COLUMN, "占总计"), (OF_ROW, "占本行"))
    )

    def __init__(self, *args, user: Any, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        offer_organizations(self, "organization", user)

    def clean_as_of(self) -> datetime.date:
        return checked_day(self.cleaned_data.get("as_of") or last_closing())

    def clean_against(self) -> datetime.date | None:
        day = self.cleaned_data.get("against")
        if day is not None and day == self.cleaned_data.get("as_of"):
            raise forms.ValidationError("和截止日期是同一天，请换一天")
        return checked_day(day) if day else None


class TrendForm(AskForm):
    """Which table the figure is of; row and column are read by the page, for they hang on the table."""

    table = forms.ChoiceField(required=False, choices=[(name, name) for name in TABLES])

    @property
    def chosen_table(self) -> str:
        return self.cleaned_data.get("table") or DEFAULT_TABLE


def offer_organizations(form: forms.Form, name: str, user: Any) -> None:
    """Offer what the reader may ask about: bureaus and systems, and beside them the one that was asked for."""
    visible = Organization.objects.visible_to(user, RIGHT)
    field: Any = form.fields[name]
    field.queryset = visible
    listed = visible.of_kind(*KINDS).exclude(parent=None).order_by("path")
    chosen = form.data.get(name, "")
    choices = [("", field.empty_label), *((row.pk, f"{'　' * max(row.depth - 1, 0)}{row.name}") for row in listed)]
    if chosen.isdigit() and int(chosen) not in {value for value, _ in choices if value}:
        choices += [(row.pk, row.name) for row in visible.filter(pk=int(chosen))]
    field.widget.choices = choices


def checked_day(day: datetime.date) -> datetime.date:
    latest = datetime.date(timezone.localdate().year, 12, 31)
    if not datetime.date(FIRST_YEAR, 1, 1) <= day <= latest:
        raise forms.ValidationError(f"截止日期要在 {FIRST_YEAR} 年以后、{latest:%Y-%m-%d} 以前")
    return day


class ChangeForm(forms.Form):
    """What is laid side by side. Blank: the retired, the latest year's end and the one before, the whole scope.

    With ``other`` the two organizations are compared on the later day, and the earlier day says nothing.
    """

    table = forms.ChoiceField(label="统计表", required=False, choices=())
    since = forms.DateField(label="从", required=False, widget=DateInput(), error_messages=BAD_DAY)
    until = forms.DateField(label="到", required=False, widget=DateInput(), error_messages=BAD_DAY)
    organization = forms.ModelChoiceField(label="填报范围", queryset=None, required=False, empty_label="全部")
    other = forms.ModelChoiceField(label="与哪个单位比", queryset=None, required=False, empty_label="不比，看两个日期")

    def __init__(self, *args, user: Any, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        table: Any = self.fields["table"]
        table.choices = [
            ("", "（默认）"),
            *((table.id, f"{table.number} {table.short_title}") for table in TABLES.values()),
        ]
        table.widget.choices = table.choices[1:]
        offer_organizations(self, "organization", user)
        offer_organizations(self, "other", user)

    def clean_since(self) -> datetime.date | None:
        day = self.cleaned_data.get("since")
        return checked_day(day) if day else None

    def clean_until(self) -> datetime.date | None:
        day = self.cleaned_data.get("until")
        return checked_day(day) if day else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.chosen("other") and self.chosen("since") >= self.chosen("until"):
            self.add_error("since", "前一个日期要早于后一个日期")
        if not self.errors and self.chosen("other") and self.chosen("other") == self.chosen("organization"):
            self.add_error("other", "两边是同一个单位，请换一个")
        return cleaned

    def chosen(self, name: str) -> Any:
        """A question as it stands, filled up where it was left blank."""
        value = getattr(self, "cleaned_data", {}).get(name)
        if value:
            return value
        if name == "table":
            return DEFAULT_TABLE
        if name == "until":
            return last_closing()
        if name == "since":
            return datetime.date(self.chosen("until").year - 1, 12, 31)
        return None

    def query(self) -> dict[str, str]:
        """The question as it stands in addresses."""
        found = {"table": self.chosen("table")}
        found |= {name: self.chosen(name).isoformat() for name in ("since", "until")}
        return found | {name: str(self.chosen(name).pk) for name in ("organization", "other") if self.chosen(name)}


class WordingForm(EditForm):
    """A sentence of the narrative. ``section`` is asked for only where a sentence is added."""

    section = forms.ChoiceField(label="放在哪一部分", choices=[*SECTIONS.items()])
    text = forms.CharField(
        label="措辞", max_length=600, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="数字写成花括号里的名字，如 {离休总数}；名字从下面的名单里挑",
        error_messages={"required": "请写上这一句"},
    )  # fmt: skip
    used = forms.BooleanField(label="用这一句", required=False, initial=True)

    def __init__(self, *args, user: Any, instance: Any = None, shipped: str = "", section: str = "", **kwargs) -> None:
        initial = kwargs.pop("initial", None) or {}
        if instance is not None:
            initial = {"text": instance.text, "used": instance.used, **initial}
        elif shipped:
            initial = {"text": shipped, **initial}
        if section in SECTIONS:
            initial["section"] = section
        super().__init__(*args, user=user, instance=instance, initial=initial, **kwargs)
        if instance is not None or shipped:
            del self.fields["section"]
