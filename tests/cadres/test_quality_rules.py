"""The rules and the scores of data quality: each rule finds its flaw, sums are right at every level, a flaw costs."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Organization
from cadres import actions
from cadres.derive import id_conflict
from cadres.models import Cadre, IdConflict, OriginalText, QualityScore
from cadres.quality.rules import GROUPS, POPULATIONS, RULES, WEIGHTS
from cadres.quality.score import Tally, fold, result_of, score_of
from cadres.querysets.quality import people_of
from common.codes import Category
from common.dates import PartialDate
from tests import factories

CODES = sorted(RULES)
WEIGHED = {code: rule.weight for code, rule in RULES.items()}

pairs = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(sorted).map(list)
counts = st.dictionaries(st.sampled_from(CODES), pairs, min_size=1)


# -- sums ---------------------------------------------------------------------------------------------


@given(counts)
def test_a_score_lies_between_0_and_100_and_only_the_spotless_have_100(found):
    result = result_of(Tally(10, found), WEIGHED)
    assert 0 <= result.score <= 100
    assert (result.score == 100) == (result.lost == 0)
    assert result.findings >= result.critical >= 0


@given(counts, st.data())
def test_one_more_flaw_never_raises_the_score(found, data):
    code = data.draw(st.sampled_from(sorted(found)))
    if found[code][0] == found[code][1]:
        return
    worse = {**found, code: [found[code][0] + 1, found[code][1]]}
    before, after = result_of(Tally(10, found), WEIGHED), result_of(Tally(10, worse), WEIGHED)
    assert after.score <= before.score
    assert after.lost > before.lost


@given(st.lists(st.tuples(st.sampled_from([4, 5, 6]), st.integers(0, 50), counts), min_size=1, max_size=8))
def test_an_upper_score_is_computed_over_all_people_not_a_mean(units):
    paths = {1: "/1/", 4: "/1/4/", 5: "/1/4/5/", 6: "/1/6/"}
    own: dict[int, Tally] = {}
    everyone = Tally()
    for pk, people, found in units:
        one = Tally(people, {code: list(pair) for code, pair in found.items()})
        own.setdefault(pk, Tally()).add(one)
        everyone.add(one)
    sums = fold(own, paths)
    assert result_of(sums[1], WEIGHED) == result_of(everyone, WEIGHED)
    if 5 in own:
        assert sums[4].people == own[5].people + (own[4].people if 4 in own else 0)


def test_nothing_is_rounded_away():
    assert score_of(0, 10) == 100 and score_of(0, 0) == 100 and score_of(10, 10) == 0
    assert 99 < score_of(1, 10_000_000) < 100
    assert 0 < score_of(9_999_999, 10_000_000) < 1


def test_rules_are_complete():
    assert len(RULES) > 30
    for rule in RULES.values():
        assert rule.group in GROUPS and rule.population in POPULATIONS and rule.weight in WEIGHTS
        assert rule.sentence.endswith("。") and rule.mend and not rule.mend.endswith("。")
        for name in rule.fields:
            Cadre._meta.get_field(name)


# -- the ID number ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth", "sex", "expected"),
    [
        ("1945", "1", ""), ("1945-03", "1", ""), ("1945-03-02", "1", ""), ("", "", ""), ("1945-04", "1", "birth"),
        ("1945-03-03", "1", "birth"), ("1945-03-02", "2", "sex"), ("1944", "2", "both"),
    ],
)  # fmt: skip
def test_birth_and_sex_against_the_number(birth, sex, expected):
    number = factories.id_number(datetime.date(1945, 3, 2), "1")
    assert id_conflict(number, birth, sex) == expected
    assert id_conflict("", birth, sex) == ""


def test_a_conflict_comes_and_goes_with_the_edit(cast):
    cadre = cast.cadre_b
    assert cadre.id_conflict == ""
    values = {"birth": PartialDate(1944, 3), "sex": "2"}
    changed = actions.change_cadre(actor=cast.staff, cadre=cadre, values=values)
    assert changed.id_conflict == IdConflict.BOTH
    values = {"birth": PartialDate(1945, 3), "sex": "1"}
    assert actions.change_cadre(actor=cast.staff, cadre=changed, values=values).id_conflict == ""


# -- each rule finds what it is about -----------------------------------------------------------------

NEXT = timezone.localdate().year + 1
LEAVE = {"category": Category.LEAVE, "birth": PartialDate(1930, 5), "revolution_joined": PartialDate(1947, 6),
         "retired_on": PartialDate(1990, 5), "work_started": PartialDate(1947, 6)}  # fmt: skip
GOOD = {"treatment_rank": "132", "address": "滨河路1号", "community_name": "滨河社区", "living": "1", "self_care": "1",
        "party_joined": PartialDate(1975, 7)}  # fmt: skip

FLAWS = {
    "no_id": {"id_number": ""},
    "no_birth": {"birth": None},
    "no_sex": {"sex": "", "id_number": ""},
    "no_ethnicity": {"ethnicity": ""},
    "no_political": {"political_status": ""},
    "no_party_joined": {"party_joined": None},
    "no_work": {"work_started": None},
    "no_revolution": {**LEAVE, "revolution_joined": None, "work_started": None},
    "no_retired": {"retired_on": None},
    "no_rank": {"rank": ""},
    "no_treatment": {**LEAVE, "treatment_rank": ""},
    "no_address": {"address": ""},
    "no_phone": {"phone": ""},
    "no_community": {"community_name": ""},
    "no_living": {"living": ""},
    "no_self_care": {"self_care": ""},
    "no_place": {"relocated": True, "relocated_to": ""},
    "date_future": {"party_joined": PartialDate(NEXT, 1)},
    "date_ancient": {"party_joined": PartialDate(1895)},
    "birth_year_only": {"birth": PartialDate(1948)},
    "retired_year_only": {"retired_on": PartialDate(2008)},
    "id_birth": {"birth": PartialDate(1949, 1)},
    "id_sex": {"sex": "2"},
    "retired_before_work": {"work_started": PartialDate(2008, 9), "retired_on": PartialDate(2008, 8)},
    "retired_age": {"retired_on": PartialDate(1987, 1)},
    "work_age": {"work_started": PartialDate(1961, 1)},
    "revolution_age": {**LEAVE, "birth": PartialDate(1936, 5), "revolution_joined": PartialDate(1945, 1)},
    "party_age": {"party_joined": PartialDate(1963, 7)},
    "party_status": {"political_status": "13"},
    "age_impossible": {"birth": PartialDate(1905, 2), "retired_on": PartialDate(1965, 2)},
    "leave_born_late": {**LEAVE, "birth": PartialDate(1938, 1), "retired_on": PartialDate(1998, 1)},
    "leave_joined_late": {**LEAVE, "revolution_joined": PartialDate(1949, 10)},
    "survivor_alone": {"category": Category.SURVIVOR},
    "no_nature": {"nature": ""},
}  # fmt: skip


def found_by(cadre: Cadre, code: str) -> bool:
    return Cadre.objects.filter(RULES[code].finding(timezone.localdate()), pk=cadre.pk).exists()


def write(cadre: Cadre, values: dict[str, Any]) -> None:
    """Past the actions, which refuse some of it: old data is not asked."""
    plain = {name: "" if value is None else value for name, value in values.items() if name != "id_number"}
    Cadre.objects.filter(pk=cadre.pk).update(**plain)


@pytest.fixture
def good(cast) -> Cadre:
    """Somebody in whose file no rule finds anything."""
    cadre = factories.make_cadre(cast.unit_a, birth=PartialDate(1948, 5), **GOOD)
    actions.add_family_member(actor=None, cadre=cadre, values={"name": "韩敏"})
    return cadre


def test_a_good_file_is_found_by_no_rule(good):
    assert [code for code in RULES if found_by(good, code)] == []


@pytest.mark.parametrize("code", sorted(FLAWS))
def test_each_flaw_is_found_by_its_rule(cast, code):
    flaw = FLAWS[code]
    cadre = factories.make_cadre(cast.unit_a, **{"birth": PartialDate(1948, 5), **GOOD})
    if code in {"no_id", "no_sex", "no_phone", "id_birth", "id_sex"}:  # found by what is derived on writing
        actions.change_cadre(actor=None, cadre=cadre, values=flaw)
    else:
        write(cadre, flaw)
    assert found_by(cadre, code)


def test_the_rules_that_need_more_than_one_row(cast, good):
    alone = factories.make_cadre(cast.unit_a, **GOOD)
    assert found_by(alone, "no_contact") and not found_by(good, "no_contact")
    OriginalText.objects.create(cadre=good, field="rank", text="科级及以下")
    assert found_by(good, "word_unknown")
    for _ in range(3):
        factories.make_cadre(cast.unit_b, phone="13912345678")
    assert not found_by(Cadre.objects.last(), "phone_shared")
    assert found_by(factories.make_cadre(cast.unit_b, phone="13912345678"), "phone_shared")
    assert found_by(factories.make_cadre(cast.city), "unit_unknown")
    Organization.objects.filter(pk=cast.unit_a.pk).update(active=False)
    assert found_by(good, "unit_closed")
    Cadre.objects.filter(pk=good.pk).update(level="")
    assert found_by(good, "no_level")
    Cadre.objects.filter(pk=good.pk).update(standing="deceased", died_on=datetime.date(1940, 1, 1))
    assert found_by(good, "died_before") and not found_by(good, "no_level")
    assert set(RULES) - set(FLAWS) == {"no_contact", "word_unknown", "phone_shared", "unit_unknown", "unit_closed",
                                       "no_level", "died_before"}  # fmt: skip


def test_dates_known_in_part_are_not_accused(cast):
    cadre = factories.make_cadre(
        cast.unit_a, birth=PartialDate(1948), work_started=PartialDate(1968, 3), retired_on=PartialDate(1968)
    )
    assert not found_by(cadre, "retired_before_work")


# -- scores -------------------------------------------------------------------------------------------


def score(organization: Organization) -> QualityScore:
    return QualityScore.objects.current().get(organization=organization)


def test_every_level_is_scored_over_its_own_people(cast):
    factories.make_cadre(cast.unit_b, id_number="", birth=PartialDate(1948, 2), community=cast.community)
    actions.compute_scores()
    assert score(cast.city).people == 3 and score(cast.district).people == 2 and score(cast.unit_a).people == 1
    assert score(cast.community).people == 2
    assert score(cast.city).lost == score(cast.district).lost + score(cast.unit_a).lost
    assert score(cast.city).counts["no_id"] == [1, 3]
    assert not QualityScore.objects.filter(organization=cast.street).exists()


def test_the_work_list_is_as_long_as_the_figure(cast):
    for number in range(6):
        flaw = list(FLAWS.values())[number * 5]
        cadre = factories.make_cadre([cast.unit_a, cast.unit_b][number % 2], community=cast.community)
        write(cadre, flaw)
    actions.compute_scores()
    today = timezone.localdate()
    for row in QualityScore.objects.current().select_related("organization"):
        people = people_of(Cadre.objects.all(), row.organization)
        for code, (found, asked) in row.counts.items():
            rule = RULES[code]
            assert people.filter(rule.finding(today)).count() == found, (row.organization.name, code)
            assert people.filter(POPULATIONS[rule.population][1]).count() == asked, (row.organization.name, code)


def test_computing_again_replaces_the_day_and_one_unit_alone_gives_the_same(cast):
    actions.compute_scores()
    before = score(cast.unit_a)
    actions.compute_scores()
    assert QualityScore.objects.filter(organization=cast.unit_a).count() == 1
    actions.compute_score(actor=cast.staff, organization=cast.unit_a)
    after = score(cast.unit_a)
    assert (after.score, after.counts, after.people) == (before.score, before.counts, before.people)
    assert score(cast.city).people == 2


def test_who_has_nobody_left_has_no_current_score(cast):
    actions.compute_scores()
    actions.decease_cadre(actor=None, cadre=cast.cadre_a, died_on=timezone.localdate())
    actions.compute_score(actor=cast.staff, organization=cast.unit_a)
    assert not QualityScore.objects.current().filter(organization=cast.unit_a).exists()


def test_the_last_score_of_each_year_is_kept(cast):
    actions.compute_scores()
    now = score(cast.unit_a)
    days = [datetime.date(2020, 11, 3), datetime.date(2020, 12, 30), datetime.date(2021, 5, 1)]
    for day in days:
        QualityScore.objects.create(
            organization=cast.unit_a, day=day, current=False, people=1, findings=0, critical=0, lost=0, possible=1,
            score=100, computed_at=now.computed_at,
        )  # fmt: skip
    actions.compute_scores()
    assert list(QualityScore.objects.of(cast.unit_a).values_list("day", flat=True)) == [*days[1:], now.day]
