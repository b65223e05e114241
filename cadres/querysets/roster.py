"""Reads of roster imports."""

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
