"""The people behind a figure: the same condition as the count, as rows that can be paged, read and exported."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from cadres.models import EventKind
from common.codes import Rank
from common.dates import full_age
from reports.engine.conditions import AgeUnknown
from reports.engine.dimensions import Source
from reports.engine.measures import AgeOf, Count, Formula, Measure, Share, counts_of
from reports.engine.model import Column, Row, Table
from reports.engine.scope import Asked

EXPLAINING = (EventKind.MOVED_IN, EventKind.MOVED_OUT, EventKind.CORRECTED)


@dataclass(frozen=True)
class Line:
    """One person as the list shows it; ``basis`` says why the person is in the figure."""

    cadre_id: int
    name: str
    sex: str
    age: int | None
    unit: str
    post: str
    retired_on: str
    rank: str
    basis: str


class Behind:
    """The people behind one cell. Counts, slices and iterates like a list, reading only what is asked for."""

    def __init__(self, asked: Asked, table: Table, row: Row, column: Column, measure: Measure) -> None:
        self.asked, self.table, self.row, self.column, self.measure = asked, table, row, column, measure
        self.signs: dict[int, int] = {}
        self.source = Source.NOW
        self._rows = self._people(measure)
        self._count: int | None = None

    def _people(self, measure: Measure) -> QuerySet:
        if isinstance(measure, Formula):
            self.signs = self._signed(measure)
            return self.asked.people(self.signs).select_related("unit").order_by("unit__path", "pk")
        if isinstance(measure, Share):
            measure = measure.part
        where = measure.where & ~AgeUnknown() if isinstance(measure, AgeOf) else measure.where
        self.source = measure.source
        rows = self._of(Count(where, measure.source))
        return rows.select_related("cadre", "unit").order_by("unit__path", "cadre_id", "pk")

    def _of(self, count: Count) -> QuerySet:
        return self.asked.rows(count.source).filter(count.where.q(count.source, self.asked.day_of(count.source)))

    def _signed(self, formula: Formula) -> dict[int, int]:
        """{person: how much the person adds to the difference}, nobody who adds nothing."""
        total: Counter[int] = Counter()
        for key, sign in formula.terms:
            column = self.table.column(key)
            count = self.table.measure(self.row, column) if column else None
            if not isinstance(count, Count):
                continue
            rows = self._of(count)
            if not count.source.of_events and "age" not in count.where.dims:
                rows = rows.filter(cadre_id__in=self.asked.changed_between(self.asked.closing, self.asked.day))
            for cadre_id in rows.values_list("cadre_id", flat=True):
                total[cadre_id] += sign
        return {cadre_id: number for cadre_id, number in total.items() if number}

    def people_not_in(self, other: Behind) -> QuerySet:
        """Ids of the people of this list who do not stand in another list of people; only for counts of people."""
        rows = self._rows.select_related(None).order_by()
        if "age" not in self.dims:
            rows = rows.filter(cadre_id__in=self.asked.changed_between(self._day, other._day))
        others = other._rows.select_related(None).order_by().values("cadre_id")
        return rows.exclude(cadre_id__in=others).values_list("cadre_id", flat=True)

    def events(self) -> QuerySet:
        """The events of a list of events, with who recorded them."""
        return self._rows.select_related("cadre", "unit", "other_unit", "recorded_by").order_by("on", "pk")

    @property
    def dims(self) -> frozenset[str]:
        """What the cell's condition asks of a person."""
        return frozenset().union(*(count.where.dims for count in counts_of(self.measure)))

    @property
    def _day(self) -> datetime.date:
        return self.asked.day_of(self.source)

    def explained(self) -> int:
        """How much of a difference is made by people who moved or were corrected within the year."""
        known = set(self.asked.events().filter(kind__in=EXPLAINING).values_list("cadre_id", flat=True))
        return sum(sign for cadre_id, sign in self.signs.items() if cadre_id in known)

    @property
    def crumbs(self) -> list[str]:
        return crumbs(self.table, self.table.lines(self.asked.districts), self.row, self.column)

    def count(self) -> int:
        if self._count is None:
            self._count = len(self.signs) if isinstance(self.measure, Formula) else self._rows.count()
        return self._count

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Line]:
        return self._lines(list(self._rows[part]))

    def iterator(self, chunk_size: int = 2000) -> Iterator[Line]:
        rows: list[Any] = []
        for row in self._rows.iterator(chunk_size=chunk_size):
            rows.append(row)
            if len(rows) == chunk_size:
                yield from self._lines(rows)
                rows = []
        yield from self._lines(rows)

    def _lines(self, rows: list[Any]) -> list[Line]:
        if isinstance(self.measure, Formula):
            reasons = self._reasons([row.pk for row in rows])
            return [self._line(row, row, self._signed_words(row.pk, reasons)) for row in rows]
        return [self._line(row.cadre, row, self._basis(row)) for row in rows]

    def _line(self, cadre: Any, facts: Any, basis: str) -> Line:
        ranks = dict(Rank.choices)
        birth: Any = cadre.birth
        retired: Any = cadre.retired_on
        return Line(
            cadre_id=self.asked.file_number(cadre),
            name=cadre.name,
            sex=cadre.get_sex_display(),
            age=full_age(birth, self.asked.day_of(self.source)) if birth else None,
            unit=facts.unit.name,
            post=cadre.post,
            retired_on=retired.display() if retired else "",
            rank=ranks.get(facts.rank, ""),
            basis=basis,
        )

    def _basis(self, row: Any) -> str:
        if self.source.of_events:
            return f"{row.on:%Y-%m-%d} {EventKind(row.kind).label}"
        day = self.asked.day_of(self.source)
        return f"{day:%Y-%m-%d} 在册"

    def _reasons(self, people: list[int]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        events = self.asked.events().filter(cadre_id__in=people).order_by("on", "pk")
        for cadre_id, kind, on in events.values_list("cadre_id", "kind", "on"):
            found.setdefault(cadre_id, []).append(f"{on:%Y-%m-%d} {EventKind(kind).label}")
        return found

    def _signed_words(self, cadre_id: int, reasons: dict[int, list[str]]) -> str:
        side = "计入" if self.signs[cadre_id] > 0 else "不再计入"
        return f"{side}：{'，'.join(reasons.get(cadre_id, [])) or '状态变动或更正'}"


def crumbs(table: Table, lines: list[Row], row: Row, column: Column) -> list[str]:
    """机关 › 市直 › 本年办理退休手续 › 县处级正职"""
    above: list[str] = []
    for line in lines[: next(i for i, line in enumerate(lines) if line.key == row.key) + 1]:
        del above[line.indent :]
        above.append(line.label.removeprefix("其中："))
    heads, own = table.heads_over(column.key), column.label
    return [*above[: row.indent + 1], *(head for head in heads if head not in own), own]


def opens(measure: Measure | None) -> bool:
    """Whether a cell has people behind it."""
    return measure is not None and (not isinstance(measure, Formula) or measure.opens)


def behind(asked: Asked, table: Table, row_key: str, column_key: str) -> Behind | None:
    """The people behind a cell; None where there is no such cell or it opens nothing."""
    row = next((line for line in table.lines(asked.districts) if line.key == row_key), None)
    column = table.column(column_key)
    if row is None or column is None:
        return None
    measure = table.measure(row, column)
    return Behind(asked, table, row, column, measure) if measure is not None and opens(measure) else None
