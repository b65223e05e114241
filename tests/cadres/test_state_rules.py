"""Whatever is recorded in whatever order: the person and the dated states tell the same story."""

from __future__ import annotations

import datetime
import itertools

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadres import actions
from cadres.models import COUNTED_COLUMNS, FOREVER, Cadre, CadreState, EventKind, Standing
from common.codes import Living, Nature, PoliticalStatus, Rank
from tests import factories

pytestmark = pytest.mark.django_db

days_ago = st.integers(min_value=-2, max_value=900)
change = st.fixed_dictionaries(
    {},
    optional={
        "rank": st.sampled_from(["", *Rank.values]),
        "living": st.sampled_from(Living.values),
        "nature": st.sampled_from(Nature.values),
        "political_status": st.sampled_from(PoliticalStatus.values[:2]),
        "relocated": st.booleans(),
        "counted": st.booleans(),
        "hobbies": st.sampled_from(["书法", "太极"]),
        "unit": st.sampled_from(["a", "b"]),
    },
)
step = st.one_of(
    st.tuples(st.just("change"), days_ago, change),
    st.tuples(st.just("correct"), days_ago, change),
    st.tuples(st.just("decease"), days_ago, st.none()),
    st.tuples(st.just("undo"), days_ago, st.none()),
    st.tuples(st.just("out_of_city"), days_ago, st.none()),
    st.tuples(st.just("to_unit"), days_ago, st.sampled_from(["a", "b"])),
    st.tuples(st.just("back"), days_ago, st.sampled_from(["a", "b"])),
)


def take(cast, cadre: Cadre, kind: str, on: datetime.date, what) -> None:
    units = {"a": cast.unit_a, "b": cast.unit_b}
    actor = cast.staff
    if kind in ("change", "correct"):
        values = {name: units[value] if name == "unit" else value for name, value in what.items()}
        actions.change_cadre(actor=actor, cadre=cadre, values=values, since=on if kind == "change" else None)
    elif kind == "decease":
        actions.decease_cadre(actor=actor, cadre=cadre, died_on=on)
    elif kind == "undo":
        actions.correct_death(actor=actor, cadre=cadre, reason="登记错人")
    elif kind == "out_of_city":
        actions.move_out(actor=actor, cadre=cadre, on=on, to_place="外省某市")
    elif kind == "to_unit":
        actions.move_out(actor=actor, cadre=cadre, on=on, to_unit=units[what])
    else:
        actions.move_in(actor=actor, cadre=cadre, on=on, unit=units[what])


def check(cadre: Cadre, today: datetime.date) -> None:
    cadre = Cadre.objects.get(pk=cadre.pk)
    states = list(CadreState.objects.filter(cadre=cadre).order_by("valid_from"))
    assert states
    for earlier, later in itertools.pairwise(states):
        assert earlier.valid_to <= later.valid_from, "two states overlap"
        if earlier.valid_to < later.valid_from:
            left = cadre.events.filter(kind=EventKind.MOVED_OUT, on=earlier.valid_to)
            came = cadre.events.filter(kind=EventKind.MOVED_IN, on=later.valid_from)
            assert left.exists() and came.exists(), "a gap that no 转出 and 转入 explain"
    entries = cadre.events.filter(kind__in=[EventKind.ENROLLED, EventKind.MOVED_IN]).count()
    exits = cadre.events.filter(kind__in=[EventKind.MOVED_OUT, EventKind.DIED]).count()
    assert entries - exits == (cadre.standing == Standing.PRESENT), "the two-year tables would not balance"
    valid_today = [state for state in states if state.valid_from <= today < state.valid_to]
    if cadre.standing == Standing.PRESENT:
        assert states[-1].valid_to == FOREVER
        assert len(valid_today) == 1
        for column in COUNTED_COLUMNS:
            assert getattr(cadre, column) == getattr(valid_today[0], column), column
    else:
        assert valid_today == []
        assert states[-1].valid_to <= today
    if cadre.standing == Standing.DECEASED:
        assert states[-1].valid_to == cadre.died_on


@given(steps=st.lists(step, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_person_and_states_agree_after_any_sequence(cast, steps):
    today = timezone.localdate()
    with transaction.atomic():
        cadre = factories.make_cadre(cast.unit_a, name="韩松年", entered_on=today - datetime.timedelta(days=800))
        for kind, ago, what in steps:
            try:
                with transaction.atomic():
                    take(cast, cadre, kind, today - datetime.timedelta(days=ago), what)
            except ValidationError:
                pass
            check(cadre, today)
        transaction.set_rollback(True)


@given(birth_gap=st.integers(min_value=-400, max_value=400))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_dies_before_birth_or_enters_after_death(cast, birth_gap):
    birth = cast.cadre_a.birth.first()
    with transaction.atomic():
        try:
            actions.decease_cadre(actor=None, cadre=cast.cadre_a, died_on=birth + datetime.timedelta(days=birth_gap))
        except ValidationError as refused:
            assert "on" in refused.message_dict
        else:
            raise AssertionError("a death before the person entered the roll was taken")
        transaction.set_rollback(True)
