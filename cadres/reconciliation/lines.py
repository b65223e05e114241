"""The differences between a unit's file and the system, from the plan of its import. Reads only."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cadres.derive import entry_of
from cadres.models import Cadre, DifferenceKind, Settlement, Standing, UnitRoster
from cadres.querysets import on_roll, rolls_before
from cadres.roster_import.plan import CHANGED, CREATED, REFUSED, Plan
from cadres.roster_import.values import Words
from common.bulk import CHUNK
from common.codes import Category
from common.crypto import digest
from common.dates import PartialDate
from common.idcard import mask_id
from common.pinyin import pinyin_of

#: What a change of unit brings along; a transfer, not a change of its own.
_OF_THE_UNIT: Final = frozenset(["unit_id", "level", "district_id", "nature"])
_CATEGORY: Final = {member.value: str(member.label) for member in Category}


@dataclass(slots=True)
class Line:
    """One difference as the plan shows it, before it is stored."""

    unit: int
    kind: str
    key: str
    signature: str
    details: dict[str, Any]
    cadre: int | None = None
    place: tuple[int, str, int] | None = None  # file, sheet, row
    sound_key: str = ""
    in_last_roster: bool = False
    proposal: str = ""
    proposed_on: datetime.date | None = None
    other_unit: int | None = None
    row_refused: bool = False


@dataclass
class Rolls:
    """Who stood where: ``now`` in the system on the roster's day, ``last`` on last year's roster."""

    now: dict[int, set[int]]
    last: dict[int, set[int]] = field(default_factory=dict)


def previous_day(collection: Any) -> datetime.date:
    """The day that stands for last year's roster where none was approved: last year's end."""
    return datetime.date(collection.year - 1, 12, 31)


def read_rolls(rosters: Sequence[UnitRoster], as_of: datetime.date) -> Rolls:
    units = [roster.organization_id for roster in rosters]
    collection = rosters[0].collection
    approved = rolls_before(collection, units)
    rest = [unit for unit in units if unit not in approved]
    last = {unit: people for unit, (_, people) in approved.items()}
    return Rolls(on_roll(units, as_of), last | (on_roll(rest, previous_day(collection)) if rest else {}))


def row_places(plan: Plan) -> dict[tuple[int, str, int], int]:
    """(file, sheet, row) -> index in the plan's columns."""
    return {place_of(plan, index): index for index in range(len(plan.frame))}


def place_of(plan: Plan, index: int) -> tuple[int, str, int]:
    number, sheet = plan.frame.sheets[plan.frame.sheet_of[index]]
    return number, sheet.sheet[:100], int(plan.frame.rows[index])


def sound_key(name: str, birth: str) -> str:
    """Equal for names that sound the same with the same month of birth; blank where the month is unknown."""
    return digest("difference", f"{pinyin_of(name)[0]}|{birth[:7]}") if name and len(birth) >= 7 else ""


def entry_proposal(details: dict[str, Any], year: int, as_of: datetime.date) -> tuple[str, datetime.date]:
    """How somebody not on record came in: retired in the collection's year is 新办, earlier was forgotten then."""
    retired = PartialDate.parse_iso(details["retired_on"]) if details["retired_on"] else None
    day = min(entry_of(retired, as_of), as_of)
    return (Settlement.ENROLLED if retired and day.year == year else Settlement.BACKFILLED), day


def find_lines(plan: Plan, rosters: Sequence[UnitRoster]) -> list[Line]:
    """Every difference of the units that handed in this plan's import."""
    return list(_Finder(plan, rosters).run())


class _Finder:
    def __init__(self, plan: Plan, rosters: Sequence[UnitRoster]) -> None:
        self.plan, self.frame = plan, plan.frame
        self.year = rosters[0].collection.year
        self.units = {roster.organization_id for roster in rosters}
        self.rolls = read_rolls(rosters, plan.as_of)
        self.words = Words(plan)
        self.named: dict[int, set[int]] = {unit: set() for unit in self.units}

    def run(self) -> Iterator[Line]:
        plan = self.plan
        refused: list[int] = []
        for index, outcome in enumerate(plan.outcome):
            unit = plan.units[index]
            if unit not in self.units:
                continue
            person = plan.people.get(index)
            if person is not None:
                self.named[unit].add(person)
            if outcome == CREATED and person is None:
                yield self._new(index)
            elif outcome == CHANGED:
                yield from self._changed(index)
            elif outcome == REFUSED and person is not None and self._is_elsewhere(index):
                refused.append(index)
        homes = self._homes(refused)
        for index in refused:
            person = plan.people[index]
            line = self._new(index)
            line.row_refused = True
            line.other_unit = homes.get(person) if homes.get(person) != line.unit else None
            yield line
        yield from self._missing()

    def _is_elsewhere(self, index: int) -> bool:
        """The row is refused because its person had left the city, or is another unit's: a transfer to be settled."""
        _, sheet = self.frame.sheets[self.frame.sheet_of[index]]
        return sheet.rejected.get(int(self.frame.rows[index])) in {"person_moved_out", "unit_out_of_scope"}

    def _homes(self, rows: Sequence[int]) -> dict[int, int]:
        people = [self.plan.people[index] for index in rows]
        found: dict[int, int] = {}
        for start in range(0, len(people), CHUNK):
            here = Cadre.objects.filter(pk__in=people[start : start + CHUNK], standing=Standing.PRESENT)
            found |= dict(here.values_list("pk", "unit_id"))
        return found

    # -- rows of the file ---------------------------------------------------------------------------------------
    def _of_row(self, index: int) -> dict[str, Any]:
        columns = self.frame.columns
        return {
            "name": columns["name"][index] or "",
            "sex": columns["sex"][index] or "",
            "birth": columns["birth"][index] or "",
            "id": columns["id_number"][index] or "",
            "category": _CATEGORY.get(columns["category"][index] or "", ""),
            "retired_on": columns["retired_on"][index] or "",
        }

    def _new(self, index: int) -> Line:
        plan, details = self.plan, self._of_row(index)
        person = plan.people.get(index)
        change = plan.changes.get(index, {}).get("unit_id")
        number = plan.digests["id_digest"][index]
        identity = f"{details['name']}|{details['birth']}"
        proposal, day = entry_proposal(details, self.year, plan.as_of)
        if person is not None:
            proposal, day = Settlement.MOVED_IN, plan.as_of
        unit = plan.units[index]
        return Line(
            unit=unit,
            kind=DifferenceKind.NEW,
            key=f"person:{person}" if person is not None else digest("difference", number or identity),
            signature=_signature("new", person, change and change[0], number, identity, details["retired_on"]),
            details={**details, "changes": []},
            cadre=person,
            place=place_of(plan, index),
            sound_key=sound_key(details["name"], details["birth"]),
            in_last_roster=person in self.rolls.last.get(unit, ()),
            proposal=proposal,
            proposed_on=day,
            other_unit=change[0] if change else None,
        )

    def _changed(self, index: int) -> Iterator[Line]:
        plan = self.plan
        changes = plan.changes.get(index, {})
        person, unit = plan.people[index], plan.units[index]
        moved = "unit_id" in changes
        if moved:
            yield self._new(index)
        kept = {name: value for name, value in changes.items() if not (moved and name in _OF_THE_UNIT)}
        texts, family = plan.texts.get(index, {}), plan.family.get(index, [])
        if not (kept or texts or family):
            return
        shown = [list(entry) for entry in self.words.fields(index) if not (moved and entry[0] in _OF_THE_UNIT)]
        yield Line(
            unit=unit,
            kind=DifferenceKind.CHANGED,
            key=f"person:{person}",
            signature=_signature("changed", sorted(kept.items()), sorted(texts.items()), family),
            details={**self._of_row(index), "changes": shown},
            cadre=person,
            place=place_of(plan, index),
            in_last_roster=person in self.rolls.last.get(unit, ()),
            proposal=Settlement.CHANGED,
        )

    # -- people whom the file does not name -----------------------------------------------------------------------
    def _missing(self) -> Iterator[Line]:
        absent = {person: unit for unit in self.units for person in self.rolls.now[unit] - self.named[unit]}
        for row in _people(sorted(absent)):
            person, name, sex, birth, number, category, standing = row
            born = birth.isoformat() if birth else ""
            unit = absent[person]
            yield Line(
                unit=unit,
                kind=DifferenceKind.MISSING,
                key=f"person:{person}",
                signature=_signature("missing", standing),
                details={
                    "name": name, "sex": sex, "birth": born, "id": number, "category": _CATEGORY.get(category, ""),
                    "changes": [],
                },
                cadre=person,
                sound_key=sound_key(name, born),
                in_last_roster=person in self.rolls.last.get(unit, ()),
                proposal="" if standing == Standing.PRESENT else Settlement.RECORDED,
            )  # fmt: skip


def _people(keys: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    names = ("pk", "name", "sex", "birth", "id_number", "category", "standing")
    for start in range(0, len(keys), CHUNK):
        yield from Cadre.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk").values_list(*names)


def _signature(*parts: Any) -> str:
    return digest("difference", json.dumps(parts, ensure_ascii=False, default=str))


def shown_number(details: dict[str, Any]) -> str:
    return mask_id(details["id"]) if details.get("id") else ""
