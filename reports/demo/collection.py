"""The demo city's open collection: some units have handed in what they downloaded and mended, one got it back."""

from __future__ import annotations

import datetime
import io

import openpyxl
from django.db.models import Count

from accounts.models import User
from cadres.actions import collection as actions
from cadres.actions import hand_ins
from cadres.models import Cadre, UnitRoster
from cadres.tasks import read_roster

WORDS = "请用“下载本单位现有名册”改。有疑问找生活待遇科李静，电话 6612345。"
RETURNED = "去世的两位同志还在名册里，请核对后删掉再报；退休时间写到月。"
#: Units with a liaison of their own in the demo city: one still owes, one got its roster back.
OWING, SENT_BACK = "市水利局", "北坪区教育局"
HANDED_IN = 6


def open_one_collection(*, today: datetime.date) -> None:
    """A collection one day past its deadline, of which liaisons are told."""
    staff = User.objects.get(username="lijing")
    as_of = today - datetime.timedelta(days=20)
    due_on = today - datetime.timedelta(days=1)
    collection = actions.open_collection(actor=staff, year=as_of.year, as_of=as_of, due_on=due_on, words=WORDS)
    rosters = UnitRoster.objects.filter(collection=collection).exclude(organization__name=OWING)
    sizes = dict(Cadre.objects.present().order_by().values_list("unit_id").annotate(n=Count("pk")))
    largest = sorted(rosters.for_lists(), key=lambda row: -sizes.get(row.organization_id, 0))
    chosen = [row for row in largest if row.organization.name != SENT_BACK][:: max(len(largest) // HANDED_IN, 1)]
    back = [row for row in largest if row.organization.name == SENT_BACK]
    for roster in [*chosen[:HANDED_IN], *back]:
        data = mended(hand_ins.roster_template(actor=staff, unit_roster=roster))
        name = f"{roster.organization.name}名册.xlsx"
        current = hand_ins.hand_in(actor=staff, unit_roster=roster, files=[(name, data)])
        read_roster(current.roster_import_id)
    for roster in back:
        roster.refresh_from_db()
        hand_ins.return_roster(actor=staff, unit_roster=roster, words=RETURNED)


def mended(template: bytes) -> bytes:
    """Two people's facts changed, one left out: what a year brings to a unit."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    place = {cell.value: cell.column for cell in sheet[3]}
    people = [row for row in range(4, sheet.max_row + 1) if sheet.cell(row, place["姓名"]).value]
    for row, label, value in zip(people, ("健康状况", "居住状况"), ("较差", "独居"), strict=False):
        sheet.cell(row, place[label]).value = value
    if len(people) > 4:
        sheet.delete_rows(people[3])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
