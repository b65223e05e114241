"""Reads of data quality: rules, scores, the years' last scores, and the people behind a score."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from common.scope import Scope, ScopedQuerySet, scope_of

if TYPE_CHECKING:
    from accounts.models import Organization


class QualityRuleQuerySet(QuerySet):
    """The rules are the same in the whole city; whoever reads people may know them."""

    def visible_to(self, user: Any, right: str = "cadre.view") -> QualityRuleQuerySet:
        return self.none() if scope_of(user, right).nothing else self.all()


class QualityScoreQuerySet(ScopedQuerySet):
    """A score is seen by whoever sees the people of its organization."""

    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(organization_id__in=scope.organizations)

    def current(self) -> QualityScoreQuerySet:
        """The newest score of each organization."""
        return self.filter(current=True)

    def of(self, organization: Organization) -> QualityScoreQuerySet:
        return self.filter(organization=organization).order_by("day")

    def outdated(self, before: datetime.date) -> QualityScoreQuerySet:
        """Older than ``before`` and not the last of their year: the trend does not need them."""
        from cadres.models import QualityScore

        later = QualityScore.objects.filter(
            organization=OuterRef("organization"), day__gt=OuterRef("day"), day__year=OuterRef("day__year")
        )
        return self.filter(Exists(later), day__lt=before, current=False)


def people_of(people: Any, organization: Organization) -> Any:
    """Those of ``people`` (a queryset of Cadre) whose files an organization's score is about."""
    if organization.kind == "community":
        return people.filter(community=organization)
    return people.filter(unit__path__startswith=organization.path)


WEEK = datetime.timedelta(days=7)


def worsened_or_critical(user: Any, today: datetime.date) -> list[Any]:
    """The newest scores of the organizations a user was given, where something critical is wrong or the score fell.

    Each with ``before``, the last score a week or more ago (None: there is none).
    """
    from cadres.models import QualityScore

    seen = QualityScore.objects.visible_to(user)
    older = seen.filter(organization=OuterRef("organization"), day__lte=today - WEEK).order_by("-day")
    own = seen.current().filter(organization__in=[grant.organization_id for grant in user.grants])
    found = own.select_related("organization").annotate(before=Subquery(older.values("score")[:1]))
    return list(found.filter(Q(critical__gt=0) | Q(score__lt=F("before"))).order_by("organization__path"))
