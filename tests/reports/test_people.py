"""Behind every figure stand exactly as many people as it says."""

from __future__ import annotations

import datetime
import random

import pytest

from reports.declarations import TABLES
from reports.engine.compute import compute
from reports.engine.measures import AgeOf, Count, Formula, Share
from reports.engine.people import behind
from reports.engine.scope import Asked
from tests.reports.people import make_city_of


@pytest.fixture
def city(db):
    return make_city_of(random.Random(42), 60)[0]


def test_every_list_is_as_long_as_its_number(city):
    assert lists_checked(datetime.date(2017, 12, 31)) > 1000
    assert lists_checked(datetime.date(2016, 5, 17)) > 1000


def lists_checked(day: datetime.date) -> int:
    asked = Asked(day, whole_city=True)
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
