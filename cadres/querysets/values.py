"""Reads of words that no dictionary knows."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from common.scope import scope_of


class ValueAliasQuerySet(QuerySet):
    """Words outside the dictionaries mean the same in the whole city: only who holds the right there maps them."""

    def visible_to(self, user: Any, right: str = "value.map") -> ValueAliasQuerySet:
        return self.all() if scope_of(user, right).everything else self.none()

    def waiting(self) -> ValueAliasQuerySet:
        return self.filter(code="")

    def with_people(self) -> ValueAliasQuerySet:
        """``people``: how many rosters' people carry the word."""
        from cadres.models import OriginalText

        same = OriginalText.objects.filter(field=OuterRef("field"), text=OuterRef("text"))
        count = same.order_by().values("field").annotate(n=Count("pk")).values("n")
        return self.annotate(people=Coalesce(Subquery(count), 0))


def waiting_words(user: Any) -> int:
    """Words outside the dictionaries that wait for an answer, for whoever may give it."""
    from cadres.models import ValueAlias

    return ValueAlias.objects.filter(code="").count() if user.holds("value.map") else 0
