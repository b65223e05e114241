"""The workbook given back with its problems marked."""

import io
from datetime import date

import openpyxl
import pytest
from openpyxl.styles import Font

from cadres.roster import annotate as module
from cadres.roster import read_workbook
from cadres.roster.annotate import LOOK, REFUSED, annotate
from tests.cadres.roster.books import HEADERS, TODAY, book_of, person

ROWS = [
    ["某局名册"],
    HEADERS,
    person(),
    person(身份证号="123"),
    person(性别="女"),
    person(单位名称="=1+1", 姓名=None),
]


def marked(data):
    reading = read_workbook(data, "某局.xlsx", year=2025, today=TODAY)
    out, name = annotate(data, "某局.xlsx", reading)
    assert name == "某局（标注）.xlsx"
    return openpyxl.load_workbook(io.BytesIO(out)).worksheets[0], out


def colour(cell):
    return cell.fill.fgColor.rgb[2:] if cell.fill.fill_type else ""


@pytest.mark.parametrize("styled", [True, False])
def test_bad_cells_are_coloured_and_said(monkeypatch, styled):
    if not styled:
        monkeypatch.setattr(module, "LARGEST_KEPT", 0)
    page, _ = marked(book_of(("名册", ROWS)))
    assert page["J2"].value == "错误信息"
    assert page["J3"].value is None and colour(page["E3"]) == ""
    assert page["J4"].value.startswith("拒收") and "E列：" in page["J4"].value
    assert colour(page["E4"]) == REFUSED
    assert page["J5"].value.startswith("请看") and colour(page["C5"]) == LOOK
    assert page["B3"].value == "马骏"


@pytest.mark.parametrize("styled", [True, False])
def test_no_formula_leaves(monkeypatch, styled):
    if not styled:
        monkeypatch.setattr(module, "LARGEST_KEPT", 0)
    book = openpyxl.load_workbook(io.BytesIO(book_of(("名册", ROWS))))
    cell = book.active["I5"]
    cell.value, cell.data_type = "=cmd|' /C calc'!A0", "s"
    out = io.BytesIO()
    book.save(out)
    page, _ = marked(out.getvalue())
    assert [c.coordinate for row in page.iter_rows() for c in row if c.data_type == "f"] == []
    assert page["I5"].value == "=cmd|' /C calc'!A0"


def test_formatting_is_kept():
    book = openpyxl.load_workbook(io.BytesIO(book_of(("名册", ROWS))))
    book.active["A1"].font = Font(bold=True, size=20)
    book.active.column_dimensions["E"].width = 33
    out = io.BytesIO()
    book.save(out)
    page, _ = marked(out.getvalue())
    assert page["A1"].font.bold and page["A1"].font.size == 20
    assert page.column_dimensions["E"].width == 33


def test_marking_a_marked_workbook_uses_the_same_column():
    _, once = marked(book_of(("名册", ROWS)))
    page, _ = marked(once)
    assert page["J2"].value == "错误信息" and page["K2"].value is None


def test_a_plain_copy_keeps_dates_numbers_and_odd_characters(monkeypatch):
    monkeypatch.setattr(module, "LARGEST_KEPT", 0)
    rows = [HEADERS, person(出生年月=date(1932, 5, 6), 单位名称='<甲>&"乙"', 离退休时间=1992.06)]
    page, _ = marked(book_of(("名 册", rows), ("填表说明", [["写法"], [True]])))
    assert page["D2"].value.date() == date(1932, 5, 6)
    assert (page["I2"].value, page["G2"].value, page["E2"].data_type) == ('<甲>&"乙"', 1992.06, "s")
    assert page["J1"].value == "错误信息"
