"""Any figure over ten years, the age pyramid, and the forecast, as charts and their tables."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from common.codes import Category, Sex
from reports.declarations import TABLES
from reports.engine.compute import compute
from reports.engine.conditions import Age, AgeUnknown, F
from reports.engine.fold import Needs, Numbers
from reports.engine.measures import Count, Formula, Measure, Value
from reports.engine.model import Column, Row, Table
from reports.engine.scope import Asked
from reports.forecast import Forecast
from reports.sealing.asked import SealedAsked
from reports.sealing.reading import results_for

YEARS: Final = 10
_LOWS: Final = (0, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100)


@dataclass(frozen=True)
class YearFigure:
    """A figure at a year's end, and how it differs from the year before (None: not counted in whole numbers)."""

    day: datetime.date
    value: Value
    change: int | None


def series(
    asked: Asked,
    table: Table,
    row: Row,
    column: Column,
    years: int = YEARS,
    on: Callable[[datetime.date], Asked] | None = None,
) -> list[YearFigure]:
    """The last ``years`` closings up to the day asked for. ``on``: who is asked about a day, so that a sealed year
    answers with what was sealed; of a living one only what the one cell needs is counted."""
    measure = table.measure(row, column)
    keys = {column.key, *(measure.columns if isinstance(measure, Formula) else ())}
    narrow = replace(
        table, columns=tuple(leaf for leaf in table.leaves if leaf.key in keys), rows=(row,), checks=()
    )  # fmt: skip
    found: list[YearFigure] = []
    last = asked.day.year if (asked.day.month, asked.day.day) == (12, 31) else asked.day.year - 1
    before: Value = None
    for year in range(last - years, last + 1):
        day = datetime.date(year, 12, 31)
        question = on(day) if on else replace(asked, day=day)
        if isinstance(question, SealedAsked):
            kept = results_for(question, [table.id], checks=False).get(table.id)
            value = kept.values.get((row.key, column.key)) if kept else None
        else:
            found_now = compute(question, [narrow], TABLES | {table.id: narrow}, checks=False)[table.id]
            value = found_now.values[row.key, column.key]
        change = int(value) - int(before) if isinstance(value, int) and isinstance(before, int) else None
        found.append(YearFigure(day, value, change))
        before = value
    return found[1:]


def series_chart(figures: list[YearFigure], label: str, measure: Measure | None, unit: str) -> dict[str, Any]:
    return {
        "kind": "line",
        "unit": unit,
        "labels": [str(figure.day.year) for figure in figures],
        "series": [{"name": label, "values": [figure.value or 0 for figure in figures]}],
    }


@dataclass(frozen=True)
class Band:
    label: str
    men: int
    women: int
    unknown: int


def pyramid(asked: Asked, category: Category) -> list[Band]:
    """People by sex and age on the day asked for, the oldest first; the last band: birth not known."""
    mine = F("category") == category
    ends = [*(low - 1 for low in _LOWS[1:]), None]
    ages = [(Age(low or None, high), _label(low, high)) for low, high in zip(_LOWS, ends, strict=True)]
    bands = [*reversed(ages), (AgeUnknown(), "不详")]
    sexes = (Sex.MALE, Sex.FEMALE)
    counts = {
        (label, sex): Count(mine & where & (F("sex") == sex)) for where, label in bands for sex in sexes
    }  # fmt: skip
    everyone = {label: Count(mine & where) for where, label in bands}
    numbers = Numbers(asked, Needs([*counts.values(), *everyone.values()], len(asked.districts)))
    found = []
    for _, label in bands:
        men, women = (int(numbers[counts[label, sex]] or 0) for sex in sexes)
        found.append(Band(label, men, women, int(numbers[everyone[label]] or 0) - men - women))
    return found


def _label(low: int, high: int | None) -> str:
    if high is None:
        return f"{low}岁及以上"
    return f"{low}–{high}岁" if low else f"{high}岁及以下"


def pyramid_chart(bands: list[Band]) -> dict[str, Any]:
    shown = [band for band in bands if band.label != "不详"]
    return {
        "kind": "pyramid",
        "size": "tall",
        "unit": "人",
        "labels": [band.label for band in shown],
        "series": [
            {"name": "男", "values": [band.men for band in shown]},
            {"name": "女", "values": [band.women for band in shown]},
        ],
    }


def forecast_chart(found: Forecast, past: list[YearFigure]) -> dict[str, Any]:
    """The years behind and, dashed, the years to come."""
    return {
        "kind": "line",
        "unit": "人",
        "labels": [*(str(figure.day.year) for figure in past), *(str(point.year) for point in found.points)],
        "series": [
            {
                "name": str(found.category.label),
                "values": [*(figure.value or 0 for figure in past), *(round(point.people) for point in found.points)],
                "forecast_from": len(past),
            }
        ],
    }
