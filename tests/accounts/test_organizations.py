"""The organization tree stays a tree however it is moved about, and a subtree is one query."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import actions
from accounts.models import Organization, OrganizationKind, RoleGrant, User
from accounts.roles import ADMIN_ROLES
from common.codes import Level
from common.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db


def assert_tree_is_sound() -> None:
    for node in Organization.objects.select_related("parent", "district"):
        parent_path = node.parent.path if node.parent else "/"
        assert node.path == f"{parent_path}{node.pk}/"
        expected = node if node.kind == OrganizationKind.DISTRICT_BUREAU else node.parent and node.parent.district
        assert node.district == expected


def test_a_subtree_is_the_node_and_everything_below_it(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        names = {row.name for row in Organization.objects.subtree(cast.district)}
    assert names == {"东关区", "东关区第一中学", "滨河街道", "滨河社区"}


def test_a_street_moves_with_everything_below_it(cast):
    other = factories.make_organization("西岭区", OrganizationKind.DISTRICT_BUREAU, cast.city)
    actions.move_organization(actor=cast.staff, organization=cast.street, parent=other)
    cast.community.refresh_from_db()
    assert cast.community.path.startswith(other.path)
    assert cast.community.district == other
    assert AuditEntry.objects.filter(action="organization.move", target_id=str(cast.street.pk)).exists()
    assert_tree_is_sound()


def test_a_node_is_not_moved_below_itself_and_the_root_never(cast):
    with pytest.raises(ValidationError, match="自己"):
        actions.move_organization(actor=cast.staff, organization=cast.street, parent=cast.community)
    with pytest.raises(ValidationError, match="最上一级"):
        actions.move_organization(actor=cast.staff, organization=cast.city, parent=cast.district)


def test_moving_needs_the_right_on_both_ends(cast):
    with pytest.raises(PermissionDenied):
        actions.move_organization(actor=cast.liaison_a, organization=cast.unit_a, parent=cast.district)
    assert_tree_is_sound()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_any_sequence_of_moves_keeps_the_tree_sound(db, moves):
    with transaction.atomic():
        nodes = [factories.make_city()]
        kinds = [OrganizationKind.DISTRICT_BUREAU, OrganizationKind.STREET, OrganizationKind.UNIT]
        for number in range(9):
            nodes.append(factories.make_organization(f"单位{number}", kinds[number % 3], nodes[number // 2]))
        for source, target in moves:
            try:
                actions.move_organization(actor=None, organization=nodes[source], parent=nodes[target])
            except ValidationError:
                continue
        assert_tree_is_sound()
        transaction.set_rollback(True)


def test_codes_are_unique_and_names_are_unique_below_one_parent(cast):
    with pytest.raises(ValidationError):
        factories.make_organization("别的单位", parent=cast.city, code=cast.unit_a.code)
    with pytest.raises(ValidationError):
        factories.make_organization("市水利局", parent=cast.city)
    factories.make_organization("市水利局", parent=cast.district)


def test_a_new_area_is_counted_beside_the_districts(cast):
    zone = factories.make_organization("青岚新区", OrganizationKind.DISTRICT_BUREAU, cast.city)
    unit = factories.make_organization("青岚新区第二小学", parent=zone)
    assert (zone.level, unit.level, unit.district) == (Level.ZONE, Level.ZONE, zone)
    assert cast.district.level == Level.DISTRICT
    assert cast.unit_a.level == Level.MUNICIPAL


def test_a_change_by_staff_is_audited_and_by_a_liaison_refused(cast):
    actions.change_organization(actor=cast.staff, organization=cast.unit_a, values={"short_name": "水利"})
    entry = AuditEntry.objects.filter(action="organization.change").latest("number")
    assert entry.changes == {"short_name": ["", "水利"]}
    with pytest.raises(PermissionDenied):
        actions.change_organization(actor=cast.liaison_a, organization=cast.unit_a, values={"short_name": "x"})


def test_init_city_makes_the_empty_city_and_three_administrators():
    output = io.StringIO()
    call_command("init_city", "青岚市委老干部局", stdout=output)
    assert Organization.objects.get().name == "青岚市委老干部局"
    users = User.objects.all()
    assert {grant.role for grant in RoleGrant.objects.all()} == set(ADMIN_ROLES)
    assert all(user.must_change_password for user in users)
    for user in users:
        line = next(line for line in output.getvalue().splitlines() if f"账号 {user.username}" in line)
        password = line.split("初始密码 ")[1].split("（")[0]
        assert user.check_password(password)
    with pytest.raises(CommandError):
        call_command("init_city", "别的市", stdout=io.StringIO())
