"""What the search for duplicates finds, and what it leaves alone."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadres import actions
from cadres.duplicates import numbers
from cadres.models import Cadre, DuplicatePair, PairState, Reason
from cadres.querysets import people_of_import
from cadres.tasks import find_all_duplicates, find_duplicates_of_import
from common.crypto import seal
from common.dates import PartialDate
from common.idcard import check_digit
from tests import factories

birth = st.dates(datetime.date(1920, 1, 1), datetime.date(1970, 1, 1))
valid = st.builds(
    lambda day, serial: factories.id_number(day, serial=serial), birth, st.integers(min_value=1, max_value=499)
)
BIRTH = PartialDate(1945, 3, 2)
NUMBER = factories.id_number(datetime.date(1945, 3, 2), serial=77)


def slips(number: str, place: int, digit: str) -> list[str]:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    return [number[:place] + digit + number[place + 1 :], swapped]


@given(number=valid, place=st.integers(0, 16), digit=st.sampled_from("0123456789"))
@settings(deadline=None)
def test_every_single_slip_is_seen_and_leads_back_to_the_number(number, place, digit):
    for typed in slips(number, place, digit):
        if typed == number:
            assert not numbers.close(number, typed)
            continue
        assert numbers.close(number, typed) and numbers.close(typed, number)
        assert numbers.whole(typed) is None
        if typed[:17].isdigit():
            assert number in numbers.neighbours(typed)


@given(first=valid, second=valid)
@settings(deadline=None)
def test_far_numbers_are_not_close(first, second):
    far = sum(a != b for a, b in zip(first[:17], second[:17], strict=True)) > 2
    if far:
        assert not numbers.close(first, second)


@given(number=valid, place=st.integers(0, 16), digit=st.sampled_from("0123456789"))
@settings(deadline=None)
def test_two_failing_numbers_one_slip_apart_share_a_key(number, place, digit):
    for typed in slips(number, place, digit):
        assert numbers.slip_keys(number) & numbers.slip_keys(typed)


def test_a_mistyped_old_number_passes_but_is_close():
    old = NUMBER[:6] + NUMBER[8:17]
    mistyped = old[:-1] + ("1" if old[-1] != "1" else "3")
    assert numbers.whole(mistyped)
    assert numbers.close(NUMBER, mistyped)


def reasons_of(first: Cadre, second: Cadre) -> set[str]:
    actions.find_duplicates()
    low, high = sorted([first.pk, second.pk])
    pair = DuplicatePair.objects.filter(low=low, high=high).first()
    return set(pair.reasons) if pair else set()


def written_past_the_forms(cadre: Cadre, number: str) -> None:
    """As a take-over from an older system may leave it: a number without its digest."""
    Cadre.objects.filter(pk=cadre.pk).update(id_number=number, id_digest="", id_tail_digest="")


def test_same_name_and_birth_in_two_units(cast):
    first = factories.make_cadre(cast.unit_a, name="曾庆和", birth=BIRTH, id_number="")
    assert reasons_of(first, cast.cadre_b) == {Reason.NAME_BIRTH}


def test_two_whole_numbers_speak_against_it_but_do_not_hide_it(cast):
    first = factories.make_cadre(cast.unit_a, name="曾庆和", birth=BIRTH, id_number=NUMBER)
    assert reasons_of(first, cast.cadre_b) == {Reason.NAME_BIRTH, Reason.ID_DIFFERS}
    assert DuplicatePair.objects.get().weight == 30


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (PartialDate(1945, 3), {Reason.NAME_MONTH}),
        (PartialDate(1945, 4), set()),
        (PartialDate(1945), set()),
        (PartialDate(1945, 3, 3), set()),
    ],
)
def test_partly_known_births(cast, other, expected):
    first = factories.make_cadre(cast.unit_a, name="曾庆和", birth=other, id_number="")
    assert reasons_of(first, cast.cadre_b) == expected


def test_names_that_sound_the_same_in_one_unit_only(cast):
    same = factories.make_cadre(cast.unit_b, name="增庆和", birth=BIRTH, id_number="")
    away = factories.make_cadre(cast.unit_a, name="曾庆河", birth=BIRTH, id_number="")
    assert reasons_of(same, cast.cadre_b) == {Reason.PINYIN}
    assert reasons_of(away, cast.cadre_b) == set()


@pytest.mark.parametrize("how", ["digit", "swap", "check digit"])
def test_a_failing_number_finds_its_person_whatever_the_name(cast, how):
    whole = cast.cadre_b.id_number
    place = next(i for i in range(6) if whole[i] != whole[i + 1])
    typed = {
        "digit": whole[:3] + ("5" if whole[3] != "5" else "6") + whole[4:],
        "swap": whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :],
        "check digit": whole[:17] + ("1" if whole[17] != "1" else "2"),
    }[how]
    other = factories.make_cadre(cast.unit_a, name="另有其人", birth=PartialDate(1950, 1, 1), id_number="")
    written_past_the_forms(other, typed)
    assert reasons_of(other, cast.cadre_b) == {Reason.ID_CLOSE}


def test_two_failing_numbers(cast):
    bad = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")
    worse = bad[:5] + ("7" if bad[5] != "7" else "8") + bad[6:]
    people = [factories.make_cadre(cast.unit_a, id_number="") for _ in range(3)]
    for cadre, number in zip(people, (bad, worse, bad), strict=True):
        written_past_the_forms(cadre, number)
    assert reasons_of(people[0], people[1]) == {Reason.ID_CLOSE}
    assert reasons_of(people[0], people[2]) == {Reason.ID_SAME}


def test_a_number_of_15_digits_and_its_18(cast):
    old = cast.cadre_b.id_number[:6] + cast.cadre_b.id_number[8:17]
    other = factories.make_cadre(cast.unit_a, id_number="")
    written_past_the_forms(other, old)
    assert reasons_of(other, cast.cadre_b) == {Reason.ID_15_18}
    third = factories.make_cadre(cast.unit_a, id_number="")
    written_past_the_forms(third, cast.cadre_b.id_number)
    assert reasons_of(third, cast.cadre_b) == {Reason.ID_SAME}
    assert reasons_of(third, other) == {Reason.ID_15_18}


def test_a_mistyped_old_number_is_found_by_name_and_unit(cast):
    body = cast.cadre_b.id_number[:17]
    place = 9  # in the birth date, so that the births differ as well
    wrong = body[:place] + str((int(body[place]) + 1) % 10) + body[place + 1 :]
    other = factories.make_cadre(
        cast.unit_b, name=cast.cadre_b.name, birth=PartialDate(1946, 3, 2), id_number=wrong + check_digit(wrong)
    )
    assert reasons_of(other, cast.cadre_b) == {Reason.ID_CLOSE}


def test_numbers_that_were_never_entered_are_no_number(cast):
    for cadre in (cast.cadre_a, cast.cadre_b):
        written_past_the_forms(cadre, "不详")
    assert numbers.neighbours("不详") == set() and numbers.neighbours("12345678901234567八") == set()
    assert actions.find_duplicates() == 1  # the same words: somebody should look
    assert seal("")[:1] == ""


def test_the_queue_follows_what_is_true(cast):
    first = factories.make_cadre(cast.unit_a, name="曾庆和", birth=BIRTH, id_number="")
    assert actions.find_duplicates() == 1
    assert actions.find_duplicates() == 0
    actions.change_cadre(actor=None, cadre=first, values={"name": "曾庆合", "birth": PartialDate(1946, 1, 1)})
    actions.find_duplicates()
    assert not DuplicatePair.objects.exists()


def test_two_people_stay_two_people(cast):
    factories.make_cadre(cast.unit_a, name="曾庆和", birth=BIRTH, id_number="")
    actions.find_duplicates()
    pair = DuplicatePair.objects.get()
    actions.mark_different(actor=cast.staff, pair=pair, words="问过，是两个人")
    find_all_duplicates()
    pair.refresh_from_db()
    assert (pair.state, pair.settled_by) == (PairState.DIFFERENT, cast.staff)
    actions.reopen_pair(actor=cast.staff, pair=pair)
    pair.refresh_from_db()
    assert (pair.state, pair.words, pair.settled_by) == (PairState.OPEN, "", None)


def test_only_the_people_of_an_import_are_queued(cast):
    first = factories.make_cadre(cast.unit_a, name="曾庆和", birth=BIRTH, id_number="")
    second = factories.make_cadre(cast.unit_a, name="韩松年", birth=PartialDate(1928, 5, 18), id_number="")
    assert actions.find_duplicates(people=[second.pk]) == 1
    assert DuplicatePair.objects.get().high == second
    assert actions.find_duplicates(people=[first.pk]) == 1
    assert DuplicatePair.objects.count() == 2
    find_duplicates_of_import(0)
    assert people_of_import(0) == set()
