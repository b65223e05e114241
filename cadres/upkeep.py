"""Rules of keeping records fresh that need no database: quarters, due days, when a record is stale.

``CONFIRMATION_GRACE_DAYS``: days after a quarter's first month until which a unit confirms its roster.
``VERIFICATION_DUE``: the month and day by which a year's 生存状况 verifications are done.
``STALE_MONTHS``: a record is stale when nobody edited or confirmed it for so many months.
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year, 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: datetime.date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first(self) -> datetime.date:
        return datetime.date(self.year, self.number * 3 - 2, 1)

    @property
    def last(self) -> datetime.date:
        return self.following.first - datetime.timedelta(days=1)

    @property
    def following(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> Quarter:
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    @property
    def due_on(self) -> datetime.date:
        """The last day of its first month, and the grace days; at most the quarter's last day."""
        first = self.first
        month_end = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return min(month_end + datetime.timedelta(days=settings.CONFIRMATION_GRACE_DAYS), self.last)

    @property
    def label(self) -> str:
        return f"{self.year}年第{'一二三四'[self.number - 1]}季度"


def verification_due(year: int) -> datetime.date:
    """The day by which everybody on the year's list is verified; an impossible 02-29 is the month's last day."""
    month, day = (int(part) for part in settings.VERIFICATION_DUE.split("-"))
    return datetime.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def months_before(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months earlier; a day that the month does not have is its last."""
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
