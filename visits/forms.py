"""Forms of visits: they clean what was typed and know nothing else."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from cadres.models import Cadre
from common.forms import DateInput, EditForm
from common.photos import CheckedPhoto, check_photo
from visits.actions import EDITABLE_FIELDS
from visits.codes import Manner, Occasion
from visits.photos import PER_VISIT

TODAY, YESTERDAY, OTHER = "today", "yesterday", "other"
#: One tap fills them in.
QUICK_PHRASES = ("一切都好", "精神尚可", "要人陪护", "想见领导", "有困难", "家人都在", "没见到本人")


class PhotoInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """Several photos; each is checked and re-encoded here, so that a form holds only clean ones."""

    widget = PhotoInput

    def clean(self, data: Any, initial: Any = None) -> list[CheckedPhoto]:
        uploads = data if isinstance(data, list | tuple) else [data] if data else []
        if len(uploads) > PER_VISIT:
            raise forms.ValidationError(f"一次走访最多留 {PER_VISIT} 张照片，请少选几张")
        checked, problems = [], []
        for upload in uploads:
            try:
                checked.append(check_photo(upload))
            except forms.ValidationError as problem:
                problems.append(problem)
        if problems:
            raise forms.ValidationError(problems)
        return checked


class VisitForm(EditForm):
    """A new visit; with ``instance`` the same form changes one (its person stays)."""

    cadre = forms.ModelChoiceField(
        label="看望谁",
        queryset=None,
        widget=forms.HiddenInput,
        error_messages={
            "required": "请先选看望的是谁",
            "invalid_choice": "找不到这个人，可能已不归您联系，请重新选",
        },
    )
    occasion = forms.ChoiceField(label="缘由", choices=Occasion.choices)
    manner = forms.ChoiceField(label="怎么去的", choices=Manner.choices, widget=forms.RadioSelect)
    when = forms.ChoiceField(
        label="哪一天",
        choices=((TODAY, "今天"), (YESTERDAY, "昨天"), (OTHER, "选日子")),
        widget=forms.RadioSelect,
    )
    visited_on = forms.DateField(label="日期", required=False, widget=DateInput())
    visitors = forms.CharField(label="谁去的", required=False, max_length=200, help_text="不填就是您本人")
    gift_money = forms.DecimalField(
        label="慰问金（元）",
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", "min": "0"}),
        error_messages={"min_value": "慰问金不能是负数，请核对", "invalid": "慰问金只填数字，比如 500"},
    )
    gift_reason = forms.CharField(
        label="超标准原因", required=False, max_length=200, help_text="慰问金超过标准时才要填"
    )
    gifts = forms.CharField(label="慰问品", required=False, max_length=200)
    photos = PhotosField(
        label="照片",
        required=False,
        widget=PhotoInput(attrs={"accept": "image/jpeg,image/png", "multiple": True}),
    )
    drop_photos = forms.MultipleChoiceField(label="去掉的照片", required=False, widget=forms.CheckboxSelectMultiple)
    words = forms.CharField(label="说几句", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, user: Any, instance: Any = None, **kwargs) -> None:
        initial = dict(kwargs.pop("initial", None) or {})
        if instance is not None:
            initial.update({name: getattr(instance, name) for name in EDITABLE_FIELDS})
            initial["when"] = OTHER
            if instance.gift_money is not None and instance.gift_money == int(instance.gift_money):
                initial["gift_money"] = int(instance.gift_money)
        else:
            initial.setdefault("manner", Manner.HOME.value)
            initial.setdefault("when", TODAY)
        super().__init__(*args, user=user, instance=instance, initial=initial, **kwargs)
        if instance is not None:
            del self.fields["cadre"]
            self.fields["drop_photos"].choices = [
                (str(photo.pk), f"第 {n} 张") for n, photo in enumerate(instance.photos.all(), 1)
            ]
        else:
            self.fields["cadre"].queryset = Cadre.objects.visible_to(user, "visit.log")
            del self.fields["drop_photos"]
        self.fields["visited_on"].widget.attrs["max"] = timezone.localdate().isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        today = timezone.localdate()
        when = cleaned.get("when")
        if when == TODAY:
            cleaned["visited_on"] = today
        elif when == YESTERDAY:
            cleaned["visited_on"] = today - datetime.timedelta(days=1)
        elif when == OTHER and not cleaned.get("visited_on") and "visited_on" not in self.errors:
            self.add_error("visited_on", "请填走访是哪一天")
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the actions take; the person, the photos and the way to say the day are not among it."""
        return {name: self.cleaned_data[name] for name in EDITABLE_FIELDS if name in self.cleaned_data}


class RemoveForm(EditForm):
    reason = forms.CharField(
        label="撤回的原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}), required=False
    )

    def __init__(self, *args, user: Any, instance: Any = None, **kwargs) -> None:
        super().__init__(*args, user=user, instance=instance, **kwargs)


class ImportForm(EditForm):
    file = forms.FileField(
        label="走访记录表",
        help_text="Excel 工作簿（xlsx、xls、WPS 的 et 都行），第一行是栏目名",
        error_messages={"required": "请先选文件", "empty": "文件是空的，请另选"},
    )


class ConfirmImportForm(EditForm):
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)
