"""Roster import without the database: from uploaded files to checked rows with their problems."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from itertools import islice
from os import PathLike
from pathlib import Path

from django.utils import timezone

from cadres.roster.archives import Archive, is_archive, unpack
from cadres.roster.guards import UploadRefused
from cadres.roster.layout import ColumnQuestion, Layout, MappedColumn, Mappings, SkippedRow, StatedTotal
from cadres.roster.reading import RawSheet, read_sheets
from cadres.roster.results import RosterRow, RowProblem, SheetReading, WorkbookReading
from cadres.roster.rows import read_rows
from cadres.roster.sheets import understand

logger = logging.getLogger(__name__)

Source = str | PathLike[str] | bytes


def read_workbook(
    source: Source,
    filename: str,
    *,
    mappings: Mappings | None = None,
    year: int | None = None,
    today: date | None = None,
) -> WorkbookReading:
    """Read one workbook. Raises ``UploadRefused`` where the file as a whole cannot be taken."""
    return _reading(filename, read_sheets(_bytes(source), filename), mappings, year, today)


def read_many(
    files: Iterable[tuple[Source, str]],
    *,
    mappings: Mappings | None = None,
    year: int | None = None,
    today: date | None = None,
    processes: int = 2,
) -> Iterator[WorkbookReading]:
    """Read files in order; while one is checked here, up to ``processes - 1`` more are parsed elsewhere.

    A refused file comes back with ``refusal`` set, so that one bad file costs no other.
    """
    waiting: list[tuple[str, Future[list[RawSheet]]]] = []
    queue = iter(files)
    ahead = max(1, processes - 1)
    with ThreadPoolExecutor(ahead) as pool:
        try:
            while True:
                for source, filename in islice(queue, ahead + 1 - len(waiting)):
                    waiting.append((filename, pool.submit(_load, source, filename)))
                if not waiting:
                    return
                filename, future = waiting.pop(0)
                try:
                    yield _reading(filename, future.result(), mappings, year, today)
                except UploadRefused as refusal:
                    logger.info("workbook refused: %s", refusal.code)
                    yield WorkbookReading(filename, [], (refusal.code, refusal.message, refusal.hint))
        finally:
            for _, future in waiting:
                future.cancel()


def _load(source: Source, filename: str) -> list[RawSheet]:
    return read_sheets(_bytes(source), filename)


def _bytes(source: Source) -> bytes:
    return source if isinstance(source, bytes) else Path(source).read_bytes()


def _reading(
    filename: str, sheets: list[RawSheet], mappings: Mappings | None, year: int | None, today: date | None
) -> WorkbookReading:
    today = today or timezone.localdate()
    result = WorkbookReading(filename)
    while sheets:
        sheet = sheets.pop(0)
        result.sheets.append(_sheet(sheet, mappings or {}, year, today))
    return result


def _sheet(sheet: RawSheet, mappings: Mappings, year: int | None, today: date) -> SheetReading:
    layout = understand(sheet, mappings)
    if isinstance(layout, str):
        return SheetReading(sheet.name, layout)
    if layout.column_of("name") is None:
        return SheetReading(sheet.name, "还没有定哪一列是姓名，先认一认表头", layout)
    year = year or layout.year or today.year
    if layout.year and layout.year != year:
        layout.notices.append(f"表头写的是{layout.year}年，这次导入的是{year}年")
    return read_rows(sheet, layout, year=year, today=today)


__all__ = [
    "Archive", "ColumnQuestion", "Layout", "MappedColumn", "Mappings", "RosterRow", "RowProblem",
    "SheetReading", "SkippedRow", "StatedTotal", "UploadRefused", "WorkbookReading", "is_archive",
    "read_many", "read_workbook", "unpack",
]  # fmt: skip
