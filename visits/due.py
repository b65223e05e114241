"""What falls due in a window of days, as pure functions: which stored birthdays are kept on which days.

A window is cut into `Stretch`es, one per solar and lunar month it touches. A stretch says which (month, leap, days)
of a calendar fall into it, so that one indexed condition finds the people and simple arithmetic gives the day.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from common.lunar import LunarDay, lunar_to_solar, solar_to_lunar

#: Day 31 in the last part of a month takes up the days that the month does not have (29 February, lunar day 30).
LAST = 31
ONE_DAY = datetime.timedelta(days=1)

SOLAR, LUNAR = "solar", "lunar"


@dataclass(frozen=True)
class Stretch:
    """Part of one month. ``leaps``: the leap flags of the birthdays kept in it."""

    calendar: str
    month: int
    leaps: tuple[bool, ...]
    first: datetime.date  # day 1 of the month, maybe before the window
    length: int
    from_day: int
    to_day: int

    def kept_on(self, day: int) -> datetime.date:
        """The date on which a birthday of this month is kept; a missing day is kept on the month's last."""
        return self.first + (min(day, self.length) - 1) * ONE_DAY

    def holds(self, kind: str, month: int, day: int, leap: bool) -> bool:
        return (
            kind == self.calendar and month == self.month and leap in self.leaps and self.from_day <= day <= self.to_day
        )


def _stretch(
    kind: str,
    month: int,
    leaps: tuple[bool, ...],
    first: datetime.date,
    length: int,
    end: datetime.date,
    start: datetime.date,
) -> Stretch:
    from_day = max(1, (start - first).days + 1)
    to_day = (end - first).days + 1
    return Stretch(kind, month, leaps, first, length, from_day, LAST if to_day >= length else to_day)


def solar_stretches(start: datetime.date, end: datetime.date) -> Iterator[Stretch]:
    first = start.replace(day=1)
    while first <= end:
        length = calendar.monthrange(first.year, first.month)[1]
        # The leap flag means nothing in the solar calendar; a stray one must not hide a birthday.
        yield _stretch(SOLAR, first.month, (False, True), first, length, end, start)
        first += length * ONE_DAY


def _lunar_first(year: int, month: int, leap: bool) -> datetime.date | None:
    try:
        return lunar_to_solar(year, LunarDay(month, 1, leap))
    except ValueError:
        return None


def lunar_stretches(start: datetime.date, end: datetime.date) -> Iterator[Stretch]:
    first = start - (solar_to_lunar(start)[1].day - 1) * ONE_DAY
    while first <= end:
        year, today = solar_to_lunar(first)
        length = 30 if solar_to_lunar(first + 29 * ONE_DAY)[1].day == 30 else 29
        if today.leap:
            leaps: tuple[bool, ...] = (True,)
        elif _lunar_first(year, today.month, True) is None:
            leaps = (False, True)  # no such leap month this year: kept in the plain one
        else:
            leaps = (False,)
        yield _stretch(LUNAR, today.month, leaps, first, length, end, start)
        first += length * ONE_DAY


def stretches(start: datetime.date, end: datetime.date) -> list[Stretch]:
    """All stretches of the days ``start`` to ``end``, both counted."""
    return [*solar_stretches(start, end), *lunar_stretches(start, end)]


def kept_on(kind: str, month: int, day: int, leap: bool, parts: list[Stretch]) -> list[datetime.date]:
    """The days within the stretches on which this birthday is kept, in order."""
    return sorted(part.kept_on(day) for part in parts if part.holds(kind, month, day, leap))


def verification_words(name: str, on: datetime.date) -> str:
    return f"{name}今年的生存状况还没有核实，{on.month}月{on.day}日到期"


def festival_words(name: str, on: datetime.date) -> str:
    return f"{on.month}月{on.day}日{name}，请安排走访慰问"
