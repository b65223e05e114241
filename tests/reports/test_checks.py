"""Checks fail when they should, and name both sides."""

from __future__ import annotations

import datetime

import pytest

from cadres import actions
from cadres.models import CadreState, StatusEvent
from common.codes import Category, Rank
from reports.declarations import TABLES
from reports.engine.compute import compute
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
