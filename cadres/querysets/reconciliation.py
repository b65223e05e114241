"""Reads of reconciliation: the differences of a unit's roster, the approved rolls, the balance of a year."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q

from common.scope import Scope, ScopedQuerySet


class RosterDifferenceQuerySet(ScopedQuerySet):
    """Differences: seen by whoever sees people of the unit that handed the roster in."""

    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(unit_roster__organization_id__in=scope.organizations)

    def unsettled(self) -> RosterDifferenceQuerySet:
        return self.filter(decision="")

    def for_page(self) -> RosterDifferenceQuerySet:
        return self.select_related(
            "cadre__unit", "other_unit", "settled_by", "event", "counterpart__unit_roster__organization"
        )

    def tally(self) -> dict[str, dict[str, int]]:
        """kind -> {"all", "settled"}."""
        rows = self.order_by().values("kind").annotate(all=Count("pk"), settled=Count("pk", filter=~Q(decision="")))
        return {row["kind"]: {"all": row["all"], "settled": row["settled"]} for row in rows}

    def decisions(self) -> dict[str, int]:
        """decision -> how many."""
        rows = self.exclude(decision="").order_by("decision").values_list("decision").annotate(n=Count("pk"))
        return dict(rows)


class RosterRollQuerySet(ScopedQuerySet):
    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(unit_roster__organization_id__in=scope.organizations)


def rolls_before(collection: Any, organizations: Sequence[int]) -> dict[int, tuple[datetime.date, set[int]]]:
    """organization -> (day, people) of its last approved roster before ``collection``; those without are left out."""
    from cadres.models import RosterRoll

    rows = (
        RosterRoll.objects.filter(
            unit_roster__organization_id__in=organizations,
            unit_roster__state="approved",
            unit_roster__collection__year__lt=collection.year,
        )
        .order_by("unit_roster__collection__year")
        .values_list("unit_roster__organization_id", "unit_roster__collection__as_of", "people")
    )
    return {organization: (day, set(people)) for organization, day, people in rows}


def on_roll(organizations: Sequence[int], day: datetime.date) -> dict[int, set[int]]:
    """organization -> people on its roll on a day, as the states tell today."""
    from cadres.models import CadreState

    rows = CadreState.objects.filter(unit_id__in=organizations, valid_from__lte=day, valid_to__gt=day)
    found: dict[int, set[int]] = {organization: set() for organization in organizations}
    for organization, person in rows.order_by().values_list("unit_id", "cadre_id"):
        found[organization].add(person)
    return found


def same_person_candidates(difference: Any) -> RosterDifferenceQuerySet:
    """Open differences of the other kind in the same roster: of these one may be the same person."""
    from cadres.models import DifferenceKind, RosterDifference

    other = DifferenceKind.MISSING if difference.kind == DifferenceKind.NEW else DifferenceKind.NEW
    rows = RosterDifference.objects.filter(unit_roster=difference.unit_roster_id, kind=other, decision="")
    return rows.exclude(key__startswith="person:") if other == DifferenceKind.NEW else rows


def waiting_unit_roster(roster_import: Any) -> Any:
    """The unit roster that stands on an import and is reconciled there, None for any other import."""
    from cadres.models import UnitRoster

    return UnitRoster.objects.filter(roster_import=roster_import).first()
