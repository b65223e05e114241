"""Rosters of units that type in their own way: what is not said is not invented, and nobody lands in the wrong place."""

from __future__ import annotations

import datetime

import pytest

from accounts.models import Organization
from cadres.actions.roster import import_files
from cadres.models import Cadre
from common.codes import Level
from common.dates import PartialDate
from tests.cadres.roster_import.books import HEAD, person, workbook
from tests.cadres.roster_import.test_import import codes, run, totals

pytestmark = pytest.mark.django_db


def without(row: list[str], *names: str) -> list[str]:
    return [cell for name, cell in zip(HEAD, row, strict=True) if name not in names]


def head_without(*names: str) -> tuple[str, ...]:
    return tuple(name for name in HEAD if name not in names)


def test_a_birth_date_read_from_the_number_does_not_replace_the_recorded_one():
    run(person("han", 出生年月="1928.06"))
    report = run(without(person("han"), "出生年月"), head=head_without("出生年月"))
    assert totals(report) == {"unchanged": 1}
    assert Cadre.objects.get().birth == PartialDate(1928, 6)


def test_a_typed_birth_date_does_replace_it():
    run(person("han", 出生年月="1928.06"))
    assert totals(run(person("han", 出生年月="1928.05.18"))) == {"updated": 1}
    assert Cadre.objects.get().birth == PartialDate(1928, 5, 18)


@pytest.mark.parametrize("vague", ["区县", "乡镇街道"])
def test_a_level_without_a_name_is_refused_instead_of_counted_as_municipal(vague):
    report = run(person("zeng", 隶属=vague))
    assert codes(report) == ["affiliation_unclear"]
    row = report["files"][0]["sheets"][0]["rejected"][0]
    assert row["column"] == "I" and vague in row["message"]
    assert not Cadre.objects.exists()


def test_one_units_roster_without_unit_and_affiliation_goes_to_its_district():
    rows = [without(person("zeng"), "单位", "隶属")]
    report = run(*rows, head=head_without("单位", "隶属"), title="安河县教育局离退休干部花名册")
    assert totals(report) == {"created": 1}, report
    unit = Cadre.objects.get().unit
    assert (unit.name, unit.level, unit.district.name) == ("安河县教育局", Level.DISTRICT, "安河县")


def test_a_community_list_needs_no_unit_for_people_who_are_known():
    run(person("zeng", 社区=""))
    Organization.objects.get(name="东关区")
    files = [
        (
            "滨河社区名册.xlsx",
            workbook(
                [without(person("zeng"), "单位", "隶属", "单位性质")], head=head_without("单位", "隶属", "单位性质")
            ),
        )
    ]
    report, _ = import_files(files=files, year=2017, create_organizations=True, commit=True)
    assert codes(report) == []
    assert report["totals"]["created"] == 0


def test_a_community_list_beside_the_units_list_makes_duplicates_even_without_a_unit():
    files = [
        ("单位名册.xlsx", workbook([person("zeng")], head=HEAD)),
        (
            "滨河社区名册.xlsx",
            workbook(
                [without(person("zeng"), "单位", "隶属", "单位性质")], head=head_without("单位", "隶属", "单位性质")
            ),
        ),
    ]
    report, _ = import_files(files=files, year=2017, create_organizations=True, commit=True)
    assert totals(report) == {"created": 1, "duplicates": 1}


def test_a_new_person_on_a_community_list_without_a_unit_is_refused_and_shown_where():
    files = [
        (
            "滨河社区名册.xlsx",
            workbook(
                [without(person("tian"), "单位", "隶属", "单位性质")], head=head_without("单位", "隶属", "单位性质")
            ),
        )
    ]
    report, _ = import_files(files=files, year=2017, create_organizations=True, commit=True)
    assert codes(report) == ["unit_missing"]
    assert report["files"][0]["sheets"][0]["rejected"][0]["column"] == "A"


def test_a_category_outside_the_dictionary_is_quoted():
    report = run(person("zeng"), person("han"), person("tian", 离退休类型="公务员"))
    assert codes(report) == ["category_missing"]
    assert "公务员" in report["files"][0]["sheets"][0]["rejected"][0]["message"]


def test_the_city_takes_its_name_from_the_titles():
    run(person("tian"), title="江北市市直单位离退休干部花名册")
    assert Organization.objects.root().name == "江北市"
    assert Cadre.objects.get().retired_on.first() == datetime.date(2005, 8, 1)
