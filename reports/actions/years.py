"""Opening a year: who owes a report, to whom, by when. And the rules of the 考核."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.models import Organization, OrganizationKind, User
from cadres.models import CadreState
from common import audit
from common.editing import StaleEdit
from common.scope import scope_of
from reports.models import AssessmentRule, ReportingYear, Submission, SubmissionLevel, SubmissionState, YearState

BUREAUS = (OrganizationKind.CITY_BUREAU, OrganizationKind.DISTRICT_BUREAU)
YEAR_FIELDS = ("unit_due", "district_due", "words")


def require_city(user: User | None) -> None:
    """The city's staff; None is the system itself (commands, demo)."""
    if user is not None and not scope_of(user, "statistics.review").everything:
        raise PermissionDenied


def _owing(as_of: datetime.date) -> tuple[dict[int, Organization], list[Organization]]:
    """All organizations by id, and those that pay somebody who counts on the day."""
    known = {row.pk: row for row in Organization.objects.all()}
    payers = set(CadreState.objects.as_of(as_of).counted().order_by().values_list("unit_id", flat=True).distinct())
    return known, [known[pk] for pk in payers if known[pk].kind not in BUREAUS]


def _missing(year: ReportingYear) -> list[Submission]:
    """A report of the city, of every district and of every unit with people, those that are there already left out."""
    known, units = _owing(year.as_of)
    there = set(year.submissions.values_list("organization_id", flat=True))
    city = next(row for row in known.values() if row.parent_id is None)
    rows = [Submission(organization=city, level=SubmissionLevel.CITY, reviewer=None)]
    for row in known.values():
        if row.kind == OrganizationKind.DISTRICT_BUREAU:
            rows.append(Submission(organization=row, level=SubmissionLevel.DISTRICT, reviewer=city))
    for row in units:
        reviewer = known[row.district_id] if row.district_id else city
        rows.append(Submission(organization=row, level=SubmissionLevel.UNIT, reviewer=reviewer))
    missing = [row for row in rows if row.organization_id not in there]
    for row in missing:
        row.reporting_year = year
    return missing


@transaction.atomic
def open_year(
    *,
    actor: User | None,
    year: int,
    as_of: datetime.date,
    unit_due: datetime.date,
    district_due: datetime.date,
    words: str = "",
) -> ReportingYear:
    """布置 a year: every unit with people on the day owes a report. Raises ValidationError keyed by field."""
    require_city(actor)
    if as_of.year != year:
        raise ValidationError({"as_of": f"截止日期要在{year}年内，一般是12月31日"})
    if unit_due > district_due:
        raise ValidationError({"district_due": "区县期限不能早于单位期限"})
    opened = ReportingYear(
        year=year, as_of=as_of, unit_due=unit_due, district_due=district_due, words=words, opened_by=actor
    )
    if ReportingYear.objects.filter(year=year).exists():
        raise ValidationError({"year": f"{year}年度已经布置过了，请从列表里打开"})
    opened.full_clean()
    opened.save()
    made = Submission.objects.bulk_create(_missing(opened))
    audit.record(
        actor=actor,
        action="report.open",
        target=opened,
        changes={"year": [None, year], "as_of": [None, as_of.isoformat()], "submissions": [None, len(made)]},
    )
    return opened


@transaction.atomic
def change_year(
    *, actor: User | None, year: ReportingYear, values: dict[str, Any], version: int | None = None
) -> ReportingYear:
    """Change the deadlines and the words of a year that is open."""
    require_city(actor)
    current = ReportingYear.objects.select_for_update().get(pk=year.pk)
    if version is not None and current.version != version:
        raise StaleEdit(current)
    if current.state == YearState.SEALED:
        raise ValidationError(f"{current}已封存，期限不能再改")
    before = audit.snapshot(current, YEAR_FIELDS)
    for name in YEAR_FIELDS:
        setattr(current, name, values[name])
    if current.unit_due > current.district_due:
        raise ValidationError({"district_due": "区县期限不能早于单位期限"})
    current.version += 1
    current.full_clean()
    current.save()
    changes = audit.changes_between(before, audit.snapshot(current, YEAR_FIELDS))
    audit.record(actor=actor, action="report.open", target=current, changes=changes)
    return current


@transaction.atomic
def add_missing_units(*, actor: User | None, year: ReportingYear) -> int:
    """Units that have people only since the year was opened; returns how many were added."""
    require_city(actor)
    current = ReportingYear.objects.select_for_update().get(pk=year.pk)
    if current.sealed:
        raise ValidationError(f"{current}已封存，不能再补列单位")
    made = Submission.objects.bulk_create(_missing(current))
    if made:
        audit.record(actor=actor, action="report.open", target=current, changes={"submissions": [None, len(made)]})
    return len(made)


def waiting(year: ReportingYear, reviewer: Organization) -> int:
    """How many reports that this bureau reviews are not approved yet."""
    done = [SubmissionState.APPROVED, SubmissionState.SEALED]
    return year.submissions.filter(reviewer=reviewer).exclude(state__in=done).count()


@transaction.atomic
def save_rule(*, actor: User | None, rule: AssessmentRule | None, values: dict[str, Any]) -> AssessmentRule:
    """A new or changed line of the 考核; years that are sealed keep their points."""
    require_city(actor)
    current = AssessmentRule.objects.select_for_update().get(pk=rule.pk) if rule is not None else AssessmentRule()
    names = ("code", "name", "measure", "points", "limit", "active")
    before = audit.snapshot(current, names) if rule is not None else {}
    for name, value in values.items():
        setattr(current, name, value)
    current.full_clean()
    current.save()
    changes = audit.changes_between(before, audit.snapshot(current, names))
    audit.record(actor=actor, action="report.rule", target=current, changes=changes)
    return current
