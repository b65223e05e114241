"""Partial dates: every writing, every refusal, ages and periods."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.codes import Period
from common.dates import (
    DateProblem,
    PartialDate,
    age_at_year_end,
    full_age,
    nominal_age,
    parse_partial_date,
    revolution_period,
)

TODAY = date(2026, 11, 1)
days = st.dates(date(1900, 1, 1), TODAY)
partials = st.one_of(
    days.map(PartialDate.of),
    days.map(lambda day: PartialDate(day.year, day.month)),
    days.map(lambda day: PartialDate(day.year)),
)
WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789./-"}


def read(value):
    return parse_partial_date(value, today=TODAY)


def code_of(value) -> str:
    with pytest.raises(DateProblem) as caught:
        read(value)
    assert caught.value.message and caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("1932.05", "1932-05"),
        ("1932.5", "1932-05"),
        ("1932-05", "1932-05"),
        ("193205", "1932-05"),
        ("19320506", "1932-05-06"),
        ("1932/5/6", "1932-05-06"),
        ("1932年5月", "1932-05"),
        ("1932年5月6日", "1932-05-06"),
        ("1932年5月(6日)", "1932-05-06"),
        ("1932.05（94岁）", "1932-05"),
        ("1932.05.00", "1932-05"),
        ("19320500", "1932-05"),
        ("1932.00.00", "1932"),
        ("'1932.05", "1932-05"),
        ("１９３２．０５", "1932-05"),
        (" 1932 年 5 月　", "1932-05"),
        ("1932-05-06 00:00:00", "1932-05-06"),
        ("1932-05-06T00:00:00", "1932-05-06"),
        ("1932年5月6日出生", "1932-05-06"),
        ("1932", "1932"),
        ("1932年", "1932"),
        ("1932.1", "1932-01"),
        ("1932.10", "1932-10"),
        (1932, "1932"),
        (1932.0, "1932"),
        (1932.05, "1932-05"),
        (1932.01, "1932-01"),
        (1932.5, "1932-05"),
        (1932.11, "1932-11"),
        (1932.12, "1932-12"),
        (1932.0506, "1932-05-06"),
        (193205, "1932-05"),
        (19320506.0, "1932-05-06"),
        (11829, "1932-05-20"),
        (11829.75, "1932-05-20"),
        (date(1932, 5, 6), "1932-05-06"),
        (datetime(1932, 5, 6, 0, 0), "1932-05-06"),  # noqa: DTZ001 (date cells carry no zone)
        (PartialDate(1932, 5), "1932-05"),
    ],
)
def test_writings(value, iso):
    assert read(value).isoformat() == iso


@pytest.mark.parametrize("value", [None, "", "  ", "　", "'", "-", "—", "/", "无", "不详"])
def test_blank(value):
    assert read(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1932.1, "date_ambiguous"),
        (1932.051, "date_ambiguous"),
        ("32.05", "date_two_digit_year"),
        ("32年5月", "date_two_digit_year"),
        ("32-5-6", "date_two_digit_year"),
        ("320506", "date_two_digit_year"),
        ("5/6/32", "date_two_digit_year"),
        ("32", "date_two_digit_year"),
        (32, "date_two_digit_year"),
        (32.05, "date_two_digit_year"),
        ("1932.13", "date_impossible"),
        ("1932-02-30", "date_impossible"),
        ("1931.02.29", "date_impossible"),
        ("19320431", "date_impossible"),
        ("1705.01", "date_impossible"),
        (1932.13, "date_impossible"),
        ("1932.00.06", "date_impossible"),
        ("2026.12", "date_future"),
        ("2026-11-02", "date_future"),
        (59000, "date_future"),
        (date(2027, 1, 1), "date_future"),
        ("19325", "date_unreadable"),
        ("1932056", "date_unreadable"),
        ("1932年5月（农历）", "date_unreadable"),
        ("1932年闰5月", "date_unreadable"),
        ("九三年", "date_unreadable"),
        ("解放前", "date_unreadable"),
        (-1, "date_unreadable"),
        (1e300, "date_unreadable"),
        (float("nan"), "date_unreadable"),
        (True, "date_unreadable"),
        (object(), "date_unreadable"),
    ],
)
def test_refusals(value, code):
    assert code_of(value) == code


def test_the_future_is_what_lies_after_today_by_default_too():
    assert parse_partial_date(date.today().isoformat()) == PartialDate.of(date.today())  # noqa: DTZ011
    with pytest.raises(DateProblem, match="今天之后"):
        parse_partial_date("2199")


@given(days, st.sampled_from("./-、年·"), st.booleans(), st.booleans(), st.sampled_from(["", " ", "'", "　"]))
def test_every_writing_of_a_day_reads_the_same(day, separator, padded, wide, lead):
    month, number = (f"{day.month:02}", f"{day.day:02}") if padded else (str(day.month), str(day.day))
    if separator == "年":
        written = f"{day.year}年{month}月{number}日"
    else:
        written = f"{day.year}{separator}{month}{separator}{number}"
    written = lead + (written.translate(WIDE) if wide else written)
    serial = (day - date(1899, 12, 30)).days
    values = [written, day, day.strftime("%Y%m%d"), int(day.strftime("%Y%m%d")), day.isoformat()]
    if serial >= 10000:
        values += [serial, float(serial)]
    assert {read(value) for value in values} == {PartialDate.of(day)}


@given(days)
def test_every_writing_of_a_month_reads_the_same(day):
    year, month = day.year, day.month
    written = [
        *(
            f"{year}.{month:02}",
            f"{year}.{month}",
            f"{year}-{month:02}",
            f"{year}{month:02}",
            f"{year}/{month}",
        ),
        *(f"{year}年{month}月", f"{year}.{month:02}（94岁）", f"{year}.{month:02}.00", f"'{year}.{month:02}"),
        *(f"{year}年{month:02}", f"{year} 年 {month} 月", f"{year}.{month:02}生", int(f"{year}{month:02}")),
    ]
    if month not in (1, 10):
        written += [float(f"{year}.{month:02}")]
    assert {read(value) for value in written} == {PartialDate(year, month)}


def test_a_numeric_october_is_never_taken_for_january():
    assert [code_of(float(f"{year}.10")) for year in range(1900, 2020)] == ["date_ambiguous"] * 120


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.text("0123456789.-/年月日() ", max_size=14)))
def test_nothing_but_a_date_problem_escapes(value):
    try:
        found = read(value)
    except DateProblem:
        return
    assert found is None or found.first() <= TODAY


@given(partials)
def test_iso_round_trip_and_bounds(partial):
    assert PartialDate.parse_iso(partial.isoformat()) == partial
    assert read(partial.isoformat()) == read(partial.display()) == partial
    assert partial.first() <= partial.last()
    assert partial.first().year == partial.last().year == partial.year


@given(partials, partials)
def test_order_is_the_order_of_the_text(one, other):
    assert (one < other) == (one.isoformat() < other.isoformat())
    assert (one <= other) == (not one > other)
    assert (one >= other) == (not one < other)


@pytest.mark.parametrize("text", ["", "1932-5", "1932-05-06-01", "1932/05", "1932-13", "abcd"])
def test_parse_iso_is_strict(text):
    with pytest.raises(ValueError):
        PartialDate.parse_iso(text)


def test_a_day_without_a_month_is_no_date():
    with pytest.raises(ValueError):
        PartialDate(1932, None, 6)


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        ("1932-05-06", date(2026, 5, 5), 93),
        ("1932-05-06", date(2026, 5, 6), 94),
        ("1932-05", date(2026, 5, 30), 93),
        ("1932-05", date(2026, 5, 31), 94),
        ("1932", date(2026, 12, 30), 93),
        ("1932", date(2026, 12, 31), 94),
        ("1932-02-29", date(2025, 2, 27), 92),
        ("1932-02-29", date(2025, 2, 28), 93),
        ("1932-02-29", date(2024, 2, 28), 91),
        ("1932-02-29", date(2024, 2, 29), 92),
    ],
)
def test_full_age(birth, on, age):
    assert full_age(PartialDate.parse_iso(birth), on) == age


@given(partials, st.integers(0, 40000))
def test_full_age_grows_by_one_on_one_day_a_year(birth, offset):
    on = birth.last() + timedelta(days=offset % 36000)
    assert full_age(birth, on) - full_age(birth, on - timedelta(days=1)) in (0, 1)
    assert full_age(birth, date(on.year, 12, 31)) == age_at_year_end(birth, on.year)


def test_nominal_age():
    birth = PartialDate(1946, 1, 20)  # the 18th of the twelfth month: still the lunar year 1945
    assert nominal_age(birth, date(2026, 2, 16)) == 81  # the eve of 春节
    assert nominal_age(birth, date(2026, 2, 17)) == 82
    assert nominal_age(PartialDate(1946, 3, 1), date(2026, 2, 17)) == 81


@pytest.mark.parametrize(
    ("joined", "period"),
    [
        ("1925-05", Period.P1),
        ("1927-07-31", Period.P1),
        ("1927-08-01", Period.P2),
        ("1937-07-06", Period.P2),
        ("1937-07-07", Period.P3),
        ("1942-12-31", Period.P3),
        ("1942-12", Period.P3),
        ("1943-01-01", Period.P4),
        ("1945-09-02", Period.P4),
        ("1945-09-03", Period.P5),
        ("1949-09", Period.P5),
        ("1949-09-30", Period.P5),
        ("1949-10-01", None),
        ("1949-10", None),
    ],
)
def test_periods(joined, period):
    assert revolution_period(PartialDate.parse_iso(joined)) == period


@pytest.mark.parametrize(
    "text, iso",
    [
        ("1932—05", "1932-05"), ("1932–5–6", "1932-05-06"), ("1932 5 6", "1932-05-06"), ("1932.0506", "1932-05-06"),
        ("1932.05\n(94)", "1932-05"), ("1932.05 94岁", "1932-05"), ("1932.05，94岁", "1932-05"), ("1932..05", "1932-05"),
        ("一九三二年五月六日", "1932-05-06"), ("一九三〇年十二月", "1930-12"), ("一九三二年五月廿三日", "1932-05-23"),
        ("二○一七年十月三十一日", "2017-10-31"), ("1932年元月", "1932-01"), ("1932年十一月", "1932-11"), ("“1932.05”", "1932-05"),
    ],
)  # fmt: skip
def test_more_writings(text, iso):
    assert parse_partial_date(text).isoformat() == iso


@pytest.mark.parametrize(
    "text", ["1932.05(6)", "1932.05前", "1932.O5", "1932.05、1948.09", "一九三二年十三月", "1932年5月初", "94岁"]
)
def test_writings_that_stay_unread(text):
    with pytest.raises(DateProblem):
        parse_partial_date(text)
