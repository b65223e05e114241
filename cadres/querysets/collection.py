"""Reads of the yearly collection of rosters: what units owe, how far each district is, who is to be asked."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q

from accounts.roles import RIGHTS
from common.scope import Scope, ScopedQuerySet

#: States in which a unit still has to hand something in.
WAITED_FOR = ("owed", "returned")


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

    def open(self) -> UnitRosterQuerySet:
        return self.filter(collection__closed_at=None)

    def waited_for(self) -> UnitRosterQuerySet:
        """Not handed in, or returned: the unit has to act."""
        return self.filter(state__in=WAITED_FOR)

    def late(self, today: datetime.date) -> UnitRosterQuerySet:
        return self.open().waited_for().filter(collection__due_on__lt=today)

    def for_lists(self) -> UnitRosterQuerySet:
        return self.select_related("collection", "organization__district")

    def progress(self) -> dict[int | None, dict[str, int]]:
        """district (None: the city's own units) -> state -> how many, in one query."""
        rows = self.order_by().values_list("organization__district_id", "state").annotate(n=Count("pk"))
        found: dict[int | None, dict[str, int]] = defaultdict(dict)
        for district, state, count in rows:
            found[district][state] = count
        return dict(found)


class RosterHandInQuerySet(ScopedQuerySet):
    """Attempts, seen by whoever sees what the unit owes."""

    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(unit_roster__organization_id__in=scope.organizations)


def present_on(day: datetime.date) -> Any:
    """Ids of the units that had people on their roll on ``day``, as a subquery."""
    from cadres.models import CadreState

    return CadreState.objects.as_of(day).order_by().values("unit_id").distinct()


def liaisons_of(organizations: Iterable[Any]) -> dict[int, list[str]]:
    """Names of those who may hand in a roster of each of these organizations, in one query."""
    from accounts.models import RoleGrant

    units = list(organizations)
    chains = {unit.pk: [int(part) for part in unit.path.split("/") if part] for unit in units}
    roles = [role for role, rights in RIGHTS.items() if "roster.submit" in rights]
    everywhere = {pk for chain in chains.values() for pk in chain}
    grants = RoleGrant.objects.of_active_users().filter(role__in=roles).select_related("user").order_by("user_id")
    if len(everywhere) < 500:  # a page of units; of a whole city all grants are read
        grants = grants.filter(organization_id__in=everywhere)
    exact: dict[int, list[str]] = defaultdict(list)
    below: dict[int, list[str]] = defaultdict(list)
    for grant in grants:
        (below if grant.include_children else exact)[grant.organization_id].append(grant.user.display_name)
    return {
        pk: list(dict.fromkeys([*exact.get(pk, ()), *(name for node in chain for name in below.get(node, ()))]))
        for pk, chain in chains.items()
    }


def unit_rosters_due() -> UnitRosterQuerySet:
    """Of the whole city, for the system itself: whatever an open collection still waits for."""
    from cadres.models import UnitRoster

    return UnitRoster.objects.open().waited_for().for_lists()
