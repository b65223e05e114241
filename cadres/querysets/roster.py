"""Reads of roster imports and of the yearly collection."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Q

from common.scope import Scope, ScopedQuerySet


class RosterImportQuerySet(ScopedQuerySet):
    """Imports: seen by whoever may import rosters for the organization they were uploaded for."""

    view_right = "roster.import"

    def in_scope(self, scope: Scope) -> Q:
        return Q(organization_id__in=scope.organizations)


class RosterFileQuerySet(ScopedQuerySet):
    view_right = "roster.import"

    def in_scope(self, scope: Scope) -> Q:
        return Q(roster_import__organization_id__in=scope.organizations)


def running_imports(*, before: datetime.datetime) -> Any:
    """Imports that wait or run without a sign of life since ``before``: for the task that takes them up again."""
    from cadres.models import RosterImport
    from cadres.models.roster import RUNNING

    waiting = Q(status__in=RUNNING)
    silent = Q(claimed_at__lt=before) | Q(claimed_at=None, uploaded_at__lt=before)
    return RosterImport.objects.filter(waiting & silent).order_by("pk")


def remembered_files() -> int:
    """How many layouts of workbooks have been explained once."""
    from cadres.models import RosterLayout

    return RosterLayout.objects.count()


class RosterCollectionQuerySet(ScopedQuerySet):
    """Collections concern every unit: whoever may hand in or read rosters sees that one is open, and nothing else."""

    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        from cadres.models import UnitRoster

        owed = UnitRoster.objects.filter(Q(organization_id__in=scope.organizations))
        return Q(pk__in=owed.values("collection_id"))

    def open(self) -> RosterCollectionQuerySet:
        return self.filter(closed_at=None)


class UnitRosterQuerySet(ScopedQuerySet):
    """What a unit owes: seen by whoever sees people of that unit."""

    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(organization_id__in=scope.organizations)
