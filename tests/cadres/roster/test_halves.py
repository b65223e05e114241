"""A large sheet is read by two processes: what comes out is what one process reads."""

import datetime
import io
import re
from array import array

import pytest
import xlsxwriter

from cadres.roster import worker
from tests.cadres.roster.books import edit_part

LIMITS = (100_000, 200)
SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows, *, memory=False) -> bytes:
    """Inline strings with ``memory``, else shared ones; a merged title, a gap of blank rows, a second small sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": memory, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("名册")
    if not memory:
        sheet.merge_range(0, 0, 0, 3, "二〇二五年名册")
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number if number < 60 else number + 25, column, value)
    book.add_worksheet("说明").write(0, 0, "填表说明")
    book.close()
    return out.getvalue()


def rows(count: int):
    for number in range(count):
        birth = datetime.date(1940, 1, 1) + datetime.timedelta(days=number)
        odd = [None, True, 1, 1.0, "1", "", " 带空格", "<&>'\""][number % 8]
        extra = ["只在下半"] if number > count * 3 // 4 else []
        yield [None, f"姓名{number}", birth, odd, number % 7, *extra]


def read(data: bytes, *, halves: bool, limits: tuple[int, int] = LIMITS):
    """Sheets with their cells in place of the codes, which may be numbered otherwise."""
    answer = worker.answer_to(data, *limits, large=1 if halves else 1 << 40)
    for sheet in answer.get("sheets", ()):
        columns = [(values, array("I", codes)) for values, codes in sheet.get("columns", ())]
        sheet["columns"] = [[values[code] for code in codes] for values, codes in columns]
    return answer


@pytest.mark.parametrize("memory", [False, True])
def test_two_halves_are_the_whole(memory):
    data = workbook(list(rows(200)), memory=memory)
    whole = read(data, halves=False)
    assert "error" not in whole and whole["sheets"][0]["rows"] > 200
    assert read(data, halves=True) == whole


def test_error_cells_are_found_in_both_halves():
    bad = b'<c r="B%d" t="e"><v>#N/A</v></c>'
    data = edit_part(
        workbook(list(rows(100))),
        SHEET,
        lambda xml: re.sub(rb'<c r="B(6|100)".*?</c>', lambda m: bad % int(m[1]), xml),
    )
    whole = read(data, halves=False)
    second = whole["sheets"][0]["columns"][1]
    assert second[5] == second[99] == ("e",)
    assert read(data, halves=True) == whole


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b"<row ", b"<x:row ").replace(b"</row>", b"</x:row>"),
        lambda xml: xml.replace(b"<row r=", b"<row n="),
        lambda xml: xml[: len(xml) // 2] + b'<![CDATA[<row r="9">]]>' + xml[len(xml) // 2 :],
        lambda xml: xml[:-400],
    ],
    ids=["prefixed", "rows without numbers", "row within CDATA", "cut off"],
)
def test_an_unusual_sheet_is_read_as_by_one_process(change):
    data = edit_part(workbook(list(rows(120)), memory=True), SHEET, change)
    assert read(data, halves=True) == read(data, halves=False)


def test_limits_hold_in_both_halves():
    data = workbook(list(rows(120)), memory=True)
    assert read(data, halves=True, limits=(100, 200))["sheets"][0]["error"] == "too_many_rows"
    assert read(data, halves=True, limits=(100_000, 4))["sheets"][0]["error"] == "too_many_columns"


def test_a_half_that_dies_leaves_the_reading_to_one(monkeypatch):
    data = workbook(list(rows(120)), memory=True)
    whole = read(data, halves=False)
    half = worker.half

    def dying(data, halves, second):
        if second:
            raise RuntimeError("killed")
        return half(data, halves, second)

    monkeypatch.setattr(worker, "half", dying)
    assert read(data, halves=True) == whole
