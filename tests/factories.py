"""Small makers of test data. They go through the real actions, so that test data obeys the rules."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

from accounts import actions as account_actions
from accounts.models import Organization, OrganizationKind, User
from accounts.roles import Role
from cadres import actions as cadre_actions
from cadres.models import Cadre
from common.codes import Category, Nature, PoliticalStatus, Rank, Sex
from common.dates import PartialDate

PASSWORD = "Songhe-test-2026"
_numbers = itertools.count(1)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(birth: datetime.date, sex: str = Sex.MALE, region: str = "990101", serial: int | None = None) -> str:
    """A valid 18-digit number of an invented region."""
    number = serial if serial is not None else next(_numbers) % 500
    order = number * 2 % 1000 + (1 if sex == Sex.MALE else 0)
    digits = f"{region}{birth:%Y%m%d}{order:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]


def make_organization(
    name: str, kind: str = OrganizationKind.UNIT, parent: Organization | None = None, **extra: Any
) -> Organization:
    return account_actions.create_organization(actor=None, name=name, kind=kind, parent=parent, **extra)


def make_city(name: str = "青岚市委老干部局") -> Organization:
    return make_organization(name, OrganizationKind.CITY_BUREAU)


def make_user(
    username: str,
    role: str | None = None,
    organization: Organization | None = None,
    *,
    include_children: bool = True,
    display_name: str = "",
) -> User:
    """A user who may sign in with PASSWORD at once."""
    user = User(username=username, display_name=display_name or username, must_change_password=False)
    user.password = _hashed_password()
    user.save()
    if role is not None:
        account_actions.grant_role(
            actor=None,
            user=user,
            role=Role(role),
            organization=organization,
            include_children=include_children,
        )
    return user


_hashed: list[str] = []


def _hashed_password() -> str:
    """Hashing is slow on purpose; one hash serves every test user."""
    if not _hashed:
        from django.contrib.auth.hashers import make_password

        _hashed.append(make_password(PASSWORD))
    return _hashed[0]


def cadre_values(unit: Organization, **values: Any) -> dict[str, Any]:
    """A full, plausible set of values; anything may be overridden."""
    number = next(_numbers)
    birth = values.pop("birth", None) or PartialDate(1948, 1 + number % 12, 1 + number % 28)
    sex = values.get("sex", Sex.MALE)
    known = datetime.date(birth.year, birth.month or 1, birth.day or 1)
    category = values.get("category", Category.RETIREE)
    base = {
        "name": f"测试{number}",
        "sex": sex,
        "ethnicity": "01",
        "birth": birth,
        "id_number": id_number(known, sex),
        "phone": f"138{number:08d}",
        "category": category,
        "unit": unit,
        "nature": unit.nature or Nature.INSTITUTION,
        "rank": Rank.COUNTY_DEPUTY,
        "political_status": PoliticalStatus.PARTY_MEMBER,
        "work_started": PartialDate(birth.year + 20, 7),
        "retired_on": PartialDate(birth.year + 60, birth.month or 1),
    }
    if category == Category.LEAVE:
        base["revolution_joined"] = PartialDate(1948, 3)
    return {**base, **values}


def make_cadre(unit: Organization, **values: Any) -> Cadre:
    entered_on = values.pop("entered_on", None)
    return cadre_actions.create_cadre(actor=None, values=cadre_values(unit, **values), entered_on=entered_on)
