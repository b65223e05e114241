"""Reads of the yearly reporting, narrowed to the reader."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Q

from common.scope import Scope, ScopedQuerySet, scope_of


class ReportingYearQuerySet(models.QuerySet):
    """A year concerns everybody who reads statistics; what stands in it is narrowed by its submissions."""

    def visible_to(self, user: Any, right: str = "statistics.view") -> ReportingYearQuerySet:
        return self.none() if scope_of(user, right).nothing else self.all()


class SubmissionQuerySet(ScopedQuerySet):
    view_right = "statistics.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(organization_id__in=scope.organizations)

    def reviewable_by(self, user: Any) -> SubmissionQuerySet:
        """What the user may return or approve: the right is held on the bureau that reviews."""
        scope = scope_of(user, "statistics.review")
        if scope.nothing:
            return self.none()
        known = self.exclude(reviewer=None)
        return known if scope.everything else known.filter(reviewer_id__in=scope.organizations)

    def for_lists(self) -> SubmissionQuerySet:
        return self.select_related("organization__district", "reporting_year", "submitted_by", "approved_by")

    def for_points(self) -> SubmissionQuerySet:
        """With the number of explained checks, which the 考核 counts."""
        return self.annotate(explained=Count("explanations")).order_by("organization__path")

    def late(self, today: datetime.date) -> SubmissionQuerySet:
        """Owing after the deadline of its level."""
        unit = Q(level="unit", reporting_year__unit_due__lt=today)
        above = ~Q(level="unit") & Q(reporting_year__district_due__lt=today)
        return self.owing().filter(unit | above)

    def owing(self) -> SubmissionQuerySet:
        """Nothing handed in yet, or handed back."""
        return self.filter(state__in=["draft", "returned"])


class SealingQuerySet(models.QuerySet):
    def visible_to(self, user: Any, right: str = "statistics.view") -> SealingQuerySet:
        return self.none() if scope_of(user, right).nothing else self.all()

    def in_force(self) -> SealingQuerySet:
        return self.filter(reopened_at=None)

    def of_day(self, day: datetime.date) -> Any:
        """The sealing in force of the year that was cut off on this day, if any."""
        return (
            self.in_force().filter(as_of=day, reporting_year__state="sealed").select_related("reporting_year").first()
        )


class SealedQuerySet(ScopedQuerySet):
    """Frozen rows: the unit of that day decides, by its number; what the reader may see today decides who reads."""

    view_right = "statistics.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(unit__organization_id__in=scope.organizations)


class SealedTableQuerySet(ScopedQuerySet):
    view_right = "statistics.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(organization_id__in=scope.organizations)


class AssessmentRuleQuerySet(models.QuerySet):
    def visible_to(self, user: Any, right: str = "statistics.view") -> AssessmentRuleQuerySet:
        return self.none() if scope_of(user, right).nothing else self.all()


def latest_sealed_day() -> datetime.date | None:
    """The latest cut-off day whose figures are sealed (`cadres.sealed`)."""
    from reports.models import Sealing

    return Sealing.objects.in_force().aggregate(day=models.Max("as_of"))["day"]


class NarrativeWordingQuerySet(models.QuerySet):
    """The wording is the city's: only who holds the right there changes it."""

    def visible_to(self, user: Any, right: str = "narrative.change") -> NarrativeWordingQuerySet:
        return self.all() if scope_of(user, right).everything else self.none()
