"""Forms of the yearly reporting: opening a year, steps with words, explanations, rules of the 考核."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from common.forms import DateInput, EditForm
from reports.assessment import MEASURES
from reports.models import AssessmentRule, ReportingYear


def words_field(label: str, *, required: bool = False, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=300, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": f"请填{label}", "max_length": f"{label}不要超过 300 个字"},
    )  # fmt: skip


class YearForm(EditForm):
    """``instance``: the year whose deadlines change; None opens a year."""

    year = forms.IntegerField(label="年度", min_value=1980, max_value=2100)
    as_of = forms.DateField(label="截止日期", widget=DateInput(), help_text="一般是当年12月31日")
    unit_due = forms.DateField(label="单位报送期限", widget=DateInput())
    district_due = forms.DateField(label="区县报送期限", widget=DateInput(), help_text="不早于单位期限")
    words = words_field("填报要求", help_text="各单位打开上报就看到")

    def __init__(self, *args, user: Any, instance: ReportingYear | None = None, **kwargs) -> None:
        today = timezone.localdate()
        initial: dict[str, Any] = {"year": today.year, "as_of": datetime.date(today.year, 12, 31)}
        if isinstance(instance, ReportingYear):
            initial = {name: getattr(instance, name) for name in ("year", "as_of", "unit_due", "district_due", "words")}
        kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(*args, user=user, instance=instance, **kwargs)
        if isinstance(instance, ReportingYear):
            for name in ("year", "as_of"):
                del self.fields[name]


class StepForm(EditForm):
    """One step with its words."""

    words = words_field("说明")

    def __init__(self, *args, label: str = "说明", required: bool = False, help_text: str = "", **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["words"]
        field.label, field.required, field.help_text = label, required, help_text
        field.error_messages["required"] = f"请填{label}"


class ExplainForm(EditForm):
    """A box for every check that does not hold; ``checks``: [(name of the box, label, help, words)]."""

    def __init__(self, *args, checks: list[tuple[str, str, str, str]] = (), **kwargs) -> None:  # type: ignore[assignment]
        super().__init__(*args, **kwargs)
        for name, label, help_text, words in checks:
            self.fields[name] = words_field(label, help_text=help_text)
            self.initial[name] = words


class RuleForm(EditForm):
    code = forms.SlugField(
        label="代号", max_length=30, help_text="字母、数字和短横线，如 late",
        error_messages={"invalid": "代号只能用字母、数字和短横线"},
    )  # fmt: skip
    name = forms.CharField(label="名称", max_length=60)
    measure = forms.ChoiceField(label="算什么", choices=[(key, m.label) for key, m in MEASURES.items()])
    points = forms.DecimalField(label="每次分值", max_digits=5, decimal_places=1, help_text="加分写 10，扣分写 -2")
    limit = forms.DecimalField(
        label="最多加减多少分", max_digits=5, decimal_places=1, required=False, help_text="不限就空着"
    )
    active = forms.BooleanField(label="在用", required=False)

    def __init__(self, *args, user: Any, instance: AssessmentRule | None = None, **kwargs) -> None:
        initial: dict[str, Any] = {"active": True}
        if isinstance(instance, AssessmentRule):
            initial = {n: getattr(instance, n) for n in ("code", "name", "measure", "points", "limit", "active")}
        kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(*args, user=user, instance=instance, **kwargs)
