"""Forms of the yearly collection: opening and changing it, its units, handing in, returning, reminding."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from cadres.forms.people import text
from cadres.forms.roster import ManyFilesField, ManyFilesInput
from cadres.widgets import OrganizationField
from common.forms import DateInput, EditForm

ACCEPT = ".xlsx,.xls,.et,.ods,.xlsb,.zip"
EMPTY = {"empty": "选的文件里有一个是空的，请确认保存后再选"}


def words_field() -> forms.CharField:
    return forms.CharField(
        label="填报说明", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="联络员在报名册的页面和模板里看得到，如：有疑问找生活待遇科",
    )  # fmt: skip


class OpenCollectionForm(EditForm):
    year = forms.IntegerField(label="年度", help_text="一年只发起一次")
    as_of = forms.DateField(label="截至日期", widget=DateInput(), help_text="名册里的情况以哪一天为准")
    due_on = forms.DateField(label="报送期限", widget=DateInput(), help_text="各单位最晚哪一天报上来")
    words = words_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        year = timezone.localdate().year
        first = {"year": year, "as_of": datetime.date(year, 12, 31)}
        kwargs["initial"] = {**first, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class ChangeCollectionForm(EditForm):
    due_on = forms.DateField(label="报送期限", widget=DateInput(), help_text="延期就改成新的日子")
    words = words_field()

    def __init__(self, *args: Any, instance: Any, **kwargs: Any) -> None:
        kept = {"due_on": instance.due_on, "words": instance.words}
        kwargs["initial"] = {**kept, **(kwargs.get("initial") or {})}
        super().__init__(*args, instance=instance, **kwargs)


class AddUnitForm(EditForm):
    unit = OrganizationField(label="哪个单位", kinds="unit", right="roster.import")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].user = self.user  # type: ignore[attr-defined]


class ConfirmForm(EditForm):
    """A step that only asks once."""


class HandInForm(EditForm):
    files = ManyFilesField(
        label="填好的名册",
        help_text="选电脑或手机里的表格（.xlsx、.xls、.et、.ods）；离休、退休分两个文件的，一次都选上",
        widget=ManyFilesInput(attrs={"accept": ACCEPT}),
        error_messages=EMPTY,
    )


class BatchForm(EditForm):
    files = ManyFilesField(
        label="各单位的名册",
        help_text="一个单位一个文件，可以一次选几百个，也可以把整个文件夹打成一个 zip",
        widget=ManyFilesInput(attrs={"accept": ACCEPT}),
        error_messages=EMPTY,
    )


class ReturnForm(EditForm):
    words = text("退回意见", 300, required=True, help_text="写清楚哪里不对、怎么改，联络员看得到")


class RemindForm(EditForm):
    """``units`` empty: all that are late."""

    units = forms.CharField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> list[int] | None:
        found = [int(part) for part in self.cleaned_data["units"].split(",") if part.isdigit() and len(part) < 18]
        return found[:2000] or None
