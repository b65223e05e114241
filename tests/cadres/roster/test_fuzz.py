"""Whatever stands in the cells, nothing crashes and every refusal says where."""

from array import array
from datetime import date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadres.roster import _sheet
from cadres.roster.fields import FIELD, FIELDS
from cadres.roster.guards import UploadRefused, check_upload
from cadres.roster.parsers import parser_for
from cadres.roster.reading import CELL_ERROR, Column, RawSheet
from tests.cadres.roster.books import HEADERS, TODAY, book_of, number_of, person

WORDS = [
    "马骏", "张　三", number_of(), "1.50102E+17", "990104320506011", "1932.05", "1932.1", "193205",
    "农历四月初九", "农历1932年四月初一", "合计", "2人", "填表人：", "说明：1. 写", "例", "示例",
    "离休", "退休", "已故", "科级及以下", "姓名", "身份证号", "出生年月", "丧偶", "是", "陕西",
    "马强、马芳", "儿子", "/", "=1+1", "１９３２．０５", "\u200b", "🀄", "a" * 400,
]  # fmt: skip
cells = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=12),
    st.floats(),
    st.booleans(),
    st.just(CELL_ERROR),
    st.dates(date(1800, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 -- as cells come
)
grids = st.integers(1, 10).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
)


def raw(rows):
    width = max(map(len, rows))
    columns = []
    for number in range(width):
        column = Column([""], array("I"))
        for row in rows:
            value = row[number] if number < len(row) and row[number] is not None else ""
            column.codes.append(len(column.values))
            column.values.append(value)
        columns.append(column)
    return RawSheet("表", len(rows), columns)


def check(reading, count):
    for problem in reading.problems:
        assert problem.sheet == "表" and 1 <= problem.row <= count
        assert problem.message and problem.code and problem.level in ("error", "warning", "question")
        assert problem.column.isalpha()
        if problem.level == "error":
            assert reading.rejected[problem.row]
    rows = reading.rows
    assert [row.row for row in rows] == list(reading.numbers)
    for row in rows:
        assert row.accepted or any(problem.level == "error" for problem in row.problems)
        if row.accepted:
            assert row.values["name"]
            assert row.values.get("id_number") or row.values["birth_date"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grids)
def test_any_grid(rows):
    reading = _sheet(raw(rows), {}, 2025, TODAY)
    assert reading.skipped or reading.layout
    check(reading, len(rows))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(cells, min_size=9, max_size=9), min_size=1, max_size=8))
def test_any_people_under_a_good_header(rows):
    reading = _sheet(raw([list(HEADERS), *rows]), {}, 2025, TODAY)
    check(reading, len(rows) + 1)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([field.key for field in FIELDS]), cells)
def test_every_parser_takes_every_cell(key, value):
    parsed, issue = parser_for(FIELD[key], FIELD[key].label, TODAY)(value)
    assert parsed is None or parsed != ""
    if issue:
        assert issue.message and issue.code
        assert number_of() not in issue.message + issue.shown


GOOD = book_of(("名册", [HEADERS, person()]))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=20))
def test_damaged_bytes_pass_or_are_refused(changes):
    data = bytearray(GOOD)
    for where, byte in changes:
        data[where] = byte
    try:
        check_upload(bytes(data), "a.xlsx")
    except UploadRefused as refusal:
        assert refusal.message


def test_people_are_either_accepted_refused_or_skipped():
    rows = [list(HEADERS), person(), person(姓名=None), ["合计", "2人"]]
    reading = _sheet(raw(rows), {}, 2025, TODAY)
    assert (len(reading), len(reading.rejected), reading.stated_total.agrees) == (2, 1, True)
