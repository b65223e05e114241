"""The uploaded workbook given back: bad cells coloured, and a column 错误信息 saying what to mend.

An .xlsx of ordinary size keeps its formatting. Other formats, and sheets too large for that, come back as a
new .xlsx with the same cells in the same places. Formulas become the values they showed.
"""

import io
from pathlib import PurePath
from typing import Final

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet

from cadres.roster import plain_xlsx
from cadres.roster.guards import check_upload
from cadres.roster.parsers import ERROR
from cadres.roster.plain_xlsx import MarkedSheet, write_book
from cadres.roster.reading import RawSheet, read_sheets
from cadres.roster.results import RowProblem, SheetReading, WorkbookReading

TITLE: Final = "错误信息"
REFUSED, LOOK = "FAE6DE", "F7EBCD"  # soft grounds of 朱 and 赭
LARGEST_KEPT: Final = 200_000  # cells; above that the styled copy would take too long and too much memory
_STYLE: Final = {True: plain_xlsx.REFUSED, False: plain_xlsx.LOOK}
_Notes = dict[int, tuple[str, bool]]  # Excel row -> text, refused


def annotate(data: bytes, filename: str, reading: WorkbookReading) -> tuple[bytes, str]:
    """The workbook with its problems marked, and its name, which always ends in .xlsx."""
    kind = check_upload(data, filename).kind
    sheets = (
        None
        if kind == "xlsx" and len(data) < 12 << 20 and _cells(reading) <= LARGEST_KEPT
        else (read_sheets(data, filename))
    )
    name = f"{PurePath(filename).stem}（标注）.xlsx"
    return (_keep(data, reading) if sheets is None else _rewrite(sheets, reading)), name


def _cells(reading: WorkbookReading) -> int:
    return sum(len(sheet) * len(sheet.layout.columns) for sheet in reading.sheets if sheet.layout)


def _notes(sheet: SheetReading) -> tuple[_Notes, dict[tuple[int, str], bool]]:
    """Text per row, and the cells to colour with whether the row is refused for them."""
    by_row: dict[int, list[RowProblem]] = {}
    for problem in sheet.problems:
        by_row.setdefault(problem.row, []).append(problem)
    notes: _Notes = {}
    cells: dict[tuple[int, str], bool] = {}
    name = sheet.layout.column_of("name") if sheet.layout else None
    for row, problems in by_row.items():
        parts = []
        for problem in problems:
            where = f"{problem.column}列：" if problem.column else ""
            parts.append(f"{where}{problem.message}。{'改法：' + problem.hint + '。' if problem.hint else ''}")
            letter = problem.column or (name.letter if name else "A")
            cells[row, letter] = cells.get((row, letter), False) or problem.level == ERROR
        refused = row in sheet.rejected
        notes[row] = (("拒收　" if refused else "请看　") + " ".join(parts), refused)
    return notes, cells


def _keep(data: bytes, reading: WorkbookReading) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    fills = {refused: PatternFill("solid", fgColor=REFUSED if refused else LOOK) for refused in (True, False)}
    thin = Side(style="thin", color="B9B4A5")
    for sheet in reading.sheets:
        if sheet.layout is None or sheet.sheet not in book.sheetnames:
            continue
        page = book[sheet.sheet]
        if not isinstance(page, Worksheet):
            continue
        notes, cells = _notes(sheet)
        for (row, letter), refused in cells.items():
            page.cell(row, column_index_from_string(letter)).fill = fills[refused]
        column = _free_column(sheet, page.max_column)
        head = page.cell(sheet.layout.header_rows[-1], column, TITLE)
        head.font, head.border = Font(bold=True), Border(thin, thin, thin, thin)
        for row, (text, refused) in notes.items():
            cell = page.cell(row, column)
            cell.value, cell.data_type = text, "s"
            cell.fill, cell.alignment = fills[refused], Alignment(wrap_text=True, vertical="top")
            cell.border = Border(thin, thin, thin, thin)
        page.column_dimensions[head.column_letter].width = 60
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _free_column(sheet: SheetReading, width: int) -> int:
    """The column of an earlier 错误信息, else the first free one; counted from 1."""
    assert sheet.layout is not None
    for column in sheet.layout.columns:
        if column.header.endswith(TITLE):
            return column.column + 1
    return max(len(sheet.layout.columns), min(width, 200)) + 1


def _rewrite(sheets: list[RawSheet], reading: WorkbookReading) -> bytes:
    readings = {sheet.sheet: sheet for sheet in reading.sheets}
    pages = []
    for raw in sheets:
        page = MarkedSheet(raw)
        sheet = readings.get(raw.name)
        if sheet and sheet.layout:
            notes, cells = _notes(sheet)
            page.colours = {
                (row - 1, column_index_from_string(letter) - 1): _STYLE[refused]
                for (row, letter), refused in cells.items()
            }
            page.note_column = _free_column(sheet, len(raw.columns)) - 1
            page.notes = {row - 1: (text, _STYLE[refused]) for row, (text, refused) in notes.items()}
            page.notes[sheet.layout.header_rows[-1] - 1] = (TITLE, plain_xlsx.PLAIN)
        pages.append(page)
    return write_book(pages, (REFUSED, LOOK))
