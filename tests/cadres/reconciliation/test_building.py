"""Which differences a file shows, and what is proposed for each."""

from __future__ import annotations

import datetime

import pytest

from cadres import actions
from cadres.models import RosterDifference, RosterRoll, Settlement
from tests.cadres.reconciliation.conftest import DAY, collection_of, differences, hand_in, new_row, row_of
from tests.factories import id_number

pytestmark = pytest.mark.django_db
BORN = datetime.date(1957, 3, 4)


def proposals(unit_roster):
    return {key: str(row.proposal) for key, row in differences(unit_roster).items()}


def test_stays_changed_new_missing(cast, person):
    stays, changed, gone = person(cast.unit_a, "马骏"), person(cast.unit_a, "田素云"), person(cast.unit_a, "祁连生")
    rows = [row_of(stays), row_of(changed, 健康状况="长期卧床"), new_row(cast.unit_a, "葛秀云", BORN, "2017.03")]
    found = differences(hand_in(cast.staff, cast.unit_a, [*rows, row_of(cast.cadre_a)]))
    assert set(found) == {("changed", "田素云"), ("new", "葛秀云"), ("missing", "祁连生")}
    new, missing, change = found["new", "葛秀云"], found["missing", "祁连生"], found["changed", "田素云"]
    assert (new.proposal, new.proposed_on, new.row) == (Settlement.ENROLLED, datetime.date(2017, 3, 1), 4)
    assert (missing.cadre, missing.proposal, missing.in_last_roster) == (gone, "", True)
    assert change.proposal == Settlement.CHANGED
    assert [line[0] for line in change.details["changes"]] == ["health"]
    assert change.details["changes"][0][3] == "不能自理（长期卧床）"


def test_somebody_retired_earlier_was_forgotten_before(cast):
    rows = [row_of(cast.cadre_a), new_row(cast.unit_a, "葛秀云", BORN, "2012.03")]
    (row,) = differences(hand_in(cast.staff, cast.unit_a, rows)).values()
    assert (row.proposal, row.proposed_on) == (Settlement.BACKFILLED, datetime.date(2012, 3, 1))


def test_missing_here_and_new_there_is_one_transfer(cast, person):
    mover = person(cast.unit_a, "马骏")
    first = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    assert proposals(first) == {("missing", "马骏"): ""}
    second = hand_in(
        cast.staff, cast.unit_b, [row_of(cast.cadre_b), row_of(mover, 单位=cast.unit_b.name, 隶属="东关区")]
    )
    gone, new = differences(first)["missing", "马骏"], differences(second)["new", "马骏"]
    assert (gone.counterpart, gone.proposal) == (new, Settlement.MOVED_OUT)
    assert (new.counterpart, new.proposal, new.other_unit) == (gone, Settlement.MOVED_IN, cast.unit_a)


def test_the_same_name_and_birth_is_a_transfer_unless_the_numbers_say_otherwise(cast, person):
    born = datetime.date(1948, 5, 6)
    person(cast.unit_a, "马骏", born)
    first = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    other = new_row(cast.unit_b, "马骏", born, "2008.05", 身份证号=id_number(born, region="990205", serial=77))
    second = hand_in(cast.staff, cast.unit_b, [row_of(cast.cadre_b), other])
    assert proposals(second)["new", "马骏"] == Settlement.BACKFILLED, "another number is another person"
    other[3] = ""
    second = hand_in(cast.staff, cast.unit_b, [row_of(cast.cadre_b), other])
    assert proposals(second)["new", "马骏"] == Settlement.MOVED_IN
    assert proposals(first)["missing", "马骏"] == Settlement.MOVED_OUT
    hand_in(cast.staff, cast.unit_b, [row_of(cast.cadre_b)])
    assert proposals(first)["missing", "马骏"] == "", "the other side is gone, and the proposal with it"


@pytest.mark.parametrize("spoil", ["name", "number"])
def test_a_misspelt_person_is_recognised(cast, person, spoil):
    born = datetime.date(1948, 5, 6)
    right = person(cast.unit_a, "马骏", born)
    row = row_of(right, 姓名="马俊", 身份证号="") if spoil == "name" else row_of(right, 姓名="骏马")
    if spoil == "number":
        from tests.cadres.roster_import.books import with_check_digit

        number = right.id_number
        row[3] = with_check_digit(number[:14] + str((int(number[14]) + 1) % 10) + number[15:])
    found = differences(hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a), row]))
    assert {str(row.proposal) for row in found.values()} == {Settlement.SAME_PERSON}
    assert len(found) == 2 and all(row.counterpart for row in found.values())


def test_somebody_who_moved_away_and_is_named_again_may_have_come_back(cast, person):
    back = person(cast.unit_a, "马骏")
    actions.move_out(actor=None, cadre=back, on=datetime.date(2016, 5, 1), to_place="外省")
    (row,) = differences(hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a), row_of(back)])).values()
    assert (row.kind, row.cadre, row.proposal, row.row_refused) == ("new", back, Settlement.MOVED_IN, True)


def test_whoever_left_after_the_roster_s_day_is_proposed_as_recorded(cast, person):
    gone = person(cast.unit_a, "马骏")
    actions.decease_cadre(actor=None, cadre=gone, died_on=datetime.date(2018, 1, 9))
    (row,) = differences(hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])).values()
    assert (row.kind, row.proposal) == ("missing", Settlement.RECORDED)


def test_last_year_s_roster_is_the_approved_one(cast, person):
    added = person(cast.unit_a, "马骏")
    last = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)], year=2016)
    last.state = "approved"
    last.save()
    RosterRoll.objects.create(unit_roster=last, people=[cast.cadre_a.pk], total=1)
    found = differences(hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a, 健康状况="健康")]))
    assert found["changed", "韩松年"].in_last_roster
    assert not found["missing", "马骏"].in_last_roster and added.pk


def test_who_is_not_on_record_may_be_anybody_else(cast):
    rows = [new_row(cast.unit_a, f"新{number}", BORN, "2017.03") for number in range(40)]
    found = differences(hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a), *rows])).values()
    assert len(found) == 40 and not any(row.of_known_person for row in found)


def test_reading_again_keeps_the_decisions_of_what_did_not_change(cast, person):
    from cadres.actions.reconciliation import settle_as_proposed

    one, two = person(cast.unit_a, "田素云"), person(cast.unit_a, "祁连生")
    rows = [row_of(cast.cadre_a), row_of(one, 健康状况="健康"), row_of(two, 健康状况="健康")]
    unit_roster = hand_in(cast.staff, cast.unit_a, rows)
    everyone = [row.pk for row in differences(unit_roster).values()]
    assert settle_as_proposed(actor=cast.staff, unit_roster=unit_roster, chosen=everyone).done == 2
    rows[2][10] = "长期卧床"
    found = differences(hand_in(cast.staff, cast.unit_a, rows))
    assert found["changed", "田素云"].settled and not found["changed", "祁连生"].settled
    found = differences(hand_in(cast.staff, cast.unit_a, rows[:2]))
    assert set(found) == {("changed", "田素云"), ("missing", "祁连生")}
    assert RosterDifference.objects.count() == 2


@pytest.mark.parametrize("size", [2, 12])
def test_building_takes_as_many_queries_for_many_as_for_few(cast, person, django_assert_max_num_queries, size):
    from cadres.actions.roster import plan_of, read_import
    from cadres.reconciliation.store import rosters_of, store_differences

    people = [person(cast.unit_a, f"马{number}") for number in range(size * 2)]
    rows = [row_of(one, 健康状况="健康") for one in people[:size]]
    rows += [new_row(cast.unit_a, f"新{number}", BORN, "2017.03") for number in range(size)]
    unit_roster = hand_in(cast.staff, cast.unit_a, rows)
    plan = plan_of(unit_roster.roster_import, read_import(unit_roster.roster_import) or [])
    RosterDifference.objects.all().delete()
    with django_assert_max_num_queries(20):
        store_differences(plan, rosters_of(unit_roster.roster_import))
    assert RosterDifference.objects.count() == size * 3 + 1
    assert plan.as_of == DAY and collection_of().pk
