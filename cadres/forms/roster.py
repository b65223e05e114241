"""Forms of the roster import: the upload, what asked columns mean, and the two decisions at its end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from accounts.models import Organization
from common.forms import DateInput, EditForm


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class ManyFilesField(forms.FileField):
    """Several files in one field; their content is checked by the action."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        cleaned = [super(ManyFilesField, self).clean(file, None) for file in files]
        if not cleaned:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if sum(file.size for file in cleaned) > settings.SONGHE_UPLOAD_MAX_BYTES:
            limit = settings.SONGHE_UPLOAD_MAX_BYTES >> 20
            raise forms.ValidationError(f"一次最多传 {limit} MB，请分几次上传", code="too_large")
        return cleaned


class RosterUploadForm(EditForm):
    files = ManyFilesField(
        label="名册文件",
        help_text="可以一次选多个表格（.xlsx、.xls、.et、.ods），也可以打成一个 zip；文件照原样读，不会改动",
        widget=ManyFilesInput(attrs={"accept": ".xlsx,.xls,.et,.ods,.xlsb,.zip"}),
        error_messages={"empty": "选的文件里有一个是空的，请确认保存后再选"},
    )
    year = forms.IntegerField(label="年度", min_value=1990, help_text="这是哪一年的名册")
    as_of = forms.DateField(
        label="截至日期", required=False, widget=DateInput, help_text="表里的情况以哪一天为准；不填就是年末"
    )
    unit = forms.CharField(
        label="填报单位", required=False, help_text="表里没有“单位”一列时，写这个单位的全称；有就不用填"
    )
    create_organizations = forms.BooleanField(
        label="新单位一并建立",
        required=False,
        help_text="表里的区县和单位系统里还没有时，照“隶属”“单位”两列建好；不选，这些行就拒收",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        today = timezone.localdate()
        year = today.year - 1 if today.month <= 6 else today.year
        kwargs["initial"] = {"year": year, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.organization: Organization | None = None

    def clean_unit(self) -> str:
        name = self.cleaned_data["unit"].strip()
        if name:
            found = list(Organization.objects.visible_to(self.user, "roster.import").filter(name=name)[:2])
            if len(found) != 1:
                raise forms.ValidationError("没有找到这个单位，请写系统里登记的全称")
            self.organization = found[0]
        return name


class ColumnsForm(EditForm):
    """One choice per column; ``sheets``: summaries of the sheets to ask about (cadres.roster_import.sheets)."""

    remember = forms.BooleanField(label="记住这种表式，明年自动认", required=False, initial=True)

    def __init__(self, *args: Any, sheets: list[dict[str, Any]], fields: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheets = sheets
        self.rows: list[dict[str, Any]] = []
        for number, sheet in enumerate(sheets):
            self._add(number, sheet, fields)

    def _add(self, number: int, sheet: dict[str, Any], fields: list[tuple[str, str]]) -> None:
        asked = {question["letter"]: question for question in sheet["questions"]}
        lines = [(letter, question, None) for letter, question in asked.items()]
        lines += [(column["letter"], None, column) for column in sheet["columns"] if column["letter"] not in asked]
        columns = {column["letter"]: column for column in sheet["columns"]}
        for letter, question, column in lines:
            name = f"c-{number}-{letter}"
            if question is not None:
                choices = [("", "请选择…"), *map(tuple, question["choices"])]
                field = forms.ChoiceField(label=question["header"] or letter, choices=choices, required=False)
            else:
                current = column["field"] or "-"
                choices = [("-", "这一列不读"), *fields]
                field = forms.ChoiceField(label=column["header"], choices=choices, required=False, initial=current)
            self.fields[name] = field
            self.rows.append(
                {
                    "sheet": number, "letter": "" if letter.startswith("@") else letter, "key": letter, "name": name,
                    "asked": question, "column": column or columns.get(letter),
                }
            )  # fmt: skip

    def lines(self, number: int) -> list[dict[str, Any]]:
        return [{**row, "field": self[row["name"]]} for row in self.rows if row["sheet"] == number]

    def answers(self) -> dict[str, dict[str, str]]:
        """{signature: {letter: field or "-"}}: everything asked, and whatever else was changed."""
        found: dict[str, dict[str, str]] = {}
        for row in self.rows:
            value = self.cleaned_data.get(row["name"], "")
            signature = self.sheets[row["sheet"]]["signature"]
            if row["asked"] is not None:
                if value or not row["key"].startswith("@"):
                    found.setdefault(signature, {})[row["key"]] = value or "-"
            elif value != (row["column"]["field"] or "-"):
                found.setdefault(signature, {})[row["key"]] = value or "-"
        return found


class CommitForm(EditForm):
    fingerprint = forms.CharField(widget=forms.HiddenInput)
    accept = forms.BooleanField(required=False, widget=forms.HiddenInput)


class DiscardForm(EditForm):
    pass


class UndoForm(EditForm):
    fingerprint = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label="撤销的原因", max_length=200, help_text="如“传错了年度”“单位报错了表”；会留在导入记录里"
    )  # fmt: skip
