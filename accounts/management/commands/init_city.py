"""manage.py init_city NAME: an empty city with its bureau and its first administrators."""

from __future__ import annotations

import secrets
import string

from django.core.management.base import CommandError
from django.db import transaction

from accounts import actions
from accounts.models import Organization, OrganizationKind, User
from accounts.roles import Role
from common.commands import SongheCommand

ADMINISTRATORS = (
    ("sysadmin", "系统管理员", Role.SYSTEM_ADMIN),
    ("secadmin", "安全管理员", Role.SECURITY_ADMIN),
    ("auditadmin", "审计管理员", Role.AUDIT_ADMIN),
)


def generate_password() -> str:
    """Sixteen characters with three kinds, easy to type once."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(14)) + "-" + secrets.choice(string.digits)


class Command(SongheCommand):
    help = "新建一个空的城市：市局和系统、安全、审计三个管理员；打印初始密码，第一次登录须改"

    def add_arguments(self, parser) -> None:
        parser.add_argument("name", metavar="NAME", help="城市名，如 兰州市")

    @transaction.atomic
    def handle(self, *args, name: str, **options) -> None:
        if Organization.objects.root() is not None:
            raise CommandError("已经有城市了，一套系统只管一个市")
        bureau = actions.create_organization(actor=None, name=name, kind=OrganizationKind.CITY_BUREAU, parent=None)
        self.stdout.write(f"已建 {name}")
        for username, label, role in ADMINISTRATORS:
            if User.objects.filter(username=username).exists():
                raise CommandError(f"账号 {username} 已存在")
            password = generate_password()
            user = actions.create_user(actor=None, username=username, display_name=label, password=password)
            actions.grant_role(actor=None, user=user, role=role, organization=bureau)
            self.stdout.write(f"{label}：账号 {username}，初始密码 {password}（第一次登录须改）")
