"""Keeping differences: those of a new reading replace the old ones, decisions stay where nothing changed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection

from cadres.models import RosterDifference, RosterImport, UnitRoster, UnitRosterState
from cadres.reconciliation.lines import Line, find_lines
from cadres.reconciliation.pairs import pair, unpair
from cadres.roster_import.plan import Plan
from common.bulk import update_rows

_WRITTEN = (
    "signature", "cadre", "file", "sheet", "row", "row_refused", "content", "sound_key", "in_last_roster", "proposal", "proposed_on",
    "counterpart", "decision", "on", "other_unit", "other_place", "choices", "note", "settled_by", "settled_at",
)  # fmt: skip


def rosters_of(roster_import: RosterImport) -> list[UnitRoster]:
    """The unit rosters that wait on this import; none for an import that no unit handed in."""
    waiting = UnitRoster.objects.filter(roster_import=roster_import, state=UnitRosterState.HANDED_IN)
    return list(waiting.select_related("collection", "organization").order_by("pk"))


def store_differences(plan: Plan, rosters: Sequence[UnitRoster]) -> None:
    """Replace what is known of these rosters by what ``plan`` shows. Runs in the caller's transaction.

    A settled difference whose event stands in the history stays, for it tells why the person left or came.
    """
    if not rosters:
        return
    unpair(rosters)
    by_unit = {roster.organization_id: roster for roster in rosters}
    stored = {
        (row.unit_roster_id, row.kind, row.key): row
        for row in RosterDifference.objects.filter(unit_roster__in=rosters).defer("content")
    }
    added: list[RosterDifference] = []
    mended: list[RosterDifference] = []
    for line in find_lines(plan, rosters):
        roster = by_unit[line.unit]
        known = stored.pop((roster.pk, line.kind, line.key), None)
        row = known or RosterDifference(unit_roster=roster, kind=line.kind, key=line.key)
        if known is None or known.signature != line.signature or known.undone:
            _forget(row)
        _take(row, line)
        (added if known is None else mended).append(row)
    gone = [row.pk for row in stored.values() if row.event_id is None]
    RosterDifference.objects.filter(pk__in=gone).delete()
    RosterDifference.objects.bulk_create(added, batch_size=500)
    _update(mended)
    pair(rosters)


def _update(rows: Sequence[RosterDifference]) -> None:
    """One statement a row in one go: thousands of rows of Django's ``bulk_update`` take many times as long."""
    known = {field.name: field for field in RosterDifference._meta.concrete_fields}
    fields = [known[name] for name in _WRITTEN]
    values = [
        [
            *(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields),
            row.pk,
        ]
        for row in rows
    ]
    update_rows(RosterDifference, ("id",), [str(field.column) for field in fields], values)


def _take(row: RosterDifference, line: Line) -> None:
    row.signature = line.signature
    if not row.settled:
        row.cadre_id, row.counterpart = line.cadre, None
        row.other_unit_id = line.other_unit
    row.row_refused = line.row_refused
    row.content = json.dumps(line.details, ensure_ascii=False)
    row.file, row.sheet, row.row = line.place or (None, "", None)
    row.sound_key, row.in_last_roster = line.sound_key, line.in_last_roster
    row.proposal, row.proposed_on = line.proposal, line.proposed_on


def _forget(row: RosterDifference) -> None:
    """The file says something else now: what was decided about it no longer holds."""
    row.decision, row.on, row.other_unit, row.other_place, row.note = "", None, None, "", ""
    row.choices, row.settled_by, row.settled_at = {}, None, None
