"""Seeing that one unit's missing person and a new row, there or in another unit, are the same person.

Two rules. A transfer: the new row's number is on record as the missing person, or name, sex and month of birth are
the same and the numbers do not contradict. A misspelling, within one unit: the names sound the same and sex and month
of birth agree, or sex and month of birth agree and the numbers differ by one digit or two swapped ones.
A proposal is made only where exactly one candidate stands on either side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cadres.models import DifferenceKind, RosterDifference, Settlement, UnitRoster
from cadres.reconciliation.lines import entry_proposal
from common.bulk import CHUNK

_CHANGED = ("counterpart", "proposal", "proposed_on")


def nearly_equal(first: str, second: str) -> bool:
    """Two ID numbers that one slip of the typist makes of each other; the check digit follows and is not asked.

    >>> nearly_equal("990101194503020017", "990101194503020025")
    False
    """
    if len(first) != 18 or len(second) != 18:
        return False
    differing = [i for i in range(17) if first[i] != second[i]]
    if len(differing) <= 1:
        return True
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    a, b = differing
    return first[a] == second[b] and first[b] == second[a]


def contradict(first: str, second: str) -> bool:
    return bool(first and second) and first != second and not nearly_equal(first, second)


def is_transfer(missing: dict[str, Any], new: dict[str, Any]) -> bool:
    same = missing["name"] == new["name"] and _same_birth(missing, new)
    return same and not contradict(missing["id"], new["id"])


def is_misspelt(missing: dict[str, Any], new: dict[str, Any], *, sounds_alike: bool) -> bool:
    if not _same_birth(missing, new):
        return False
    return sounds_alike or nearly_equal(missing["id"], new["id"])


def _same_birth(first: dict[str, Any], second: dict[str, Any]) -> bool:
    sexes = {first["sex"], second["sex"]} - {""}
    return len(first["birth"]) >= 7 and first["birth"][:7] == second["birth"][:7] and len(sexes) <= 1


def pair(rosters: Sequence[UnitRoster]) -> None:
    """Propose pairs among the unsettled differences of these rosters and of the others of the same collection."""
    collection = rosters[0].collection_id
    own = [roster.pk for roster in rosters]
    sides = (DifferenceKind.NEW, DifferenceKind.MISSING)
    open_ones = RosterDifference.objects.filter(decision="", kind__in=sides).select_related("unit_roster")
    mine = list(open_ones.filter(unit_roster__in=own))
    known = {row.pk for row in mine}
    elsewhere = open_ones.filter(unit_roster__collection=collection).exclude(unit_roster__in=own)
    people = sorted({row.cadre_id for row in mine if row.cadre_id})
    sounds = sorted({row.sound_key for row in mine if row.sound_key})
    others: list[RosterDifference] = []
    for name, values in (("cadre_id", people), ("sound_key", sounds)):
        for start in range(0, len(values), CHUNK):
            found = elsewhere.filter(**{f"{name}__in": values[start : start + CHUNK]})
            others += [row for row in found if row.pk not in known]
            known |= {row.pk for row in others}
    everyone = mine + others
    new = [row for row in everyone if row.kind == DifferenceKind.NEW]
    missing = [row for row in everyone if row.kind == DifferenceKind.MISSING]
    changed = _link(_candidates(new, missing))
    RosterDifference.objects.bulk_update(changed, _CHANGED, batch_size=500)


def unpair(rosters: Sequence[UnitRoster]) -> None:
    """Take back what other rosters' differences propose because of these rosters; ``pair`` proposes anew."""
    own = [roster.pk for roster in rosters]
    others = RosterDifference.objects.filter(decision="", counterpart__unit_roster__in=own)
    rows = list(others.exclude(unit_roster__in=own).select_related("unit_roster__collection"))
    for row in rows:
        row.counterpart = None
        if row.kind == DifferenceKind.MISSING:
            row.proposal, row.proposed_on = "", None
        elif not row.of_known_person:
            collection = row.unit_roster.collection
            row.proposal, row.proposed_on = entry_proposal(row.details, collection.year, collection.as_of)
    RosterDifference.objects.bulk_update(rows, _CHANGED, batch_size=500)


Candidate = tuple[RosterDifference, RosterDifference, str]


def _candidates(new: list[RosterDifference], missing: list[RosterDifference]) -> list[Candidate]:
    """(missing, new, how the new one is settled)."""
    by_person = {row.cadre_id: row for row in missing}
    found: list[Candidate] = [
        (by_person[row.cadre_id], row, Settlement.MOVED_IN) for row in new if row.cadre_id in by_person
    ]
    done = {row.pk for _, row, _ in found}
    by_sound: dict[str, list[RosterDifference]] = {}
    by_birth: dict[tuple[int, str], list[RosterDifference]] = {}
    for row in missing:
        if row.sound_key:
            by_sound.setdefault(row.sound_key, []).append(row)
        by_birth.setdefault((row.unit_roster_id, row.details["birth"][:7]), []).append(row)
    for row in new:
        if row.pk in done or row.cadre_id:
            continue
        here = {other.pk: other for other in by_birth.get((row.unit_roster_id, row.details["birth"][:7]), [])}
        for other in here.values():
            alike = bool(row.sound_key) and row.sound_key == other.sound_key
            if is_misspelt(other.details, row.details, sounds_alike=alike):
                found.append((other, row, Settlement.SAME_PERSON))
        for other in by_sound.get(row.sound_key, []) if row.sound_key else []:
            if other.unit_roster_id != row.unit_roster_id and is_transfer(other.details, row.details):
                found.append((other, row, Settlement.MOVED_IN))
    return found


def _link(found: list[Candidate]) -> list[RosterDifference]:
    missing_count = Counter(missing.pk for missing, _, _ in found)
    new_count = Counter(new.pk for _, new, _ in found)
    changed: list[RosterDifference] = []
    for missing, new, how in found:
        if missing_count[missing.pk] > 1 or new_count[new.pk] > 1:
            continue
        moved = how == Settlement.MOVED_IN
        if moved and missing.proposal == Settlement.RECORDED:
            continue  # left after the roster's day: nobody who could be moved
        day = new.unit_roster.roster_day if moved else None
        missing.counterpart, new.counterpart = new, missing
        missing.proposal = Settlement.MOVED_OUT if moved else Settlement.SAME_PERSON
        new.proposal = how
        missing.proposed_on = new.proposed_on = day
        changed += [missing, new]
    return changed
