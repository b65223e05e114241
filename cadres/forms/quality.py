"""The form of one data quality rule."""

from __future__ import annotations

from typing import Any

from django import forms

from cadres.models import QualityRule
from cadres.quality.rules import CRITICAL, WEIGHTS
from common.forms import EditForm


class QualityRuleForm(EditForm):
    weight = forms.TypedChoiceField(
        label="分量",
        coerce=int,
        choices=[(weight, f"{weight}{'（要紧）' if weight >= CRITICAL else ''}") for weight in WEIGHTS],
        help_text="分量越重，有一个人犯就扣得越多；4 和 5 算要紧",
    )
    active = forms.BooleanField(label="在用", required=False, help_text="不在用的规则不查、不扣分")

    def __init__(self, *args, user: Any, instance: QualityRule, **kwargs) -> None:
        own = {"weight": instance.weight, "active": instance.active}
        kwargs["initial"] = {**own, **(kwargs.get("initial") or {})}
        super().__init__(*args, user=user, instance=instance, **kwargs)
