"""How many there will be: each age's own mortality of the last years, and the yearly average of those who come and go.

The method is the plain cohort one. A person of age x at a year's end dies within the next year with the probability
that people of x's age band died with in this city over the last `BASE_YEARS` years (deaths ÷ people at the year's
beginning); a band with fewer than `ENOUGH` person-years is joined with the bands beside it until it has enough.
Survivors grow a year older; those who come (新办, 转入) less those who go (转出) are added at the average of the same
years, at the age at which they came. Everything is counted within the reader's scope.
"""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Final

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from cadres.models import EventKind
from common.codes import Category
from reports.engine.dimensions import Source
from reports.engine.scope import Asked

YEARS: Final = 5
BASE_YEARS: Final = 5
#: Person-years behind a rate before it is believed.
ENOUGH: Final = 50
BANDS: Final = (0, 60, 65, 70, 75, 80, 85, 90, 95, 100)
CATEGORIES: Final = (Category.LEAVE, Category.RETIREE)
SURE: Final = 1.96  # nineteen times in twenty

Ages = dict[int, float]


def band_of(age: int) -> int:
    """Index of the age's band."""
    return max(index for index, low in enumerate(BANDS) if age >= low)


def band_label(index: int) -> str:
    if index == 0:
        return f"{BANDS[1]}岁以下"
    if index == len(BANDS) - 1:
        return f"{BANDS[-1]}岁及以上"
    return f"{BANDS[index]}–{BANDS[index + 1] - 1}岁"


@dataclass(frozen=True)
class Rate:
    """Mortality of an age band: ``deaths`` among ``years`` person-years; ``joined``: bands beside it were needed."""

    label: str
    years: float
    deaths: int
    rate: float
    joined: bool

    @property
    def per_thousand(self) -> float:
        return 1000 * self.rate


@dataclass(frozen=True)
class Point:
    """One future year's end. ``low`` and ``high`` hold nineteen times in twenty if the assumption does."""

    year: int
    people: float
    low: float
    high: float
    deaths: float
    joined: float


@dataclass
class Forecast:
    category: Category
    base: int  # the year whose closing it starts from
    now: int
    rates: list[Rate]
    arrivals: float  # a year, those who leave taken off
    points: list[Point] = field(default_factory=list)


@dataclass
class Record:
    """What a category did in the base years. Ages are year − birth year; nobody's age: those without a birth date."""

    at_risk: dict[int, float] = field(default_factory=lambda: defaultdict(float))  # band -> person-years
    deaths: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    arrivals: Ages = field(default_factory=lambda: defaultdict(float))  # age at the year's end -> a year
    people: Ages = field(default_factory=lambda: defaultdict(float))  # age at the closing -> people
    ageless: float = 0.0
    count: int = 0


def rates_of(record: Record) -> list[Rate]:
    """One rate for each band, joined with its neighbours where too few people stand behind it."""
    found = []
    for index in range(len(BANDS)):
        reach = 0
        while True:
            around = range(max(index - reach, 0), min(index + reach, len(BANDS) - 1) + 1)
            years = sum(record.at_risk[band] for band in around)
            if years >= ENOUGH or len(around) == len(BANDS):
                break
            reach += 1
        deaths = sum(record.deaths[band] for band in around)
        rate = min(deaths / years, 1.0) if years else 0.0
        found.append(Rate(band_label(index), years, deaths, rate, reach > 0))
    return found


def project(record: Record, rates: list[Rate], base: int, years: int = YEARS) -> list[Point]:
    """The years' ends after ``base``."""
    people, ageless, variance = dict(record.people), record.ageless, 0.0
    lived = sum(record.at_risk.values())
    overall = min(sum(record.deaths.values()) / lived, 1.0) if lived else 0.0
    yearly = sum(record.arrivals.values())
    points = []
    for year in range(base + 1, base + years + 1):
        older: Ages = defaultdict(float)
        deaths = ageless * overall
        variance += ageless * overall * (1 - overall)
        for age, number in people.items():
            rate = rates[band_of(age)].rate
            deaths += number * rate
            variance += number * rate * (1 - rate)
            older[age + 1] += number * (1 - rate)
        for age, number in record.arrivals.items():
            older[age] = max(older[age] + number, 0.0)
        ageless *= 1 - overall
        people = older
        total = sum(people.values()) + ageless
        spread = SURE * math.sqrt(variance + abs(yearly) * (year - base))
        points.append(Point(year, total, max(total - spread, 0.0), total + spread, deaths, yearly))
    return points


def read_record(asked: Asked, category: Category, base: int) -> Record:
    """Counts by birth year: the people of the base years' beginnings, and what happened to them."""
    record = Record()
    for year in range(base - BASE_YEARS + 1, base + 1):
        closing = replace(asked, day=datetime.date(year - 1, 12, 31))
        for born, number in _by_birth(closing.states(closing.day).filter(category=category)):
            if born is not None:
                record.at_risk[band_of(year - 1 - born)] += number
        within = replace(asked, day=datetime.date(year, 12, 31))
        happened = within.rows(Source.EVENTS).filter(category=category)
        for born, number in _by_birth(happened.filter(kind=EventKind.DIED)):
            if born is not None:
                record.deaths[band_of(year - 1 - born)] += number
        for kinds, sign in (((EventKind.ENROLLED, EventKind.MOVED_IN), 1), ((EventKind.MOVED_OUT,), -1)):
            for born, number in _by_birth(happened.filter(kind__in=kinds)):
                if born is not None:
                    record.arrivals[year - born] += sign * number / BASE_YEARS
    now = replace(asked, day=datetime.date(base, 12, 31))
    for born, number in _by_birth(now.states(now.day).filter(category=category)):
        record.count += number
        if born is None:
            record.ageless += number
        else:
            record.people[base - born] += number
    return record


def _by_birth(rows: QuerySet) -> list[tuple[int | None, int]]:
    """[(birth year, people)]; None: not known."""
    grouped = rows.annotate(born=Substr("cadre__birth", 1, 4)).order_by().values_list("born").annotate(n=Count("pk"))
    return [(int(born) if born else None, number) for born, number in grouped]


def forecast(asked: Asked, category: Category, base: int, years: int = YEARS) -> Forecast:
    """From the closing of ``base`` on; the day of ``asked`` says nothing."""
    record = read_record(asked, category, base)
    rates = rates_of(record)
    arrivals = sum(record.arrivals.values())
    return Forecast(category, base, record.count, rates, arrivals, project(record, rates, base, years))
