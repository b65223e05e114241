"""Which birthdays and festivals fall into a window."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadres.models import BirthdayCalendar, Cadre
from common.codes import Category
from common.dates import PartialDate
from common.lunar import LunarDay, lunar_birthdays_between, solar_birthdays_between, solar_to_lunar
from tests import factories
from visits.due import kept_on, stretches
from visits.querysets import birthdays_between, due_birthdays, due_festivals
from visits.querysets import kept_on as kept_of
from visits.rules import turning

D = datetime.date
days = st.dates(min_value=D(1905, 1, 1), max_value=D(2095, 12, 31))


@settings(max_examples=150, deadline=None)
@given(days, st.integers(0, 60), st.integers(1, 12), st.integers(1, 30), st.booleans())
def test_lunar_stretches_agree_with_the_calendar(start, length, month, day, leap):
    end = start + datetime.timedelta(days=length)
    expected = lunar_birthdays_between(LunarDay(month, day, leap), start, end)
    assert kept_on("lunar", month, day, leap, stretches(start, end)) == expected


@settings(max_examples=150, deadline=None)
@given(days, st.integers(0, 400), st.dates(min_value=D(2000, 1, 1), max_value=D(2000, 12, 31)))
def test_solar_stretches_agree_with_the_calendar(start, length, birthday):
    end = start + datetime.timedelta(days=length)
    expected = solar_birthdays_between(birthday.month, birthday.day, start, end)
    assert kept_on("solar", birthday.month, birthday.day, False, stretches(start, end)) == expected


@pytest.mark.parametrize(
    ("year", "spring", "mid_autumn", "double_ninth"),
    [
        (2026, "02-17", "09-25", "10-18"),
        (2027, "02-06", "09-15", "10-08"),
        (2028, "01-26", "10-03", "10-26"),
        (2029, "02-13", "09-22", "10-16"),
        (2030, "02-03", "09-12", "10-05"),
    ],
)
def test_festivals_fall_on_their_days(year, spring, mid_autumn, double_ninth):
    found = due_festivals(D(year, 1, 1), D(year, 12, 31))
    assert [(item.name, f"{item.date:%m-%d}") for item in found] == [
        ("春节", spring),
        ("中秋", mid_autumn),
        ("重阳", double_ninth),
    ]


def person(unit, **values) -> Cadre:
    return factories.make_cadre(unit, birth=PartialDate(1940, 6, 15), **values)


def lunar(unit, month: int, day: int, leap: bool = False) -> Cadre:
    return person(
        unit,
        birthday_calendar=BirthdayCalendar.LUNAR,
        birthday_month=month,
        birthday_day=day,
        birthday_leap=leap,
    )


def due_days(start: D, end: D) -> list[tuple[int, D]]:
    return sorted((due.pk, due.on) for due in due_birthdays(Cadre.objects.all(), start, end))


def test_both_calendars_are_found_once_each(cast):
    solar = factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 11, 25))
    of_lunar = lunar(cast.unit_a, 10, 17)  # 农历十月十七: 2026-11-25
    assert solar_to_lunar(D(2026, 11, 25))[1] == LunarDay(10, 17)
    found = due_days(D(2026, 11, 20), D(2026, 11, 27))
    assert found == sorted([(solar.pk, D(2026, 11, 25)), (of_lunar.pk, D(2026, 11, 25))])


def test_a_leap_month_birthday_is_kept_in_the_leap_month_or_else_in_the_plain_one(cast):
    leap, plain = lunar(cast.unit_a, 6, 5, leap=True), lunar(cast.unit_a, 6, 5)
    # 2025 has a leap sixth month: both keep their own; 2026 has none: both keep the plain one.
    assert due_days(D(2025, 6, 1), D(2025, 9, 1)) == sorted([(plain.pk, D(2025, 6, 29)), (leap.pk, D(2025, 7, 29))])
    assert due_days(D(2026, 6, 1), D(2026, 9, 1)) == sorted([(plain.pk, D(2026, 7, 18)), (leap.pk, D(2026, 7, 18))])


def test_day_thirty_of_a_short_month_is_kept_on_the_twenty_ninth(cast):
    of_thirty, of_29 = lunar(cast.unit_a, 12, 30), lunar(cast.unit_a, 12, 29)
    # 除夕 2026-02-16 is 腊月廿九: that year the twelfth month has 29 days.
    assert solar_to_lunar(D(2026, 2, 16))[1] == LunarDay(12, 29)
    assert due_days(D(2026, 2, 10), D(2026, 2, 20)) == sorted(
        [(of_thirty.pk, D(2026, 2, 16)), (of_29.pk, D(2026, 2, 16))]
    )


@pytest.mark.parametrize(("year", "day"), [(2026, D(2026, 2, 28)), (2028, D(2028, 2, 29))])
def test_the_29th_of_february_is_kept_every_year(cast, year, day):
    cadre = factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 2, 29))
    assert due_days(D(year, 2, 20), D(year, 3, 10)) == sorted([(cadre.pk, day), (cast.cadre_b.pk, D(year, 3, 2))])


def test_windows_cross_the_new_year(cast):
    december = factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 12, 30))
    january = factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 1, 2))
    assert due_days(D(2026, 12, 28), D(2027, 1, 4)) == sorted(
        [(december.pk, D(2026, 12, 30)), (january.pk, D(2027, 1, 2))]
    )


def test_only_people_on_the_roll_have_birthdays(cast):
    from cadres.actions import decease_cadre, move_out

    dead = factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 5, 6))
    gone = factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 5, 6))
    decease_cadre(actor=None, cadre=dead, died_on=D(2020, 1, 1))
    move_out(actor=None, cadre=gone, on=D(2020, 1, 1), to_place="外省")
    assert due_days(D(2026, 5, 1), D(2026, 5, 10)) == []


def test_someone_without_a_known_day_is_not_due(cast):
    factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 5), id_number="")
    assert due_days(D(2026, 5, 1), D(2026, 5, 17)) == []


def test_the_list_of_a_month_gives_the_same_days_as_the_daily_search(cast):
    for day in (1, 9, 28):
        factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 2, day))
    factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 2, 29))
    for month, day in ((12, 30), (1, 1), (1, 13), (12, 14)):
        lunar(cast.unit_a, month, day)
    start, end = D(2026, 2, 1), D(2026, 2, 28)
    listed = sorted((c.pk, kept_of(c, start)) for c in birthdays_between(Cadre.objects.all(), start, end))
    assert listed == due_days(start, end)
    assert len(listed) >= 6


def test_one_query_a_day(cast, django_assert_num_queries):
    for number in range(6):
        factories.make_cadre(cast.unit_a, birth=PartialDate(1944, 5, 1 + number))
    with django_assert_num_queries(8):
        assert len(list(due_birthdays(Cadre.objects.all(), D(2026, 5, 1), D(2026, 5, 8)))) == 6


@pytest.mark.parametrize(
    ("category", "calendar", "birth", "on", "full", "nominal", "milestone"),
    [
        (Category.LEAVE, "solar", PartialDate(1937, 5, 1), D(2026, 5, 1), 89, 90, "虚岁90大寿"),
        (Category.LEAVE, "solar", PartialDate(1939, 5, 1), D(2026, 5, 1), 87, 88, ""),
        (Category.RETIREE, "solar", PartialDate(1946, 5, 1), D(2026, 5, 1), 80, 81, "80岁大寿"),
        (Category.RETIREE, "solar", PartialDate(1945, 5, 1), D(2026, 5, 1), 81, 82, ""),
        (Category.RETIREE, "solar", PartialDate(1925, 5, 1), D(2026, 5, 1), 101, 102, "101岁大寿"),
        (Category.SURVIVOR, "solar", PartialDate(1936, 5, 1), D(2026, 5, 1), 90, 91, ""),
        # born 腊月 1936 (January 1937): the lunar birthday of lunar 1936+89 is a 虚岁 90
        (Category.LEAVE, "lunar", PartialDate(1937, 1, 20), D(2026, 1, 26), 89, 90, "虚岁90大寿"),
    ],
)
def test_ages_turned_and_milestones(category, calendar, birth, on, full, nominal, milestone):
    turned = turning(category, calendar, birth, on)
    assert (turned.full, turned.nominal, turned.milestone) == (full, nominal, milestone)


@given(st.dates(min_value=D(1920, 1, 1), max_value=D(1945, 12, 31)))
def test_every_nominal_age_comes_exactly_once(birth):
    """Counted by lunar New Years, a solar birthday near it would skip an age and its 大寿 would never come."""
    kept = [solar_birthdays_between(birth.month, birth.day, D(y, 1, 1), D(y, 12, 31))[0] for y in range(2020, 2040)]
    ages = [turning(Category.LEAVE, "solar", PartialDate.of(birth), day).nominal for day in kept]
    assert ages == list(range(ages[0], ages[0] + 20))


def test_no_age_without_a_birth():
    assert turning(Category.LEAVE, "solar", None, D(2026, 1, 1)) is None
