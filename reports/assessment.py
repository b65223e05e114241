"""考核: points of every report by configurable rules. What can be measured is code; what it is worth is a row."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from reports.models import AssessmentRule, ReportingYear, Submission, SubmissionLevel

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Measure:
    """``times``: how often it counts for one report, given its deadline and today."""

    label: str
    unit: str
    times: Callable[[Submission, datetime.date, datetime.date], int]


def due_of(submission: Submission, year: ReportingYear) -> datetime.date:
    return year.unit_due if submission.level == SubmissionLevel.UNIT else year.district_due


def days_late(submission: Submission, due: datetime.date, today: datetime.date) -> int:
    """Days from the deadline to the first handing in, or to today."""
    first = submission.first_submitted_at
    handed = timezone.localtime(first).date() if first else today
    return max((handed - due).days, 0)


MEASURES: dict[str, Measure] = {
    "base": Measure("基础分", "", lambda s, due, today: 1),
    "on_time": Measure(
        "按期上报", "", lambda s, due, today: int(bool(s.first_submitted_at) and not days_late(s, due, today))
    ),
    "days_late": Measure("逾期", "天", days_late),
    "returned": Measure("被退回", "次", lambda s, due, today: s.times_returned),
    "explained": Measure("校核不平靠说明", "项", lambda s, due, today: getattr(s, "explained", 0)),
    "first_pass": Measure(
        "一次审核通过", "", lambda s, due, today: int(s.approved_at is not None and not s.times_returned)
    ),
}


@dataclass(frozen=True)
class Part:
    rule: AssessmentRule
    times: int
    points: Decimal


@dataclass(frozen=True)
class Score:
    parts: tuple[Part, ...]

    @property
    def total(self) -> Decimal:
        return sum((part.points for part in self.parts), NOTHING)


def points_for(rule: AssessmentRule, times: int) -> Decimal:
    """``rule.points`` each time, no further than ``rule.limit`` away from nothing."""
    points = rule.points * times
    if rule.limit is None:
        return points
    limit = abs(rule.limit)
    return max(-limit, min(limit, points))


def active_rules() -> list[AssessmentRule]:
    return list(AssessmentRule.objects.filter(active=True, measure__in=MEASURES))


def score_all(
    rows: Iterable[Submission], year: ReportingYear, rules: list[AssessmentRule] | None = None
) -> list[Score]:
    """Scores in the order of ``rows`` (`SubmissionQuerySet.for_points`)."""
    rules = active_rules() if rules is None else rules
    today = timezone.localdate()
    scores = []
    for row in rows:
        due = due_of(row, year)
        times = [MEASURES[rule.measure].times(row, due, today) for rule in rules]
        scores.append(Score(tuple(Part(r, n, points_for(r, n)) for r, n in zip(rules, times, strict=True))))
    return scores


def formula(rules: Iterable[AssessmentRule]) -> list[str]:
    """The rules in words, as the ranking shows them."""
    lines = []
    for rule in rules:
        unit = MEASURES[rule.measure].unit
        each = f"每{unit} " if unit else ""
        sign = "＋" if rule.points >= 0 else "−"
        most = f"，最多 {abs(rule.limit).normalize():f} 分" if rule.limit is not None else ""
        lines.append(f"{rule.name}：{each}{sign}{abs(rule.points).normalize():f} 分{most}")
    return lines


def ranked(user: Any, year: ReportingYear, rules: list[AssessmentRule], level: str = "") -> list[dict[str, Any]]:
    """What the user sees of the ranking, best first; the places are those among all, seen or not."""
    rows = Submission.objects.filter(reporting_year=year).exclude(level=SubmissionLevel.CITY)
    if level in SubmissionLevel.values:
        rows = rows.filter(level=level)
    every = list(rows.for_lists().for_points())
    found: list[dict[str, Any]] = []
    for row, score in zip(every, score_all(every, year, rules), strict=True):
        kept = row.points if year.sealed and row.points is not None else score.total
        found.append({"row": row, "score": score, "total": kept})
    found.sort(key=lambda item: (-item["total"], item["row"].organization.path))
    for place, item in enumerate(found, start=1):
        before = found[place - 2] if place > 1 else None
        item["place"] = before["place"] if before and before["total"] == item["total"] else place
    seen = set(rows.visible_to(user).values_list("pk", flat=True))
    return [item for item in found if item["row"].pk in seen]
