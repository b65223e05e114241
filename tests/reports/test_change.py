"""Explained change: the steps make exactly the difference, and each tells the event that did it."""

from __future__ import annotations

import datetime
import random

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from cadres import actions
from common.codes import Rank
from common.dates import PartialDate
from common.models import AuditEntry
from reports.declarations import TABLES
from reports.engine.change import Cause, Explanation, explain, explainable
from reports.engine.people import behind
from reports.engine.scope import Asked
from tests import factories
from tests.reports import recount
from tests.reports.people import FIRST, LAST, make_city_of

D2016, D2017 = datetime.date(2016, 12, 31), datetime.date(2017, 12, 31)


def explained(table: str, row: str, column: str, since=D2016, until=D2017, **asked) -> Explanation:
    asked = asked or {"whole_city": True}
    lists = [behind(Asked(day, **asked), TABLES[table], row, column) for day in (since, until)]
    return explain(*lists)


@given(
    seed=st.integers(0, 10**6),
    days=st.lists(st.dates(FIRST, LAST), min_size=2, max_size=2, unique=True).map(sorted),
    cells=st.lists(st.integers(0, 10**6), min_size=6, max_size=6),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.django_db(transaction=False)
def test_steps_make_the_difference(db, seed, days, cells):
    from django.db import transaction

    with transaction.atomic():
        city, units = make_city_of(random.Random(seed), 40)
        organization = random.Random(seed).choice([None, units[0], city, units[0].parent])
        asked = [Asked(day, whole_city=True, organization=organization) for day in days]
        countable = [
            (table, row.key, column.key)
            for table in TABLES.values()
            for row in table.lines(asked[0].districts)
            for column in table.leaves
            if explainable(table.measure(row, column))
        ]
        for number in cells:
            table, row, column = countable[number % len(countable)]
            before, after = (behind(side, table, row, column) for side in asked)
            found = explain(before, after)
            assert sum(group.change for group in found.groups) == found.difference == after.count() - before.count()
            if not before.source.of_events:
                assert len({step.cadre_id for step in found.steps}) == len(found.steps)
                assert not any(step.cause in (Cause.HAPPENED, Cause.EARLIER) for step in found.steps)
        # The retired of the whole, by a count that knows nothing of the engine.
        path = organization.path if organization else "/"
        numbers = [sum(p.category == "retiree" for p in recount.people(day, path)) for day in days]
        total = explain(*(behind(side, TABLES["N6"], "total", "total") for side in asked))
        assert (total.before, total.after) == tuple(numbers)
        transaction.set_rollback(True)


@pytest.fixture
def moved(cast):
    """One died, one came from B, one left the city, one was promoted, one turned 71, one was enrolled; in 2017."""
    city = {}
    for name in ("去世", "转来", "转走", "升级", "满龄"):
        unit = cast.unit_b if name == "转来" else cast.unit_a
        birth = PartialDate(1946, 5, 6) if name == "满龄" else PartialDate(1950, 1, 1)
        city[name] = factories.make_cadre(
            unit, name=f"某{name}", retired_on=PartialDate(2011, 3), birth=birth, rank=Rank.COUNTY_CHIEF
        )
    staff = cast.staff
    actions.decease_cadre(actor=staff, cadre=city["去世"], died_on=datetime.date(2017, 2, 3))
    actions.move_out(actor=staff, cadre=city["转来"], on=datetime.date(2017, 3, 4), to_unit=cast.unit_a)
    actions.move_out(actor=staff, cadre=city["转走"], on=datetime.date(2017, 4, 5), to_place="西宁市")
    actions.change_cadre(
        actor=staff, cadre=city["升级"], values={"rank": Rank.BUREAU_DEPUTY}, since=datetime.date(2017, 5, 6)
    )
    factories.make_cadre(cast.unit_a, name="某新办", retired_on=PartialDate(2017, 6), rank=Rank.COUNTY_CHIEF)
    return city


def told(found: Explanation) -> dict[str, tuple[str, int, str]]:
    return {step.name: (step.cause.value, step.sign, step.words) for step in found.steps}


def test_each_reason_is_named(cast, moved):
    whole = told(explained("N6", "total", "total", whole_city=True, organization=cast.unit_a))
    assert whole == {
        "某去世": ("去世", -1, "去世"),
        "某转走": ("转出", -1, "转到 西宁市"),
        "某新办": ("新办", 1, "新办"),
        "某转来": ("转入", 1, "从 东关区第一中学 转来"),
    }
    ranks = told(explained("N6", "total", "government_rank131"))
    assert ranks["某升级"] == ("情况变动", -1, "级别 正县处级 → 副厅局级")
    ages = told(explained("N6", "age71_80", "total"))
    assert ages["某满龄"] == ("到了年龄", 1, "情况没有变，年龄到了另一段")
    assert [step.by for step in explained("N6", "total", "total").steps if step.name == "某去世"] == [
        cast.staff.display_name
    ]


def test_events_of_two_periods(cast, moved):
    found = explained("N5", "total", "died")
    assert told(found) == {"某去世": ("本期发生", 1, "去世")}
    next_year = explained("N5", "total", "died", D2017, datetime.date(2018, 12, 31))
    assert told(next_year) == {"某去世": ("上期发生", -1, "去世")}


def test_the_page_explains_the_total_at_once(cast, moved, sign_in):
    client = sign_in(cast.staff)
    url = f"{reverse('reports:change')}?table=N6&since=2016-12-31&until=2017-12-31"
    page = client.get(url).content.decode()
    assert "6 → 5" in page
    for words in ("某去世", "转到 西宁市", "某新办", f"登记：{cast.staff.display_name}"):
        assert words in page
    entry = AuditEntry.objects.filter(action="report.view").latest("number")
    assert entry.changes["people"] == [None, 3]
    exported = client.get(f"{url}&row=total&column=total&export=csv")
    text = b"".join(exported.streaming_content).decode()
    assert "-1,去世,某去世" in text.replace("'-1", "-1") and "某新办" in text


def test_another_units_people_are_not_told(cast, moved, sign_in):
    district_staff = factories.make_user("district", Role.STAFF, cast.district)
    page = sign_in(district_staff).get(
        reverse("reports:change"), {"table": "N6", "since": "2016-12-31", "until": "2017-12-31"}
    )
    text = page.content.decode()
    assert "某转来" in text  # left the district's own school
    assert "某去世" not in text and "某新办" not in text
    foreign = sign_in(district_staff).get(reverse("reports:change"), {"organization": str(cast.unit_a.pk)})
    assert foreign.status_code == 404


def test_two_organizations(cast, moved, sign_in):
    query = {"until": "2017-12-31", "organization": cast.unit_a.pk, "other": cast.unit_b.pk}
    page = sign_in(cast.staff).get(reverse("reports:change"), query).content.decode()
    assert "市水利局" in page and "东关区第一中学" in page
    assert f"organization={cast.unit_b.pk}" in page  # either number opens its own list
    assert "某去世" not in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"since": "2017-12-31", "until": "2016-12-31"}, "前一个日期要早于后一个日期"),
        ({"since": "1066-10-14"}, "截止日期要在 1980 年以后"),
        ({"since": "昨天"}, "日期写成 2017-12-31 这样"),
    ],
)
def test_questions_without_an_answer(cast, sign_in, query, words):
    response = sign_in(cast.staff).get(reverse("reports:change"), query)
    assert response.status_code == 200
    assert words in response.content.decode()


def test_a_cell_that_does_not_exist(cast, sign_in):
    response = sign_in(cast.staff).get(reverse("reports:change"), {"row": "total", "column": "weather"})
    assert response.status_code == 404
