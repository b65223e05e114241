"""A unit whose roster of 2017 was handed in and read, ready to be reconciled."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organization, User
from cadres import tasks
from cadres.actions import roster
from cadres.models import Cadre, RosterCollection, RosterDifference, UnitRoster, UnitRosterState
from common.dates import PartialDate
from tests import factories
from tests.cadres.roster_import.books import HEAD, workbook

DAY = datetime.date(2017, 12, 31)


@pytest.fixture(autouse=True)
def private_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def row_of(cadre: Cadre, **changes: str) -> list[str]:
    """A person on record as a unit types them; cells named as in HEAD."""
    nature = {"gov": "机关", "inst": "事业", "ent": "企业"}.get(str(cadre.nature), "")
    cells = {
        "姓名": cadre.name,
        "性别": cadre.get_sex_display(),
        "出生年月": cadre.birth.isoformat().replace("-", "."),
        "身份证号": cadre.id_number,
        "离退休时间": cadre.retired_on.isoformat().replace("-", ".") if cadre.retired_on else "",
        "离退休类型": cadre.get_category_display(),
        "单位": cadre.unit.name,
        "单位性质": nature,
        "隶属": cadre.district.name if cadre.district else "市直",
        "联系电话": cadre.phone,
        **changes,
    }
    return [cells.get(name, "") for name in HEAD]


def new_row(unit: Organization, name: str, birth: datetime.date, retired: str, **changes: str) -> list[str]:
    cells = {
        "姓名": name,
        "性别": "男",
        "出生年月": birth.isoformat().replace("-", "."),
        "身份证号": factories.id_number(birth),
        "离退休时间": retired,
        "离退休类型": "退休",
        "单位": unit.name,
        "单位性质": "机关",
        "隶属": unit.district.name if unit.district else "市直",
        **changes,
    }
    return [cells.get(name, "") for name in HEAD]


def collection_of(year: int = 2017) -> RosterCollection:
    found, _ = RosterCollection.objects.get_or_create(
        year=year, defaults={"as_of": datetime.date(year, 12, 31), "due_on": datetime.date(year + 1, 1, 20)}
    )
    return found


def hand_in(staff: User, unit: Organization, rows: list[list[Any]], *, year: int = 2017) -> UnitRoster:
    """The unit's workbook, handed in and read."""
    job = roster.upload_roster(actor=staff, files=[("名册.xlsx", workbook(rows))], year=year, organization=unit)
    unit_roster, _ = UnitRoster.objects.update_or_create(
        collection=collection_of(year),
        organization=unit,
        defaults={
            "state": UnitRosterState.HANDED_IN,
            "roster_import": job,
            "handed_in_by": staff,
            "handed_in_at": timezone.now(),
        },
    )
    tasks.read_roster(job.pk)
    return UnitRoster.objects.select_related("roster_import", "collection", "organization").get(pk=unit_roster.pk)


def approve(staff: User, unit_roster: UnitRoster, **options: Any) -> UnitRoster:
    from cadres.actions.approval import approve_unit_roster

    approve_unit_roster(actor=staff, unit_roster=unit_roster, **options)
    tasks.commit_roster(unit_roster.roster_import_id)
    return UnitRoster.objects.select_related("roster_import", "collection", "organization").get(pk=unit_roster.pk)


@pytest.fixture
def person() -> Callable[..., Cadre]:
    """person(unit, name, birth=, retired=): somebody on record."""

    def make(unit: Organization, name: str, born: datetime.date = datetime.date(1948, 5, 6), **values: Any) -> Cadre:
        values.setdefault("retired_on", PartialDate(2008, 5))
        return factories.make_cadre(unit, name=name, birth=PartialDate.of(born), **values)

    return make


def differences(unit_roster: UnitRoster) -> dict[tuple[str, str], RosterDifference]:
    """(kind, name) -> difference."""
    rows = RosterDifference.objects.filter(unit_roster=unit_roster)
    return {(row.kind, row.details["name"]): row for row in rows}
