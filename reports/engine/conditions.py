"""Conditions that tables are made of: read on folded facts in memory, and compiled to SQL for the people behind.

Conditions are compared by identity, which makes them cheap keys. One object gives both, so that a figure and its list cannot disagree. ``F("nature") == "gov"``, ``Age(70, 79)``, joined
by ``&`` and ``|``, turned round by ``~``.
"""

from __future__ import annotations

import calendar
import datetime
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from common.dates import PartialDate, full_age
from reports.engine.dimensions import DIMENSIONS, Dimension, Source


class Condition(ABC):
    """Base of all conditions."""

    @property
    @abstractmethod
    def dims(self) -> frozenset[str]:
        """Names of the dimensions that must be known to answer."""

    @abstractmethod
    def matches(self, facts: Mapping[str, Any]) -> bool:
        """Whether a group of people with these facts is meant."""

    @abstractmethod
    def q(self, source: Source, day: datetime.date) -> Q:
        """The same question to the database."""

    @abstractmethod
    def words(self) -> str:
        """The same in Chinese, for the documentation and the people page."""

    def cuts(self) -> frozenset[int]:
        """Ages at which the answer may change."""
        return frozenset()

    def __and__(self, other: Condition) -> Condition:
        if isinstance(self, Everyone):
            return other
        if isinstance(other, Everyone):
            return self
        return All((*_parts(self), *_parts(other)))

    def __or__(self, other: Condition) -> Condition:
        return Any_((self, other))

    def __invert__(self) -> Condition:
        return Not(self)


@dataclass(frozen=True, eq=False)
class Everyone(Condition):
    """No condition at all."""

    @property
    def dims(self) -> frozenset[str]:
        return frozenset()

    def matches(self, facts: Mapping[str, Any]) -> bool:
        return True

    def q(self, source: Source, day: datetime.date) -> Q:
        return Q()

    def words(self) -> str:
        return "全部"


EVERYONE = Everyone()


@dataclass(frozen=True, eq=False)
class Is(Condition):
    """The dimension has one of these values; "" (None for a district) stands for not known."""

    dimension: Dimension
    values: frozenset[Any]

    @property
    def dims(self) -> frozenset[str]:
        return frozenset({self.dimension.name})

    def matches(self, facts: Mapping[str, Any]) -> bool:
        return facts[self.dimension.name] in self.values

    def q(self, source: Source, day: datetime.date) -> Q:
        dimension = self.dimension
        if dimension.kind == "flag":
            if source.of_events or dimension.true is None:
                raise ValueError(f"{dimension.name} cannot be counted in {source.name}")
            if len(self.values) == 2:
                return Q()
            return dimension.true() if True in self.values else ~dimension.true()
        column = dimension.column(source)
        known = [value for value in self.values if value is not None]
        found = Q(**{f"{column}__in": sorted(known)})
        return found | Q(**{f"{column}__isnull": True}) if None in self.values else found

    def words(self) -> str:
        return self.dimension.words(self.values)


@dataclass(frozen=True, eq=False)
class Age(Condition):
    """周岁 on the cut-off day from ``low`` to ``high``, both included; None leaves an end open."""

    low: int | None = None
    high: int | None = None

    @property
    def dims(self) -> frozenset[str]:
        return frozenset({"age"})

    def matches(self, facts: Mapping[str, Any]) -> bool:
        age = facts["age"]
        return age is not None and self._holds(age)

    def _holds(self, age: int) -> bool:
        return (self.low is None or age >= self.low) and (self.high is None or age <= self.high)

    def cuts(self) -> frozenset[int]:
        ends = [self.low] if self.low is not None else []
        return frozenset([*ends, *([self.high + 1] if self.high is not None else [])])

    def q(self, source: Source, day: datetime.date) -> Q:
        """Whole years surely inside as a range of the text; the two years at the ends by their possible dates."""
        column = DIMENSIONS["age"].column(source)
        year_end = (day.month, day.day) == (12, 31)  # everybody has had the birthday of the year
        # Birth years first…last are wholly inside: whoever has yet to come to the birthday is one year younger.
        first = day.year - self.high if self.high is not None else None
        last = day.year - self.low - (not year_end) if self.low is not None else None
        inside = ~Q(**{column: ""})
        if first is not None:
            inside &= Q(**{f"{column}__gte": f"{first:04}"})
        if last is not None:
            inside &= Q(**{f"{column}__lt": f"{last + 1:04}"})
        if year_end:
            return inside
        edges = {year for year in (first and first - 1, last is not None and last + 1) if year}
        exact = [text for year in sorted(edges) for text in _dates_of(year) if self._age_on(text, day)]
        return inside | Q(**{f"{column}__in": exact}) if exact else inside

    def _age_on(self, text: str, day: datetime.date) -> bool:
        return self._holds(full_age(PartialDate.parse_iso(text), day))

    def words(self) -> str:
        if self.low is None:
            return f"年龄{self.high}岁及以下"
        if self.high is None:
            return f"年龄{self.low}岁及以上"
        return f"年龄{self.low}至{self.high}岁"


def _dates_of(year: int) -> Iterable[str]:
    """Every way in which a birth date of that year can stand in the column."""
    yield f"{year:04}"
    for month in range(1, 13):
        yield f"{year:04}-{month:02}"
        for day in range(1, calendar.monthrange(year, month)[1] + 1):
            yield f"{year:04}-{month:02}-{day:02}"


@dataclass(frozen=True, eq=False)
class AgeUnknown(Condition):
    @property
    def dims(self) -> frozenset[str]:
        return frozenset({"age"})

    def matches(self, facts: Mapping[str, Any]) -> bool:
        return facts["age"] is None

    def q(self, source: Source, day: datetime.date) -> Q:
        return Q(**{DIMENSIONS["age"].column(source): ""})

    def words(self) -> str:
        return "没有填出生年月"


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, All) else (condition,)


class _Joined(Condition, ABC):
    parts: tuple[Condition, ...]

    @property
    def dims(self) -> frozenset[str]:
        return frozenset().union(*(part.dims for part in self.parts))

    def cuts(self) -> frozenset[int]:
        return frozenset().union(*(part.cuts() for part in self.parts))


@dataclass(frozen=True, eq=False)
class All(_Joined):
    parts: tuple[Condition, ...]

    def matches(self, facts: Mapping[str, Any]) -> bool:
        return all(part.matches(facts) for part in self.parts)

    def q(self, source: Source, day: datetime.date) -> Q:
        joined = Q()
        for part in self.parts:
            joined &= part.q(source, day)
        return joined

    def words(self) -> str:
        return "；".join(part.words() for part in self.parts)


@dataclass(frozen=True, eq=False)
class Any_(_Joined):
    parts: tuple[Condition, ...]

    def matches(self, facts: Mapping[str, Any]) -> bool:
        return any(part.matches(facts) for part in self.parts)

    def q(self, source: Source, day: datetime.date) -> Q:
        joined = Q(pk__in=[])
        for part in self.parts:
            joined |= part.q(source, day)
        return joined

    def words(self) -> str:
        return "，或".join(part.words() for part in self.parts)


@dataclass(frozen=True, eq=False)
class Not(_Joined):
    part: Condition

    @property
    def parts(self) -> tuple[Condition, ...]:  # type: ignore[override]
        return (self.part,)

    def matches(self, facts: Mapping[str, Any]) -> bool:
        return not self.part.matches(facts)

    def q(self, source: Source, day: datetime.date) -> Q:
        return ~self.part.q(source, day)

    def words(self) -> str:
        return f"不是（{self.part.words()}）"


class F:
    """``F("rank") == Rank.STAFF``, ``F("rank").isin(…)``, ``F("party") == True``, ``F("district") == 17``."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str) -> None:
        self.dimension = DIMENSIONS[name]

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]
        return self.isin([value])

    def isin(self, values: Iterable[Any]) -> Condition:
        return Is(self.dimension, frozenset(str(v) if isinstance(v, str) else v for v in values))
