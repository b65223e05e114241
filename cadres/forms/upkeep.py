"""Forms of confirming a roster and of verifying who lives."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from cadres.forms.people import text
from cadres.models import LifeVerification, VerificationResult, VerificationWay
from common.evidence import EvidenceField
from common.forms import DateInput, EditForm


class ConfirmRosterForm(EditForm):
    words = text("要说明的", 200, help_text="没有就不填")


class VerificationForm(EditForm):
    """One verification: two taps and a button; the rest may stay as it is."""

    result = forms.ChoiceField(
        label="结果", choices=VerificationResult.choices, widget=forms.RadioSelect, initial=VerificationResult.ALIVE
    )
    way = forms.ChoiceField(
        label="怎么核实的", choices=VerificationWay.choices, widget=forms.RadioSelect, initial=VerificationWay.VIDEO
    )
    done_on = forms.DateField(label="哪一天", widget=DateInput())
    note = forms.CharField(
        label="说明", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="失联的写明找过谁、怎么找的",
    )  # fmt: skip
    evidence = EvidenceField(label="截图、证明", required=False, help_text="照片或 PDF，最多 4 个，每个不超过 10 MB")

    def __init__(self, *args, user: Any, instance: Any = None, **kwargs) -> None:
        initial = {"done_on": timezone.localdate(), **(kwargs.pop("initial", None) or {})}
        if isinstance(instance, LifeVerification):
            initial |= {name: getattr(instance, name) for name in ("result", "way", "done_on", "note")}
        super().__init__(*args, user=user, instance=instance, initial=initial, **kwargs)
        self.fields["done_on"].widget.attrs["max"] = timezone.localdate().isoformat()

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name != "evidence"}


class VerifyManyForm(forms.Form):
    """The bar under a ticked list: all found alive on one day, by one way."""

    done_on = forms.DateField(
        label="核实日期", error_messages={"required": "请填核实的日期", "invalid": "日期写成 2026-03-05 这样"}
    )
    way = forms.ChoiceField(label="方式", choices=VerificationWay.choices)
