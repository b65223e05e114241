"""Reads of visits, photos and notices, and of the people whose birthdays fall due."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least

from cadres.models import Cadre, Proposal
from cadres.querysets import CadreQuerySet, person_in_scope
from cadres.querysets.upkeep import verification_duties
from cadres.upkeep import verification_due
from common.dates import PartialDate
from common.lunar import Festival, LunarDay, festivals_between
from common.scope import NOTHING, Scope, ScopedQuerySet, scope_of
from visits.due import ONE_DAY, Stretch, stretches
from visits.rules import Turning, turning

if TYPE_CHECKING:
    from accounts.models import Organization, User

#: The bell shows no more than this.
MANY = 999


class VisitQuerySet(ScopedQuerySet):
    """Visits are seen by whoever may see the person."""

    view_right = "visit.view"

    def in_scope(self, scope: Scope) -> Q:
        return person_in_scope(scope, "cadre__")

    def current(self) -> VisitQuerySet:
        """Without what was withdrawn."""
        return self.filter(removed_at=None)

    def of_cadre(self, cadre: Cadre) -> VisitQuerySet:
        return self.filter(cadre=cadre)

    def of_unit(self, organization: Organization) -> VisitQuerySet:
        return self.filter(cadre__unit__path__startswith=organization.path)

    def recorded_by_user(self, user: User) -> VisitQuerySet:
        return self.filter(recorded_by=user).order_by("-created_at", "-pk")

    def for_lists(self) -> VisitQuerySet:
        """With what a row shows, latest first."""
        from visits.models import VisitPhoto

        photos = VisitPhoto.objects.filter(visit=OuterRef("pk")).order_by().values("visit")
        return (
            self.select_related("cadre__unit", "recorded_by")
            .annotate(photo_count=Coalesce(Subquery(photos.annotate(n=Count("pk")).values("n")), 0))
            .order_by("-visited_on", "-pk")
        )


class VisitPhotoQuerySet(ScopedQuerySet):
    view_right = "visit.view"

    def in_scope(self, scope: Scope) -> Q:
        return person_in_scope(scope, "visit__cadre__")


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user: Any, right: str = "notice.receive") -> NoticeQuerySet:
        """The reader's own, about people who are still theirs: scope may have changed since a notice was sent."""
        scope = scope_of(user, right)
        if scope is NOTHING or scope.nothing:
            return self.none()
        mine = self.filter(reader=user)
        if scope.everything:
            return mine
        rosters = Q(unit_roster=None) | Q(unit_roster__organization_id__in=scope.organizations)
        return mine.filter(rosters, Q(cadre=None) | person_in_scope(scope, "cadre__"))

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at=None)

    def for_lists(self) -> NoticeQuerySet:
        return self.select_related("cadre__unit", "unit_roster__organization")


def unread_notices(user: Any) -> int:
    """How many notices wait for this user; one indexed query, for every page."""
    from visits.models import Notice

    return Notice.objects.visible_to(user).unread().order_by()[: MANY + 1].count()


# -- birthdays and festivals that fall due ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DueBirthday:
    """Somebody's birthday on a day of the window, with what is needed to tell of it."""

    on: datetime.date
    pk: int
    name: str
    category: str
    organization: str
    unit_id: int
    community_id: int | None
    managing_unit_id: int | None
    calendar: str
    lunar: str  # 农历四月初九 as declared, blank for a solar birthday
    turning: Turning | None

    @property
    def milestone(self) -> str:
        return self.turning.milestone if self.turning else ""


def birthday_condition(parts: Iterable[Stretch]) -> Q:
    """Birthdays kept within the stretches; served by the index on calendar, month and day."""
    condition = Q(pk__in=[])
    for part in parts:
        term = Q(
            birthday_calendar=part.calendar,
            birthday_month=part.month,
            birthday_day__gte=part.from_day,
            birthday_day__lte=part.to_day,
        )
        if len(part.leaps) == 1:
            term &= Q(birthday_leap=part.leaps[0])
        condition |= term
    return condition


def birthdays_between(cadres: CadreQuerySet, start: datetime.date, end: datetime.date) -> CadreQuerySet:
    """People of ``cadres`` on the roll with a birthday from ``start`` to ``end`` (at most a year apart).

    Annotated ``kept_after``: days from ``start`` to the birthday.
    """
    parts = stretches(start, end)
    whens = []
    for part in parts:
        term = Q(birthday_calendar=part.calendar, birthday_month=part.month, birthday_day__gte=part.from_day)
        if len(part.leaps) == 1:
            term &= Q(birthday_leap=part.leaps[0])
        offset = (part.first - start).days - 1
        whens.append(When(term & Q(birthday_day__lte=part.to_day), then=Least(F("birthday_day"), part.length) + offset))
    return (
        cadres.present()
        .filter(birthday_condition(parts))
        .annotate(kept_after=Case(*whens, default=Value(0), output_field=IntegerField()))
    )


def lunar_display(calendar: str, month: int | None, day: int | None, leap: bool) -> str:
    """农历四月初九 for a lunar birthday, blank otherwise."""
    if calendar != "lunar" or not month or not day or not (1 <= month <= 12 and 1 <= day <= 30):
        return ""
    return LunarDay(month, day, leap).display()


_COLUMNS = (
    "pk", "name", "category", "unit__name", "unit_id", "community_id", "managing_unit_id", "birth",
    "birthday_calendar", "birthday_month", "birthday_day", "birthday_leap",
)  # fmt: skip


def due_birthdays(cadres: CadreQuerySet, start: datetime.date, end: datetime.date) -> Iterator[DueBirthday]:
    """Birthdays by day and person: one indexed query a day, so that memory holds one day's people at most."""
    day = start
    while day <= end:
        rows = cadres.present().filter(birthday_condition(stretches(day, day))).order_by("pk")
        for row in list(rows.values_list(*_COLUMNS)):
            yield _due(day, *row)
        day += ONE_DAY


def _due(
    on: datetime.date, pk: int, name: str, category: str, organization: str, unit_id: int, community_id: int | None,
    managing_unit_id: int | None, birth: PartialDate | None, calendar: str, month: int, day: int, leap: bool,
) -> DueBirthday:  # fmt: skip
    return DueBirthday(
        on, pk, name, category, organization, unit_id, community_id, managing_unit_id, calendar,
        lunar_display(calendar, month, day, leap), turning(category, calendar, birth, on),
    )  # fmt: skip


def due_festivals(start: datetime.date, end: datetime.date) -> list[Festival]:
    """春节, 中秋 and 重阳 of the days ``start`` to ``end``."""
    return festivals_between(start, end)


@dataclass(frozen=True, slots=True)
class DueVerification:
    """Somebody whose 生存状况 is to be verified by ``on``."""

    on: datetime.date
    pk: int
    name: str
    organization: str
    unit_id: int
    community_id: int | None
    managing_unit_id: int | None


def due_verifications(start: datetime.date, end: datetime.date) -> Iterator[DueVerification]:
    """Of the whole city, for the system itself: whose yearly verification falls due from ``start`` to ``end``."""
    columns = ("pk", "name", "unit__name", "unit_id", "community_id", "managing_unit_id")
    for year in range(start.year, end.year + 1):
        on = verification_due(year)
        if start <= on <= end:
            for row in verification_duties(year).order_by("pk").values_list(*columns).iterator(chunk_size=2000):
                yield DueVerification(on, *row)


def settled_proposals(start: datetime.date, end: datetime.date) -> Iterator[Proposal]:
    """Proposals about people that were accepted or returned from ``start`` to ``end``, for their makers."""
    rows = Proposal.objects.settled_between(start, end).filter(cadre__isnull=False).select_related("cadre")
    return rows.order_by("pk").iterator(chunk_size=2000)


def all_due_birthdays(start: datetime.date, end: datetime.date) -> Iterator[DueBirthday]:
    """Of the whole city, for the system itself (commands, sending); pages pass a narrowed queryset instead."""
    return due_birthdays(Cadre.objects.all(), start, end)


def kept_on(cadre: Cadre, start: datetime.date) -> datetime.date:
    """The day of a person found by `birthdays_between` from ``start``."""
    return start + cadre.kept_after * ONE_DAY  # type: ignore[attr-defined]


def turning_of(cadre: Cadre, on: datetime.date) -> Turning | None:
    return turning(cadre.category, cadre.birthday_calendar, cadre.birth, on)  # type: ignore[arg-type]


def with_milestone(found: CadreQuerySet, start: datetime.date) -> CadreQuerySet:
    """Of `birthdays_between` only the 大寿 (ages need the lunar calendar, so they are told apart here)."""
    rows = found.order_by().values_list("pk", "category", "birthday_calendar", "birth", "kept_after")
    great = []
    for pk, category, calendar, birth, after in rows.iterator(chunk_size=5000):
        turned = turning(category, calendar, birth, start + after * ONE_DAY)
        if turned and turned.milestone:
            great.append(pk)
    return found.filter(pk__in=great)
