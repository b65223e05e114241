"""What a cell says: a count of people or events, an age, a share, or a sum of other cells of its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.engine.conditions import EVERYONE, Condition
from reports.engine.dimensions import Source

Value = int | float | None


@dataclass(frozen=True)
class Count:
    """How many people (or events) fulfil a condition. The one measure that opens a list."""

    where: Condition = EVERYONE
    source: Source = Source.NOW

    def within(self, condition: Condition) -> Count:
        return Count(condition & self.where, self.source)


@dataclass(frozen=True)
class AgeOf:
    """``stat``: mean (one decimal), min or max of the ages that are known. Opens the people it was taken of."""

    stat: str
    where: Condition = EVERYONE
    source: Source = Source.NOW
    decimals: int = 1

    def within(self, condition: Condition) -> AgeOf:
        return AgeOf(self.stat, condition & self.where, self.source, self.decimals)


@dataclass(frozen=True)
class Share:
    """``part`` in a hundred of ``whole``, one decimal; blank where there is nobody.

    ``whole`` is read as it stands; ``part`` is narrowed by the row's condition.
    """

    whole: Count
    part: Count = field(default_factory=Count)
    decimals: int = 1

    def within(self, condition: Condition) -> Share:
        return Share(self.whole, self.part.within(condition), self.decimals)


@dataclass(frozen=True)
class Formula:
    """Sum of other cells of the same row, each with its sign.

    ``opens``: the cell opens the people who make the difference (they came, left or were corrected).
    """

    terms: tuple[tuple[str, int], ...]
    words: str
    signed: bool = False
    opens: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(key for key, _ in self.terms)

    def within(self, condition: Condition) -> Formula:
        return self

    def value(self, cells: Mapping[str, Value]) -> int:
        return sum(sign * int(cells[key] or 0) for key, sign in self.terms)


Measure = Count | AgeOf | Share | Formula


def counts_of(measure: Measure) -> list[Count | AgeOf]:
    """What has to be counted for a measure."""
    if isinstance(measure, Share):
        return [measure.part, measure.whole]
    return [] if isinstance(measure, Formula) else [measure]


def share_of(part: int, whole: int, decimals: int = 1) -> float | None:
    return round(part * 100 / whole + 1e-9, decimals) if whole else None
