"""Settling, taking back and approving: what becomes of people, their states and their events."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.actions import revoke_role
from accounts.roles import Role
from cadres import actions, tasks
from cadres.actions import roster
from cadres.actions.approval import approve_unit_roster
from cadres.actions.reconciliation import Answer, settle_as_proposed, settle_difference, take_back
from cadres.models import Cadre, EventKind, RosterDifference, RosterStatus, Settlement, Standing, StatusEvent
from cadres.querysets import on_roll
from cadres.reconciliation.balance import balance_of
from common.models import AuditEntry
from tests import factories
from tests.cadres.reconciliation.conftest import DAY, approve, differences, hand_in, new_row, row_of

pytestmark = pytest.mark.django_db
BORN = datetime.date(1957, 3, 4)
MAY = datetime.date(2017, 5, 1)


def settle(cast, row, decision, **answer):
    return settle_difference(actor=cast.staff, difference=row, answer=Answer(decision, **answer))


def settle_all(cast, unit_roster):
    chosen = list(RosterDifference.objects.filter(unit_roster=unit_roster).values_list("pk", flat=True))
    return settle_as_proposed(actor=cast.staff, unit_roster=unit_roster, chosen=chosen)


def names(unit, day=DAY):
    return set(Cadre.objects.filter(pk__in=on_roll([unit.pk], day)[unit.pk]).values_list("name", flat=True))


def test_the_whole_year_of_a_unit(cast, person):
    dead, left, kept, wrong = (person(cast.unit_a, name) for name in ("马骏", "田素云", "祁连生", "葛天民"))
    rows = [
        row_of(cast.cadre_a, 健康状况="健康"),
        new_row(cast.unit_a, "新退休", BORN, "2017.03"),
        new_row(cast.unit_a, "外地来", datetime.date(1950, 1, 2), "2010.01"),
        new_row(cast.unit_a, "不该收", datetime.date(1951, 1, 2), "2011.01"),
    ]
    unit_roster = hand_in(cast.staff, cast.unit_a, rows)
    found = differences(unit_roster)
    settle(cast, found["missing", "马骏"], Settlement.DIED, on=MAY)
    settle(cast, found["missing", "田素云"], Settlement.MOVED_OUT, on=MAY, to_place="外省")
    settle(cast, found["missing", "祁连生"], Settlement.FORGOTTEN)
    settle(cast, found["missing", "葛天民"], Settlement.MISTAKEN, note="从来不是本单位的人")
    settle(cast, found["new", "外地来"], Settlement.MOVED_IN, on=MAY, to_place="外省某厅")
    settle(cast, found["new", "不该收"], Settlement.REFUSED, note="关系还没有转来")
    with pytest.raises(ValidationError, match="还有 2 处差异没有认定"):
        approve_unit_roster(actor=cast.staff, unit_roster=unit_roster)
    assert settle_all(cast, unit_roster).done == 2
    done = approve(cast.staff, unit_roster)
    assert (done.state, done.approved_by, done.roster_import.status) == ("approved", cast.staff, "committed")
    assert names(cast.unit_a) == {"韩松年", "祁连生", "新退休", "外地来"} and kept.standing == Standing.PRESENT
    assert set(done.roll.people) == on_roll([cast.unit_a.pk], DAY)[cast.unit_a.pk]
    event = StatusEvent.objects.get(cadre__name="外地来")
    assert (event.kind, event.on, event.other_place) == (EventKind.MOVED_IN, MAY, "外省某厅")
    event = StatusEvent.objects.get(cadre__name="新退休")
    assert (event.kind, event.on) == (EventKind.ENROLLED, datetime.date(2017, 3, 1))
    balance = balance_of(done)
    assert (balance.last, balance.enrolled, balance.moved_in, balance.died, balance.moved_out) == (5, 1, 1, 1, 1)
    assert (balance.corrected, balance.total, balance.corrections) == (-1, 4, {wrong.pk: -1})
    for cadre, standing in ((dead, Standing.DECEASED), (left, Standing.MOVED_OUT), (wrong, Standing.MOVED_OUT)):
        cadre.refresh_from_db()
        assert cadre.standing == standing
    assert AuditEntry.objects.filter(action="roster.approve", target_id=str(done.pk)).count() == 1
    with pytest.raises(ValidationError, match="已核准"):
        take_back(actor=cast.staff, difference=found["missing", "马骏"])


def test_one_click_settles_both_sides_of_a_transfer(cast, person):
    mover = person(cast.unit_a, "马骏")
    first = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    moved = row_of(mover, 单位=cast.unit_b.name, 隶属="东关区", 单位性质="事业", 健康状况="健康")
    second = hand_in(cast.staff, cast.unit_b, [row_of(cast.cadre_b), moved])
    assert settle_all(cast, first).done == 1
    new = differences(second)["new", "马骏"]
    assert (new.decision, new.event.kind, new.on) == (Settlement.MOVED_IN, EventKind.MOVED_IN, DAY)
    mover.refresh_from_db()
    assert mover.unit == cast.unit_b
    settle_all(cast, second)
    assert (approve(cast.staff, first).state, approve(cast.staff, second).state) == ("approved", "approved")
    mover.refresh_from_db()
    assert mover.health == "1"
    assert balance_of(first).moved_out == balance_of(second).moved_in == 1
    kinds = list(mover.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["enrolled", "moved_out", "moved_in"]


def test_taking_back_either_side_of_a_transfer_opens_both(cast, person):
    mover = person(cast.unit_a, "马骏")
    first = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    moved = row_of(mover, 单位=cast.unit_b.name, 隶属="东关区", 单位性质="事业")
    second = hand_in(cast.staff, cast.unit_b, [row_of(cast.cadre_b), moved])
    states = list(mover.states.values_list("valid_from", "valid_to", "unit_id"))
    for side in (first, second):
        settle_all(cast, side)
        (row,) = [r for r in differences(second).values() if r.kind == "new"]
        take_back(actor=cast.staff, difference=row)
        mover.refresh_from_db()
        assert (mover.unit, mover.nature, mover.standing) == (cast.unit_a, cast.unit_a.nature, Standing.PRESENT)
        assert list(mover.states.values_list("valid_from", "valid_to", "unit_id")) == states
        assert mover.events.count() == 1
        assert not any(r.settled for r in (*differences(first).values(), *differences(second).values()))


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        (Settlement.DIED, {"on": MAY}),
        (Settlement.MOVED_OUT, {"on": MAY, "to_place": "外省"}),
        (Settlement.MISTAKEN, {"on": MAY, "note": "登记错了"}),
        (Settlement.FORGOTTEN, {}),
    ],
)
def test_what_was_settled_can_be_taken_back(cast, person, decision, answer):
    gone = person(cast.unit_a, "马骏")
    states = list(gone.states.values())
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    row = settle(cast, differences(unit_roster)["missing", "马骏"], decision, **answer)
    with pytest.raises(ValidationError, match="要改请先撤回"):
        settle(cast, row, Settlement.FORGOTTEN)
    row = take_back(actor=cast.staff, difference=row)
    gone.refresh_from_db()
    assert (row.settled, gone.standing, gone.events.count()) == (False, Standing.PRESENT, 1)
    assert list(gone.states.values()) == states
    with pytest.raises(ValidationError, match="还没有认定"):
        take_back(actor=cast.staff, difference=row)


def test_somebody_who_came_back_and_the_taking_back_of_it(cast, person):
    back = person(cast.unit_a, "马骏")
    actions.move_out(actor=None, cadre=back, on=datetime.date(2016, 5, 1), to_place="外省")
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a), row_of(back)])
    (row,) = differences(unit_roster).values()
    settle(cast, row, Settlement.MOVED_IN, on=MAY)
    back.refresh_from_db()
    assert (back.standing, names(cast.unit_a)) == (Standing.PRESENT, {"韩松年", "马骏"})
    take_back(actor=cast.staff, difference=row)
    back.refresh_from_db()
    assert (back.standing, names(cast.unit_a)) == (Standing.MOVED_OUT, {"韩松年"})
    assert back.events.filter(kind=EventKind.MOVED_OUT).count() == 1
    settle_all(cast, unit_roster)
    assert approve(cast.staff, unit_roster).state == "approved"


def test_a_misspelt_person_is_mended_and_stays_one_person(cast, person):
    right = person(cast.unit_a, "马骏", datetime.date(1948, 5, 6))
    number = right.id_number
    row = row_of(right, 姓名="马俊", 身份证号="")
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a), row])
    assert settle_all(cast, unit_roster).done in (1, 2)
    approve(cast.staff, unit_roster)
    right.refresh_from_db()
    assert (right.name, right.name_pinyin, right.id_number) == ("马俊", "majun", number)
    assert right.events.filter(kind=EventKind.CORRECTED, on=DAY).count() == 1
    assert Cadre.objects.filter(unit=cast.unit_a).count() == 2


def test_changed_fields_are_taken_mended_or_left(cast, person):
    one = person(cast.unit_a, "马骏", health="1", rank="131")
    row = row_of(one, 健康状况="长期卧床", 级别="副县处级", 联系电话="13900001111")
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a), row])
    found = differences(unit_roster)["changed", "马骏"]
    fields = [line[0] for line in found.details["changes"]]
    assert set(fields) == {"rank", "health", "phone_digest"}
    choices = {"rank": "corrected", "phone_digest": "kept"}
    settle(cast, found, Settlement.CHANGED, choices=choices)
    approve(cast.staff, unit_roster)
    phone = one.phone
    one.refresh_from_db()
    assert one.phone == phone
    before, after = one.states.order_by("valid_from")
    assert (before.rank, after.rank) == (one.rank, one.rank) and one.rank != "131", "更正: it had always been so"
    assert (before.health, after.valid_from, after.health) == ("1", DAY, one.health)
    assert one.events.filter(kind=EventKind.CORRECTED).count() == 1


def test_nothing_taken_is_an_approval_all_the_same(cast):
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a, 健康状况="健康")])
    settle(cast, differences(unit_roster)["changed", "韩松年"], Settlement.KEPT)
    version = cast.cadre_a.version
    assert approve(cast.staff, unit_roster).state == "approved"
    cast.cadre_a.refresh_from_db()
    assert cast.cadre_a.version == version


def test_refused_rows_have_to_be_waived_in_words(cast):
    rows = [row_of(cast.cadre_a), new_row(cast.unit_a, "", BORN, "2017.03")]
    unit_roster = hand_in(cast.staff, cast.unit_a, rows)
    with pytest.raises(ValidationError, match="还有 1 行拒收"):
        approve_unit_roster(actor=cast.staff, unit_roster=unit_roster)
    done = approve(cast.staff, unit_roster, waiver="单位说这一行是空行")
    assert (done.state, done.approved_words) == ("approved", "单位说这一行是空行")


def test_an_approval_that_finds_something_new_asks_again(cast, person):
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    approve_unit_roster(actor=cast.staff, unit_roster=unit_roster)
    person(cast.unit_a, "马骏")
    tasks.commit_roster(unit_roster.roster_import_id)
    unit_roster.refresh_from_db()
    unit_roster.roster_import.refresh_from_db()
    assert (unit_roster.state, unit_roster.roster_import.status) == ("handed_in", RosterStatus.PREVIEWED)
    assert ("missing", "马骏") in differences(unit_roster)


def test_a_death_taken_back_elsewhere_has_to_be_settled_again(cast, person):
    gone = person(cast.unit_a, "马骏")
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    settle(cast, differences(unit_roster)["missing", "马骏"], Settlement.DIED, on=MAY)
    actions.correct_death(actor=cast.staff, cadre=gone, reason="搞错了人")
    approve_unit_roster(actor=cast.staff, unit_roster=unit_roster)
    tasks.commit_roster(unit_roster.roster_import_id)
    row = differences(unit_roster)["missing", "马骏"]
    assert not row.settled
    unit_roster.refresh_from_db()
    assert unit_roster.state == "handed_in"


def test_the_roster_of_a_unit_is_not_committed_past_its_reconciliation(cast):
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a, 健康状况="健康")])
    job = unit_roster.roster_import
    with pytest.raises(ValidationError, match="核对页"):
        roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=True, fingerprint=job.fingerprint)


def test_an_approval_is_done_once(cast):
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    approve_unit_roster(actor=cast.staff, unit_roster=unit_roster)
    with pytest.raises(ValidationError, match="正在入库"):
        approve_unit_roster(actor=cast.staff, unit_roster=unit_roster)
    tasks.commit_roster(unit_roster.roster_import_id)
    tasks.commit_roster(unit_roster.roster_import_id)
    assert AuditEntry.objects.filter(action="roster.approve").count() == 1


def test_who_may_settle_and_approve(cast, person):
    person(cast.unit_a, "马骏")
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    row = differences(unit_roster)["missing", "马骏"]
    district = factories.make_user("district", Role.STAFF, cast.district)
    for user in (cast.liaison_a, cast.leader, cast.liaison_b, district, cast.nobody):
        with pytest.raises(PermissionDenied):
            settle_difference(actor=user, difference=row, answer=Answer(Settlement.FORGOTTEN))
        with pytest.raises(PermissionDenied):
            settle_as_proposed(actor=user, unit_roster=unit_roster, chosen=[row.pk])
        with pytest.raises(PermissionDenied):
            approve_unit_roster(actor=user, unit_roster=unit_roster)


def test_a_district_cannot_draw_somebody_over_from_elsewhere(cast, person):
    mover = person(cast.unit_a, "马骏")
    district = factories.make_user("district", Role.STAFF, cast.district)
    moved = row_of(mover, 单位=cast.unit_b.name, 隶属="东关区", 单位性质="事业")
    unit_roster = hand_in(district, cast.unit_b, [row_of(cast.cadre_b), moved])
    row = differences(unit_roster)["new", "马骏"]
    assert row.row_refused
    with pytest.raises(ValidationError, match="由那边或市局办理"):
        settle_difference(actor=district, difference=row, answer=Answer(Settlement.MOVED_IN))
    result = settle_as_proposed(actor=district, unit_roster=unit_roster, chosen=[row.pk])
    assert result.done == 0 and len(result.problems) == 1
    settle_difference(actor=cast.staff, difference=row, answer=Answer(Settlement.MOVED_IN))
    done = approve(district, unit_roster)
    assert done.state == "approved" and names(cast.unit_b) == {"曾庆和", "马骏"}


def test_rights_are_asked_again_when_it_is_written(cast):
    unit_roster = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a)])
    approve_unit_roster(actor=cast.staff, unit_roster=unit_roster)
    revoke_role(actor=None, grant=cast.staff.role_grants.get())
    tasks.commit_roster(unit_roster.roster_import_id)
    unit_roster.refresh_from_db()
    assert unit_roster.state == "handed_in"


@pytest.mark.parametrize(
    ("kind", "decision", "answer", "words"),
    [
        ("missing", Settlement.DIED, {}, "请填去世日期"),
        ("missing", Settlement.DIED, {"on": datetime.date(2999, 1, 1)}, "还没到"),
        ("missing", Settlement.MOVED_OUT, {"on": MAY}, "转到哪个单位"),
        ("missing", Settlement.MISTAKEN, {}, "为什么不应在册"),
        ("missing", Settlement.SAME_PERSON, {}, "哪一位"),
        ("missing", Settlement.RECORDED, {}, "还在册"),
        ("missing", Settlement.ENROLLED, {}, "列出的"),
        ("new", Settlement.ENROLLED, {"on": datetime.date(2018, 1, 2)}, "不能晚于"),
        ("new", Settlement.ENROLLED, {"on": datetime.date(1950, 1, 2)}, "早于出生"),
        ("new", Settlement.MOVED_IN, {}, "从哪个单位"),
        ("new", Settlement.REFUSED, {}, "为什么不收"),
    ],
)
def test_what_is_missing_or_wrong_is_said(cast, person, kind, decision, answer, words):
    gone = person(cast.unit_a, "马骏")
    rows = [row_of(cast.cadre_a), new_row(cast.unit_a, "葛秀云", BORN, "2017.03")]
    unit_roster = hand_in(cast.staff, cast.unit_a, rows)
    row = next(r for r in differences(unit_roster).values() if r.kind == kind)
    with pytest.raises(ValidationError, match=words):
        settle(cast, row, decision, **answer)
    gone.refresh_from_db()
    row.refresh_from_db()
    assert not row.settled and gone.standing == Standing.PRESENT
