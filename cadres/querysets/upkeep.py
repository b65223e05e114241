"""Reads of proposals, confirmations and verifications, and of the people whose records they concern."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from cadres.querysets.people import CadreQuerySet, person_in_scope
from cadres.upkeep import Quarter, months_before
from common.scope import Scope, ScopedQuerySet

if TYPE_CHECKING:
    from accounts.models import User

#: Who is verified each year; written as the partial index `cadre_verified` has it, so that it serves.
VERIFIED = Q(relocated=True) | Q(away=True) | Q(category="survivor")


class ProposalQuerySet(ScopedQuerySet):
    """Proposals: seen by whoever sees the person; of a missing person, by whoever sees people of the unit."""

    view_right = "proposal.view"

    def in_scope(self, scope: Scope) -> Q:
        return person_in_scope(scope, "cadre__") | Q(cadre=None, organization_id__in=scope.organizations)

    def waiting(self) -> ProposalQuerySet:
        return self.filter(state="waiting")

    def returned(self) -> ProposalQuerySet:
        return self.filter(state="returned")

    def made_by_user(self, user: User) -> ProposalQuerySet:
        return self.filter(made_by=user)

    def for_lists(self) -> ProposalQuerySet:
        return self.select_related("cadre__unit", "organization", "made_by", "settled_by")

    def settled_between(self, start: datetime.date, end: datetime.date) -> ProposalQuerySet:
        """Accepted or returned on a day from ``start`` to ``end``."""
        zone = timezone.get_current_timezone()
        begin = datetime.datetime.combine(start, datetime.time.min, tzinfo=zone)
        after = datetime.datetime.combine(end + datetime.timedelta(days=1), datetime.time.min, tzinfo=zone)
        return self.filter(state__in=["accepted", "returned"], settled_at__gte=begin, settled_at__lt=after)


class EvidenceQuerySet(ScopedQuerySet):
    """Evidence: seen by whoever sees the proposal or verification that it belongs to."""

    view_right = "proposal.view"

    def in_scope(self, scope: Scope) -> Q:
        return (
            person_in_scope(scope, "proposal__cadre__")
            | Q(proposal__cadre=None, proposal__organization_id__in=scope.organizations)
            | person_in_scope(scope, "verification__cadre__")
        )


class RosterConfirmationQuerySet(ScopedQuerySet):
    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(organization_id__in=scope.organizations)

    def of(self, quarter: Quarter) -> RosterConfirmationQuerySet:
        return self.filter(year=quarter.year, quarter=quarter.number)


class LifeVerificationQuerySet(ScopedQuerySet):
    """Verifications: seen by whoever sees the person."""

    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return person_in_scope(scope, "cadre__")


# -- people by the state of their records -------------------------------------------------------------------


def needing_verification(people: CadreQuerySet) -> CadreQuerySet:
    """Of ``people`` (already narrowed) those verified each year: 易地安置, 长期外地居住, 遗属, on the roll."""
    return people.present().filter(VERIFIED)


def verified_in(year: int, *results: str) -> Exists:
    """Whether a person was verified in ``year``, with one of ``results`` (none given: any)."""
    from cadres.models import LifeVerification

    rows = LifeVerification.objects.filter(cadre=OuterRef("pk"), year=year)
    return Exists(rows.filter(result__in=results) if results else rows)


def with_verification(people: QuerySet, year: int) -> QuerySet:
    """Annotated with the year's verification: ``verified_id``, ``verified_on``, ``verified_way``, ``verified_result``."""
    from cadres.models import LifeVerification

    row = LifeVerification.objects.filter(cadre=OuterRef("pk"), year=year)
    return people.annotate(
        verified_id=Subquery(row.values("pk")[:1]),
        verified_on=Subquery(row.values("done_on")[:1]),
        verified_way=Subquery(row.values("way")[:1]),
        verified_result=Subquery(row.values("result")[:1]),
    )


def with_last_verified(people: QuerySet) -> QuerySet:
    """Annotated ``last_verified``: the day of the newest verification that found the person alive, or None."""
    from cadres.models import LifeVerification

    rows = LifeVerification.objects.filter(cadre=OuterRef("pk"), result="alive").order_by().values("cadre")
    return people.annotate(last_verified=Subquery(rows.annotate(on=Max("done_on")).values("on")[:1]))


def with_last_confirmed(people: QuerySet) -> QuerySet:
    """Annotated ``last_confirmed``: when the paying unit last confirmed its roster, or None."""
    from cadres.models import RosterConfirmation

    rows = RosterConfirmation.objects.filter(organization=OuterRef("unit_id")).order_by().values("organization")
    return people.annotate(last_confirmed=Subquery(rows.annotate(at=Max("confirmed_at")).values("at")[:1]))


def stale_people(people: CadreQuerySet, months: int, today: datetime.date) -> CadreQuerySet:
    """Of ``people`` (already narrowed) those on the roll whom nobody edited or confirmed for ``months`` months.

    Confirmations are few (units × quarters), so their units are one small subquery; the index `cadre_untouched`
    finds the rest.
    """
    from cadres.models import RosterConfirmation

    day = months_before(today, months)
    since = datetime.datetime.combine(day, datetime.time.min, tzinfo=timezone.get_current_timezone())
    confirmed = RosterConfirmation.objects.filter(confirmed_at__gte=since).order_by().values("organization_id")
    return people.present().filter(updated_at__lt=since).exclude(unit_id__in=confirmed)


def units_to_confirm(user: Any, quarter: Quarter) -> QuerySet:
    """Units with people on the roll that ``user`` answers for; annotated ``confirmed`` for the quarter."""
    from accounts.models import Organization
    from cadres.models import Cadre, RosterConfirmation

    people = Cadre.objects.present().filter(unit=OuterRef("pk")).order_by()
    done = RosterConfirmation.objects.of(quarter).filter(organization=OuterRef("pk")).order_by()
    return (
        Organization.objects.visible_to(user, "roster.confirm")
        .filter(Exists(people))
        .annotate(confirmed=Exists(done))
        .order_by("path")
    )


def verification_duties(year: int) -> QuerySet:
    """Of the whole city, for the system itself: whoever was not yet found alive or dead in ``year``."""
    from cadres.models import Cadre

    people = needing_verification(Cadre.objects.all())
    return people.exclude(verified_in(year, "alive", "deceased"))
