"""The lunar calendar against published dates, and against itself on every day of two centuries."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lunar_python import Solar

from common.lunar import (
    LunarDay,
    birthday_in,
    festivals_between,
    lunar_birthdays_between,
    lunar_to_solar,
    solar_birthdays_between,
    solar_to_lunar,
)

FIRST, LAST = date(1901, 2, 19), date(2099, 12, 31)
FESTIVALS = {
    2026: "02-17 09-25 10-18",
    2027: "02-06 09-15 10-08",
    2028: "01-26 10-03 10-26",
    2029: "02-13 09-22 10-16",
    2030: "02-03 09-12 10-05",
}


@pytest.mark.parametrize("year", FESTIVALS)
def test_published_festivals(year):
    found = festivals_between(date(year, 1, 1), date(year, 12, 31))
    assert [(item.key, item.name) for item in found] == [
        ("spring", "春节"),
        ("mid_autumn", "中秋"),
        ("double_ninth", "重阳"),
    ]
    assert " ".join(item.date.strftime("%m-%d") for item in found) == FESTIVALS[year]


def test_festival_bounds_are_counted():
    day = date(2026, 9, 25)
    assert [item.key for item in festivals_between(day, day)] == ["mid_autumn"]
    assert festivals_between(date(2026, 9, 26), date(2026, 10, 17)) == []


@pytest.mark.parametrize(
    ("solar", "year", "lunar"),
    [
        # Where libraries disagree: the official calendar's days.
        (date(1978, 9, 17), 1978, LunarDay(8, 15)),  # 中秋
        (date(1978, 9, 3), 1978, LunarDay(8, 1)),
        (date(1933, 7, 22), 1933, LunarDay(5, 30, leap=True)),
        (date(1933, 7, 23), 1933, LunarDay(6, 1)),
        (date(1954, 11, 25), 1954, LunarDay(11, 1)),
        (date(2057, 9, 28), 2057, LunarDay(8, 30)),
        (date(2057, 9, 29), 2057, LunarDay(9, 1)),
        # Around a lunar New Year, and the leap months of two years everybody remembers.
        (date(2026, 2, 16), 2025, LunarDay(12, 29)),
        (date(2026, 2, 17), 2026, LunarDay(1, 1)),
        (date(2020, 5, 23), 2020, LunarDay(4, 1, leap=True)),
        (date(2033, 12, 22), 2033, LunarDay(11, 1, leap=True)),
    ],
)
def test_known_days(solar, year, lunar):
    assert solar_to_lunar(solar) == (year, lunar)
    assert lunar_to_solar(year, lunar) == solar


def test_every_day_from_1901_to_2099_round_trips_and_follows_the_one_before():
    previous = None
    for ordinal in range(FIRST.toordinal(), LAST.toordinal() + 1):
        day = date.fromordinal(ordinal)
        year, lunar = solar_to_lunar(day)
        assert lunar_to_solar(year, lunar) == day
        if previous and lunar.day != 1:
            assert previous == (year, LunarDay(lunar.month, lunar.day - 1, lunar.leap))
        elif previous:
            assert previous[1].day in (29, 30)
        previous = (year, lunar)


@given(st.dates(FIRST, LAST))
def test_same_as_the_library(day):
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    expected = LunarDay(abs(lunar.getMonth()), lunar.getDay(), lunar.getMonth() < 0)
    assert solar_to_lunar(day) == (lunar.getYear(), expected)


lunar_days = st.builds(LunarDay, st.integers(1, 12), st.integers(1, 30), st.booleans())


@given(lunar_days, st.integers(1901, 2098))
def test_a_lunar_birthday_comes_once_a_lunar_year(lunar, year):
    kept = birthday_in(year, lunar)
    found_year, found = solar_to_lunar(kept)
    assert (found_year, found.month) == (year, lunar.month)
    assert found.day == lunar.day or (lunar.day == 30 and found.day == 29)
    try:
        strict = lunar_to_solar(year, lunar)
    except ValueError:
        assert found != lunar
    else:
        assert strict == kept and found == lunar
    new_year = lunar_to_solar(year, LunarDay(1, 1))
    eve = lunar_to_solar(year + 1, LunarDay(1, 1)) - timedelta(days=1)
    assert lunar_birthdays_between(lunar, new_year, eve) == [kept]


def test_a_missing_leap_month_and_a_missing_thirtieth():
    assert birthday_in(2026, LunarDay(4, 8, leap=True)) == lunar_to_solar(2026, LunarDay(4, 8))
    assert birthday_in(2020, LunarDay(4, 8, leap=True)) == lunar_to_solar(2020, LunarDay(4, 8, leap=True))
    assert birthday_in(2025, LunarDay(12, 30)) == date(2026, 2, 16)
    for lunar in (LunarDay(4, 8, leap=True), LunarDay(2, 30)):
        with pytest.raises(ValueError):
            lunar_to_solar(2026, lunar)


def test_a_solar_year_may_hold_two_lunar_birthdays_or_none():
    twelfth = LunarDay(12, 1)
    counts = {len(lunar_birthdays_between(twelfth, date(year, 1, 1), date(year, 12, 31))) for year in range(1990, 2030)}
    assert counts == {0, 1, 2}


def test_the_answer_is_the_callers_own_list():
    span = (LunarDay(8, 15), date(2026, 1, 1), date(2026, 12, 31))
    lunar_birthdays_between(*span).clear()
    assert lunar_birthdays_between(*span) == [date(2026, 9, 25)]


def test_solar_birthdays():
    assert solar_birthdays_between(2, 29, date(2023, 2, 27), date(2025, 2, 28)) == [
        date(2023, 2, 28),
        date(2024, 2, 29),
        date(2025, 2, 28),
    ]
    assert solar_birthdays_between(1, 1, date(2025, 12, 30), date(2026, 1, 2)) == [date(2026, 1, 1)]
    assert solar_birthdays_between(5, 6, date(2026, 5, 7), date(2027, 5, 5)) == []
    with pytest.raises(ValueError):
        solar_birthdays_between(2, 30, date(2026, 1, 1), date(2026, 12, 31))


def test_display():
    assert LunarDay(4, 9).display() == "农历四月初九"
    assert LunarDay(6, 21, leap=True).display() == "农历闰六月廿一"
    assert LunarDay(12, 30).display() == "农历腊月三十"
    assert LunarDay(1, 1).display() == "农历正月初一"


@pytest.mark.parametrize(("month", "day"), [(0, 1), (13, 1), (1, 0), (1, 31)])
def test_no_such_lunar_day(month, day):
    with pytest.raises(ValueError):
        LunarDay(month, day)
