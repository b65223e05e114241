"""Scores: a pure rule for the sums, and one grouped pass over the people that makes them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, QuerySet

from cadres.quality.rules import CRITICAL, POPULATIONS, RULES

#: rule -> [people found, people asked]
Counts = dict[str, list[int]]


@dataclass(frozen=True)
class Result:
    """What a `QualityScore` row holds of one organization."""

    people: int
    findings: int
    critical: int
    lost: int
    possible: int
    score: Decimal
    counts: Counts


@dataclass
class Tally:
    """People and findings of one organization; two of them add up."""

    people: int = 0
    counts: Counts = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        self.people += other.people
        for code, (found, asked) in other.counts.items():
            mine = self.counts.setdefault(code, [0, 0])
            mine[0] += found
            mine[1] += asked


def score_of(lost: int, possible: int) -> Decimal:
    """100 × (1 − lost/possible), to one place, 100 where nothing was asked.

    A flaw is never rounded away: only a spotless unit has 100, only a hopeless one 0.
    """
    if not possible or not lost:
        return Decimal(100)
    if lost >= possible:
        return Decimal(0)
    exact = Decimal(100) * (possible - lost) / possible
    rounded = exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return min(max(rounded, Decimal("0.1")), Decimal("99.9"))


def result_of(tally: Tally, weights: Mapping[str, int]) -> Result:
    """The sums over the rules in use (``weights``); what a rule out of use found is left out."""
    counts = {code: tally.counts[code] for code in weights if code in tally.counts}
    lost = sum(weights[code] * found for code, (found, _) in counts.items())
    possible = sum(weights[code] * asked for code, (_, asked) in counts.items())
    return Result(
        people=tally.people,
        findings=sum(found for found, _ in counts.values()),
        critical=sum(found for code, (found, _) in counts.items() if weights[code] >= CRITICAL),
        lost=lost,
        possible=possible,
        score=score_of(lost, possible),
        counts=counts,
    )


def tallies(people: QuerySet, key: str, codes: Iterable[str], today: datetime.date) -> dict[int, Tally]:
    """value of ``key`` (unit_id, community_id) -> tally, in one grouped statement whatever the number of people."""
    codes = list(codes)
    asked = {f"asked_{name}": Count("pk", filter=condition) for name, (_, condition) in POPULATIONS.items()}
    found = {f"found_{code}": Count("pk", filter=RULES[code].finding(today)) for code in codes}
    rows = people.order_by().values(key).annotate(**asked, **found)
    return {row[key]: _tally(row, codes) for row in rows.iterator()}


def _tally(row: Mapping[str, Any], codes: list[str]) -> Tally:
    counts = {code: [row[f"found_{code}"], row[f"asked_{RULES[code].population}"]] for code in codes}
    return Tally(row["asked_all"], {code: pair for code, pair in counts.items() if pair[1]})


def fold(units: Mapping[int, Tally], paths: Mapping[int, str]) -> dict[int, Tally]:
    """Each organization with everything below it. ``paths``: id -> chain of ids from the root (/1/7/88/)."""
    sums: dict[int, Tally] = {}
    for pk, tally in units.items():
        for part in paths[pk].strip("/").split("/"):
            sums.setdefault(int(part), Tally()).add(tally)
    return sums
