"""Why a figure differs between two days: every person who came into it or left it, and the event that tells why.

The people of a cell on either day come from the same conditions as its number, so the steps add up to the
difference by construction: whoever stands in both days' lists adds nothing, whoever stands in one adds or takes one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from accounts.models import Organization
from cadres.history import Change, Words
from cadres.models import COUNTED_COLUMNS, COUNTED_FIELDS, Cadre, EventKind, StatusEvent
from reports.engine.dimensions import DIMENSIONS, Source
from reports.engine.measures import Count
from reports.engine.people import Behind


class Cause(Enum):
    """Why somebody stands in one of two lists only, in the order in which an explanation tells it."""

    DIED = "去世"
    MOVED_OUT = "转出"
    ENROLLED = "新办"
    MOVED_IN = "转入"
    CHANGED = "情况变动"
    AGE = "到了年龄"
    CORRECTED = "更正"
    HAPPENED = "本期发生"
    EARLIER = "上期发生"
    OTHER = "补登或撤销"


LEAVING: Final = {EventKind.DIED: Cause.DIED, EventKind.MOVED_OUT: Cause.MOVED_OUT}
ENTERING: Final = {
    EventKind.ENROLLED: Cause.ENROLLED,
    EventKind.MOVED_IN: Cause.MOVED_IN,
    EventKind.CORRECTED: Cause.CORRECTED,
}
#: Facts that follow from the unit; telling of them beside it helps nobody.
FOLLOWING: Final = ("nature", "level", "district")


@dataclass(frozen=True)
class Step:
    """One person's part in a difference: ``sign`` +1 came in, −1 left. ``by`` recorded it ("": nobody had to)."""

    cadre_id: int
    name: str
    unit: str
    sign: int
    cause: Cause
    on: datetime.date | None
    words: str
    by: str = ""


@dataclass
class Group:
    """The people of one cause and one direction."""

    cause: Cause
    sign: int
    steps: list[Step] = field(default_factory=list)

    @property
    def change(self) -> int:
        return self.sign * len(self.steps)

    @property
    def label(self) -> str:
        if self.cause in (Cause.CHANGED, Cause.AGE, Cause.CORRECTED, Cause.OTHER):
            return f"{self.cause.value}，{'进入' if self.sign > 0 else '离开'}这一格"
        return self.cause.value


@dataclass
class Explanation:
    before: int
    after: int
    groups: list[Group]

    @property
    def difference(self) -> int:
        return self.after - self.before

    @property
    def steps(self) -> list[Step]:
        return [step for group in self.groups for step in group.steps]


def explainable(measure: Any) -> bool:
    """Only counts of people or events resolve into names: a mean or a share is read off its counts, and what stood
    there at the closing before is asked for by that day."""
    return isinstance(measure, Count) and measure.source is not Source.LAST


def explain(before: Behind, after: Behind) -> Explanation:
    """Two lists of the same cell, the earlier first."""
    if not explainable(before.measure):
        raise ValueError(f"{before.table.id} {before.column.key} does not count people")
    steps = _of_events(before, after) if before.source.of_events else _of_people(before, after)
    groups: dict[tuple[Cause, int], Group] = {}
    for step in steps:
        groups.setdefault((step.cause, step.sign), Group(step.cause, step.sign)).steps.append(step)
    order = {cause: place for place, cause in enumerate(Cause)}
    found = sorted(groups.values(), key=lambda group: (order[group.cause], group.sign))
    return Explanation(before.count(), after.count(), found)


# -- people on two days -------------------------------------------------------------------------------------------
def _of_people(before: Behind, after: Behind) -> Iterable[Step]:
    first, last = before.asked.day_of(before.source), after.asked.day_of(after.source)
    left = set(before.people_not_in(after))
    joined = set(after.people_not_in(before))
    return _Reasons(after, first, last, left | joined).steps(left, joined)


class _Reasons:
    """What is known of the people who make the difference, read in a few statements for all of them."""

    def __init__(self, cell: Behind, first: datetime.date, last: datetime.date, people: set[int]) -> None:
        self.cell, self.first, self.last = cell, first, last
        self.dims = cell.dims
        asked, ids = cell.asked, sorted(people)
        self.names = asked.names_of(ids)
        self.then = _by_person(asked.states_of(ids, first))
        self.now = _by_person(asked.states_of(ids, last))
        self.events: dict[int, list[StatusEvent]] = {}
        for event in asked.events_of(ids, first, last):
            self.events.setdefault(event.cadre_id, []).append(event)
        raw = {person: self._facts(person) for person in ids if person in self.then and person in self.now}
        words = Words(raw.values())
        self.changes = {person: words.changes(Cadre, facts) for person, facts in raw.items()}

    def _facts(self, person: int) -> dict[str, list[Any]]:
        """{field: [then, now]} of the countable facts that differ."""
        then, now = self.then[person], self.now[person]
        pairs = {
            name: [getattr(then, column), getattr(now, column)]
            for name, column in zip(COUNTED_FIELDS, COUNTED_COLUMNS, strict=True)
        }
        found = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        if "unit" in found:
            found = {name: pair for name, pair in found.items() if name not in FOLLOWING}
        return found

    def steps(self, left: set[int], joined: set[int]) -> Iterable[Step]:
        for person in sorted(left):
            yield self._step(person, -1, *self._why_left(person))
        for person in sorted(joined):
            yield self._step(person, +1, *self._why_joined(person))

    def _step(self, person: int, sign: int, cause: Cause, event: StatusEvent | None, words: str) -> Step:
        state = self.then.get(person) if sign < 0 else self.now.get(person)
        name, unit = self.names[person]
        on = event.on if event is not None else None
        if on is None and cause is Cause.CHANGED and person in self.now:
            on = self.now[person].valid_from
        by = event.recorded_by.display_name if event is not None and event.recorded_by is not None else ""
        return Step(person, name, state.unit.name if state is not None else unit, sign, cause, on, words, by)

    def _last(self, person: int, kinds: Iterable[str]) -> StatusEvent | None:
        return next((event for event in reversed(self.events.get(person, [])) if event.kind in kinds), None)

    def _why_left(self, person: int) -> tuple[Cause, StatusEvent | None, str]:
        if person not in self.now:
            event = self._last(person, LEAVING)
            if event is None:
                return Cause.OTHER, None, "这两天之间没有去世、转出的登记，档案已撤销或改过"
            return LEAVING[EventKind(event.kind)], event, _to(event)
        event = self._last(person, (EventKind.MOVED_OUT,))
        if event is not None and self._moved(person):
            return Cause.MOVED_OUT, event, _to(event)
        return self._why_changed(person)

    def _why_joined(self, person: int) -> tuple[Cause, StatusEvent | None, str]:
        if person not in self.then:
            event = self._last(person, ENTERING)
            if event is None:
                return Cause.OTHER, None, "这两天之间没有新办、转入的登记，是补登的"
            return ENTERING[EventKind(event.kind)], event, _from(event)
        event = self._last(person, (EventKind.MOVED_IN,))
        if event is not None and self._moved(person):
            return Cause.MOVED_IN, event, _from(event)
        return self._why_changed(person)

    def _moved(self, person: int) -> bool:
        return self.then[person].unit_id != self.now[person].unit_id

    def _why_changed(self, person: int) -> tuple[Cause, StatusEvent | None, str]:
        changes: list[Change] = self.changes[person]
        if changes:
            event = self._last(person, (EventKind.CORRECTED,))
            words = "；".join(f"{change.label} {change.before} → {change.after}" for change in changes)
            return (Cause.CORRECTED if event is not None else Cause.CHANGED), event, words
        if "age" in self.dims:
            return Cause.AGE, None, "情况没有变，年龄到了另一段"
        return Cause.OTHER, None, f"{'、'.join(sorted(DIMENSIONS[name].label for name in self.dims))}在档案里改过"


def _by_person(states: Iterable[Any]) -> dict[int, Any]:
    return {state.cadre_id: state for state in states}


def _place(event: StatusEvent) -> str:
    unit: Organization | None = event.other_unit
    return unit.name if unit is not None else event.other_place


def _to(event: StatusEvent) -> str:
    place = _place(event)
    words = f"转到 {place}" if place and event.kind == EventKind.MOVED_OUT else EventKind(event.kind).label
    return f"{words}（{event.note}）" if event.note else words


def _from(event: StatusEvent) -> str:
    place = _place(event)
    words = f"从 {place} 转来" if place and event.kind == EventKind.MOVED_IN else EventKind(event.kind).label
    return f"{words}（{event.note}）" if event.note else words


# -- events of two periods ----------------------------------------------------------------------------------------
def _of_events(before: Behind, after: Behind) -> Iterable[Step]:
    for cell, sign, cause in ((before, -1, Cause.EARLIER), (after, +1, Cause.HAPPENED)):
        for event in cell.events():
            by = event.recorded_by.display_name if event.recorded_by is not None else ""
            words = _to(event) if event.kind in LEAVING else _from(event)
            yield Step(event.cadre_id, event.cadre.name, event.unit.name, sign, cause, event.on, words, by)
