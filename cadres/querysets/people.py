"""Reads of people, their states and events; every one narrowed by scope and by named filters."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from common.crypto import digest
from common.idcard import IdProblem, parse_id
from common.scope import Scope, ScopedQuerySet

if TYPE_CHECKING:
    from accounts.models import Organization


def person_in_scope(scope: Scope, prefix: str = "") -> Q:
    """Seen from the paying unit, the community of residence and the managing unit. ``prefix`` leads to the person."""
    organizations = scope.organizations
    return (
        Q(**{f"{prefix}unit_id__in": organizations})
        | Q(**{f"{prefix}community_id__in": organizations})
        | Q(**{f"{prefix}managing_unit_id__in": organizations})
    )


class CadreQuerySet(ScopedQuerySet):
    """People: seen by whoever holds the right on their unit, their community or their managing unit."""

    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return person_in_scope(scope)

    def present(self) -> CadreQuerySet:
        """On the roll today: neither deceased nor moved out."""
        return self.filter(standing="present")

    def of_unit(self, organization: Organization) -> CadreQuerySet:
        """People paid by an organization or anything below it."""
        return self.filter(unit__path__startswith=organization.path)

    def for_lists(self) -> CadreQuerySet:
        """With what a row of a list shows."""
        return self.select_related("unit", "district", "community")

    def with_id_number(self, number: str) -> CadreQuerySet:
        """The one person with this 15- or 18-digit number, if any; of a number that is none, nobody."""
        try:
            parsed = parse_id(number)
        except IdProblem:
            parsed = None
        return self.filter(id_digest=digest("id", parsed.number)) if parsed else self.none()

    def search(self, text: str) -> CadreQuerySet:
        """By name, pinyin or initials (zs, zhangsan), full or last four digits of the ID, phone, or unit."""
        words = text.split()
        found = self
        for word in words:
            found = found.filter(_condition(word))
        return found if words else self


def _condition(word: str) -> Q:
    low = word.lower().replace("'", "")
    condition = Q()
    if re.fullmatch(r"[a-z]+", low):
        return Q(name_pinyin__startswith=low) | Q(name_initials__startswith=low)
    if re.fullmatch(r"\d{3}[\dxX]", word):
        condition |= Q(id_tail_digest=digest("id-tail", word.upper()))
    if re.fullmatch(r"1\d{10}|0\d{9,11}", word):
        condition |= Q(phone_digest=digest("phone", word))
    if re.fullmatch(r"\d{15}|\d{17}[\dxX]", word):
        try:
            parsed = parse_id(word)
        except IdProblem:
            parsed = None
        if parsed is not None:
            condition |= Q(id_digest=digest("id", parsed.number))
    if re.fullmatch(r"[\dxX]+", word):
        return condition or Q(pk__in=[])
    return Q(name__contains=word) | Q(unit__name__contains=word)


class FamilyMemberQuerySet(ScopedQuerySet):
    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return person_in_scope(scope, "cadre__")


class CadreStateQuerySet(ScopedQuerySet):
    """States count where the paying unit is: the unit of that day, not of today."""

    view_right = "statistics.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(unit_id__in=scope.organizations)

    def as_of(self, day: datetime.date) -> CadreStateQuerySet:
        return self.filter(valid_from__lte=day, valid_to__gt=day)

    def counted(self) -> CadreStateQuerySet:
        return self.filter(counted=True)


class StatusEventQuerySet(ScopedQuerySet):
    view_right = "cadre.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(unit_id__in=scope.organizations)

    def between(self, start: datetime.date, end: datetime.date) -> StatusEventQuerySet:
        """Events with ``start <= on <= end``."""
        return self.filter(on__gte=start, on__lte=end)

    def of_cadres_visible_to(self, user: Any) -> StatusEventQuerySet:
        """Events of the people a user sees today (a person's timeline), wherever the event happened."""
        from cadres.models import Cadre

        return self.filter(cadre__in=Cadre.objects.visible_to(user))
