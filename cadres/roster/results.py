"""What reading a workbook gives back. All of it can be pickled."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cadres.roster.layout import ColumnQuestion, Layout, StatedTotal


@dataclass(slots=True)
class RowProblem:
    """One problem of one row. ``level`` error refuses the row, warning and question let it pass."""

    sheet: str
    row: int  # as Excel numbers it
    column: str  # letter, empty where no single cell is to blame
    field: str
    code: str
    level: str
    message: str
    hint: str
    shown: str


@dataclass(slots=True)
class RosterRow:
    """One person's row: ``values`` by attribute, ``raw`` the original text of what no dictionary knows."""

    sheet: str
    row: int
    values: dict[str, Any]
    raw: dict[str, str]
    problems: list[RowProblem]
    rejected: str | None  # code of the first error of the identity

    @property
    def accepted(self) -> bool:
        return self.rejected is None


@dataclass(slots=True)
class SheetReading:
    """A sheet's people by column (``columns``, ``numbers``) and, on demand, by row (``rows``)."""

    sheet: str
    skipped: str | None = None
    layout: Layout | None = None
    numbers: array = field(default_factory=lambda: array("I"))
    columns: dict[str, list[Any]] = field(default_factory=dict)
    raw: dict[int, dict[str, str]] = field(default_factory=dict)  # index of the person -> field -> text
    problems: list[RowProblem] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)  # Excel row -> code

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def questions(self) -> Sequence[ColumnQuestion]:
        return self.layout.questions if self.layout else ()

    @property
    def totals(self) -> Sequence[StatedTotal]:
        return self.layout.totals if self.layout else ()

    @property
    def stated_total(self) -> StatedTotal | None:
        """The last 合计 row."""
        return self.totals[-1] if self.totals else None

    @property
    def notices(self) -> Sequence[str]:
        return self.layout.notices if self.layout else ()

    @property
    def rows(self) -> list[RosterRow]:
        return list(self.iter_rows())

    def iter_rows(self) -> Iterator[RosterRow]:
        """Rows in the sheet's order, refused ones included."""
        problems: dict[int, list[RowProblem]] = {}
        for problem in self.problems:
            problems.setdefault(problem.row, []).append(problem)
        keys = tuple(self.columns)
        none: tuple[Any, ...] = ()
        cells = zip(*self.columns.values(), strict=True) if keys else (none for _ in self.numbers)
        for index, (number, row) in enumerate(zip(self.numbers, cells, strict=True)):
            values = {key: value for key, value in zip(keys, row, strict=True) if value is not None}
            yield RosterRow(
                self.sheet,
                number,
                values,
                self.raw.get(index, {}),
                problems.get(number, []),
                self.rejected.get(number),
            )


@dataclass(slots=True)
class WorkbookReading:
    """One file. ``refusal`` is set, and ``sheets`` empty, where the file as a whole was not read."""

    file: str
    sheets: list[SheetReading] = field(default_factory=list)
    refusal: tuple[str, str, str] | None = None  # code, sentence, hint

    @property
    def rejected(self) -> int:
        return sum(len(sheet.rejected) for sheet in self.sheets)
