"""Taking a committed import back: what would become of each of its people, and the writing of it.

Outcomes: ``reverted`` (a person it made goes, a person it changed stands as before), ``kept`` (edited since: nothing
is touched), ``blocked`` (something hangs on a person it made, or the old values have no place any more).

What hangs on a person is asked of the models themselves: any row of any app that points to the person blocks, be it
protected by the database or not, unless its model says ``goes_with_person = True``, as reminders do. So an app above
this one needs no entry here, and a forgotten one errs on the safe side.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import Organization
from cadres.models import Cadre, CadreState, FamilyMember, OriginalText, RosterEffect, RosterImport, StatusEvent
from cadres.roster_import.edits import last_edits
from cadres.roster_import.effects import TABLES, digests, images, keys_of
from common import audit
from common.bulk import CHUNK, delete_rows, select_in, update_rows
from common.codes import Category
from common.crypto import unseal
from common.fields import EncryptedField
from common.models import AuditEntry

REVERTED, KEPT, BLOCKED = "reverted", "kept", "blocked"
OUTCOMES: Final = {REVERTED: "退回", KEPT: "后来改过，保留", BLOCKED: "退不回"}
CREATED, CHANGED = "created", "changed"
GONE: Final = "档案已不在"
#: Rows that belong to the person's own file and go with it; children stand before the person.
_OWN: Final = (OriginalText, FamilyMember, StatusEvent, CadreState, RosterEffect)
_CATEGORY: Final = {member.value: str(member.label) for member in Category}


@dataclass
class Person:
    """What would become of one person; ``effect`` is None for somebody the import made."""

    pk: int
    name: str
    category: str
    unit: int | None
    version: int
    effect: RosterEffect | None = None
    outcome: str = REVERTED
    reason: str = ""

    @property
    def kind(self) -> str:
        return CREATED if self.effect is None else CHANGED


def in_runs(column: str, runs: Iterable[Sequence[int]]) -> Q:
    """The rows whose ``column`` stands in one of the runs."""
    return reduce(or_, (Q(**{f"{column}__gte": run[0], f"{column}__lte": run[1]}) for run in runs), Q(pk__in=[]))


def related_to(model: type[models.Model]) -> list[models.ForeignKey]:
    """Every foreign key of any app that points to the model."""
    found = []
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.field.concrete:
            found.append(relation.field)
    return found


class UndoPlan:
    """Made from the database as it is now; writes nothing before ``apply``."""

    def __init__(self, roster_import: RosterImport) -> None:
        self.roster_import = roster_import
        made = roster_import.created_ids or {}
        self.made: list[list[int]] = made.get("cadres", [])
        self.new_units: list[list[int]] = made.get("organizations", [])
        self.people: dict[int, Person] = {}
        self.before: dict[int, dict[str, Any]] = {}
        self._collect()
        self._edited_since()
        self._hanging()
        self._old_values()

    # -- looking ------------------------------------------------------------------------------------------------
    def _collect(self) -> None:
        effects = {effect.cadre_id: effect for effect in RosterEffect.objects.filter(roster_import=self.roster_import)}
        keys = [*keys_of(self.made), *effects]
        query = f"SELECT id, name, category, unit_id, version FROM {Cadre._meta.db_table} WHERE id {{in}}"
        for pk, name, category, unit, version in select_in(query, keys):
            self.people[pk] = Person(pk, name, category, unit, version, effects.get(pk))
        for pk in keys:
            if pk not in self.people:
                self.people[pk] = Person(pk, "", "", None, 0, effects.get(pk), KEPT, GONE)

    def _of(self, kind: str) -> list[Person]:
        """Those still to be reverted."""
        return [person for person in self.people.values() if person.kind == kind and person.outcome == REVERTED]

    def _edited_since(self) -> None:
        edited = self._edited_new()
        changed = self._of(CHANGED)
        stand = digests(images([person.pk for person in changed]))
        edited |= {p.pk for p in changed if p.effect is not None and stand[p.pk] != p.effect.after_digest}
        words = last_edits(sorted(edited), self.roster_import)
        for pk in edited:
            self.people[pk].outcome, self.people[pk].reason = KEPT, words.get(pk, "入库以后改过")

    def _edited_new(self) -> set[int]:
        """New people who are no longer as the import made them. A later import that was taken back does not count."""
        new = {person.pk: person.version for person in self._of(CREATED)}
        mine = in_runs("cadre_id", self.made)
        taken_back: dict[tuple[int, int], int] = {}
        edited: set[int] = set()
        for effect in RosterEffect.objects.filter(mine).defer("sealed_before"):
            if effect.undone_version is None:
                edited.add(effect.cadre_id)
            else:
                taken_back[effect.cadre_id, effect.undone_version] = effect.version_before
        for pk, version in new.items():
            while (pk, version) in taken_back:
                version = taken_back[pk, version]
            if version != 1:
                edited.add(pk)
        for model in (CadreState, StatusEvent):
            several = model.objects.filter(mine).values("cadre_id").annotate(rows=Count("pk")).filter(rows__gt=1)
            edited.update(several.values_list("cadre_id", flat=True).order_by())
        relatives = FamilyMember.objects.filter(mine).filter(~Q(created_at=F("cadre__created_at")) | Q(version__gt=1))
        edited.update(relatives.values_list("cadre_id", flat=True))
        removed = AuditEntry.objects.filter(action="family.remove", number__gt=self.roster_import.audit_number or 0)
        edited.update(int(pk) for pk in removed.values_list("target_id", flat=True) if int(pk) in new)
        return edited & new.keys()

    def _hanging(self) -> None:
        """Whatever else points to a person the import made."""
        if not self.made:
            return
        for field in related_to(Cadre):
            if field.model in _OWN or getattr(field.model, "goes_with_person", False):
                continue
            rows = field.model._base_manager.filter(in_runs(field.attname, self.made)).order_by()
            for pk, count in rows.values_list(field.attname).annotate(rows=Count("pk")):
                person = self.people[pk]
                if person.outcome == KEPT:
                    continue
                if field.model is Cadre:
                    words = f"另有 {count} 人的“{field.verbose_name}”是这个人"
                else:
                    words = f"有{field.model._meta.verbose_name} {count} 条"
                person.reason = f"{person.reason}，{words}" if person.outcome == BLOCKED else words
                person.outcome = BLOCKED

    def _old_values(self) -> None:
        """The old unit or community may be gone by now. (An ID number an import only ever fills in, never replaces.)"""
        changed = self._of(CHANGED)
        for person in changed:
            assert person.effect is not None
            self.before[person.pk] = json.loads(unseal(person.effect.sealed_before))
        units = set(Organization.objects.values_list("pk", flat=True)) if changed else set()
        for person in changed:
            for name, _, values in self.before[person.pk]["changed"]:
                wanted = {values[field.attname] for field in _UNIT_FIELDS[name] if values.get(field.attname)}
                if not wanted <= units:
                    person.outcome, person.reason = BLOCKED, "原来的单位已经不在"

    # -- telling ------------------------------------------------------------------------------------------------
    def counts(self) -> dict[str, int]:
        counts = dict.fromkeys(OUTCOMES, 0)
        counts |= {f"{REVERTED}_{kind}": len(self._of(kind)) for kind in (CREATED, CHANGED)}
        for person in self.people.values():
            counts[person.outcome] += 1
        return counts

    def fingerprint(self) -> str:
        """Equal for two plans that would do the same to the same people."""
        text = repr(sorted((person.pk, person.outcome) for person in self.people.values()))
        return hashlib.sha256(text.encode()).hexdigest()

    def rows(self, outcome: str) -> list[list[Any]]:
        """[created or changed, name, category, unit, person's key or None, reason], named rows for a page."""
        chosen = [person for person in self.people.values() if person.outcome == outcome]
        units = dict(
            Organization.objects.filter(pk__in={person.unit for person in chosen}).values_list("pk", "name")
        )  # fmt: skip
        return [
            [
                person.kind, person.name or f"（{GONE}）", _CATEGORY.get(person.category, ""),
                units.get(person.unit or 0, ""),
                None if person.reason == GONE or (outcome == REVERTED and person.kind == CREATED) else person.pk,
                person.reason,
            ]
            for person in chosen
        ]  # fmt: skip

    # -- writing ------------------------------------------------------------------------------------------------
    def apply(self) -> tuple[list[audit.Detail], list[list[Any]]]:
        """Write it, in the caller's transaction: the audit details, and [name, reason] of new units that stay."""
        self.now = timezone.now()
        new = [person.pk for person in self._of(CREATED)]
        for field in related_to(Cadre):
            if field.model in _OWN or getattr(field.model, "goes_with_person", False):
                delete_rows(field.model, field.column, new)
        delete_rows(Cadre, "id", new)
        details = [audit.Detail("roster.undo", "cadres.cadre", str(pk)) for pk in new]
        details += self._put_back(self._of(CHANGED))
        removed, stay = self._remove_units()
        return details + [audit.Detail("roster.undo", "accounts.organization", str(pk)) for pk in removed], stay

    def _put_back(self, people: list[Person]) -> list[audit.Detail]:
        now = images([person.pk for person in people])
        added: dict[str, list[int]] = {}
        updates: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
        details = []
        for person in people:
            own: dict[str, Any] = {}
            for name, pk in self.before[person.pk]["added"]:
                added.setdefault(name, []).append(pk)
            for name, pk, values in self.before[person.pk]["changed"]:
                if name == "cadre":
                    own = values
                    continue
                stored = [_stored(name, column, value) for column, value in values.items()]
                updates.setdefault((name, tuple(values)), []).append((*stored, pk))
            stored = [_stored("cadre", column, value) for column, value in own.items()]
            row = (*stored, self.now, person.version + 1, person.pk)
            updates.setdefault(("cadre", (*own, "updated_at", "version")), []).append(row)
            changes = _told(own, now[person.pk]["cadre", person.pk])
            details.append(audit.Detail("roster.undo", "cadres.cadre", str(person.pk), changes or None))
        for name, keys in added.items():
            delete_rows(TABLES[name][0], "id", keys)
        for (name, columns), rows in updates.items():
            update_rows(TABLES[name][0], ("id",), columns, rows)
        marks = [(person.version + 1, person.effect.pk) for person in people if person.effect is not None]
        update_rows(RosterEffect, ("id",), ("undone_version",), marks)
        return details

    def _remove_units(self) -> tuple[list[int], list[list[Any]]]:
        """New units on which nothing hangs any more go; the others stay, and all above them."""
        found = Organization.objects.filter(in_runs("pk", self.new_units)).order_by("-path")
        units = {unit.pk: unit for unit in found}
        if not units:
            return [], []
        reasons = {pk: "后来改过" for pk, unit in units.items() if unit.version != 1}
        for field in related_to(Organization):
            if field.model is Organization:
                continue
            keys = list(units)
            for start in range(0, len(keys), CHUNK):
                rows = field.model._base_manager.filter(**{f"{field.attname}__in": keys[start : start + CHUNK]})
                for pk in rows.order_by().values_list(field.attname, flat=True).distinct():
                    reasons.setdefault(pk, f"还有{field.model._meta.verbose_name}在用")
        chosen = Organization.objects.filter(Q(parent_id__in=units) | Q(district_id__in=units))
        above = list(chosen.values_list("pk", "parent_id", "district_id"))
        growing = True
        while growing:
            size = len(reasons)
            for pk, *refs in above:
                if pk not in units or pk in reasons:
                    for ref in refs:
                        if ref in units:
                            reasons.setdefault(ref, "下面还有单位")
            growing = len(reasons) > size
        gone = [pk for pk in units if pk not in reasons]
        delete_rows(Organization, "id", gone)
        return gone, [[units[pk].name, reason] for pk, reason in reasons.items()]


_UNIT_FIELDS: Final = {
    name: [field for field in model._meta.concrete_fields if field.related_model is Organization]
    for name, (model, _) in TABLES.items()
}
_BOOLEANS: Final = {
    (name, field.column)
    for name, (model, _) in TABLES.items()
    for field in model._meta.concrete_fields
    if isinstance(field, models.BooleanField)
}
_CADRE_FIELDS: Final = {field.column: (at, field) for at, field in enumerate(Cadre._meta.concrete_fields)}


def _stored(name: str, column: str, value: Any) -> Any:
    return bool(value) if (name, column) in _BOOLEANS else value


def _told(values: dict[str, Any], now: tuple[Any, ...]) -> dict[str, list[Any]]:
    """{field: [now, put back]} for the audit trail, identities masked."""
    told = {}
    for column, was in values.items():
        at, field = _CADRE_FIELDS[column]
        if not field.editable:
            continue
        pair = [now[at], was]
        if isinstance(field, EncryptedField):
            mask = field.mask or (lambda _: "")
            pair = [mask(unseal(value)) if value else "" for value in pair]
        told[field.name] = [None if value is None else str(value) for value in pair]
    return told
