"""The cast: one small city and the people who work in it. Tests tell what each of them may see and do."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from accounts.models import Organization, OrganizationKind, User
from accounts.roles import Role
from cadres.models import Cadre
from common.codes import Category, Nature
from common.dates import PartialDate
from tests import factories


@dataclass
class Cast:
    """青岚市: two units (A in the city's own administration, B in 东关区), a community in 东关区, one of each role.

    ``cadre_a`` belongs to unit A and lives in the community; ``cadre_b`` belongs to unit B only.
    """

    city: Organization
    district: Organization
    unit_a: Organization
    unit_b: Organization
    street: Organization
    community: Organization
    staff: User
    liaison_a: User
    liaison_b: User
    community_liaison: User
    leader: User
    system_admin: User
    security_admin: User
    audit_admin: User
    nobody: User
    disabled: User
    cadre_a: Cadre
    cadre_b: Cadre

    @property
    def users(self) -> dict[str, User]:
        names = (
            "staff", "liaison_a", "liaison_b", "community_liaison", "leader", "system_admin", "security_admin",
            "audit_admin", "nobody",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def build_cast() -> Cast:
    city = factories.make_city()
    district = factories.make_organization("东关区", OrganizationKind.DISTRICT_BUREAU, city)
    unit_a = factories.make_organization("市水利局", parent=city, nature=Nature.GOVERNMENT)
    unit_b = factories.make_organization("东关区第一中学", parent=district, nature=Nature.INSTITUTION)
    street = factories.make_organization("滨河街道", OrganizationKind.STREET, district)
    community = factories.make_organization("滨河社区", OrganizationKind.COMMUNITY, street)

    def user(name: str, role: str | None, organization: Organization | None, label: str) -> User:
        return factories.make_user(name, role, organization, display_name=label)

    disabled = user("disabled", Role.STAFF, city, "已停用")
    disabled.is_active = False
    disabled.save()
    return Cast(
        city=city,
        district=district,
        unit_a=unit_a,
        unit_b=unit_b,
        street=street,
        community=community,
        staff=user("staff", Role.STAFF, city, "李静"),
        liaison_a=user("liaison_a", Role.UNIT_LIAISON, unit_a, "王海燕"),
        liaison_b=user("liaison_b", Role.UNIT_LIAISON, unit_b, "贺晓梅"),
        community_liaison=user("community", Role.COMMUNITY_LIAISON, community, "赵欣"),
        leader=user("leader", Role.LEADER, city, "周望"),
        system_admin=user("system_admin", Role.SYSTEM_ADMIN, city, "系统员"),
        security_admin=user("security_admin", Role.SECURITY_ADMIN, city, "安全员"),
        audit_admin=user("audit_admin", Role.AUDIT_ADMIN, city, "审计员"),
        nobody=user("nobody", None, None, "未授权"),
        disabled=disabled,
        cadre_a=factories.make_cadre(
            unit_a,
            name="韩松年",
            category=Category.LEAVE,
            birth=PartialDate(1928, 5, 18),
            community=community,
            retired_on=PartialDate(1988, 12),
        ),
        cadre_b=factories.make_cadre(unit_b, name="曾庆和", birth=PartialDate(1945, 3, 2)),
    )


@pytest.fixture
def cast(db) -> Cast:
    return build_cast()


@pytest.fixture
def sign_in():
    """sign_in(user) -> a client signed in as that user."""

    def signed_in(user: User, **headers) -> Client:
        client = Client(headers=headers)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
