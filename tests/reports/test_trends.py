"""Ten years of a figure, the age pyramid, the forecast."""

from __future__ import annotations

import datetime
import itertools
import random

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from cadres import actions
from common.codes import Category, Sex
from common.dates import PartialDate
from reports import trends
from reports.declarations import TABLES
from reports.engine.scope import Asked
from reports.forecast import BANDS, ENOUGH, Record, band_of, forecast, project, rates_of
from tests import factories
from tests.reports import recount
from tests.reports.people import make_city_of

D2018 = datetime.date(2018, 12, 31)


def cell(table: str, row: str, column: str):
    found = TABLES[table]
    return found, next(line for line in found.lines(()) if line.key == row), found.column(column)


def test_ten_years_equal_a_recount(db):
    make_city_of(random.Random(7), 60)
    figures = trends.series(Asked(D2018, whole_city=True), *cell("N6", "total", "total"))
    assert [figure.day.year for figure in figures] == list(range(2009, 2019))
    for figure in figures:
        people = [p for p in recount.people(figure.day) if p.category == "retiree"]
        assert figure.value == len(people)
    assert [figure.change for figure in figures[1:]] == [b.value - a.value for a, b in itertools.pairwise(figures)]
    assert any(figure.value for figure in figures)


def test_a_formula_and_a_share_over_the_years(db):
    make_city_of(random.Random(8), 40)
    due = trends.series(Asked(D2018, whole_city=True), *cell("N5", "total", "due"), years=3)
    last = trends.series(Asked(D2018, whole_city=True), *cell("N5", "total", "last"), years=3)
    enrolled = trends.series(Asked(D2018, whole_city=True), *cell("N5", "total", "enrolled"), years=3)
    died = trends.series(Asked(D2018, whole_city=True), *cell("N5", "total", "died"), years=3)
    for index in range(3):
        assert due[index].value == last[index].value + enrolled[index].value - died[index].value
    share = trends.series(Asked(D2018, whole_city=True), *cell("D2", "party", "retiree_share"), years=2)
    assert all(figure.change is None for figure in share)


def test_the_pyramid_holds_everybody_once(db):
    make_city_of(random.Random(9), 60)
    bands = trends.pyramid(Asked(D2018, whole_city=True), Category.RETIREE)
    people = [p for p in recount.people(D2018) if p.category == "retiree"]
    assert sum(band.men + band.women + band.unknown for band in bands) == len(people) > 0
    assert sum(band.men for band in bands) == sum(p.sex == Sex.MALE for p in people)
    old = next(band for band in bands if band.label == "80–84岁")
    assert old.men + old.women + old.unknown == sum(p.age is not None and 80 <= p.age <= 84 for p in people)


# -- the forecast's rules -----------------------------------------------------------------------------------------
ages = st.dictionaries(st.integers(45, 104), st.integers(1, 500), min_size=1, max_size=20)


@given(people=ages, deaths_in=st.integers(1, 40), years=st.integers(1, 8))
def test_one_mortality_for_all_ages_shrinks_geometrically(people, deaths_in, years):
    record = Record(people=dict(people), count=sum(people.values()))
    for band in range(len(BANDS)):
        record.at_risk[band], record.deaths[band] = 1000.0, deaths_in
    points = project(record, rates_of(record), 2025, years)
    rate = deaths_in / 1000
    for number, point in enumerate(points, start=1):
        assert point.year == 2025 + number
        assert point.people == pytest.approx(sum(people.values()) * (1 - rate) ** number)
        assert point.low <= point.people <= point.high


@given(people=ages, arrivals=st.dictionaries(st.integers(50, 65), st.floats(0, 50), max_size=5))
def test_without_deaths_only_arrivals_count(people, arrivals):
    record = Record(people=dict(people), arrivals=dict(arrivals))
    points = project(record, rates_of(record), 2025, 5)
    assert points[-1].people == pytest.approx(sum(people.values()) + 5 * sum(arrivals.values()))
    assert all(point.deaths == 0 for point in points)


@given(st.dictionaries(st.integers(0, len(BANDS) - 1), st.tuples(st.integers(0, 300), st.integers(0, 30)), max_size=10))
def test_rates_stand_on_enough_people_or_on_all(found):
    record = Record()
    for band, (years, deaths) in found.items():
        record.at_risk[band], record.deaths[band] = float(years), min(deaths, years)
    total = sum(record.at_risk.values())
    for rate in rates_of(record):
        assert 0 <= rate.rate <= 1
        assert rate.years >= ENOUGH or rate.years == total


def test_band_ends():
    assert [band_of(age) for age in (0, 59, 60, 64, 65, 99, 100, 120)] == [0, 0, 1, 1, 2, 8, 9, 9]


def test_a_forecast_from_the_citys_own_events(cast):
    """Two hundred of 1940, of whom ten died in 2017; nobody came since 2012, two of 1957 come in 2018."""
    people = [
        factories.make_cadre(cast.unit_b, birth=PartialDate(1940, 5), retired_on=PartialDate(2001, 3))
        for _ in range(60)
    ]
    for person in people[:6]:
        actions.decease_cadre(actor=None, cadre=person, died_on=datetime.date(2017, 6, 1))
    for _ in range(2):
        factories.make_cadre(cast.unit_b, birth=PartialDate(1957, 5), retired_on=PartialDate(2018, 3))
    asked = Asked(D2018, whole_city=True, organization=cast.unit_b)
    found = forecast(asked, Category.RETIREE, 2018)
    seventies = found.rates[band_of(76)]
    # 2014–2018: 60 at the start of four years, 54 of the fifth; ages 73–77 lie in two bands.
    assert sum(rate.deaths for rate in found.rates if not rate.joined) == 6
    assert found.now == sum(p.category == "retiree" for p in recount.people(D2018, cast.unit_b.path)) >= 56
    assert found.arrivals == pytest.approx(2 / 5)
    assert 0 < seventies.rate < 0.1
    assert found.points[0].people < found.now + 1
    assert [point.year for point in found.points] == [2019, 2020, 2021, 2022, 2023]


def test_the_page(cast, sign_in):
    factories.make_cadre(cast.unit_a, name="某甲", retired_on=PartialDate(2011, 3), birth=PartialDate(1950, 1))
    page = sign_in(cast.leader).get(reverse("reports:trend"), {"as_of": "2017-12-31", "table": "N6"})
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("总计 › 总数", "年龄分布", "往后五年", "怎么推的", "各年龄段的去世比例", "as_of=2016-12-31"):
        assert words in text
    odd = sign_in(cast.leader).get(reverse("reports:trend"), {"table": "D2", "row": "x", "column": "y"})
    assert odd.status_code == 200 and "总计 › 离休干部" in odd.content.decode()
    assert sign_in(cast.leader).get(reverse("reports:trend"), {"table": "无"}).status_code == 200
    assert "1980" in sign_in(cast.leader).get(reverse("reports:trend"), {"as_of": "1900-01-01"}).content.decode()


def test_only_the_readers_own(cast, sign_in):
    district_staff = factories.make_user("district", Role.STAFF, cast.district)
    factories.make_cadre(cast.unit_a, retired_on=PartialDate(2011, 3))
    page = sign_in(district_staff).get(reverse("reports:trend"), {"table": "N6"})
    figures = page.context["figures"]
    assert {item["figure"].value for item in figures} <= {0, 1}
    foreign = sign_in(district_staff).get(reverse("reports:trend"), {"organization": cast.unit_a.pk})
    assert foreign.status_code == 404
