"""Values in database form as people read them, and as the audit trail keeps them (identities masked)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from accounts.models import Organization
from cadres.models import BirthdayCalendar, Cadre
from cadres.roster_import.frame import DATES
from cadres.roster_import.plan import DIGESTS, SECRETS, Plan
from common.codes import Kinship
from common.dates import PartialDate
from common.idcard import mask_bank, mask_id, mask_phone

MASKS: Final = {"id_number": mask_id, "phone": mask_phone, "bank_account": mask_bank}
BLANK: Final = "（空）"
_KEYS: Final = frozenset(["unit_id", "district_id", "community_id", "managing_unit_id"])
_FIELDS: Final = {field.attname: field for field in Cadre._meta.concrete_fields}
_CHOICES: Final = {
    name: {str(key): str(label) for key, label in field.choices} for name, field in _FIELDS.items() if field.choices
}
#: What follows from another field is not shown on its own.
_FOLLOWING: Final = frozenset(["level", "district_id", "birthday_day", "birthday_leap", "birthday_calendar"])


def label_of(name: str) -> str:
    name = DIGESTS.get(name, name)
    if name == "birthday_month":
        return "生日"
    return str(_FIELDS[name].verbose_name) if name in _FIELDS else name


def secret(plan: Plan, index: int, digest: str) -> tuple[str, str]:
    """(old, new) of an encrypted field, masked."""
    name = DIGESTS[digest]
    old = plan.clear.get(plan.people[index], ("", "", ""))[SECRETS.index(name)]
    return MASKS[name](old), MASKS[name](plan.frame.columns[name][index] or "")


def audit_changes(plan: Plan, index: int, refs: Mapping[int, int]) -> dict[str, list[Any]]:
    """{field: [before, after]} of a changed row, as single edits write them."""
    found: dict[str, list[Any]] = {}
    for name, (old, new) in plan.changes.get(index, {}).items():
        if name in DIGESTS:
            found[DIGESTS[name]] = list(secret(plan, index, name))
        else:
            after = refs.get(new, new) if name in _KEYS else new
            found[name.removesuffix("_id") if name in _KEYS else name] = [
                None if old is None else str(old),
                None if after is None else str(after),
            ]
    for name, (_, was, text) in plan.texts.get(index, {}).items():
        found[f"original_text.{name}"] = [was, text]
    for number, (pk, relative) in enumerate(plan.family.get(index, ()), 1):
        found[f"family.{number}"] = ["" if pk is None else relative.name, f"{relative.name} {relative.kinship}".strip()]
    return found


class Words:
    """Turns values into words; organization names are read once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.names = dict(Organization.objects.values_list("pk", "name"))

    def organization(self, ref: int | None) -> str:
        if ref is None:
            return BLANK
        return self.plan.directory.places[ref].name if ref in self.plan.directory.places else self.names.get(ref, "")

    def value(self, name: str, value: Any) -> str:
        if value in (None, ""):
            return BLANK
        if name in _KEYS:
            return self.organization(value)
        if name in DATES:
            return PartialDate.parse_iso(value).display()
        if name in _CHOICES:
            return _CHOICES[name].get(str(value), str(value))
        if isinstance(value, bool) or name in ("relocated", "away", "birthday_leap"):
            return "是" if value else "否"
        return str(value)

    def changes(self, index: int) -> list[tuple[str, str, str, str]]:
        """(label, old, new, what it means) of a changed row."""
        return [line[1:] for line in self.fields(index)]

    def fields(self, index: int) -> list[tuple[str, str, str, str, str]]:
        """As ``changes``, each with its field first: a name of ``Plan.changes``, ``text.<name>`` or ``family``."""
        plan = self.plan
        changes = plan.changes.get(index, {})
        lines: list[tuple[str, str, str, str, str]] = []
        for name, (old, new) in changes.items():
            if name in _FOLLOWING or (name == "nature" and "unit_id" in changes):
                continue
            if name in DIGESTS:
                was, now = secret(plan, index, name)
                lines.append((name, label_of(name), was or BLANK, now, ""))
            elif name == "birthday_month":
                lines.append((name, label_of(name), BLANK, self._birthday(index), "农历"))
            else:
                lines.append((name, label_of(name), self.value(name, old), self.value(name, new), _effect(name)))
        if "birthday_calendar" in changes and "birthday_month" not in changes:
            label = BirthdayCalendar(changes["birthday_calendar"][1]).label
            lines.append(("birthday_calendar", "生日历法", BLANK, label, self._birthday(index)))
        for name, (_, was, text) in plan.texts.get(index, {}).items():
            lines.append((f"text.{name}", f"{label_of(name)}（原文）", was or BLANK, text, "原文照存"))
        for pk, relative in plan.family.get(index, ()):
            kin = Kinship(relative.kinship).label if relative.kinship else relative.word
            now = f"{relative.name}{f'（{kin}）' if kin else ''}"
            phone = mask_phone(relative.phone)
            lines.append(("family", "家庭成员", BLANK if pk is None else relative.name, f"{now} {phone}".strip(), ""))
        return lines

    def _birthday(self, index: int) -> str:
        day = self.plan.frame.columns["lunar_birthday"][index]
        return day.display() if day else ""


def _effect(name: str) -> str:
    if name == "unit_id":
        return "记一次转出、转入"
    if name in ("treatment_rank", "medical_rank"):
        return "要批准文号"
    return ""
