"""Helpers of the tests of the yearly collection."""

from __future__ import annotations

import datetime
import io
from typing import Any

import openpyxl

from cadres.actions import collection as actions
from cadres.actions import hand_ins
from cadres.models import RosterCollection, UnitRoster
from cadres.tasks import read_roster
from tests.cadres.roster_import.books import workbook

TODAY = datetime.date(2026, 11, 22)
DUE = datetime.date(2026, 12, 10)
YEAR = 2026


def opened(
    cast: Any, *, due_on: datetime.date = DUE, as_of: datetime.date = datetime.date(2026, 11, 20)
) -> RosterCollection:
    return actions.open_collection(actor=cast.staff, year=YEAR, as_of=as_of, due_on=due_on, words="有疑问找李静")


def roster_of(collection: RosterCollection, unit: Any) -> UnitRoster:
    return UnitRoster.objects.get(collection=collection, organization=unit)


def handed_in(actor: Any, roster: UnitRoster, data: bytes, name: str = "名册.xlsx") -> UnitRoster:
    """Handed in and read, as the worker does it."""
    current = hand_ins.hand_in(actor=actor, unit_roster=roster, files=[(name, data)])
    read_roster(current.roster_import_id)
    current.refresh_from_db()
    return current


def edited(data: bytes, change: Any) -> bytes:
    """A workbook after somebody worked on its first sheet (``change(sheet)``)."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def column_of(sheet: Any, label: str) -> int:
    return next(cell.column for cell in sheet[3] if cell.value == label)


def plain(*rows: Any, title: str = "2026年度离退休干部名册", unit: str = "") -> bytes:
    head = ("姓名", "身份证号", "离退休类型", "健康状况")
    return workbook([head, *rows], head=(f"填报单位：{unit}",) if unit else ("",), title=title)
