"""Finding the people of a roster among those on record, with one query per kind of key."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from cadres.models import COUNTED_COLUMNS, FOREVER, Cadre, CadreState, FamilyMember, OriginalText
from cadres.roster_import.frame import CODES, DATES, TEXTS
from cadres.roster_import.states import Span
from common.bulk import CHUNK, select_in
from common.crypto import unseal

#: What is read of a person to compare with, in database form.
READ: Final = tuple(
    dict.fromkeys(
        (
            "id", "version", "standing", "died_on", "id_digest", "phone_digest", "bank_digest", *TEXTS, *DATES, *CODES,
            *(name for name in COUNTED_COLUMNS), "away", "community_id", "managing_unit_id", "birthday_calendar",
            "birthday_month", "birthday_day", "birthday_leap",
        )
    )
)  # fmt: skip
#: Columns in which few different values stand.
_REPEATED: Final = frozenset(["standing", "level", "birthday_calendar", "post", "title", *DATES, *CODES])
_PEOPLE: Final = Cadre._meta.db_table
_STATES: Final = CadreState._meta.db_table


def day_of(value: Any) -> datetime.date:
    """A date as a raw cursor gives it: a date on PostgreSQL, text on SQLite."""
    return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(value)


class People:
    """People on record as columns of READ; equal texts are kept once, for thousands share a code or a street."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in READ}
        self.once: dict[str, dict[Any, Any]] = {}
        self.count = 0

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        rows = iter(rows)
        while chunk := list(islice(rows, CHUNK)):
            self.count += len(chunk)
            for (name, column), values in zip(self.columns.items(), zip(*chunk, strict=True), strict=True):
                if name in _REPEATED:
                    once = self.once.setdefault(name, {})
                    column.extend([once.setdefault(value, value) for value in values])
                else:
                    column.extend(values)

    def arrange(self, order: Sequence[int]) -> None:
        for name, column in self.columns.items():
            self.columns[name] = [column[position] for position in order]


def people_by(column: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of READ whose ``column`` is one of ``values``."""
    if not values:
        return iter(())
    return select_in(f"SELECT {', '.join(READ)} FROM {_PEOPLE} WHERE {column} {{in}}", values)


def anyone_without_number() -> bool:
    return Cadre.objects.filter(id_digest="").exists()


def dated_states(people: Sequence[int], as_of: datetime.date) -> dict[int, list[Span]]:
    """All states of those whose facts on ``as_of`` may differ from today's; the others count as they stand."""
    if not people:
        return {}
    query = f"SELECT DISTINCT cadre_id FROM {_STATES} WHERE cadre_id {{in}} AND (valid_from > %s OR valid_to < %s)"
    changed = [row[0] for row in select_in(query, people, as_of.isoformat(), FOREVER.isoformat())]
    names = ", ".join(COUNTED_COLUMNS)
    query = f"SELECT cadre_id, id, valid_from, valid_to, {names} FROM {_STATES} WHERE cadre_id {{in}}"
    found: dict[int, list[Span]] = {}
    for cadre, pk, start, end, *facts in select_in(query, changed):
        span = Span(pk, day_of(start), day_of(end), dict(zip(COUNTED_COLUMNS, facts, strict=True)))
        found.setdefault(cadre, []).append(span)
    for spans in found.values():
        spans.sort(key=lambda span: span.start)
    return found


def open_states(people: Sequence[int]) -> dict[int, list[Span]]:
    """The open state of each, for people whose facts have not changed since the roster's day."""
    names = ", ".join(COUNTED_COLUMNS)
    query = f"SELECT cadre_id, id, valid_from, valid_to, {names} FROM {_STATES} WHERE cadre_id {{in}} AND valid_to = %s"
    return {
        cadre: [Span(pk, day_of(start), day_of(end), dict(zip(COUNTED_COLUMNS, facts, strict=True)))]
        for cadre, pk, start, end, *facts in select_in(query, people, FOREVER.isoformat())
    }


def original_texts(people: Sequence[int]) -> dict[tuple[int, str], tuple[int, str]]:
    """(person, field) -> (key of the row, text)."""
    query = f"SELECT cadre_id, field, id, text FROM {OriginalText._meta.db_table} WHERE cadre_id {{in}}"
    return {(cadre, field): (pk, text) for cadre, field, pk, text in select_in(query, people)}


def families(people: Sequence[int]) -> dict[tuple[int, str], tuple[int, str, str]]:
    """(person, relative's name) -> (key of the row, kinship, phone)."""
    query = f"SELECT cadre_id, name, id, kinship, phone FROM {FamilyMember._meta.db_table} WHERE cadre_id {{in}}"
    return {(cadre, name): (pk, kinship, unseal(phone)) for cadre, name, pk, kinship, phone in select_in(query, people)}


def sealed_of(people: Sequence[int], names: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """Clear values of encrypted fields, for those few that change."""
    query = f"SELECT id, {', '.join(names)} FROM {_PEOPLE} WHERE id {{in}}"
    return {pk: tuple(map(unseal, values)) for pk, *values in select_in(query, people)}


def people_of_units(units: Sequence[int], as_of: datetime.date) -> list[int]:
    """Everyone on the roll of these units on that day."""
    query = f"SELECT cadre_id FROM {_STATES} WHERE unit_id {{in}} AND valid_from <= %s AND valid_to > %s"
    return [row[0] for row in select_in(query, units, as_of.isoformat(), as_of.isoformat())]
