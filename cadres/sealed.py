"""What a date in a sealed year means for whoever enters it. The floor above says which years are sealed.

Sealed figures never change; what becomes known later is entered as usual and shows as 封存后变动. Pages only say so.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

#: Answers the latest sealed cut-off day, or None; filled in by the app that seals.
_answers: list[Callable[[], datetime.date | None]] = []


def register(answer: Callable[[], datetime.date | None]) -> None:
    _answers.append(answer)


def sealed_until() -> datetime.date | None:
    """The latest day on or before which figures are sealed."""
    days = [day for day in (answer() for answer in _answers) if day is not None]
    return max(days, default=None)


def hint() -> str:
    """One sentence for forms that take a date or mend what was always so; blank when nothing is sealed."""
    day = sealed_until()
    if day is None:
        return ""
    return f"{day:%Y年}{day.month}月{day.day}日以前的统计已经封存：照实登记，封存的数字不变，会列在“封存后变动”里"
