"""Behind every figure stand exactly as many people as it says."""

from __future__ import annotations

import datetime
import random
import re
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization, OrganizationKind
from accounts.roles import Role
from cadres import actions
from common.exports import resource_rows
from reports.declarations import TABLES
from reports.engine.compute import compute
from reports.engine.measures import AgeOf, Count, Formula, Share
from reports.engine.people import behind
from reports.engine.scope import Asked
from reports.exports import LineResource
from tests import factories
from tests.reports.people import FIRST, LAST, make_city_of

D2017 = datetime.date(2017, 12, 31)


@pytest.fixture
def city(db):
    return make_city_of(random.Random(42), 60)[0]


def test_every_list_is_as_long_as_its_number(city):
    assert lists_checked(Asked(D2017, whole_city=True)) > 1000
    assert lists_checked(Asked(datetime.date(2016, 5, 17), whole_city=True)) > 1000


def test_every_list_of_a_district_and_of_one_unit(world):
    """The lists of a reader who sees one district only, and those of one unit, are as long as their numbers too."""
    _, units, reader = world
    assert lists_checked(Asked(D2017, reader)) > 1000
    assert lists_checked(Asked(D2017, whole_city=True, organization=units[0])) > 1000
    assert lists_checked(Asked(D2017, reader, reader.home_organization)) > 1000


@given(seed=st.integers(0, 10**6), day=st.dates(FIRST, LAST))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.django_db(transaction=False)
def test_every_list_in_random_histories(db, seed, day):
    with transaction.atomic():
        make_city_of(random.Random(seed), 25)
        lists_checked(Asked(day, whole_city=True))
        transaction.set_rollback(True)


@pytest.fixture
def world(city):
    """A city of random histories and a member of staff of its first district."""
    district = Organization.objects.get(name="东关区")
    units = list(Organization.objects.filter(kind=OrganizationKind.UNIT).order_by("pk"))
    return city, units, factories.make_user("east", Role.STAFF, district)


@pytest.mark.parametrize("day", [D2017, datetime.date(2016, 5, 17)])
def test_every_list_exports_as_many_lines(world, day):
    """The export of every list (through the export's own resource and right) has the number's length."""
    _, _, reader = world
    asked = Asked(day, reader, right="cadre.export")
    for table_id, result in compute(Asked(day, reader), TABLES.values(), TABLES, checks=False).items():
        for (row, column), value in result.values.items():
            found = behind(asked, TABLES[table_id], row, column) if value else None
            if found is not None:
                lines = list(resource_rows(LineResource(), found))
                number = value if isinstance(found.measure, Count) else found.count()
                assert len(lines) - 1 == number, (table_id, row, column)


def test_everybody_in_every_list_opens_for_that_reader(world, sign_in):
    """Through the list of every cell: every link to a person answers 200; without one stands only who moved away."""
    _, _, reader = world
    client = sign_in(reader)
    opened: set[str] = set()
    for table_id, result in compute(Asked(D2017, reader), TABLES.values(), TABLES, checks=False).items():
        for (row, column), value in result.values.items():
            found = behind(Asked(D2017, reader), TABLES[table_id], row, column) if value else None
            if found is None:
                continue
            query = urlencode({"as_of": "2017-12-31", "row": row, "column": column})
            page = client.get(f"{reverse('reports:table_people', args=[table_id])}?{query}").content.decode()
            links = re.findall(r'<td><a class="name" href="([^"]+)"', page)
            assert len(links) + page.count("现在不归您管") == found.count()
            opened |= set(links)
    assert len(opened) > 5
    assert {client.get(link).status_code for link in opened} == {200}


def test_who_moved_to_another_district_since_is_listed_without_a_link(city, sign_in):
    east, west = (Organization.objects.get(name=f"{name}单位gov") for name in ("东关区", "平川县"))
    cadre = factories.make_cadre(east, name="调走的人")
    actions.move_out(actor=None, cadre=cadre, on=datetime.date(2017, 6, 1), to_unit=west)
    client = sign_in(factories.make_user("east", Role.STAFF, east.parent))
    address = reverse("reports:table_people", args=["N5"])
    last = client.get(f"{address}?as_of=2017-12-31&row=total&column=last").content.decode()
    detail = reverse("cadres:cadre_detail", args=[cadre.pk])
    assert "调走的人<br>" in last and "现在不归您管" in last and detail not in last
    assert client.get(detail).status_code == 404
    staff = sign_in(factories.make_user("city", Role.STAFF, city))
    assert detail in staff.get(f"{address}?as_of=2017-12-31&row=total&column=moved_out").content.decode()


def test_cells_through_the_page_list_and_export(world, sign_in):
    """A sample of cells as a reader meets them: the figure, the list's count, the file's lines."""
    _, _, reader = world
    client = sign_in(reader)
    rng = random.Random(3)
    for table_id, result in compute(Asked(D2017, reader), TABLES.values(), TABLES, checks=False).items():
        counted = [
            (row.key, column.key)
            for row in result.lines
            for column in result.columns
            if result.shown(row.key, column.key) and isinstance(TABLES[table_id].measure(row, column), Count)
        ]
        for row, column in rng.sample(counted, min(3, len(counted))):
            query = {"as_of": "2017-12-31", "row": row, "column": column}
            address = f"{reverse('reports:table_people', args=[table_id])}?{urlencode(query)}"
            page = client.get(address).content.decode()
            number = result.shown(row, column)
            assert f"共 {number} 人" in page, (table_id, row, column)
            person = re.search(r'class="name" href="([^"]+)"', page)
            assert person and client.get(person[1]).status_code == 200
            content = b"".join(client.get(f"{address}&export=csv").streaming_content).decode("utf-8-sig")
            assert len(content.strip().splitlines()) - 1 == number


def lists_checked(asked: Asked) -> int:
    checked = 0
    for table_id, result in compute(asked, TABLES.values(), TABLES).items():
        table = TABLES[table_id]
        for row in result.lines:
            for column in table.leaves:
                measure = table.measure(row, column)
                value = result.values[row.key, column.key]
                found = behind(asked, table, row.key, column.key)
                if measure is None or (isinstance(measure, Formula) and not measure.opens):
                    assert found is None
                    continue
                place = (table_id, row.key, column.key)
                if isinstance(measure, Formula):
                    assert sum(found.signs.values()) == value, place
                    assert found.count() == len(list(found.iterator())), place
                elif isinstance(measure, Count):
                    assert found.count() == value, place
                elif isinstance(measure, AgeOf):
                    ages = [line.age for line in found.iterator()]
                    assert all(age is not None for age in ages), place
                    expected = (
                        {"min": min, "max": max, "mean": lambda a: sum(a) / len(a)}[measure.stat](ages)
                        if ages
                        else None
                    )
                    assert value == (pytest.approx(expected, abs=0.0501) if ages else None), place
                elif isinstance(measure, Share):
                    assert bool(value) == bool(found.count()), place
                checked += 1
    return checked
