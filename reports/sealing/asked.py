"""What is asked of a sealed year: the same question as of a living one, answered from frozen rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import OrganizationKind
from common.codes import Level
from common.scope import scope_of
from reports.engine.dimensions import Source
from reports.engine.model import District
from reports.engine.passes import Cube, run
from reports.engine.scope import Asked
from reports.models import SealedEvent, SealedOrganization, SealedPerson, SealedState, Sealing

Groups = list[tuple[tuple[Any, ...], int]]


@dataclass(frozen=True)
class SealedAsked(Asked):
    """``batch``: groups of many units that were read together (while sealing). ``printed_name``: 填报单位 as sealed."""

    sealing: Sealing = None  # type: ignore[assignment]
    batch: Batch | None = None
    printed_name: str = ""

    @cached_property
    def frozen(self) -> SealedOrganization | None:
        """The organization asked for as it was; None for the reader's whole scope, or if it was not there yet."""
        if self.organization is None:
            return None
        if self.batch is not None:
            return self.batch.organization(self.organization.pk)
        rows = SealedOrganization.objects.filter(sealing=self.sealing, organization_id=self.organization.pk)
        return rows.first()

    def _narrowed(self, rows: QuerySet) -> QuerySet:
        rows = rows.filter(sealing=self.sealing).order_by()
        if self.organization is not None:
            rows = rows.filter(unit__path__startswith=self.frozen.path) if self.frozen else rows.none()
        return rows

    def states(self, day: Any) -> QuerySet:
        rows = SealedState.objects.all() if self.whole_city else SealedState.objects.visible_to(self.user, self.right)
        return self._narrowed(rows.filter(valid_from__lte=day, valid_to__gt=day))

    def events(self) -> QuerySet:
        rows = SealedEvent.objects.all() if self.whole_city else SealedEvent.objects.visible_to(self.user, self.right)
        return self._narrowed(rows)

    def people(self, ids: Any) -> QuerySet:
        return SealedPerson.objects.filter(sealing=self.sealing, pk__in=ids)

    @staticmethod
    def file_number(person: SealedPerson) -> int:
        return person.person_id

    def changed_between(self, one: datetime.date, other: datetime.date) -> Any:
        first, last = min(one, other), max(one, other)
        began = Q(valid_from__gt=first, valid_from__lte=last)
        ended = Q(valid_to__gt=first, valid_to__lte=last)
        rows = SealedState.objects.filter(began | ended, sealing=self.sealing)
        return rows.order_by().values("cadre_id")

    def read(self, source: Source, category: str | None, cubes: list[Cube]) -> None:
        if self.batch is None:
            super().read(source, category, cubes)
            return
        for cube, groups in zip(cubes, self.batch.groups(self, source, category, cubes), strict=True):
            cube.groups = groups

    @cached_property
    def districts(self) -> tuple[District, ...]:
        if self.batch is not None:
            return self.batch.districts_of(self)
        rows = SealedOrganization.objects.filter(sealing=self.sealing, kind=OrganizationKind.DISTRICT_BUREAU)
        scope = scope_of(self.user, self.right)
        if not self.whole_city and not scope.everything:
            mine = SealedOrganization.objects.filter(sealing=self.sealing, district_id__isnull=False)
            own = mine.filter(organization_id__in=scope.organizations) if scope.organizations else mine.none()
            rows = rows.filter(organization_id__in=own.values("district_id"))
        if self.organization is not None:
            frozen = self.frozen
            here = Q(path__startswith=frozen.path) | Q(organization_id=frozen.district_id) if frozen else Q(pk=None)
            rows = rows.filter(here)
        return tuple(district_of(row) for row in rows.order_by("level", "code", "organization_id"))

    @property
    def name(self) -> str:
        if self.printed_name:
            return self.printed_name
        if self.frozen is not None:
            return self.frozen.name
        root = SealedOrganization.objects.filter(sealing=self.sealing).order_by("path").first()
        home = self.user.home_organization if self.user is not None else None
        if home is not None and root is not None and home.pk != root.organization_id:
            found = SealedOrganization.objects.filter(sealing=self.sealing, organization_id=home.pk).first()
            return found.name if found else home.name
        return root.name if root else ""


def district_of(row: SealedOrganization) -> District:
    return District(row.organization_id, row.name, row.level == Level.ZONE)


class Batch:
    """Several units' groups from one reading: what one unit needs is the part of the groups that is its own."""

    def __init__(self, sealing: Sealing, units: Iterable[SealedOrganization], tree: list[SealedOrganization]) -> None:
        self.sealing = sealing
        self._tree = tree
        self._known = {row.organization_id: row for row in tree}
        self._below: dict[int, list[int]] = {}
        self._read: dict[tuple[Source, str | None, tuple[str, ...]], dict[int, Groups]] = {}
        self._members: set[int] = set()
        for unit in units:
            below = [row.pk for row in tree if row.path.startswith(unit.path)]
            self._below[unit.organization_id] = below
            self._members |= set(below)

    def organization(self, number: int) -> SealedOrganization | None:
        return self._known.get(number)

    def districts_of(self, asked: SealedAsked) -> tuple[District, ...]:
        frozen = asked.frozen
        assert frozen is not None
        return tuple(
            district_of(row)
            for row in self._tree
            if row.kind == OrganizationKind.DISTRICT_BUREAU and row.organization_id == frozen.district_id
        )

    def groups(self, asked: SealedAsked, source: Source, category: str | None, cubes: list[Cube]) -> list[Groups]:
        missing = [cube for cube in cubes if (source, category, cube.dims) not in self._read]
        if missing:
            self._fill(asked, source, category, missing)
        assert asked.organization is not None
        units = self._below[asked.organization.pk]
        found: list[Groups] = []
        for cube in cubes:
            held = self._read[source, category, cube.dims]
            found.append([group for unit in units for group in held.get(unit, ())])
        return found

    def _fill(self, asked: SealedAsked, source: Source, category: str | None, cubes: list[Cube]) -> None:
        day = asked.day_of(source)
        rows: QuerySet = SealedEvent.objects.all()
        if not source.of_events:
            rows = SealedState.objects.filter(valid_from__lte=day, valid_to__gt=day)
        rows = rows.filter(sealing=self.sealing, unit_id__in=self._members).order_by()
        if category is not None:
            rows = rows.filter(category=category)
        by_unit = [Cube((*cube.dims, "unit"), []) for cube in cubes]
        run(rows, source, day, by_unit)
        for cube, wide in zip(cubes, by_unit, strict=True):
            held: dict[int, Groups] = {}
            for values, number in wide.groups:
                held.setdefault(int(values[-1]), []).append((values[:-1], number))
            self._read[source, category, cube.dims] = held
