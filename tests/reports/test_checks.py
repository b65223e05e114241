"""Checks fail when they should, and name both sides."""

from __future__ import annotations

import datetime
import html
import re

import pytest
from django.urls import reverse

from accounts.models import Organization
from accounts.roles import Role
from cadres import actions
from cadres.models import CadreState, StatusEvent
from common.codes import Category, Rank
from reports.declarations import TABLES
from reports.engine.compute import compute
from reports.engine.model import CellRef
from reports.engine.people import behind
from reports.engine.scope import Asked
from tests import factories

DAY = datetime.date(2017, 12, 31)


def failed(table: str) -> dict[str, tuple[int, int]]:
    result = compute(Asked(DAY, whole_city=True), [TABLES[table]], TABLES)[table]
    assert result.checks
    return {check.name: (check.left, check.right) for check in result.checks if not check.ok}


@pytest.fixture
def unit(db):
    return factories.make_organization("市水利局", parent=factories.make_city(), nature="gov")


def test_all_hold_for_people_who_are_well_known(unit):
    for category in (Category.LEAVE, Category.RETIREE):
        factories.make_cadre(unit, category=category)
    assert {table: failed(table) for table in TABLES} == {table: {} for table in TABLES}


def test_unknown_rank_period_nature_and_age(unit):
    factories.make_cadre(unit, category=Category.LEAVE, rank="", revolution_joined=None, work_started=None)
    assert failed("N2") == {"五个时期之和 = 总数": (0, 1), "级别都已认定": (1, 0)}
    factories.make_cadre(unit, rank="", birth=None)
    CadreState.objects.filter(category=Category.RETIREE).update(nature="")
    assert failed("N5") == {"单位性质都已认定": (1, 0)}


def test_a_death_whose_event_is_missing_is_not_explained(unit):
    cadre = factories.make_cadre(unit)
    actions.decease_cadre(actor=None, cadre=cadre, died_on=datetime.date(2017, 5, 1))
    assert failed("N5") == {}
    StatusEvent.objects.filter(kind="died").delete()
    assert failed("N5") == {"实有与应有之差由增减变动说清": (-1, 0)}


def test_a_transfer_within_the_year_explains_the_difference(unit):
    cadre = factories.make_cadre(unit)
    actions.move_out(actor=None, cadre=cadre, on=datetime.date(2017, 5, 1), to_place="外省")
    assert failed("N5") == {}


def test_a_correction_explains_the_rest(unit, monkeypatch):
    """Somebody who was never one of ours is taken out of the count, with a 更正 event of the year."""
    cadre = factories.make_cadre(unit, category=Category.LEAVE, rank=Rank.STAFF)
    state = cadre.states.get()
    CadreState.objects.filter(pk=state.pk).update(valid_to=datetime.date(2017, 4, 1))
    assert failed("N1") == {"实有与应有之差由增减变动说清": (-1, 0)}
    enrolled = cadre.events.get()
    enrolled.pk, enrolled.kind, enrolled.on = None, "corrected", datetime.date(2017, 3, 31)
    enrolled.save()
    assert failed("N1") == {}


# -- a failed check opens the people on both its sides --------------------------------------------


def spoil(unit) -> None:
    """Every check that people can make fail, fails: unknown codes, a lost event, people who vanish between tables."""
    retired = factories.make_cadre(unit, rank="", birth=None)
    factories.make_cadre(unit, category=Category.LEAVE, rank="", revolution_joined=None, work_started=None)
    leave = factories.make_cadre(unit, category=Category.LEAVE)
    factories.make_cadre(unit)
    lost = factories.make_cadre(unit)
    actions.decease_cadre(actor=None, cadre=lost, died_on=datetime.date(2017, 5, 1))
    StatusEvent.objects.filter(kind="died").delete()
    # codes that no row of any table knows: last year's closing and this year's figures stop adding up
    CadreState.objects.filter(cadre__in=[retired, leave]).update(
        nature="xx", rank="99", level="xx", health="x", living="x"
    )
    type(retired).objects.filter(pk__in=[retired.pk, leave.pk]).update(education="99", period="x")


def side_of(asked: Asked, cells: tuple[CellRef, ...]) -> list[int]:
    """How many people each cell of a side opens, in the sense of the figure (a difference has its signs)."""
    found = [behind(asked, TABLES[cell.table], cell.row, cell.column) for cell in cells]
    assert all(people is not None for people in found), cells
    return [sum(people.signs.values()) if people.signs else people.count() for people in found]


@pytest.fixture
def spoilt(unit):
    spoil(unit)
    results = compute(Asked(DAY, whole_city=True), TABLES.values(), TABLES)
    return [(table, check) for table, result in results.items() for check in result.checks if not check.ok]


def test_every_kind_of_check_fails_here(spoilt):
    kinds = {(table, check.name): type(check).__name__ for table in TABLES for check in TABLES[table].checks}
    assert {kinds[table, check.name] for table, check in spoilt} == {
        "Balance", "Explained", "Nobody", "RowsAddUp", "ColumnsAddUp",
    }  # fmt: skip
    assert any("上年末" in check.name for _, check in spoilt), "last year's closing"


def test_the_lists_of_a_failed_check_are_its_operands(spoilt):
    asked = Asked(DAY, whole_city=True)
    for table, check in spoilt:
        assert check.left_cells, (table, check.name)
        assert sum(side_of(asked, check.left_cells)) == check.left, (table, check.name)
        if check.right_label == "应为":  # a constant: nobody stands there
            assert check.right == 0 and not check.right_cells
        elif "调入" in check.right_label:
            moved_in, moved_out, _corrected = side_of(asked, check.right_cells)
            assert moved_in - moved_out == check.right
        else:
            assert sum(side_of(asked, check.right_cells)) == check.right, (table, check.name)


def test_the_page_opens_the_lists_of_a_failed_check(spoilt, sign_in):
    client = sign_in(factories.make_user("staff", Role.STAFF, Organization.objects.root()))
    for table in {table for table, _ in spoilt}:
        page = client.get(reverse("reports:table", args=[table]), {"as_of": DAY.isoformat()}).content.decode()
        for number, check in enumerate(check for where, check in spoilt if where == table):
            item = page.split('<li><span class="bad">')[1 + number].split("</li>")[0]
            assert check.name in item and check.left_label in item and check.right_label in item
            links = re.findall(r'class="lk" href="([^"]+)"', item)
            assert len(links) == len(check.left_cells) + len(check.right_cells), (table, check.name)
            assert {client.get(html.unescape(link)).status_code for link in links} == {200}


def test_of_many_parts_only_those_with_people_are_opened(unit):
    factories.make_cadre(unit, rank=Rank.STAFF)
    factories.make_cadre(unit, rank=Rank.COUNTY_CHIEF)
    result = compute(Asked(DAY, whole_city=True), [TABLES["N6"]], TABLES)["N6"]
    check = next(check for check in result.checks if check.name == "机关各级别之和 = 机关合计")
    assert check.ok and [cell.column for cell in check.left_cells] == [
        f"government_rank{rank.value}" for rank in (Rank.COUNTY_CHIEF, Rank.STAFF)
    ]
