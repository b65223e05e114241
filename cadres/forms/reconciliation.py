"""Settling one difference, taking a decision back, approving a unit's roster."""

from __future__ import annotations

from typing import Any

from django import forms

from cadres.actions.reconciliation import POSSIBLE, Answer
from cadres.forms.people import text
from cadres.models import DifferenceKind, RosterDifference, Settlement
from cadres.querysets import same_person_candidates
from cadres.widgets import OrganizationField
from common.forms import DateInput, EditForm

#: kind of difference -> the fields beside the decision and the note
_FIELDS = {
    DifferenceKind.NEW: ("on", "to_place", "same_as"),
    DifferenceKind.MISSING: ("on", "to_unit", "to_place", "same_as"),
    DifferenceKind.CHANGED: (),
}
_CHOICES = [
    (Settlement.CHANGED, "变动：从截至日期起是这样"),
    (Settlement.CORRECTED, "更正：原来就记错了"),
    (Settlement.KEPT, "不采纳：照系统里的"),
]
_LABELS = {
    Settlement.ENROLLED: "新办：今年刚办离退休",
    Settlement.MOVED_IN: "转入：从别的单位或外地转来",
    Settlement.BACKFILLED: "漏登补登：早就在，以前没有登记",
    Settlement.SAME_PERSON: "写错了：其实是同一个人",
    Settlement.REFUSED: "不收这一行：不该在这份名册里",
    Settlement.DIED: "去世",
    Settlement.MOVED_OUT: "转出：转到别的单位或外地",
    Settlement.FORGOTTEN: "漏报：人还在，这次名册忘了写",
    Settlement.MISTAKEN: "登记错误：本来就不该在册",
    Settlement.RECORDED: "系统里已登记去世或转出",
}


class SettleForm(EditForm):
    decision = forms.ChoiceField(label="是哪种情况", widget=forms.RadioSelect)
    on = forms.DateField(label="日期", required=False, widget=DateInput())
    to_unit = OrganizationField(
        label="转到本市哪个单位", kinds="unit", required=False, help_text="转到外地就空着，填下一栏"
    )
    to_place = text("转到外地哪里", 100)
    same_as = forms.ModelChoiceField(queryset=None, label="其实是哪一位", required=False, empty_label="（选一位）")
    note = text("说明", 200)

    def __init__(self, *args: Any, user: Any, instance: RosterDifference, **kwargs: Any) -> None:
        super().__init__(*args, user=user, instance=instance, **kwargs)
        kind = instance.kind
        for name in ("on", "to_unit", "to_place", "same_as"):
            if name not in _FIELDS[DifferenceKind(kind)]:
                del self.fields[name]
        labels = dict(_CHOICES) if kind == DifferenceKind.CHANGED else _LABELS
        self.fields["decision"].choices = [
            (word, labels[Settlement(word)]) for word in POSSIBLE[kind] if self._fits(word)
        ]
        if kind == DifferenceKind.NEW:
            self.fields["to_place"].label = "从哪里转来"
            self.fields["to_place"].help_text = "转入的才填，如：外省某市某单位"
            self.fields["on"].help_text = "新办、补登填离退休日期，转入填转入日期"
        elif kind == DifferenceKind.MISSING:
            self.fields["to_place"].help_text = "如：外省某市某单位"
            self.fields["on"].help_text = "去世、转出的日期"
        if "to_unit" in self.fields:
            self.fields["to_unit"].user = user
        if "same_as" in self.fields:
            people = same_person_candidates(instance)
            self.fields["same_as"].queryset = people
            self.fields["same_as"].label_from_instance = _name_of
            self.fields["same_as"].help_text = "选了“写错了”才填"
        self.lines = self._field_choices() if kind == DifferenceKind.CHANGED else []

    def _fits(self, word: str) -> bool:
        row = self.instance
        if row.kind == DifferenceKind.NEW and row.of_known_person:
            return word in {Settlement.MOVED_IN, Settlement.REFUSED}
        gone = row.kind == DifferenceKind.MISSING and row.cadre.standing != "present"
        return (word == Settlement.RECORDED) == gone if row.kind == DifferenceKind.MISSING else True

    def _field_choices(self) -> list[str]:
        """One choice per changed field, beside the one for all."""
        lines = []
        for number, (_, label, old, new, _) in enumerate(self.instance.details["changes"]):
            name = f"field_{number}"
            self.fields[name] = forms.ChoiceField(
                label=label, required=False, help_text=f"{old} → {new}", choices=[("", "照上面选的办"), *_CHOICES]
            )
            lines.append(name)
        return lines

    def answer(self) -> Answer:
        values = self.values()
        changes = self.instance.details["changes"]
        choices = {changes[number][0]: values[name] for number, name in enumerate(self.lines) if values[name]}
        return Answer(
            decision=values["decision"],
            on=values.get("on"),
            to_unit=values.get("to_unit"),
            to_place=values.get("to_place", ""),
            note=values["note"],
            choices=choices,
            same_as=values.get("same_as"),
        )


def _name_of(row: RosterDifference) -> str:
    details = row.details
    place = f"第 {row.row} 行" if row.row else "系统里在册"
    return f"{details['name']}（{details['birth'] or '出生年月不详'}，{place}）"


class TakeBackForm(EditForm):
    reason = text("为什么撤回", 200, required=True, help_text="操作记录里看得到")


class ApproveForm(EditForm):
    waiver = text("为什么不等拒收的行改好", 300, help_text="如：单位来电说这一行是空行")

    def __init__(self, *args: Any, user: Any, instance: Any = None, refused: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, user=user, instance=instance, **kwargs)
        if not refused:
            del self.fields["waiver"]
