"""What a table is: population, columns under heads, rows with their 其中, checks, layout. Pure data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from reports.engine.conditions import EVERYONE, Condition
from reports.engine.measures import Measure


@dataclass(frozen=True)
class Column:
    """``key`` None of ``measures`` in a row: the row says nothing in this column.

    ``optional``: shown only where somebody is in it (people whose rank is not known, say).
    """

    key: str
    label: str
    measure: Measure
    short: str = ""  # line-broken label of the page and the sheet, "|" between lines
    thin: bool = False
    optional: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Group:
    """A head over several columns; "|" in its label is where a narrow head may break."""

    label: str
    columns: tuple[Column | Group, ...]


@dataclass(frozen=True)
class Row:
    """A line of the table. ``measures`` replaces a column's measure in this row (None: the cell stays blank)."""

    key: str
    label: str
    where: Condition = EVERYONE
    indent: int = 0
    total: bool = False
    optional: bool = False
    measures: dict[str, Measure | None] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True)
class District:
    """A district bureau as rows need it."""

    id: int
    name: str
    zone: bool


@dataclass(frozen=True)
class EachDistrict:
    """One row for every district of the city that the reader may ask about; ``zones``: development zones too."""

    key: str
    row: Callable[[District], Row]
    words: str
    zones: bool = True
    districts: bool = True

    def expand(self, districts: tuple[District, ...]) -> Iterator[Row]:
        for district in districts:
            if self.zones if district.zone else self.districts:
                row = self.row(district)
                yield replace(row, key=f"{self.key}:{district.id}")


@dataclass(frozen=True)
class CellRef:
    table: str
    row: str
    column: str


@dataclass(frozen=True)
class Layout:
    """``landscape``: the sheet lies. ``wide``: class of the page's table. ``item_width``: first column, in characters."""

    landscape: bool = True
    wide: str = "wide"
    item_width: int = 22
    column_width: float = 8.5
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    id: str
    number: str
    title: str
    short_title: str
    population: Condition
    columns: tuple[Column | Group, ...]
    rows: tuple[Row | EachDistrict, ...]
    checks: tuple = ()
    unit: str = "人"
    layout: Layout = field(default_factory=Layout)
    compares: bool = True  # the page may show the change against last year; False where a column says it already
    behind: tuple[Column, ...] = ()  # not printed, but open lists as columns do: what a check weighs a column against

    @cached_property
    def leaves(self) -> list[Column]:
        return list(_leaves(self.columns))

    @cached_property
    def _by_key(self) -> dict[str, Column]:
        return {column.key: column for column in (*self.leaves, *self.behind)}

    def column(self, key: str) -> Column | None:
        return self._by_key.get(key)

    def heads_over(self, key: str) -> list[str]:
        """Labels of the groups above a column, from the top."""
        return next((path for column, path in _paths(self.columns, []) if column.key == key), [])

    def lines(self, districts: tuple[District, ...]) -> list[Row]:
        """The rows as they stand for a city with these districts."""
        lines: list[Row] = []
        for row in self.rows:
            lines += row.expand(districts) if isinstance(row, EachDistrict) else [row]
        return lines

    def measure(self, row: Row, column: Column) -> Measure | None:
        """What the cell counts, population and row included."""
        measure = row.measures.get(column.key, column.measure)
        return None if measure is None else measure.within(self.population & row.where)


def _leaves(columns: tuple[Column | Group, ...]) -> Iterator[Column]:
    for column in columns:
        if isinstance(column, Group):
            yield from _leaves(column.columns)
        else:
            yield column


def _paths(columns: tuple[Column | Group, ...], above: list[str]) -> Iterator[tuple[Column, list[str]]]:
    for column in columns:
        if isinstance(column, Group):
            yield from _paths(column.columns, [*above, column.label.replace("|", "")])
        else:
            yield column, above


@dataclass(frozen=True)
class Head:
    """A cell of the multi-level head: label, how many rows and columns it covers, and where it begins."""

    label: str
    row: int
    column: int
    rowspan: int
    colspan: int
    thin: bool = False


def heads(columns: tuple[Column | Group, ...], shown: list[str]) -> list[list[Head]]:
    """The head's rows, from the top; only columns whose key is in ``shown``."""
    depth = _depth(columns)
    rows: list[list[Head]] = [[] for _ in range(depth)]
    _place(columns, set(shown), rows, 0, 0)
    return rows


def _depth(columns: tuple[Column | Group, ...]) -> int:
    return max(1 + (_depth(column.columns) if isinstance(column, Group) else 0) for column in columns)


def _place(columns: tuple[Column | Group, ...], shown: set[str], rows: list[list[Head]], level: int, start: int) -> int:
    at = start
    for column in columns:
        if isinstance(column, Group):
            end = _place(column.columns, shown, rows, level + 1, at)
            if end > at:
                rows[level].append(Head(column.label, level, at, 1, end - at))
            at = end
        elif column.key in shown:
            rows[level].append(Head(column.short or column.label, level, at, len(rows) - level, 1, column.thin))
            at += 1
    return at
