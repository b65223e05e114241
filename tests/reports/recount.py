"""A plain recount: every person, one by one, in Python. What the engine must agree with."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cadres.models import CadreState, StatusEvent
from common.dates import full_age


@dataclass(frozen=True)
class Person:
    """A person as of a day."""

    state: Any
    age: int | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.state, name)

    @property
    def sex(self) -> str:
        return self.state.cadre.sex

    @property
    def period(self) -> str:
        return self.state.cadre.period

    @property
    def education(self) -> str:
        return self.state.cadre.education

    @property
    def party(self) -> bool:
        return self.state.political_status in ("01", "02")

    @property
    def minority(self) -> bool:
        return self.state.cadre.ethnicity not in ("", "01")

    @property
    def managed_by(self) -> str:
        manager = self.state.cadre.managing_unit
        kind = manager.kind if manager is not None else ""
        return {"city_bureau": "bureau", "district_bureau": "bureau", "center": "center"}.get(kind, "unit")

    @property
    def helpless(self) -> bool:
        return self.state.self_care == "3" or self.state.health == "4"


def people(day: datetime.date, path: str = "/") -> list[Person]:
    found = []
    for state in CadreState.objects.select_related("cadre__managing_unit", "unit"):
        if state.counted and state.valid_from <= day < state.valid_to and state.unit.path.startswith(path):
            birth = state.cadre.birth
            found.append(Person(state, full_age(birth, day) if birth else None))
    return found


def events(day: datetime.date, kind: str, path: str = "/") -> list[StatusEvent]:
    start = datetime.date(day.year, 1, 1)
    found = []
    for event in StatusEvent.objects.select_related("unit"):
        if event.kind != kind or not start <= event.on <= day or not event.unit.path.startswith(path):
            continue
        leaving = kind in ("died", "moved_out")
        near = [
            state
            for state in CadreState.objects.filter(cadre=event.cadre_id)
            if (
                state.valid_from < event.on <= state.valid_to
                if leaving
                else state.valid_from <= event.on < state.valid_to
            )
        ]
        if any(state.counted for state in near):
            found.append(event)
    return found


Where = Callable[[Any], bool]


def number(rows: list[Any], *conditions: Where) -> int:
    return sum(all(condition(row) for condition in conditions) for row in rows)
