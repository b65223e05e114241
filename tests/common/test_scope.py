"""Scope fails closed, and a right holds exactly where its role was granted."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model

from accounts import actions
from accounts.roles import RIGHTS, Role
from cadres.models import Cadre
from common.scope import ScopedQuerySet, require
from tests import factories

pytestmark = pytest.mark.django_db


def names(user, right=None) -> set[str]:
    return {cadre.name for cadre in Cadre.objects.visible_to(user, right)}


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("staff", {"韩松年", "曾庆和"}),
        ("leader", {"韩松年", "曾庆和"}),
        ("liaison_a", {"韩松年"}),
        ("liaison_b", {"曾庆和"}),
        ("community_liaison", {"韩松年"}),
        ("system_admin", set()),
        ("security_admin", set()),
        ("audit_admin", set()),
        ("nobody", set()),
        ("disabled", set()),
    ],
)
def test_everybody_sees_exactly_their_own_people(cast, who, seen):
    assert names(getattr(cast, who)) == seen


def test_the_signed_out_see_nothing(cast):
    assert names(AnonymousUser()) == set()
    assert names(None) == set()


def test_an_unknown_right_gives_nothing_even_to_staff(cast):
    assert names(cast.staff, "cadre.everything") == set()


def test_a_grant_without_children_stops_at_its_own_organization(cast):
    user = factories.make_user("alone", Role.STAFF, cast.district, include_children=False)
    assert names(user) == set()
    user = factories.make_user("with", Role.STAFF, cast.district)
    # the district sees its unit's people and whoever lives in its communities
    assert names(user) == {"曾庆和", "韩松年"}


def test_a_revoked_role_and_a_disabled_account_see_nothing_at_once(cast):
    actions.revoke_role(actor=cast.security_admin, grant=cast.liaison_a.role_grants.get())
    fresh = type(cast.liaison_a).objects.get(pk=cast.liaison_a.pk)
    assert names(fresh) == set()
    cast.liaison_b.is_active = False
    assert names(cast.liaison_b) == set()


def test_a_right_to_look_is_no_right_to_change(cast):
    require(cast.staff, "cadre.change", cast.cadre_a)
    for user in (cast.leader, cast.liaison_a, cast.audit_admin):
        with pytest.raises(PermissionDenied):
            require(user, "cadre.change", cast.cadre_a)


def test_a_queryset_that_forgot_to_say_its_scope_raises_instead_of_leaking(cast):
    class Forgotten(ScopedQuerySet):
        view_right = "cadre.view"

    rows = Forgotten(model=Cadre)
    with pytest.raises(TypeError):
        rows.visible_to(cast.liaison_a)
    assert issubclass(Cadre, Model)


def test_administrators_hold_no_right_that_concerns_people():
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        for right in RIGHTS[role]:
            assert not right.startswith(("cadre.", "visit.", "statistics.", "roster.", "notice.", "dashboard."))
    assert set(RIGHTS) == set(Role)
