"""What stands small under a figure of a table: the change against another day, and its share of a total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.engine.compute import Result
from reports.engine.measures import Count, Formula, Measure, Share, share_of
from reports.engine.model import Column, Group, Row, Table

WHOLES = ("total", "all")  # keys of the columns that are a row's total
OF_COLUMN, OF_ROW = "column", "row"


def has_shares(table: Table) -> bool:
    """Whether the table prints shares of its own; then none are laid beside its figures."""
    return any(isinstance(column.measure, Share) for column in table.leaves)


def whole_column(table: Table, column: Column) -> Column | None:
    """The column of which another is a part: the 合计 of its head, for a 合计 itself the row's total."""
    sums = [group.columns[0] for group in reversed(list(_groups_over(table.columns, column)))]
    totals = [table.column(key) for key in WHOLES]
    for found in (*sums, *totals):
        if isinstance(found, Column) and found.key != column.key and isinstance(found.measure, Count):
            return found
    return None


def _groups_over(columns: tuple[Column | Group, ...], column: Column) -> Iterator[Group]:
    for group in columns:
        if isinstance(group, Group) and any(column == leaf for leaf in _leaves(group)):
            yield group
            yield from _groups_over(group.columns, column)


def _leaves(group: Group) -> Iterator[Column]:
    for column in group.columns:
        if isinstance(column, Group):
            yield from _leaves(column)
        else:
            yield column


@dataclass(frozen=True)
class Beside:
    """``before``: the same table on the other day; ``share``: OF_COLUMN, OF_ROW or blank."""

    result: Result
    before: Result | None = None
    share: str = ""

    def change(self, row: Row, column: Column) -> int | None:
        """By how much more (or fewer) than on the other day; nothing where nothing changed."""
        value = self.result.shown(row.key, column.key)
        if self.before is None or column.thin or not value or not isinstance(value, int):
            return None
        return value - int(self.before.values.get((row.key, column.key)) or 0) or None

    def part(self, row: Row, column: Column) -> float | None:
        """In a hundred of the column's or the row's total, one decimal."""
        table = self.result.table
        value = self.result.shown(row.key, column.key)
        if not value or not self.share or not _countable(table.measure(row, column)):
            return None
        whole = self._whole_of_column(row, column) if self.share == OF_COLUMN else self._whole_of_row(row, column)
        return share_of(int(value), int(whole)) if whole else None

    def _whole_of_column(self, row: Row, column: Column) -> int | float | None:
        total = next((line for line in self.result.lines if line.total), None)
        return None if total is None or total.key == row.key else self.result.values.get((total.key, column.key))

    def _whole_of_row(self, row: Row, column: Column) -> int | float | None:
        whole = whole_column(self.result.table, column)
        return self.result.values.get((row.key, whole.key)) if whole else None


def _countable(measure: Measure | None) -> bool:
    return isinstance(measure, Count) or (isinstance(measure, Formula) and not measure.signed)
