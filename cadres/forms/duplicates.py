"""Forms of suspected duplicates: which file stays, whose value for each field that differs."""

from __future__ import annotations

from typing import Any

from django import forms

from cadres.duplicates import compare
from cadres.forms.people import text
from cadres.models import DuplicatePair
from common.forms import EditForm


class MergeForm(EditForm):
    """One radio for each differing field, named ``of_<field>``; the better guess is chosen beforehand."""

    low_version = forms.IntegerField(widget=forms.HiddenInput)
    high_version = forms.IntegerField(widget=forms.HiddenInput)
    reason = text("怎么核对的", 200, help_text="一份已去世或已转出、两个身份证号不同的，必须写；如“看过身份证原件”")

    def __init__(self, *args, user: Any, instance: DuplicatePair, **kwargs) -> None:
        low, high = instance.low, instance.high
        kwargs["initial"] = {
            "low_version": low.version,
            "high_version": high.version,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, user=user, instance=instance, **kwargs)
        both = ((compare.LOW, f"{low.name}（先建的）"), (compare.HIGH, f"{high.name}（后建的）"))
        self.fields["keep"] = forms.ChoiceField(
            label="保留哪一份", choices=both, widget=forms.RadioSelect, initial=compare.proposed_file(low, high),
            error_messages={"required": "请选保留哪一份"},
        )  # fmt: skip
        self.differing = compare.differing(low, high)
        for name in self.differing:
            label = compare.label_of(name)
            sides = (
                (compare.LOW, compare.words_of(low, name)),
                (compare.HIGH, compare.words_of(high, name)),
            )
            self.fields[f"of_{name}"] = forms.ChoiceField(
                label=label, choices=sides, widget=forms.RadioSelect, initial=compare.proposal(low, high, name),
                error_messages={"required": f"“{label}”两份不同，请选一个"},
            )  # fmt: skip

    def from_absorbed(self) -> list[str]:
        kept = self.cleaned_data["keep"]
        return [name for name in self.differing if self.cleaned_data[f"of_{name}"] != kept]


class DifferentForm(EditForm):
    words = text("说明", 200, help_text="如：同名同生日，籍贯和单位不同，已打电话核对")


class UnmergeForm(EditForm):
    reason = text("为什么撤销", 200, required=True, help_text="如：经核对是两个人；会记入操作记录")
