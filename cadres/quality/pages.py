"""What the pages of data quality show of a score: rules by group and the trend of the years."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from cadres.models import QualityRule, QualityScore
from cadres.quality.rules import CRITICAL, GROUPS, RULES, Rule

#: A score below this is marked.
POOR = 95


@dataclass(frozen=True)
class RuleLine:
    """A rule with what a unit's score holds of it; ``points``: what it costs of the 100."""

    rule: Rule
    weight: int
    found: int
    asked: int
    points: Decimal
    url: str

    @property
    def critical(self) -> bool:
        return self.weight >= CRITICAL


@dataclass(frozen=True)
class RuleSetting:
    """A rule as it stands: the code's default, or what somebody decided."""

    rule: Rule
    weight: int
    active: bool
    decided: QualityRule | None

    @property
    def critical(self) -> bool:
        return self.weight >= CRITICAL


@dataclass(frozen=True)
class YearPoint:
    label: str
    day: datetime.date
    score: Decimal
    people: int
    findings: int
    change: Decimal | None


def settings_of(decided: Iterable[QualityRule]) -> list[RuleSetting]:
    by_code = {row.code: row for row in decided}
    found = []
    for code, rule in RULES.items():
        row = by_code.get(code)
        found.append(RuleSetting(rule, row.weight if row else rule.weight, row.active if row else True, row))
    return found


def people_url(organization_id: int, code: str) -> str:
    return f"{reverse('cadres:quality_people', args=[organization_id])}?{urlencode({'rule': code})}"


def rule_lines(score: QualityScore, weights: Mapping[str, int]) -> list[RuleLine]:
    """The rules that the score was computed by, worst first."""
    lines = []
    for code, (found, asked) in score.counts.items():
        if code not in RULES:
            continue
        weight = weights.get(code, RULES[code].weight)
        points = Decimal(100) * weight * found / score.possible if score.possible else Decimal(0)
        lines.append(RuleLine(RULES[code], weight, found, asked, points, people_url(score.organization_id, code)))
    return sorted(lines, key=lambda line: (-line.points, -line.found, line.rule.code))


def grouped(lines: list[Any]) -> list[tuple[str, list[Any]]]:
    """(words of the group, its lines) in the order of the groups; empty groups are left out."""
    found = [(words, [line for line in lines if line.rule.group == key]) for key, words in GROUPS.items()]
    return [(words, members) for words, members in found if members]


def years_of(scores: Iterable[QualityScore]) -> list[YearPoint]:
    """The last score of each year, oldest first. ``scores`` of one organization, by day."""
    last = {score.day.year: score for score in scores}
    points: list[YearPoint] = []
    for year, score in last.items():
        change = score.score - points[-1].score if points else None
        label = "现在" if score.current else f"{year}年末"
        points.append(YearPoint(label, score.day, score.score, score.people, score.findings, change))
    return points


def chart_of(points: list[YearPoint]) -> dict[str, Any]:
    """A line whose axis begins at the ten below the lowest: all scores lie near the top."""
    values = [float(point.score) for point in points]
    labels = [point.label.removesuffix("末") for point in points]
    series = [{"name": "得分", "values": values}]
    return {
        "kind": "line",
        "unit": "分",
        "from": max(int(min(values) - 1) // 10 * 10, 0),
        "labels": labels,
        "series": series,
    }
