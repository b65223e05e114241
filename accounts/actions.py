"""Writes of organizations, accounts and role grants."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from accounts.models import Organization, OrganizationKind, RoleGrant, User
from accounts.roles import Role
from common import audit
from common.codes import Level
from common.editing import StaleEdit
from common.models import AuditEntry
from common.scope import require

ZONE_ENDINGS = ("新区", "开发区", "高新区", "经开区", "园区", "示范区")
ORGANIZATION_FIELDS = ("code", "name", "short_name", "kind", "parent", "nature", "level", "active")


def guess_level(name: str, kind: str) -> str:
    """隶属 of a new node by its name: 新区 and 开发区 are counted beside the districts, not among them."""
    if kind == OrganizationKind.DISTRICT_BUREAU:
        return Level.ZONE if name.endswith(ZONE_ENDINGS) else Level.DISTRICT
    return Level.MUNICIPAL


def next_code(parent: Organization | None) -> str:
    """The next free code under a parent: its code and three or more digits."""
    if parent is None:
        return "0"
    prefix = "" if parent.parent_id is None else parent.code
    number = Organization.objects.filter(parent=parent).count() + 1
    while Organization.objects.filter(code=f"{prefix}{number:03d}").exists():
        number += 1
    return f"{prefix}{number:03d}"


@transaction.atomic
def create_organization(
    *,
    actor: User | None,
    name: str,
    kind: str,
    parent: Organization | None,
    code: str = "",
    short_name: str = "",
    nature: str = "",
    level: str = "",
) -> Organization:
    """Add a node below ``parent`` (None: the city bureau itself, once). Raises ValidationError in Chinese."""
    if parent is not None:
        parent = Organization.objects.select_for_update().get(pk=parent.pk)
    if not level:
        level = parent.level if parent and parent.parent_id else guess_level(name, kind)
    organization = Organization(
        code=code or next_code(parent),
        name=name,
        short_name=short_name,
        kind=kind,
        parent=parent,
        nature=nature,
        level=level,
        path=f"{parent.path if parent else '/'}?/",
        district=parent.district if parent else None,
    )
    organization.full_clean()
    organization.save()
    organization.path = f"{parent.path if parent else '/'}{organization.pk}/"
    if kind == OrganizationKind.DISTRICT_BUREAU:
        organization.district = organization
    organization.save(update_fields=["path", "district"])
    if actor is not None:
        require(actor, "organization.change", organization)
    audit.record(
        actor=actor,
        action="organization.create",
        target=organization,
        changes=audit.changes_between({}, audit.snapshot(organization, ORGANIZATION_FIELDS)),
    )
    return organization


@transaction.atomic
def change_organization(
    *, actor: User | None, organization: Organization, values: dict[str, Any], version: int | None = None
) -> Organization:
    """Change anything but the parent (see `move_organization`).

    ``version``: what the editor saw; another version now raises `StaleEdit`, and nothing is saved.
    """
    current = Organization.objects.select_for_update().get(pk=organization.pk)
    if actor is not None:
        require(actor, "organization.change", current)
    if version is not None and current.version != version:
        raise StaleEdit(current)
    before = audit.snapshot(current, ORGANIZATION_FIELDS)
    for name, value in values.items():
        setattr(current, name, value)
    current.version = F("version") + 1
    current.full_clean(exclude=["path", "district", "version"])
    current.save(update_fields=[*values, "version", "updated_at"])
    current.refresh_from_db()
    changes = audit.changes_between(before, audit.snapshot(current, ORGANIZATION_FIELDS))
    if changes:
        audit.record(actor=actor, action="organization.change", target=current, changes=changes)
    return current


@transaction.atomic
def move_organization(*, actor: User | None, organization: Organization, parent: Organization) -> Organization:
    """Hang a node and all below it on another parent; refused for the root and for a parent inside the subtree."""
    rows = {row.pk: row for row in Organization.objects.select_for_update().filter(pk__in=[organization.pk, parent.pk])}
    node, target = rows[organization.pk], rows[parent.pk]
    if node.parent_id is None:
        raise ValidationError("市局是最上一级，不能挪动")
    if target.path.startswith(node.path):
        raise ValidationError("不能把单位挂到自己或自己的下级下面，请另选上级")
    if actor is not None:
        require(actor, "organization.change", node)
        require(actor, "organization.change", target)
    before = audit.snapshot(node, ("parent",))
    old_path, new_path = node.path, f"{target.path}{node.pk}/"
    old_district = node.district_id
    Organization.objects.filter(path__startswith=old_path).update(
        path=Concat(Value(new_path), Substr("path", len(old_path) + 1))
    )
    node.parent = target
    node.version += 1
    node.save(update_fields=["parent", "version", "updated_at"])
    if node.kind != OrganizationKind.DISTRICT_BUREAU:
        moved = Organization.objects.filter(path__startswith=new_path)
        (moved.filter(district_id=old_district) if old_district else moved.filter(district=None)).update(
            district_id=target.district_id
        )
    node.refresh_from_db()
    audit.record(
        actor=actor,
        action="organization.move",
        target=node,
        changes=audit.changes_between(before, audit.snapshot(node, ("parent",))),
    )
    return node


@transaction.atomic
def create_user(
    *,
    actor: User | None,
    username: str,
    display_name: str,
    password: str,
    department: str = "",
    must_change_password: bool = True,
) -> User:
    user = User(
        username=username,
        display_name=display_name,
        department=department,
        must_change_password=must_change_password,
    )
    user.set_password(password)
    user.full_clean()
    user.save()
    audit.record(actor=actor, action="account.create", target=user)
    return user


@transaction.atomic
def change_user(*, actor: User | None, user: User, values: dict[str, Any]) -> User:
    current = User.objects.select_for_update().get(pk=user.pk)
    before = audit.snapshot(current, values)
    for name, value in values.items():
        setattr(current, name, value)
    current.full_clean()
    current.save(update_fields=list(values))
    changes = audit.changes_between(before, audit.snapshot(current, values))
    if changes:
        audit.record(actor=actor, action="account.change", target=current, changes=changes)
    return current


@transaction.atomic
def set_password(*, actor: User | None, user: User, password: str, must_change: bool = False) -> None:
    """Set a validated password; every other session of the user ends, since the session hash changes."""
    user.set_password(password)
    user.must_change_password = must_change
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record(actor=actor, action="account.password", target=user)


@transaction.atomic
def note_lockout(*, username: str) -> None:
    """Leave one entry per account and lock-out period, however often the locked door is tried."""
    user = User.objects.filter(username=username).first()
    if user is None:
        return
    recent = AuditEntry.objects.filter(
        action="account.locked",
        target_type=User._meta.label_lower,
        target_id=str(user.pk),
        at__gte=timezone.now() - settings.AXES_COOLOFF_TIME,
    )
    if not recent.exists():
        audit.record(actor=None, action="account.locked", target=user)


@transaction.atomic
def grant_role(
    *,
    actor: User | None,
    user: User,
    role: str,
    organization: Organization,
    include_children: bool = True,
) -> RoleGrant:
    grant, _ = RoleGrant.objects.update_or_create(
        user=user, role=Role(role), organization=organization, defaults={"include_children": include_children}
    )
    grant.full_clean()
    user.__dict__.pop("grants", None)
    audit.record(
        actor=actor,
        action="account.grant",
        target=user,
        changes={"role": [None, role], "organization": [None, organization.code],
                 "include_children": [None, include_children]},
    )  # fmt: skip
    return grant


@transaction.atomic
def revoke_role(*, actor: User | None, grant: RoleGrant) -> None:
    user = grant.user
    audit.record(
        actor=actor,
        action="account.revoke",
        target=user,
        changes={"role": [grant.role, None], "organization": [grant.organization.code, None]},
    )
    grant.delete()
    user.__dict__.pop("grants", None)
