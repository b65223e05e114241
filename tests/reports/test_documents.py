"""The figures that the city's 2017 document prints come out of data of that shape."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from cadres.models import FOREVER, Cadre, CadreState
from common.codes import Category, Nature, PoliticalStatus, Rank
from common.dates import PartialDate
from reports.declarations import TABLES
from reports.engine.compute import compute
from reports.engine.scope import Asked
from reports.figures import figures
from tests import factories

pytestmark = pytest.mark.documents
CITY_DISTRICTS = ("城关区", "七里河区", "西固区", "安宁区", "红古区", "永登县", "皋兰县", "榆中县")


def dealt(*shares: tuple[object, int]) -> Iterator:
    """Each value as often as its share says."""
    return chain.from_iterable(repeat(value, number) for value, number in shares)


def people(category: str, number: int, units: Iterator, years: Iterator, **facts: Iterator) -> None:
    """``number`` people at once, each fact dealt out to them in order."""
    cadres = []
    for _ in range(number):
        unit, year = next(units), next(years)
        values = {name: next(values) for name, values in facts.items()}
        cadres.append(
            Cadre(
                name="某人",
                category=category,
                unit=unit,
                level=unit.level,
                district_id=unit.district_id,
                birth=PartialDate(year, 6),
                education="20",
                period="5" if category == Category.LEAVE else "",
                **values,
            )
        )
    Cadre.objects.bulk_create(cadres, batch_size=500)
    columns = ("category", "unit_id", "nature", "level", "district_id", "rank", "political_status", "relocated")
    states = (
        CadreState(
            cadre_id=cadre.pk,
            valid_from=datetime.date(2010, 1, 1),
            valid_to=FOREVER,
            **{name: getattr(cadre, name) for name in columns},
        )
        for cadre in cadres
    )
    CadreState.objects.bulk_create(states, batch_size=2000)


def natures(government: int, institution: int, enterprise: int) -> Iterator:
    return dealt((Nature.GOVERNMENT, government), (Nature.INSTITUTION, institution), (Nature.ENTERPRISE, enterprise))


@pytest.fixture
def lanzhou(db):
    city = factories.make_city("兰州市委老干部局")
    districts = [factories.make_organization(name, "district_bureau", city) for name in CITY_DISTRICTS]
    zone = factories.make_organization("兰州新区", "district_bureau", city)
    each = [(district, 27 if index < 2 else 26) for index, district in enumerate(districts)]
    people(
        Category.LEAVE,
        928,
        dealt((city, 717), *each, (zone, 1)),
        dealt((1929, 464), (1927, 232), (1931, 232)),
        nature=natures(231, 217, 480),
        rank=dealt((Rank.BUREAU_DEPUTY, 8), (Rank.COUNTY_DEPUTY, 920)),
        political_status=dealt((PoliticalStatus.PARTY_MEMBER, 744), (PoliticalStatus.MASSES, 184)),
        relocated=dealt((True, 75), (False, 853)),
    )
    people(
        Category.RETIREE,
        37183,
        dealt((city, 20456), *((district, 2091) for district in districts)),
        dealt((1957, 9783), (1950, 9982), (1940, 17418)),
        nature=natures(9807, 21410, 5966),
        rank=dealt((Rank.BUREAU_CHIEF, 10), (Rank.BUREAU_DEPUTY, 81), (Rank.STAFF, 37092)),
        political_status=dealt((PoliticalStatus.PARTY_MEMBER, 20476), (PoliticalStatus.MASSES, 16707)),
        relocated=repeat(False),
    )


def test_the_figures_of_2017(lanzhou):
    asked = Asked(datetime.date(2017, 12, 31), whole_city=True)
    found = figures(asked)
    printed = {
        "retired_leave.total": 928, "retired_leave.municipal": 717, "retired_leave.districts": 210,
        "retired_leave.district.兰州新区": 1, "retired_leave.age.mean": 88.0, "retired_leave.nature.机关": 231,
        "retired_leave.nature.事业": 217, "retired_leave.nature.企业": 480, "retired_leave.rank.副厅局级及以上": 8,
        "retired_leave.relocated": 75, "retired_leave.share_of_all": 2.4, "retirees.total": 37183,
        "retirees.nature.机关": 9807, "retirees.nature.事业": 21410, "retirees.nature.企业": 5966,
        "retirees.rank.正厅局级": 10, "retirees.rank.副厅局级": 81, "party.retired_leave": 744, "party.retirees": 20476,
    }  # fmt: skip
    assert {name: found[name] for name in printed} == printed
    assert sum(found[f"retired_leave.district.{name}"] for name in CITY_DISTRICTS) == 210
    results = compute(asked, TABLES.values(), TABLES)
    assert results["D1"].values["total", "number"] == 38111
    assert results["D2"].values["party", "all"] == 21220
    assert not [check for result in results.values() for check in result.checks if not check.ok]
