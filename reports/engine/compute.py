"""From declarations to figures: all tables asked for, from one pass a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reports.engine.fold import Needs, Numbers
from reports.engine.measures import AgeOf, Count, Formula, Measure, Share, Value, counts_of, share_of
from reports.engine.model import CellRef, Column, Row, Table
from reports.engine.scope import Asked

if TYPE_CHECKING:
    from reports.engine.checks import CheckResult

Key = tuple[str, str]


@dataclass
class Result:
    """A table's figures. ``values`` hold real zeros; ``shown`` is what page and sheet print (a zero is blank)."""

    table: Table
    asked: Asked
    lines: list[Row]
    columns: list[Column]
    values: dict[Key, Value]
    checks: list[CheckResult] = field(default_factory=list)
    explanations: dict[str, str] = field(default_factory=dict)  # check that does not hold -> why, in words

    def shown(self, row: str, column: str) -> Value:
        value = self.values.get((row, column))
        return value if value else None

    @property
    def empty(self) -> bool:
        return not any(self.values.values())


class Figures:
    """Every cell of every table that was asked for, and of those that their checks look at."""

    def __init__(
        self, asked: Asked, tables: Iterable[Table], registry: Mapping[str, Table], *, checks: bool = True
    ) -> None:
        self.asked, self.registry = asked, registry
        self.tables = list(tables)
        self._lines = {table.id: table.lines(asked.districts) for table in registry.values()}
        self._measures: dict[tuple[str, str, str], Measure | None] = {}
        self._rows = {(table, row.key): row for table, rows in self._lines.items() for row in rows}
        wanted: list[Count | AgeOf] = []
        for table in self.tables:
            for row in self._lines[table.id]:
                for column in table.leaves:
                    wanted += self._counts(table, row, column)
            for check in table.checks if checks else ():
                for operand in check.operands(self):
                    wanted += self._operand_counts(operand)
        self._needs = Needs(wanted, len(asked.districts))
        self._numbers = Numbers(asked, self._needs)
        self._with_checks = checks

    def again(self, asked: Asked) -> Figures:
        """The same cells for somebody else with the same districts, without reading the declarations again."""
        assert asked.districts == self.asked.districts
        other = copy(self)
        other.asked, other._numbers = asked, Numbers(asked, self._needs)
        return other

    def _counts(self, table: Table, row: Row, column: Column) -> list[Count | AgeOf]:
        measure = self._measure(table, row, column)
        if measure is None:
            return []
        if isinstance(measure, Formula):
            return [item for key in measure.columns for item in self._counts(table, row, self._column(table, key))]
        return counts_of(measure)

    @staticmethod
    def _column(table: Table, key: str) -> Column:
        column = table.column(key)
        if column is None:
            raise KeyError(f"{table.id} has no column {key}")
        return column

    def lines(self, table_id: str) -> list[Row]:
        return self._lines[table_id]

    def row(self, table_id: str, key: str) -> Row:
        return self._rows[table_id, key]

    def _operand_counts(self, operand: CellRef) -> list[Count | AgeOf]:
        table = self.registry[operand.table]
        row = self.row(operand.table, operand.row)
        return self._counts(table, row, self._column(table, operand.column))

    def value(self, cell: CellRef) -> Value:
        table = self.registry[cell.table]
        return self._cell(table, self.row(cell.table, cell.row), self._column(table, cell.column))

    def _measure(self, table: Table, row: Row, column: Column) -> Measure | None:
        key = (table.id, row.key, column.key)
        if key not in self._measures:
            self._measures[key] = table.measure(row, column)
        return self._measures[key]

    def _cell(self, table: Table, row: Row, column: Column) -> Value:
        measure = self._measure(table, row, column)
        return None if measure is None else self._value(measure, table, row)

    def _value(self, measure: Measure, table: Table, row: Row) -> Value:
        if isinstance(measure, Share):
            part, whole = self._numbers[measure.part], self._numbers[measure.whole]
            return share_of(int(part or 0), int(whole or 0), measure.decimals)
        if isinstance(measure, Formula):
            return measure.value({key: self._cell(table, row, self._column(table, key)) for key in measure.columns})
        return self._numbers[measure]

    def result(self, table: Table) -> Result:
        lines, leaves = self._lines[table.id], table.leaves
        values = {(row.key, column.key): self._cell(table, row, column) for row in lines for column in leaves}
        shown_lines = [
            row for row in lines if not row.optional or any(values[row.key, column.key] for column in leaves)
        ]
        shown_columns = [
            column for column in leaves if not column.optional or any(values[row.key, column.key] for row in lines)
        ]
        result = Result(table, self.asked, shown_lines, shown_columns, values)
        if self._with_checks:
            result.checks = [found for check in table.checks if (found := check.result(self)) is not None]
        return result


def compute(
    asked: Asked, tables: Iterable[Table], registry: Mapping[str, Table], *, checks: bool = True
) -> dict[str, Result]:
    """{table id: its figures} for the tables asked for."""
    figures = Figures(asked, tables, registry, checks=checks)
    return {table.id: figures.result(table) for table in figures.tables}
