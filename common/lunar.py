"""The lunar calendar: conversions, yearly birthdays and festivals.

lunar-python computes each lunar year once; after that everything is a look-up in a table of month
starts, so that the birthdays of a whole city cost little.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from lunar_python import LunarYear

FIRST_YEAR, LAST_YEAR = 1850, 2150  # what the tables serve; 1901–2099 is what the tests vouch for

LUNAR_NAMES = {
    "months": ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊"),
    "days": (
        *("初一", "初二", "初三", "初四", "初五", "初六", "初七", "初八", "初九", "初十"),
        *("十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八", "十九", "二十"),
        *("廿一", "廿二", "廿三", "廿四", "廿五", "廿六", "廿七", "廿八", "廿九", "三十"),
    ),
}


@dataclass(frozen=True, order=True, slots=True)
class LunarDay:
    """A day of the lunar year as a person declares it, year left out."""

    month: int
    day: int
    leap: bool = False

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 1 <= self.day <= 30):
            raise ValueError(f"not a lunar day: {self.month}-{self.day}")

    def display(self) -> str:
        leap = "闰" if self.leap else ""
        return f"农历{leap}{LUNAR_NAMES['months'][self.month - 1]}月{LUNAR_NAMES['days'][self.day - 1]}"


class _Month(NamedTuple):
    month: int
    leap: bool
    start: int  # ordinal of its first day
    days: int


_JULIAN_OF_ORDINAL_ZERO = 1721425


@cache
def _months(lunar_year: int) -> tuple[_Month, ...]:
    if not FIRST_YEAR <= lunar_year <= LAST_YEAR:
        raise ValueError(f"lunar year out of range: {lunar_year}")
    return tuple(
        _Month(
            abs(month.getMonth()),
            month.getMonth() < 0,
            round(month.getFirstJulianDay()) - _JULIAN_OF_ORDINAL_ZERO,
            month.getDayCount(),
        )
        for month in LunarYear.fromYear(lunar_year).getMonths()
        if month.getYear() == lunar_year
    )


@cache
def _starts(lunar_year: int) -> tuple[int, ...]:
    return tuple(month.start for month in _months(lunar_year))


@cache
def _month_index(lunar_year: int) -> dict[tuple[int, bool], _Month]:
    return {(month.month, month.leap): month for month in _months(lunar_year)}


def solar_to_lunar(day: date) -> tuple[int, LunarDay]:
    """The lunar year and day of a solar date."""
    ordinal = day.toordinal()
    year = day.year if ordinal >= _starts(day.year)[0] else day.year - 1
    month = _months(year)[bisect_right(_starts(year), ordinal) - 1]
    return year, LunarDay(month.month, ordinal - month.start + 1, month.leap)


def lunar_to_solar(lunar_year: int, day: LunarDay) -> date:
    """The solar date of a lunar day; ValueError where that year has no such month or day."""
    month = _month_index(lunar_year).get((day.month, day.leap))
    if month is None or day.day > month.days:
        raise ValueError(f"lunar year {lunar_year} has no {day.display()}")
    return date.fromordinal(month.start + day.day - 1)


def birthday_in(lunar_year: int, day: LunarDay) -> date:
    """The solar date on which a lunar birthday is kept that year.

    No such leap month: the plain month. Day 30 in a month of 29 days: the 29th.
    """
    months = _month_index(lunar_year)
    month = months.get((day.month, day.leap)) or months[day.month, False]
    return date.fromordinal(month.start + min(day.day, month.days) - 1)


@lru_cache(maxsize=8192)
def _lunar_birthdays(day: LunarDay, start: date, end: date) -> tuple[date, ...]:
    found = (birthday_in(year, day) for year in range(start.year - 1, end.year + 1))
    return tuple(birthday for birthday in found if start <= birthday <= end)


def lunar_birthdays_between(day: LunarDay, start: date, end: date) -> list[date]:
    """All days from ``start`` to ``end``, both counted, on which the lunar birthday falls."""
    return list(_lunar_birthdays(day, start, end))


def solar_birthdays_between(month: int, day: int, start: date, end: date) -> list[date]:
    """The same for a solar birthday; 29 February is kept on the 28th in plain years."""
    date(2000, month, day)  # a ValueError for what is no day in any year
    found = []
    for year in range(start.year, end.year + 1):
        try:
            birthday = date(year, month, day)
        except ValueError:
            birthday = date(year, 2, 28)
        if start <= birthday <= end:
            found.append(birthday)
    return found


class Festival(NamedTuple):
    key: str
    name: str
    date: date


FESTIVALS = (
    ("spring", "春节", LunarDay(1, 1)),
    ("mid_autumn", "中秋", LunarDay(8, 15)),
    ("double_ninth", "重阳", LunarDay(9, 9)),
)


def festivals_between(start: date, end: date) -> list[Festival]:
    """春节, 中秋 and 重阳 from ``start`` to ``end``, both counted, in order."""
    found = [
        Festival(key, name, lunar_to_solar(year, day))
        for year in range(start.year - 1, end.year + 1)
        for key, name, day in FESTIVALS
    ]
    return sorted((item for item in found if start <= item.date <= end), key=lambda item: item.date)
