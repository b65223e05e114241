"""Reads of organizations, users and grants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import Q

from common.scope import Scope, ScopedQuerySet

if TYPE_CHECKING:
    from accounts.models import Organization, RoleGrant, User


class OrganizationQuerySet(ScopedQuerySet):
    view_right = "organization.view"

    def in_scope(self, scope: Scope) -> Q:
        return Q(pk__in=scope.organizations)

    def subtree(self, organization: Organization) -> OrganizationQuerySet:
        """The organization and everything below it."""
        return self.filter(path__startswith=organization.path)

    def under_grants(self, grants: Iterable[RoleGrant]) -> OrganizationQuerySet:
        condition = Q()
        for grant in grants:
            organization = grant.organization
            condition |= Q(path__startswith=organization.path) if grant.include_children else Q(pk=organization.pk)
        return self.filter(condition)

    def root(self) -> Organization | None:
        return cast("Organization | None", self.filter(parent=None).order_by("pk").first())

    def of_kind(self, *kinds: str) -> OrganizationQuerySet:
        return self.filter(kind__in=kinds)


class RoleGrantQuerySet(models.QuerySet):
    def of_active_users(self) -> RoleGrantQuerySet:
        return self.filter(user__is_active=True)


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: User, right: str = "account.manage") -> UserQuerySet:
        """Accounts are seen by whoever manages accounts."""
        return self.all() if user.is_authenticated and user.holds(right) else self.none()


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, username, email=None, password=None, **extra):
        extra.setdefault("display_name", username)
        return super().create_user(username, email, password, **extra)
