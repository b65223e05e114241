"""Writing decisions into the plan that approval commits. Changes the plan in memory; writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cadres.models import DifferenceKind, EventKind, RosterDifference, Settlement, UnitRoster
from cadres.reconciliation.lines import find_lines, row_places
from cadres.roster_import.plan import CHANGED, REFUSED, UNCHANGED, Entry, Matches, Plan

#: Settled by content of the file, so they go in with it.
_ENTRIES = {
    Settlement.ENROLLED: EventKind.ENROLLED,
    Settlement.BACKFILLED: EventKind.ENROLLED,
    Settlement.MOVED_IN: EventKind.MOVED_IN,
}
_BIRTHDAY = frozenset(["birthday_calendar", "birthday_month", "birthday_day", "birthday_leap"])


class Unsettled(Exception):
    """Something of the plan was never settled: people or file changed since the last look. Carries the plan."""


def settled_plan(make: Callable[[Matches], Plan], rosters: Sequence[UnitRoster]) -> Plan:
    """The plan that does what was decided. ``make`` plans the file anew, given rows whose person is known.

    Raises Unsettled where a difference of the plan has no decision, or one about something else.
    """
    plan = make({})
    stored = {
        (row.unit_roster_id, row.kind, row.key): row
        for row in RosterDifference.objects.filter(unit_roster__in=rosters).exclude(decision="")
    }
    by_unit = {roster.organization_id: roster.pk for roster in rosters}
    for line in find_lines(plan, rosters):
        decided = stored.get((by_unit[line.unit], line.kind, line.key))
        if decided is None or decided.signature != line.signature or decided.undone:
            raise Unsettled(plan)
    matches = {
        _place(row): row.cadre_id
        for row in stored.values()
        if row.kind == DifferenceKind.NEW and row.cadre_id and row.row and not row.row_refused
    }
    if matches:
        plan.frame.restore()
        plan = make(matches)
    places = row_places(plan)
    for row in stored.values():
        index = places.get(_place(row)) if row.row else None
        if index is not None:
            _decide(plan, index, row)
    return plan


def _place(row: RosterDifference) -> tuple[int, str, int]:
    return row.file or 0, row.sheet, row.row or 0


def _decide(plan: Plan, index: int, row: RosterDifference) -> None:
    if plan.outcome[index] == REFUSED:
        return
    if row.decision == Settlement.REFUSED:
        _drop(plan, index)
        plan.frame.refuse(index, "name", "not_taken", f"核对时定为不收：{row.note}", "要收的，请单位改好再报")
        plan.outcome[index] = REFUSED
    elif row.decision in _ENTRIES and index not in plan.people:
        assert row.on is not None  # settling asks for the day
        plan.entries[index] = Entry(_ENTRIES[Settlement(row.decision)], row.on, row.other_place, row.note)
    elif row.decision == Settlement.SAME_PERSON:
        _choose(plan, index, row.choices, Settlement.CORRECTED)
    elif row.kind == DifferenceKind.CHANGED:
        _choose(plan, index, row.choices, row.decision)


def _choose(plan: Plan, index: int, choices: dict[str, str], otherwise: str) -> None:
    """Leave out the fields that stay as recorded, and mark those that had always been so."""
    changes = plan.changes.get(index, {})
    kept = {name for name in changes if _choice(name, choices, otherwise) == Settlement.KEPT}
    if kept & _BIRTHDAY:
        kept |= _BIRTHDAY
    for name in kept & changes.keys():
        del changes[name]
    texts: dict[str, Any] = plan.texts.get(index, {})
    for name in [name for name in texts if _choice(f"text.{name}", choices, otherwise) == Settlement.KEPT]:
        del texts[name]
    if _choice("family", choices, otherwise) == Settlement.KEPT:
        plan.family.pop(index, None)
    if not changes:
        plan.changes.pop(index, None)
    if not texts:
        plan.texts.pop(index, None)
    always = {name for name in changes if _choice(name, choices, otherwise) == Settlement.CORRECTED}
    if always:
        plan.corrected[index] = frozenset(always)
    if plan.outcome[index] == CHANGED and not (changes or texts or index in plan.family):
        plan.outcome[index] = UNCHANGED


def _choice(name: str, choices: dict[str, str], otherwise: str) -> str:
    return choices.get("birthday_month" if name in _BIRTHDAY and "birthday_month" in choices else name, otherwise)


def _drop(plan: Plan, index: int) -> None:
    for part in (plan.changes, plan.texts, plan.family, plan.before, plan.corrected, plan.entries):
        part.pop(index, None)
