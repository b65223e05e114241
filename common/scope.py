"""Who may see which rows. Fails closed: no user, no role, no declared scope -> no rows.

A *right* is a word such as ``"cadre.view"``; roles grant rights on organizations (accounts.roles). A queryset that
holds people or anything about people subclasses `ScopedQuerySet` and says in `in_scope` how its rows hang on the
organizations of a `Scope`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import models

if TYPE_CHECKING:
    from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True)
class Scope:
    """The organizations on which a user holds a right.

    ``everything``: the whole city, so no filter is needed. ``organizations``: otherwise a one-column queryset of
    organization ids, usable as a subquery; None means nothing at all.
    """

    everything: bool = False
    organizations: QuerySet | None = None

    @property
    def nothing(self) -> bool:
        return not self.everything and self.organizations is None


NOTHING = Scope()


def scope_of(user: Any, right: str) -> Scope:
    """The user's scope for a right; nothing for the anonymous, the disabled and whoever has no such role."""
    if user is None or not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOTHING
    return user.scope_for(right)


class ScopedQuerySet(models.QuerySet):
    """Base of every queryset whose rows concern people or organizations."""

    view_right: str = ""

    def visible_to(self, user: Any, right: str | None = None):
        """Rows on which ``user`` holds ``right`` (by default the right to view this model)."""
        scope = scope_of(user, right or self.view_right)
        if scope.nothing:
            return self.none()
        if scope.everything:
            return self.all()
        return self.filter(self.in_scope(scope))

    def in_scope(self, scope: Scope) -> Q:
        raise TypeError(f"{type(self).__name__} must say how its rows hang on organizations")


def require(user: Any, right: str, instance: Model) -> None:
    """Raise PermissionDenied (403) unless ``user`` holds ``right`` on this row, read again from the database.

    Views call it on a row that the user may see; actions call it inside their transaction, before and after the
    write, so that a record moved out of scope is caught.
    """
    rows = type(instance)._default_manager.visible_to(user, right)  # type: ignore[attr-defined]
    if not rows.filter(pk=instance.pk).exists():
        raise PermissionDenied
