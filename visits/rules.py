"""Rules of visits and birthdays that need no database. Amounts, groups and ages are settings with these defaults.

``VISIT_GIFT_STANDARDS``: yuan per visit by occasion; above it a reason is asked for. ``BIRTHDAY_MILESTONES``: the
ages kept as 大寿 by group, and whether they are 虚岁 or 周岁 (domain.md §3: 70, 80, 90, 100, also 85, 95, every year
from 90).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from common.dates import PartialDate
from common.lunar import solar_to_lunar
from visits.codes import Occasion

#: The recorder may take a visit back for so long; later it needs staff and a reason.
WITHDRAW_WITHIN = datetime.timedelta(minutes=10)


def gift_standard(occasion: str) -> Decimal:
    """Yuan of 慰问金 for one visit that need no reason."""
    table = settings.VISIT_GIFT_STANDARDS
    return Decimal(table.get(occasion, table["default"]))


def visit_problems(
    *,
    visited_on: datetime.date | None,
    occasion: str,
    gift_money: Decimal | None,
    gift_reason: str,
    died_on: datetime.date | None,
    today: datetime.date,
) -> dict[str, str]:
    """{field: what is wrong and how to mend it}; empty where all is well."""
    problems: dict[str, str] = {}
    if visited_on and visited_on > today:
        problems["visited_on"] = "走访日期还没到，请填今天或以前的日子"
    elif visited_on and died_on and visited_on > died_on and occasion != Occasion.DEATH:
        problems["occasion"] = (
            f"这位老同志已于{died_on.year}年{died_on.month}月{died_on.day}日去世，此后的走访只能登记为“去世”，"
            "请改缘由或核对日期"
        )
    if gift_money is not None:
        standard = gift_standard(occasion)
        if gift_money < 0:
            problems["gift_money"] = "慰问金不能是负数，请核对"
        elif gift_money > standard and len(gift_reason.strip()) < 2:
            problems["gift_reason"] = f"慰问金超过每次 {standard} 元的标准，请写明原因，或改回标准以内"
    return problems


@dataclass(frozen=True)
class Turning:
    """The age somebody turns on a birthday."""

    full: int
    nominal: int
    milestone: str = ""  # “虚岁90大寿”, blank where it is none


def turning(category: str, calendar: str, birth: PartialDate | None, on: datetime.date) -> Turning | None:
    """Ages on the birthday ``on``; None where the year of birth is unknown or lies after it.

    On a birthday 虚岁 is one more than the years turned, so that each comes exactly once whatever the day of the
    lunar New Year; lunar birthdays count lunar years.
    """
    if birth is None:
        return None
    lunar_years = calendar == "lunar"
    full = solar_to_lunar(on)[0] - solar_to_lunar(birth.last())[0] if lunar_years else on.year - birth.year
    if full < 0:
        return None
    return Turning(full, full + 1, _milestone(category, full))


def _milestone(category: str, full: int) -> str:
    table = settings.BIRTHDAY_MILESTONES
    rule = table.get(category)
    if rule is None:
        return ""
    age = full + 1 if rule["nominal"] else full
    if age in rule["ages"] or age >= rule["every_year_from"]:
        return f"虚岁{age}大寿" if rule["nominal"] else f"{age}岁大寿"
    return ""
