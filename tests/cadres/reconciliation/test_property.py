"""Any small world: once everything is settled and approved, the roll is the file's people and those left out by
mistake, and last year's total plus the events is this year's."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadres.actions.reconciliation import Answer, settle_difference
from cadres.models import Cadre, RosterDifference, Settlement
from cadres.querysets import on_roll
from cadres.reconciliation.balance import balance_of
from common.dates import PartialDate
from tests import factories
from tests.cadres.reconciliation.conftest import DAY, approve, hand_in, new_row, row_of
from tests.conftest import build_cast

pytestmark = pytest.mark.django_db
MAY = datetime.date(2017, 5, 1)
NAMES = ("马骏", "田素云", "祁连生", "葛天民", "白茂林", "陶静仪")

on_record = st.lists(st.sampled_from(["stays", "changed", "missing"]), max_size=5)
left = st.sampled_from(["died", "moved_out", "forgotten", "mistaken", "to_b"])
came = st.lists(st.sampled_from(["enrolled", "backfilled", "outside", "from_b", "refused"]), max_size=4)
world = st.tuples(on_record, st.lists(left, min_size=5, max_size=5), came)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=world)
def test_after_everything_is_settled_the_roll_is_the_file(db, world):
    from django.db import transaction

    with transaction.atomic():
        _live(*world)
        transaction.set_rollback(True)


def _live(fates, leaving, comers):
    cast = build_cast()
    rows, expected = [row_of(cast.cadre_a)], {cast.cadre_a.name}
    answers: dict[tuple[str, str], Answer] = {}
    elsewhere = [row_of(cast.cadre_b)]
    for number, fate in enumerate(fates):
        cadre = factories.make_cadre(
            cast.unit_a, name=NAMES[number], birth=PartialDate(1940 + number, 5, 6), retired_on=PartialDate(2005, 5)
        )
        if fate == "missing":
            how = leaving[number]
            if how == "to_b":
                elsewhere.append(row_of(cadre, 单位=cast.unit_b.name, 隶属="东关区", 单位性质="事业"))
                answers["missing", cadre.name] = Answer(Settlement.MOVED_OUT, to_unit=cast.unit_b, on=MAY)
            else:
                words = {"on": MAY} if how in ("died", "moved_out", "mistaken") else {}
                place = "外省" if how == "moved_out" else ""
                answers["missing", cadre.name] = Answer(how, to_place=place, note="说明", **words)
            expected |= {cadre.name} if how == "forgotten" else set()
            continue
        rows.append(row_of(cadre, 健康状况="健康") if fate == "changed" else row_of(cadre))
        expected.add(cadre.name)
    for number, how in enumerate(comers):
        name, born = f"新来{'甲乙丙丁'[number]}", datetime.date(1957 - number, 1, 2 + number)
        if how == "from_b":
            cadre = factories.make_cadre(
                cast.unit_b, name=name, birth=PartialDate.of(born), retired_on=PartialDate(2016, 5)
            )
            rows.append(row_of(cadre, 单位=cast.unit_a.name, 隶属="市直", 单位性质="机关"))
            answers["new", name] = Answer(Settlement.MOVED_IN, on=MAY)
        else:
            rows.append(new_row(cast.unit_a, name, born, "2017.02" if how == "enrolled" else "2014.02"))
            word = {"outside": Settlement.MOVED_IN, "refused": Settlement.REFUSED}.get(how, how)
            place = "外省" if how == "outside" else ""
            answers["new", name] = Answer(word, to_place=place, note="说明", on=MAY if how == "outside" else None)
        expected |= {name} if how != "refused" else set()
    unit_roster = hand_in(cast.staff, cast.unit_a, rows)
    hand_in(cast.staff, cast.unit_b, elsewhere)
    for row in RosterDifference.objects.filter(unit_roster=unit_roster).order_by("pk"):
        row.refresh_from_db()
        if not row.settled:
            answer = answers.get((row.kind, row.details["name"])) or Answer(row.proposal)
            settle_difference(actor=cast.staff, difference=row, answer=answer)
    done = approve(cast.staff, unit_roster)
    assert done.state == "approved", done.roster_import.words
    roll = on_roll([cast.unit_a.pk], DAY)[cast.unit_a.pk]
    assert set(Cadre.objects.filter(pk__in=roll).values_list("name", flat=True)) == expected
    found = balance_of(done)
    assert found.last + found.enrolled + found.moved_in - found.died - found.moved_out + found.corrected == len(roll)
    assert (found.total, set(done.roll.people)) == (len(roll), roll)
    if "mistaken" not in leaving and "backfilled" not in comers:
        assert found.corrected == 0, "events alone explain the change"
