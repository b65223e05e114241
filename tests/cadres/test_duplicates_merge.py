"""Merging two files and parting them again: everything follows, and everything comes back."""

from __future__ import annotations

import datetime
import itertools

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from cadres import actions, history
from cadres.duplicates import compare, ledger
from cadres.models import Cadre, CadreMerge, CadreState, DuplicatePair, FamilyMember, OriginalText, Standing
from common.audit import verify
from common.codes import Living, Rank
from common.dates import PartialDate
from common.models import AuditEntry
from tests import factories
from tests.cadres.test_state_rules import check
from visits import actions as visit_actions
from visits.models import Notice, Visit

pytestmark = pytest.mark.django_db
#: Written by any action, and not of a person.
TRAILS = {"common.auditentry", "common.auditdetail", "common.audithead", "common.formkey", "cadres.cadremerge"}
TODAY = timezone.localdate


def dump() -> dict:
    """Every row of the database but the trails; edit counters of people left out."""
    rows = {}
    for model in apps.get_models():
        if model._meta.label_lower in TRAILS or not model._meta.managed or model._meta.app_label == "sessions":
            continue
        for row in model._base_manager.all():
            values = ledger.row_of(row)
            if model is Cadre:
                values = {name: value for name, value in values.items() if name not in ledger.COUNTERS}
            rows[ledger.key_of(row)] = values
    return rows


def twin(cast, **values) -> Cadre:
    """A second file of 曾庆和, without a number."""
    base = {"name": "曾庆和", "birth": PartialDate(1945, 3, 2), "id_number": "", "retired_on": PartialDate(2010, 1)}
    return factories.make_cadre(cast.unit_a, **{**base, **values})


def add_visit(cast, cadre: Cadre, days: int = 1) -> Visit:
    return visit_actions.create_visit(
        actor=cast.staff, cadre=cadre, photos=[],
        values={"visited_on": TODAY() - datetime.timedelta(days=days), "occasion": "ordinary", "manner": "home"},
    )  # fmt: skip


def add_notice(cast, cadre: Cadre, days: int = 1) -> Notice:
    day = TODAY() + datetime.timedelta(days=days)
    values = {"reader": cast.staff, "kind": "birthday", "cadre": cadre, "due_on": day}
    return Notice.objects.get_or_create(**values, defaults={"words": "生日"})[0]


def merge(cast, kept: Cadre, absorbed: Cadre, **more) -> CadreMerge:
    more.setdefault("reason", "看过身份证原件")
    more.setdefault("chosen_number", True)
    return actions.merge_cadres(actor=cast.staff, kept=kept, absorbed=absorbed, **more)


side = st.sampled_from(["kept", "absorbed"])
days = st.integers(min_value=0, max_value=3)
attachment = st.one_of(
    st.tuples(st.just("visit"), side, days),
    st.tuples(st.just("notice"), side, days),
    st.tuples(st.just("family"), side, st.sampled_from(["曾小和", "李兰"])),
    st.tuples(st.just("text"), side, st.sampled_from(["rank", "health", "birth"])),
    st.tuples(st.just("survivor"), side, st.none()),
    st.tuples(st.just("pair"), side, st.sampled_from(["open", "different"])),
    st.tuples(st.just("change"), side, st.sampled_from(Living.values)),
    st.tuples(st.just("move"), side, st.integers(min_value=10, max_value=400)),
    st.tuples(st.just("die"), side, st.integers(min_value=1, max_value=9)),
    st.tuples(st.just("leave"), side, st.integers(min_value=1, max_value=9)),
)


def attach(cast, cadre: Cadre, kind: str, what) -> None:
    day = TODAY() - datetime.timedelta(days=what) if isinstance(what, int) else None
    if kind == "visit":
        add_visit(cast, cadre, what)
    elif kind == "notice":
        add_notice(cast, cadre, what)
    elif kind == "family":
        actions.add_family_member(actor=None, cadre=cadre, values={"name": what, "phone": "13800001111"})
    elif kind == "text":
        OriginalText.objects.get_or_create(cadre=cadre, field=what, defaults={"text": f"原文{cadre.pk}"})
    elif kind == "survivor":
        factories.make_cadre(cast.unit_a, category="survivor", survivor_of=cadre)
    elif kind == "pair":
        low, high = sorted([cadre.pk, cast.cadre_a.pk])
        DuplicatePair.objects.get_or_create(low_id=low, high_id=high, defaults={"state": what})
    elif kind == "change":
        actions.change_cadre(actor=None, cadre=cadre, values={"living": what}, since=TODAY())
    elif kind == "move":
        units = {cast.unit_a.pk: cast.unit_b, cast.unit_b.pk: cast.unit_a}
        now = Cadre.objects.get(pk=cadre.pk)
        actions.move_out(actor=None, cadre=now, on=day, to_unit=units[now.unit_id])
    elif kind == "die":
        actions.decease_cadre(actor=None, cadre=cadre, died_on=day)
    else:
        actions.move_out(actor=None, cadre=cadre, on=day, to_place="江苏南京")


@given(
    steps=st.lists(attachment, max_size=9),
    chosen=st.sets(st.sampled_from(sorted(compare.CHOICES))),
    entered=st.tuples(st.integers(1995, 2020), st.integers(1995, 2020)),
    number=st.sampled_from(["none", "own"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_unmerging_restores_exactly_what_was(cast, steps, chosen, entered, number):
    today = TODAY()
    with transaction.atomic():
        people = {}
        for name, unit, year in (("kept", cast.unit_a, entered[0]), ("absorbed", cast.unit_b, entered[1])):
            extra = {} if number == "own" else {"id_number": ""}
            people[name] = factories.make_cadre(
                unit, name=f"丁{name}", retired_on=PartialDate(year, 3), birth=PartialDate(1940, 1, 1),
                rank=Rank.STAFF if name == "kept" else Rank.COUNTY_CHIEF, remarks=name, **extra,
            )  # fmt: skip
        for kind, on, what in steps:
            try:
                with transaction.atomic():
                    attach(cast, people[on], kind, what)
            except ValidationError:
                pass
        kept, absorbed = people["kept"], people["absorbed"]
        spans = {
            name: list(CadreState.objects.filter(cadre=cadre).order_by("valid_from")) for name, cadre in people.items()
        }
        before = dump()
        done = merge(cast, kept, absorbed, from_absorbed=chosen)
        check_merged(kept, absorbed, spans, today)
        actions.unmerge_cadres(actor=cast.staff, merge=done, reason="是两个人")
        after = dump()
        assert before.keys() == after.keys()
        for key, row in before.items():
            assert row == after[key], key
        for cadre in people.values():
            check(cadre, today)
        transaction.set_rollback(True)


def check_merged(kept: Cadre, absorbed: Cadre, spans: dict, today: datetime.date) -> None:
    """Once at most on every date, from the earlier entry on, in the kept unit, and as the state rules want it."""
    assert not Cadre.objects.filter(pk=absorbed.pk).exists()
    check(kept, today)
    states = list(CadreState.objects.filter(cadre=kept).order_by("valid_from"))
    for earlier, later in itertools.pairwise(states):
        assert earlier.valid_to <= later.valid_from
    own, other = spans["kept"], spans["absorbed"]
    assert states[0].valid_from == min(own[0].valid_from, other[0].valid_from)
    assert [state.unit_id for state in states] == [state.unit_id for state in own]
    assert [state.valid_to for state in states] == [state.valid_to for state in own]
    for link in ledger.links():
        assert not link.model._base_manager.filter(**{link.name: absorbed.pk}).exists(), link.model


def test_everything_attached_follows(cast):
    other = twin(cast)
    visit, notice = add_visit(cast, other), add_notice(cast, other)
    add_notice(cast, cast.cadre_b)
    family = FamilyMember.objects.create(cadre=other, name="曾小和")
    OriginalText.objects.create(cadre=other, field="rank", text="科级")
    OriginalText.objects.create(cadre=cast.cadre_b, field="rank", text="副处")
    survivor = factories.make_cadre(cast.unit_a, survivor_of=other)
    done = merge(cast, cast.cadre_b, other)
    for row in (visit, family):
        row.refresh_from_db()
        assert row.cadre_id == cast.cadre_b.pk
    survivor.refresh_from_db()
    assert survivor.survivor_of_id == cast.cadre_b.pk
    assert not Notice.objects.filter(pk=notice.pk).exists()  # the same notice of the same day stands once
    assert OriginalText.objects.get().text == "副处"
    actions.unmerge_cadres(actor=cast.staff, merge=done, reason="是两个人")
    assert OriginalText.objects.count() == 2 and Notice.objects.filter(pk=notice.pk, cadre=other).exists()


def test_chosen_values_and_derived_ones(cast):
    other = twin(cast, name="曾庆合", phone="13900002222", rank=Rank.COUNTY_CHIEF)
    merge(cast, cast.cadre_b, other, from_absorbed=["name", "phone", "rank"])
    kept = Cadre.objects.get(pk=cast.cadre_b.pk)
    assert (kept.name, kept.phone, kept.rank) == ("曾庆合", "13900002222", Rank.COUNTY_CHIEF)
    assert Cadre.objects.search("13900002222").get() == kept
    assert kept.states.get().rank == Rank.COUNTY_CHIEF


def test_the_number_of_the_absorbed_file_may_be_kept(cast):
    other = twin(cast, id_number=factories.id_number(datetime.date(1945, 3, 2), serial=321))
    number = other.id_number
    done = merge(cast, cast.cadre_b, other, from_absorbed=["id_number"])
    assert Cadre.objects.with_id_number(number).get() == cast.cadre_b
    actions.unmerge_cadres(actor=cast.staff, merge=done, reason="是两个人")
    assert Cadre.objects.with_id_number(number).get() == other


def refused(cast, kept, absorbed, **more) -> str:
    with pytest.raises(ValidationError) as caught:
        merge(cast, kept, absorbed, **more)
    return "".join(caught.value.messages)


def test_what_is_refused(cast):
    other = twin(cast)
    numbered = twin(cast, id_number=factories.id_number(datetime.date(1945, 3, 2), serial=321))
    assert "同一份" in refused(cast, other, other)
    assert "请照证件选定" in refused(cast, cast.cadre_b, numbered, chosen_number=False)
    assert "身份证号不同" in refused(cast, cast.cadre_b, numbered, reason="")
    stale = {cast.cadre_b.pk: cast.cadre_b.version, other.pk: other.version + 1}
    assert "被别人改过" in refused(cast, cast.cadre_b, other, versions=stale)
    dead = twin(cast)
    actions.decease_cadre(actor=None, cadre=dead, died_on=TODAY())
    assert "已去世" in refused(cast, cast.cadre_b, dead, reason=" ")
    survivor = factories.make_cadre(cast.unit_a, survivor_of=dead)
    assert "遗属" in refused(cast, dead, survivor)
    assert "两份档案里选" in refused(cast, cast.cadre_b, other, from_absorbed=["unit"])
    assert merge(cast, cast.cadre_b, dead).kept == cast.cadre_b
    assert "刚被合并" in refused(cast, cast.cadre_b, dead)


def test_only_staff_of_both(cast):
    other = twin(cast)
    east = factories.make_user("east", Role.STAFF, cast.district)
    for user in (east, cast.liaison_a, cast.leader, cast.nobody):
        with pytest.raises(PermissionDenied):
            actions.merge_cadres(actor=user, kept=cast.cadre_b, absorbed=other, reason="看过证件")
    done = merge(cast, cast.cadre_b, other)
    for user in (east, cast.leader):
        with pytest.raises(PermissionDenied):
            actions.unmerge_cadres(actor=user, merge=done, reason="是两个人")
    assert Cadre.objects.filter(pk=other.pk).count() == 0


def unmerge_words(cast, done) -> str:
    with pytest.raises(ValidationError) as caught:
        actions.unmerge_cadres(actor=cast.staff, merge=done, reason="是两个人")
    return "".join(caught.value.messages)


def test_later_edits_are_kept_or_named(cast):
    other = twin(cast, phone="13900002222", hobbies="书法")
    visit = add_visit(cast, other)
    done = merge(cast, cast.cadre_b, other, from_absorbed=["phone"])
    kept = actions.change_cadre(actor=cast.staff, cadre=cast.cadre_b, values={"hobbies": "太极"})
    Visit.objects.filter(pk=visit.pk).update(visitors="李静")
    late = add_visit(cast, kept)
    actions.change_cadre(actor=cast.staff, cadre=kept, values={"phone": "13700003333"})
    assert "联系电话" in unmerge_words(cast, done)
    assert not Cadre.objects.filter(pk=other.pk).exists()
    actions.change_cadre(actor=cast.staff, cadre=kept, values={"phone": "13900002222"})
    actions.unmerge_cadres(actor=cast.staff, merge=done, reason="是两个人")
    kept.refresh_from_db()
    visit.refresh_from_db()
    late.refresh_from_db()
    assert kept.hobbies == "太极" and kept.phone == cast.cadre_b.phone
    assert (visit.cadre_id, visit.visitors, late.cadre_id) == (other.pk, "李静", kept.pk)


def test_a_later_change_of_state_over_a_corrected_fact_is_named(cast):
    done = merge(cast, cast.cadre_b, twin(cast, rank=Rank.COUNTY_CHIEF), from_absorbed=["rank"])
    kept = Cadre.objects.get(pk=cast.cadre_b.pk)
    actions.change_cadre(actor=cast.staff, cadre=kept, values={"living": Living.ALONE}, since=TODAY())
    assert "变动" in unmerge_words(cast, done)


def test_a_death_after_the_merge_does_not_hinder(cast):
    other = twin(cast, retired_on=PartialDate(2000, 1))
    done = merge(cast, cast.cadre_b, other)
    actions.decease_cadre(actor=None, cadre=cast.cadre_b, died_on=TODAY())
    actions.unmerge_cadres(actor=cast.staff, merge=done, reason="是两个人")
    for pk, standing in ((cast.cadre_b.pk, Standing.DECEASED), (other.pk, Standing.PRESENT)):
        cadre = Cadre.objects.get(pk=pk)
        check(cadre, TODAY())
        assert cadre.standing == standing


def test_a_number_used_anew_since_is_named(cast):
    other = twin(cast, id_number=factories.id_number(datetime.date(1945, 3, 2), serial=321))
    done = merge(cast, cast.cadre_b, other)
    twin(cast, id_number=other.id_number)
    assert "身份证号" in unmerge_words(cast, done)


def test_merges_are_undone_in_turn(cast):
    first, second = twin(cast), twin(cast)
    inner = merge(cast, first, second)
    outer = merge(cast, cast.cadre_b, first)
    inner.refresh_from_db()
    assert inner.kept == cast.cadre_b
    assert "先撤销" in unmerge_words(cast, inner)
    actions.unmerge_cadres(actor=cast.staff, merge=outer, reason="是两个人")
    inner.refresh_from_db()
    assert inner.kept == first
    actions.unmerge_cadres(actor=cast.staff, merge=inner, reason="是两个人")
    assert Cadre.objects.filter(pk__in=[first.pk, second.pk]).count() == 2
    inner.refresh_from_db()
    assert "已经撤销" in unmerge_words(cast, inner)


def test_the_trail_tells_it_without_clear_numbers(cast):
    other = twin(cast, phone="13900002222", id_number=factories.id_number(datetime.date(1945, 3, 2), serial=321))
    actions.change_cadre(actor=cast.staff, cadre=other, values={"hobbies": "书法"})
    done = merge(cast, cast.cadre_b, other, from_absorbed=["phone", "id_number"])
    entry = AuditEntry.objects.get(action="cadre.merge")
    text = str(entry.changes)
    assert "13900002222" not in text and other.id_number not in text and "139****2222" in text
    assert "13900002222" not in str(
        CadreMerge.objects.filter(pk=done.pk).extra(select={"raw": "snapshot"}).values("raw")
    )
    assert {"合并档案", "修改资料", "更正资料"} & {line.action for line in history.trail(cast.cadre_b)} >= {"合并档案"}
    assert any("爱好" in str(line.changes) for line in history.trail(cast.cadre_b))
    actions.unmerge_cadres(actor=cast.staff, merge=done, reason="是两个人")
    assert AuditEntry.objects.filter(action="cadre.unmerge").count() == 1
    assert list(verify()) == []
