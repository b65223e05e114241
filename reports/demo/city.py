"""The organizations and accounts of the demo city."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts import actions
from accounts.management.commands.init_city import generate_password
from accounts.models import Organization, OrganizationKind, User
from accounts.roles import Role
from common.codes import Nature
from reports.demo.words import CITY, COMMUNITIES, DISTRICT_UNITS, DISTRICTS, MUNICIPAL_UNITS, STREETS

_NATURE = {"机关": Nature.GOVERNMENT, "事业": Nature.INSTITUTION, "企业": Nature.ENTERPRISE}

#: username, name, department, role, the organization's name.
ACCOUNTS = (
    ("lijing", "李静", "生活待遇科", Role.STAFF, CITY),
    ("hezhiyuan", "何志远", "综合统计科", Role.STAFF, CITY),
    ("dongguan", "韩梅", "东关区委老干部局", Role.STAFF, "东关区"),
    ("wanghaiyan", "王海燕", "市水利局人事科", Role.UNIT_LIAISON, "市水利局"),
    ("hexiaomei", "贺晓梅", "北坪区教育局办公室", Role.UNIT_LIAISON, "北坪区教育局"),
    ("zhaoxin", "赵欣", "滨河社区", Role.COMMUNITY_LIAISON, "滨河社区"),
    ("zhouwang", "周望", "局领导", Role.LEADER, CITY),
    ("sysadmin", "系统管理员", "信息科", Role.SYSTEM_ADMIN, CITY),
    ("secadmin", "安全管理员", "信息科", Role.SECURITY_ADMIN, CITY),
    ("auditadmin", "审计管理员", "机关纪委", Role.AUDIT_ADMIN, CITY),
)


@dataclass(frozen=True)
class DemoAccount:
    username: str
    name: str
    role: str
    password: str


def build_organizations() -> Organization:
    """The bureau, its districts with streets and communities, and every unit that the rosters name."""

    def add(name: str, kind: str, parent: Organization, nature: str = "") -> Organization:
        return actions.create_organization(actor=None, name=name, kind=kind, parent=parent, nature=nature)

    bureau = actions.create_organization(actor=None, name=CITY, kind=OrganizationKind.CITY_BUREAU, parent=None)
    for name, nature in dict.fromkeys(MUNICIPAL_UNITS):
        add(name, OrganizationKind.UNIT, bureau, _NATURE[nature])
    add("市离退休干部管理服务中心", OrganizationKind.CENTER, bureau, Nature.INSTITUTION)
    for district_name in DISTRICTS:
        district = add(district_name, OrganizationKind.DISTRICT_BUREAU, bureau)
        for units in DISTRICT_UNITS:
            for name, nature in units:
                add(f"{district_name}{name}", OrganizationKind.UNIT, district, _NATURE[nature])
        communities = COMMUNITIES.get(district_name)
        if communities:
            street = add(f"{STREETS[0][:2]}街道", OrganizationKind.STREET, district)
            for name in communities:
                add(name, OrganizationKind.COMMUNITY, street)
    return bureau


def build_accounts() -> list[DemoAccount]:
    """One account of each role, with a password made for this installation."""
    password = generate_password()
    made = []
    for username, name, department, role, organization in ACCOUNTS:
        user = actions.create_user(
            actor=None,
            username=username,
            display_name=name,
            password=password,
            department=department,
            must_change_password=False,
        )
        actions.grant_role(actor=None, user=user, role=role, organization=Organization.objects.get(name=organization))
        made.append(DemoAccount(username, name, str(role.label), password))
    store_accounts(made)
    return made


def accounts_path() -> Path:
    return settings.SONGHE_HOME / "demo-accounts.json"


def store_accounts(accounts: list[DemoAccount]) -> None:
    descriptor = os.open(accounts_path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump([vars(account) for account in accounts], file, ensure_ascii=False)


def stored_accounts() -> list[DemoAccount]:
    """The demo accounts of this installation; none outside a demo, or once they were removed."""
    path = accounts_path()
    if not path.exists():
        return []
    known = set(User.objects.filter(is_active=True).values_list("username", flat=True))
    return [DemoAccount(**row) for row in json.loads(path.read_text()) if row["username"] in known]
