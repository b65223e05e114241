"""Forms of single steps: death, transfers, relatives, photo, reasons."""

from __future__ import annotations

from typing import Any

from django import forms

from cadres.forms.people import CLEAR, choice, text
from cadres.models import FamilyMember
from cadres.widgets import OrganizationField
from common.codes import Kinship
from common.forms import DateInput, EditForm
from common.idcard import mask_phone


class DeceaseForm(EditForm):
    on = forms.DateField(label="去世日期", widget=DateInput())
    note = text("说明", 200, help_text="如：因病医治无效，在市人民医院去世")


class ReasonForm(EditForm):
    reason = text("原因", 200, required=True, help_text="写清楚，改动记录里看得到")


class MoveOutForm(EditForm):
    on = forms.DateField(label="转出日期", widget=DateInput())
    to_unit = OrganizationField(
        label="转到本市哪个单位", kinds="unit", required=False, help_text="转到外地就空着，填下一栏"
    )
    to_place = text("转到外地哪里", 100, help_text="如：外省某市某单位")
    note = text("说明", 200)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_unit"].user = self.user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("to_unit") and cleaned.get("to_place"):
            self.add_error("to_place", "本市单位和外地只填一个")
        return cleaned


class MoveInForm(EditForm):
    on = forms.DateField(label="转入日期", widget=DateInput())
    unit = OrganizationField(label="转入哪个单位", kinds="unit", right="cadre.change")
    from_place = text("从哪里转来", 100)
    note = text("说明", 200)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].user = self.user


class FamilyForm(EditForm):
    name = text("姓名", 60, required=True)
    kinship = choice(Kinship, label="与本人的关系")
    phone = text("电话", 40)
    work = text("工作单位", 100)
    emergency = forms.BooleanField(label="紧急联系人", required=False)

    def __init__(self, *args, user: Any, instance: FamilyMember | None = None, **kwargs) -> None:
        if isinstance(instance, FamilyMember):
            initial = {name: getattr(instance, name) for name in ("name", "kinship", "work", "emergency")}
            kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(*args, user=user, instance=instance, **kwargs)
        kept = instance.phone if isinstance(instance, FamilyMember) else ""
        if kept:
            self.fields["phone"].widget.attrs["placeholder"] = mask_phone(kept)
            self.fields["phone"].help_text = f"现在是 {mask_phone(kept)}，不改就留空；要去掉写“{CLEAR}”"

    def values(self) -> dict[str, Any]:
        values = super().values()
        if values.get("phone") == CLEAR:
            values["phone"] = ""
        elif not values.get("phone") and isinstance(self.instance, FamilyMember):
            values.pop("phone", None)
        return values


class PhotoForm(EditForm):
    photo = forms.FileField(
        label="照片", required=False, help_text="JPG、PNG，不超过 10 MB；一寸、两寸证件照最好",
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )  # fmt: skip
    remove = forms.BooleanField(label="去掉现在的照片", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("photo") and not cleaned.get("remove") and "photo" not in self.errors:
            self.add_error("photo", "请选一张照片")
        return cleaned
