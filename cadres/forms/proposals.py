"""Forms of proposals: what liaisons say of their own people, and how staff settle it."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from cadres import proposed
from cadres.forms.people import SECRET, CadreForm, ChangeCadreForm, choice, text
from cadres.models import Cadre, Proposal, ProposalKind
from cadres.widgets import KINDS, OrganizationField
from common.codes import Category
from common.evidence import EvidenceField
from common.forms import DateInput, EditForm

FORM_FIELDS = ("form_key", "version")
REASONS = "如：本人来电更正、家属告知、看过身份证"


def reason_field() -> forms.CharField:
    return forms.CharField(
        label="理由", max_length=300, help_text=REASONS, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明理由，如“本人来电更正”"},
    )  # fmt: skip


def evidence_field() -> EvidenceField:
    return EvidenceField(
        label="证明材料", required=False, help_text="拍照或 PDF，最多 4 个，每个不超过 10 MB；没有也可以先提"
    )


class ProposalChangeForm(ChangeCadreForm):
    """The person's own form with what liaisons may propose; the phone and what changes often come first."""

    SECTIONS = (
        ("often", "常变的", ("phone", "address", "living", "self_care", "health", "marriage", "away", "away_to")),
        ("identity", "身份", ("name", "sex", "birth", "id_number", "ethnicity", "native_place", "birthday_calendar",
                             "birthday_month", "birthday_day", "birthday_leap", "education", "political_status",
                             "party_joined", "registered_address")),
        ("work", "工作与待遇", ("post", "rank", "title", "work_started", "revolution_joined", "retired_on",
                               "treatment_rank", "treatment_approved", "treatment_document", "medical_rank",
                               "bank_account")),
        ("more", "其他", ("relocated", "relocated_to", "hobbies", "specialties")),
    )  # fmt: skip
    OWN_FIELDS = (*ChangeCadreForm.OWN_FIELDS, "reason", "evidence")
    reason = reason_field()
    evidence = evidence_field()

    def __init__(self, *args, user: Any, instance: Cadre, again: Proposal | None = None, **kwargs) -> None:
        self.again = again
        initial = dict(kwargs.pop("initial", None) or {})
        if again is not None:
            initial |= {
                name: proposed.taken_up(name, new) for name, (_, new) in again.changes.items() if name not in SECRET
            }
            initial |= {"reason": again.reason, "since": again.on, "how": "change" if again.on else "correct"}
            initial["version"] = again.version
        super().__init__(*args, user=user, instance=instance, initial=initial, **kwargs)
        for name in list(self.fields):
            if name not in (*proposed.PROPOSABLE, *self.OWN_FIELDS, *FORM_FIELDS):
                del self.fields[name]
        for name in SECRET:
            if self.typed_before(name):
                self.fields[name].help_text = f"上次填的是 {SECRET[name](self.typed_before(name))}，不改就留空"

    def typed_before(self, name: str) -> str:
        return str(self.again.changes.get(name, ["", ""])[1]) if self.again is not None else ""

    @property
    def sections(self) -> list[dict[str, Any]]:
        parts = super().sections
        for number, part in enumerate(parts):
            part["open"] = number == 0 or any(
                field.errors or (self.again is not None and field.name in self.again.changes)
                for field in part["fields"]
            )
        return parts

    def values(self) -> dict[str, Any]:
        values = super().values()
        for name in SECRET:
            if name not in values and self.typed_before(name):
                values[name] = self.typed_before(name)
        return values


class ProposalStepForm(EditForm):
    """A death or a move that a liaison reports."""

    on = forms.DateField(label="日期", widget=DateInput())
    in_city = forms.TypedChoiceField(
        label="转到哪里", choices=(("0", "外地"), ("1", "本市别的单位")), coerce=lambda value: value == "1",
        widget=forms.RadioSelect, initial="0",
    )  # fmt: skip
    to_place = text("单位或地方", 100, help_text="本市的写单位全称；外地的写省市和单位")
    reason = reason_field()
    evidence = evidence_field()

    def __init__(self, *args, user: Any, instance: Cadre, kind: str, again: Proposal | None = None, **kwargs) -> None:
        initial = dict(kwargs.pop("initial", None) or {})
        if again is not None:
            initial |= {
                "on": again.on, "in_city": "1" if again.in_city else "0", "to_place": again.to_place,
                "reason": again.reason, "version": again.version,
            }  # fmt: skip
        super().__init__(*args, user=user, instance=instance, initial=initial, **kwargs)
        self.fields["on"].label = "去世日期" if kind == ProposalKind.DEATH else "转出日期"
        if kind == ProposalKind.DEATH:
            del self.fields["in_city"], self.fields["to_place"]

    def values(self) -> dict[str, Any]:
        return {}


class ProposalNewForm(CadreForm):
    """Somebody who is missing from our list, as far as the liaison knows."""

    place = OrganizationField(
        label="哪个单位或社区的人", kinds="any", right="proposal.make", help_text="您联系的单位或社区"
    )
    category = choice(Category, label="人员类别", required=True)
    entered_on = forms.DateField(
        label="进名册的日期", required=False, widget=DateInput(), help_text="从外面转来的填；不填就按离退休时间"
    )
    from_place = text("从哪里转来", 100, help_text="不是转来的不填")
    reason = reason_field()
    evidence = evidence_field()

    KEPT = ("name", "sex", "birth", "id_number", "category", "retired_on", "post", "rank", "phone", "address")
    SECTIONS = (
        ("person", "是谁", ("name", "category", "place", "sex", "birth", "id_number", "phone", "address")),
        ("work", "工作", ("post", "rank", "retired_on", "entered_on", "from_place")),
    )
    OWN_FIELDS = ("confirm_birth", "place", "entered_on", "from_place", "reason", "evidence")

    def __init__(self, *args, user: Any, again: Proposal | None = None, **kwargs) -> None:
        self.again = again
        initial = dict(kwargs.pop("initial", None) or {})
        if again is not None:
            initial |= {
                name: proposed.taken_up(name, new) for name, (_, new) in again.changes.items() if name in self.KEPT
            }
            initial |= {
                "place": again.organization, "entered_on": again.on, "from_place": again.to_place,
                "reason": again.reason, "version": again.version,
            }  # fmt: skip
            initial |= dict.fromkeys(("id_number", "phone"), "")
        else:
            initial["place"] = user.home_organization
        kwargs.pop("instance", None)
        super().__init__(*args, user=user, instance=None, initial=initial, **kwargs)
        for name in list(self.fields):
            if name not in (*self.KEPT, *self.OWN_FIELDS, *FORM_FIELDS):
                del self.fields[name]
        for name in ("id_number", "phone"):
            typed = self.typed_before(name)
            if typed:
                self.fields[name].help_text = f"上次填的是 {SECRET[name](typed)}，不改就留空"

    def typed_before(self, name: str) -> str:
        return str(self.again.changes.get(name, ["", ""])[1]) if self.again is not None else ""

    @property
    def sections(self) -> list[dict[str, Any]]:
        return [{**part, "open": True} for part in super().sections]

    def clean_entered_on(self) -> datetime.date | None:
        day = self.cleaned_data["entered_on"]
        if day and day > timezone.localdate():
            raise ValidationError("这一天还没到，请填今天或以前的日子")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("from_place") and not cleaned.get("entered_on") and "entered_on" not in self.errors:
            self.add_error("entered_on", "从外面转来的，请填转来的日期")
        return cleaned

    def values(self) -> dict[str, Any]:
        values = {name: value for name, value in super().values().items() if name in self.KEPT}
        for name in ("id_number", "phone"):
            values[name] = values.get(name) or self.typed_before(name)
        place = self.cleaned_data["place"]
        values["unit" if place.kind in KINDS["unit"] else "community"] = place
        return values


class AcceptForm(EditForm):
    """What staff take of a proposal. ``seen``: the person's version on the page."""

    take = forms.MultipleChoiceField(label="采纳哪几项", required=False, widget=forms.CheckboxSelectMultiple)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    unit = OrganizationField(
        label="由哪个单位发离退休费", kinds="unit", right="cadre.change", help_text="输入名称或代码"
    )
    to_unit = OrganizationField(
        label="转入本市哪个单位", kinds="unit", right="organization.view", required=False, help_text="转到外地的空着"
    )

    def __init__(self, *args, user: Any, instance: Proposal, **kwargs) -> None:
        initial = {"seen": instance.cadre.version if instance.cadre else None, **(kwargs.pop("initial", None) or {})}
        if instance.organization.kind in KINDS["unit"]:
            initial["unit"] = instance.organization
        lines = proposed.lines_of(instance.changes, instance.cadre)
        initial["take"] = [line.field for line in lines if not line.conflict and not line.done]
        super().__init__(*args, user=user, instance=instance, initial=initial, **kwargs)
        kind = instance.kind
        if kind == ProposalKind.CHANGE:
            self.fields["take"].choices = [(line.field, line.label) for line in lines]
        else:
            del self.fields["take"]
        for name, wanted in (("unit", ProposalKind.NEW), ("to_unit", ProposalKind.MOVE_OUT)):
            if kind == wanted:
                self.fields[name].user = user
            else:
                del self.fields[name]
        if kind == ProposalKind.MOVE_OUT and instance.in_city:
            self.fields["to_unit"].required = True
            self.fields["to_unit"].help_text = f"联络员写的是“{instance.to_place}”，请选准"

    def choices_for(self) -> dict[str, Any]:
        """What the action gets besides the proposal."""
        cleaned = self.cleaned_data
        return {
            "fields": cleaned.get("take"), "seen_version": cleaned.get("seen"), "unit": cleaned.get("unit"),
            "to_unit": cleaned.get("to_unit"),
        }  # fmt: skip


class ReturnForm(EditForm):
    words = forms.CharField(
        label="退回的理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="联络员看得到，写清楚要怎么改", error_messages={"required": "请写一句退回的理由，让联络员知道怎么改"},
    )  # fmt: skip
