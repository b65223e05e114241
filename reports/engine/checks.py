"""What must hold inside a table, between tables and with last year; a failed check names both operands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.engine.measures import Count, Formula
from reports.engine.model import CellRef
from reports.engine.people import behind

if TYPE_CHECKING:
    from reports.engine.compute import Figures

MANY = 5  # cells on one side of a check, above which those without anybody are left out


@dataclass(frozen=True)
class CheckResult:
    """``left_cells`` and ``right_cells`` open the people behind each side."""

    name: str
    ok: bool
    left_label: str
    left: int
    right_label: str
    right: int
    left_cells: tuple[CellRef, ...] = ()
    right_cells: tuple[CellRef, ...] = ()
    places: int = 1  # in how many columns or rows it was looked at
    right_day: str = ""  # the day (ISO) of the right side, where it is not the table's own

    @property
    def difference(self) -> int:
        return self.left - self.right


class Check(ABC):
    name: str

    @abstractmethod
    def operands(self, figures: Figures) -> Iterable[CellRef]:
        """Everything that has to be counted for it."""

    @abstractmethod
    def result(self, figures: Figures) -> CheckResult | None:
        """What came out; None: there is nothing to weigh it against."""

    @abstractmethod
    def words(self) -> str:
        """The rule, for the documentation."""


def _sum(figures: Figures, cells: Iterable[CellRef]) -> int:
    return sum(int(figures.value(cell) or 0) for cell in cells)


def _open(figures: Figures, cells: tuple[CellRef, ...]) -> tuple[CellRef, ...]:
    """The cells whose lists stand for one side; of many parts only those where somebody is."""
    filled = tuple(cell for cell in cells if figures.value(cell)) if len(cells) > MANY else ()
    return filled or cells


def _keys(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """``district:*`` stands for all the rows whose key begins so."""
    known = list(known)
    found: list[str] = []
    for name in names:
        if name.endswith("*"):
            found += [key for key in known if key.startswith(name[:-1])]
        else:
            found.append(name)
    return found


@dataclass(frozen=True)
class Balance(Check):
    """Sums of cells that must be equal."""

    name: str
    left_label: str
    left: tuple[CellRef, ...]
    right_label: str
    right: tuple[CellRef, ...]
    minus: tuple[CellRef, ...] = ()  # taken off the right side

    def operands(self, figures: Figures) -> Iterable[CellRef]:
        return (*self.left, *self.right, *self.minus)

    def result(self, figures: Figures) -> CheckResult:
        left = _sum(figures, self.left)
        right = _sum(figures, self.right) - _sum(figures, self.minus)
        return CheckResult(
            self.name, left == right, self.left_label, left, self.right_label, right,
            _open(figures, self.left), _open(figures, (*self.right, *self.minus)),
        )  # fmt: skip

    def words(self) -> str:
        return f"{self.left_label} = {self.right_label}"


class AddsUp(Check):
    """Parts make a total, at every place that ``_sides`` names: (the total's cell, the parts' cells)."""

    table: str
    total_label: str
    parts_label: str

    @abstractmethod
    def _sides(self, figures: Figures) -> list[tuple[CellRef, tuple[CellRef, ...]]]:
        """What adds up to what."""

    def operands(self, figures: Figures) -> Iterable[CellRef]:
        return [cell for total, parts in self._sides(figures) for cell in (total, *parts)]

    def result(self, figures: Figures) -> CheckResult:
        return _first_fault(self, figures, self._sides(figures))


@dataclass(frozen=True)
class RowsAddUp(AddsUp):
    """In every column (or those named) the parts make the total."""

    name: str
    table: str
    total: str
    parts: tuple[str, ...]
    total_label: str
    parts_label: str
    columns: tuple[str, ...] = ()

    def _sides(self, figures: Figures) -> list[tuple[CellRef, tuple[CellRef, ...]]]:
        table = figures.registry[self.table]
        known = [row.key for row in figures.lines(self.table)]
        columns = self.columns or tuple(c.key for c in table.leaves if isinstance(c.measure, Count | Formula))
        parts = _keys(self.parts, known)
        return [
            (CellRef(self.table, self.total, column), tuple(CellRef(self.table, part, column) for part in parts))
            for column in columns
        ]

    def words(self) -> str:
        return f"各栏：{self.parts_label} = {self.total_label}"


@dataclass(frozen=True)
class ColumnsAddUp(AddsUp):
    """In every row (or those named) the columns make the total's column."""

    name: str
    table: str
    total: str
    parts: tuple[str, ...]
    total_label: str
    parts_label: str
    rows: tuple[str, ...] = ()

    def _sides(self, figures: Figures) -> list[tuple[CellRef, tuple[CellRef, ...]]]:
        known = [row.key for row in figures.lines(self.table)]
        rows = _keys(self.rows, known) if self.rows else known
        return [
            (CellRef(self.table, row, self.total), tuple(CellRef(self.table, row, part) for part in self.parts))
            for row in rows
        ]

    def words(self) -> str:
        return f"各行：{self.parts_label} = {self.total_label}"


def _first_fault(check: AddsUp, figures: Figures, sides: list[tuple[CellRef, tuple[CellRef, ...]]]) -> CheckResult:
    chosen = next(((t, p) for t, p in sides if _sum(figures, (t,)) != _sum(figures, p)), sides[0] if sides else None)
    if chosen is None:
        return CheckResult(check.name, True, check.parts_label, 0, check.total_label, 0, places=0)
    total, parts = chosen
    left, right = _sum(figures, parts), _sum(figures, (total,))
    where = ""
    if left != right:
        table = figures.registry[check.table]
        column = table.column(total.column)
        row = figures.row(check.table, total.row)
        where = f"（{row.label}，{column.label if column else ''}）"
    return CheckResult(
        check.name, left == right, check.parts_label + where, left, check.total_label + where, right,
        _open(figures, parts), (total,), len(sides),
    )  # fmt: skip


@dataclass(frozen=True)
class Nobody(Check):
    """Nobody may stand there: people whose rank, nature or birth is not known have to be mended."""

    name: str
    label: str
    cell: CellRef

    def operands(self, figures: Figures) -> Iterable[CellRef]:
        return (self.cell,)

    def result(self, figures: Figures) -> CheckResult:
        number = _sum(figures, (self.cell,))
        return CheckResult(self.name, number == 0, self.label, number, "应为", 0, (self.cell,))

    def words(self) -> str:
        return f"{self.label} = 0"


@dataclass(frozen=True)
class SealedClosing(Check):
    """上年末 repeats what the year before was sealed with; a year that is not sealed says nothing."""

    name: str
    last: CellRef
    now: CellRef

    def operands(self, figures: Figures) -> Iterable[CellRef]:
        return (self.last,)

    def result(self, figures: Figures) -> CheckResult | None:
        from reports.sealing.closing import sealed_number  # sealing stands above the engine

        sealed = sealed_number(figures.asked, self.now)
        if sealed is None:
            return None
        last, closing = _sum(figures, (self.last,)), figures.asked.closing
        return CheckResult(
            self.name, last == sealed, "上年末总数", last, f"{closing.year}年封存的实有", sealed,
            (self.last,), (self.now,), right_day=closing.isoformat(),
        )  # fmt: skip

    def words(self) -> str:
        return "上年末总数 = 上年封存的年末实有；上年没有封存的不比"


@dataclass(frozen=True)
class Explained(Check):
    """差 = 调入 − 调出 ± 更正: whoever makes the difference has an event of the year that says so."""

    name: str
    cell: CellRef
    moved_in: CellRef
    moved_out: CellRef
    corrected: CellRef

    def operands(self, figures: Figures) -> Iterable[CellRef]:
        return (self.cell, self.moved_in, self.moved_out, self.corrected)

    def result(self, figures: Figures) -> CheckResult:
        difference = _sum(figures, (self.cell,))
        moved = _sum(figures, (self.moved_in,)) - _sum(figures, (self.moved_out,))
        label = "调入 − 调出"
        if difference != moved:  # the rest has to be corrections: look at the people themselves
            found = behind(figures.asked, figures.registry[self.cell.table], self.cell.row, self.cell.column)
            moved, label = found.explained() if found is not None else 0, "调入 − 调出 ± 更正"
        return CheckResult(
            self.name, difference == moved, "实有 − 应有", difference, label, moved,
            (self.cell,), (self.moved_in, self.moved_out, self.corrected),
        )  # fmt: skip

    def words(self) -> str:
        return "实有 − 应有 = 调入 − 调出 ± 更正，每人都有增减变动"
