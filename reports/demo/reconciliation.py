"""Two units' rosters of last year, handed in and read, with the differences that every year brings."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from accounts.models import Organization, User
from cadres.actions import hand_ins
from cadres.models import Cadre, RosterCollection, UnitRoster
from cadres.querysets import on_roll
from cadres.tasks import read_roster
from common.dates import PartialDate
from reports.demo.people import Invention

HEAD = (
    "姓名", "性别", "出生日期", "身份证号", "离退休时间", "人员类别", "单位名称", "单位性质", "隶属关系", "健康状况", "联系电话",
)  # fmt: skip
#: The unit whose liaison and staff the demo accounts are, and one that somebody moved to.
UNIT, OTHER = "市水利局", "市财政局"


def hand_in_rosters(folder: Path, *, year: int, liaison: User) -> None:
    """市水利局 and 市财政局 handed in: somebody missing, new, moved from one to the other, misspelt, changed."""
    day = datetime.date(year, 12, 31)
    staff = User.objects.get(username="lijing")
    collection, _ = RosterCollection.objects.get_or_create(
        year=year, defaults={"as_of": day, "due_on": datetime.date(year + 1, 1, 20)}
    )
    unit, other = (Organization.objects.get(name=name) for name in (UNIT, OTHER))
    people = {place.pk: _people(place, day) for place in (unit, other)}
    here, there = people[unit.pk], people[other.pk]
    newcomers = Invention(seed=year, year=year, first_serial=440).newly_retired(affiliation="市直", number=2)
    gone = [cadre for cadre in here if cadre.standing == "present"][:3]
    rows = [_row(cadre, unit) for cadre in here if cadre not in gone]
    for row in rows[1:6:2]:
        row[9], row[10] = "较差", f"{row[10][:7]}2618"
    alive = {cadre.name for cadre in here if cadre.standing == "present"}
    misspelt = next(row for row in rows[7:] if row[0][1] in _ALIKE and row[0] in alive)
    misspelt[0], misspelt[3] = f"{misspelt[0][0]}{_ALIKE[misspelt[0][1]]}{misspelt[0][2:]}", ""
    for person in newcomers:
        born, retired = person.birth.isoformat(), person.retired_on.isoformat()
        rows.append([person.name, person.sex, born, person.id_number, retired, person.category, UNIT,
                     "机关", "市直", person.health, person.phone])  # fmt: skip
    moved = _row(gone[0], other)
    for place, lines in ((unit, rows), (other, [_row(cadre, other) for cadre in there] + [moved])):
        _hand_in(folder, collection, place, lines, liaison if place == unit else staff)


_ALIKE = {"建": "健", "国": "帼", "文": "纹", "志": "智", "明": "鸣", "德": "得", "玉": "钰", "秀": "绣"}


def _people(unit: Organization, day: datetime.date) -> list[Cadre]:
    return list(Cadre.objects.filter(pk__in=on_roll([unit.pk], day)[unit.pk]).order_by("pk"))


def _row(cadre: Cadre, unit: Organization) -> list[str]:
    def written(day: PartialDate | None) -> str:
        return day.isoformat() if day else ""

    nature = {"gov": "机关", "inst": "事业", "ent": "企业"}[str(unit.nature)]
    return [
        cadre.name, cadre.get_sex_display(), written(cadre.birth), cadre.id_number, written(cadre.retired_on),
        cadre.get_category_display(), unit.name, nature, "市直", "", cadre.phone,
    ]  # fmt: skip


def _hand_in(
    folder: Path, collection: RosterCollection, unit: Organization, rows: list[list[Any]], actor: User
) -> None:
    path = folder / f"{unit.name}离退休干部名册.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名册")
    sheet.write_row(0, 0, [f"{unit.name}离退休干部名册"])
    sheet.write_row(1, 0, HEAD)
    for number, row in enumerate(rows, start=2):
        sheet.write_row(number, 0, row)
    book.close()
    owed, _ = UnitRoster.objects.get_or_create(collection=collection, organization=unit)
    handed_in = hand_ins.hand_in(actor=actor, unit_roster=owed, files=[(path.name, path.read_bytes())])
    read_roster(handed_in.roster_import_id)
