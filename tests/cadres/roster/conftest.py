"""Reading a roster built by a test."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from cadres.roster import SheetReading, read_workbook
from tests.cadres.roster.books import HEADERS, TODAY, book_of, person


@pytest.fixture
def read() -> Callable[..., SheetReading]:
    """Read rows, given with their header row, as the first sheet of a workbook."""

    def run(rows: Sequence[Sequence[Any]], *, merges: Sequence[str] = (), **more: Any) -> SheetReading:
        data = book_of(("名册", rows), merges=merges)
        return read_workbook(data, "名册.xlsx", year=2025, today=TODAY, **more).sheets[0]

    return run


@pytest.fixture
def read_one(read: Callable[..., SheetReading]) -> Callable[..., Any]:
    """Read one person, told by what differs from a good row; returns the row."""

    def run(**changes: Any) -> Any:
        extra = [key for key in changes if key not in HEADERS]
        reading = read([[*HEADERS, *extra], person(**changes)])
        assert len(reading.rows) == 1
        return reading.rows[0]

    return run
