"""Roles and the rights they carry. The whole of what anybody may do is this one table."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    STAFF = "staff", "局工作人员"
    UNIT_LIAISON = "unit_liaison", "单位联络员"
    COMMUNITY_LIAISON = "community_liaison", "社区联络员"
    LEADER = "leader", "领导（只读）"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


_LIAISON = frozenset(
    {
        "cadre.view",
        "cadre.reveal",
        "cadre.export",
        "quality.compute",
        "organization.view",
        "visit.view",
        "visit.log",
        "visit.export",
        "notice.receive",
        "proposal.view",
        "verification.record",
    }
)

#: role -> rights. Admins see no people: none of their rights begins with cadre., visit. or statistics.
RIGHTS: dict[str, frozenset[str]] = {
    Role.STAFF: _LIAISON
    | {
        "cadre.change",
        "organization.change",
        "roster.import",
        "value.map",
        "quality.rules",
        "statistics.view",
        "statistics.export",
        "narrative.change",
        "statistics.submit",
        "statistics.review",
        "dashboard.view",
    },
    Role.UNIT_LIAISON: _LIAISON
    | {
        "roster.submit",
        "roster.confirm",
        "proposal.make",
        "statistics.view",
        "statistics.export",
        "statistics.submit",
    },
    Role.COMMUNITY_LIAISON: _LIAISON | {"proposal.make"},
    Role.LEADER: frozenset(
        {
            "cadre.view",
            "organization.view",
            "visit.view",
            "statistics.view",
            "statistics.export",
            "dashboard.view",
            "notice.receive",
        }
    ),
    Role.SYSTEM_ADMIN: frozenset({"organization.view", "organization.change", "lookup.change"}),
    Role.SECURITY_ADMIN: frozenset({"organization.view", "account.manage"}),
    Role.AUDIT_ADMIN: frozenset({"audit.view"}),
}

ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


def rights_of(role: str) -> frozenset[str]:
    return RIGHTS.get(role, frozenset())
