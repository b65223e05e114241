"""What was asked for: a day, a reader, an organization. The only place where the engine touches people and events."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Organization, OrganizationKind, User
from cadres.models import Cadre, CadreState, EventKind, StatusEvent
from common.codes import Level
from reports.engine.dimensions import Source
from reports.engine.model import District
from reports.engine.passes import Cube, run

RIGHT = "statistics.view"
IN_PART = 5000  # ids in one statement
ENTERING = (EventKind.ENROLLED, EventKind.MOVED_IN, EventKind.CORRECTED)


def _in_parts(rows: QuerySet, column: str, ids: list[int]) -> Iterator[Any]:
    for start in range(0, len(ids), IN_PART):
        yield from rows.filter(**{f"{column}__in": ids[start : start + IN_PART]})


@dataclass(frozen=True)
class Asked:
    """``user`` None with ``whole_city``: a command on the server, which reads everything; otherwise nothing at all.

    ``organization``: only what is paid for by it and by everything below it.
    """

    day: datetime.date
    user: User | None = None
    organization: Organization | None = None
    whole_city: bool = False
    right: str = RIGHT

    @property
    def closing(self) -> datetime.date:
        """Last year's end."""
        return datetime.date(self.day.year - 1, 12, 31)

    @property
    def year_end(self) -> datetime.date:
        return datetime.date(self.day.year, 12, 31)

    @property
    def year_start(self) -> datetime.date:
        return datetime.date(self.day.year, 1, 1)

    def a_year_before(self) -> Asked:
        """The same reader, at the closing of the year before."""
        return replace(self, day=self.closing)

    def day_of(self, source: Source) -> datetime.date:
        return self.closing if source is Source.LAST else self.day

    def _within(self, rows: QuerySet) -> QuerySet:
        if self.organization is not None:
            return rows.filter(unit__path__startswith=self.organization.path)
        return rows

    def states(self, day: datetime.date) -> QuerySet[CadreState]:
        """The states that count on a day, within the scope."""
        rows = CadreState.objects.all() if self.whole_city else CadreState.objects.visible_to(self.user, self.right)
        return self._within(rows.as_of(day).counted().order_by())

    def events(self) -> QuerySet[StatusEvent]:
        """The year's events up to the day, of people who counted when it happened."""
        rows = StatusEvent.objects.all() if self.whole_city else StatusEvent.objects.visible_to(self.user, self.right)
        counted = CadreState.objects.counted().filter(cadre=OuterRef("cadre"))
        began = Exists(counted.filter(valid_from__lte=OuterRef("on"), valid_to__gt=OuterRef("on")))
        ended = Exists(counted.filter(valid_from__lt=OuterRef("on"), valid_to__gte=OuterRef("on")))
        entering = Q(kind__in=ENTERING)
        rows = rows.between(self.year_start, self.day).filter(entering & Q(began) | ~entering & Q(ended))
        return self._within(rows.order_by())

    def rows(self, source: Source) -> QuerySet:
        return self.events() if source.of_events else self.states(self.day_of(source))

    def read(self, source: Source, category: str | None, cubes: list[Cube]) -> None:
        """Fill the cubes with the groups of one category's people (None: of all)."""
        rows = self.rows(source)
        run(rows if category is None else rows.filter(category=category), source, self.day_of(source), cubes)

    def people(self, ids: Any) -> QuerySet:
        """The persons of these numbers, as the lists show them."""
        return Cadre.objects.filter(pk__in=ids)

    @staticmethod
    def file_number(person: Any) -> int:
        """The number of a listed person's file."""
        return person.pk

    def changed_between(self, one: datetime.date, other: datetime.date) -> Any:
        """Ids of everybody in whose states something began or ended after one day and by the other: nobody else
        can stand differently on the two days, but by age."""
        first, last = min(one, other), max(one, other)
        began = Q(valid_from__gt=first, valid_from__lte=last)
        ended = Q(valid_to__gt=first, valid_to__lte=last)
        return CadreState.objects.filter(began | ended).order_by().values("cadre_id")

    # What explanations read of people who stand in the reader's own lists, wherever these people were on the day.
    @staticmethod
    def names_of(people: list[int]) -> dict[int, tuple[str, str]]:
        """{person: (name, today's unit)}."""
        rows = _in_parts(Cadre.objects.values_list("pk", "name", "unit__name"), "pk", people)
        return {pk: (name, unit) for pk, name, unit in rows}

    @staticmethod
    def states_of(people: list[int], day: datetime.date) -> Iterator[CadreState]:
        """How they stood on a day; whoever was not on the roll is left out."""
        return _in_parts(CadreState.objects.as_of(day).select_related("unit"), "cadre_id", people)

    @staticmethod
    def events_of(people: list[int], first: datetime.date, last: datetime.date) -> Iterator[StatusEvent]:
        """What happened to them after ``first`` and by ``last``, in order for each."""
        rows = StatusEvent.objects.filter(on__gt=first, on__lte=last)
        rows = rows.select_related("other_unit", "recorded_by").order_by("on", "pk")
        return _in_parts(rows, "cadre_id", people)

    @cached_property
    def districts(self) -> tuple[District, ...]:
        """The district bureaus that rows are made for: those of the scope and of the organization asked for.

        A unit's people stand in its district's row, whether or not the reader sees the district itself.
        """
        rows = Organization.objects.of_kind(OrganizationKind.DISTRICT_BUREAU).order_by("level", "code", "pk")
        if not self.whole_city:
            visible = Organization.objects.visible_to(self.user, self.right)
            rows = rows.filter(pk__in=visible.exclude(district=None).order_by().values("district_id"))
        if self.organization is not None:
            rows = rows.filter(Q(path__startswith=self.organization.path) | Q(pk=self.organization.district_id))
        return tuple(District(row.pk, row.name, row.level == Level.ZONE) for row in rows)

    @property
    def name(self) -> str:
        """填报单位."""
        organization = self.organization
        if organization is None and self.user is not None:
            organization = self.user.home_organization
        organization = organization or Organization.objects.root()
        return organization.name if organization else ""
