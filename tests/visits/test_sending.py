"""Notices: to the right readers, once, and late rather than never."""

from __future__ import annotations

import datetime
import json
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts import actions as account_actions
from accounts.roles import Role
from cadres.models import Cadre
from common.codes import Category
from common.dates import PartialDate
from tests import factories
from visits import actions, sending
from visits.codes import NoticeKind
from visits.models import Notice, NoticeRun
from visits.querysets import due_birthdays, unread_notices

D = datetime.date
MAY_11 = D(2026, 5, 11)  # cadre_a (离休, born 1928-05-18) turns 98 within a week


def inbox(user) -> list[tuple[str, str]]:
    notices = Notice.objects.filter(reader=user).order_by("due_on", "pk")
    return [(n.cadre.name if n.cadre else n.festival, f"{n.due_on:%m-%d}") for n in notices]


def test_liaisons_hear_of_their_own_people_only(cast):
    factories.make_cadre(cast.unit_b, name="唐守业", birth=PartialDate(1947, 5, 13))
    sending.send_due_notices(on=MAY_11)
    assert inbox(cast.liaison_a) == [("韩松年", "05-18")]
    assert inbox(cast.liaison_b) == [("唐守业", "05-13")]
    assert inbox(cast.community_liaison) == [("韩松年", "05-18")]


def test_staff_and_leaders_hear_of_great_birthdays_of_the_leave_only(cast):
    factories.make_cadre(cast.unit_a, name="八十退休", birth=PartialDate(1946, 5, 14))
    factories.make_cadre(cast.unit_a, name="未逢大寿", birth=PartialDate(1939, 5, 14), category=Category.LEAVE)
    sending.send_due_notices(on=MAY_11)
    assert inbox(cast.staff) == inbox(cast.leader) == [("韩松年", "05-18")]
    assert len(inbox(cast.liaison_a)) == 3


@pytest.mark.parametrize("name", ["system_admin", "security_admin", "audit_admin", "nobody", "disabled"])
def test_whoever_sees_no_people_is_told_nothing(cast, name):
    sending.send_due_notices(on=MAY_11)
    sending.send_due_notices(on=D(2026, 2, 10))
    assert inbox(getattr(cast, name)) == []


def test_readers_are_those_of_the_scope_rule(cast):
    """The set-based look-up and CadreQuerySet must never drift apart."""
    center = factories.make_organization("区管理中心", "center", cast.district)
    lone = factories.make_user("lone", Role.UNIT_LIAISON, cast.district, include_children=False)
    wide = factories.make_user("wide", Role.UNIT_LIAISON, cast.district)
    keeper = factories.make_user("keeper", Role.COMMUNITY_LIAISON, center)
    factories.make_cadre(cast.unit_a, birth=PartialDate(1947, 5, 12), managing_unit=center)
    factories.make_cadre(cast.unit_b, birth=PartialDate(1947, 5, 12), community=cast.community)
    factories.make_cadre(cast.district, birth=PartialDate(1947, 5, 12))
    readers = sending.Readers()
    users = [lone, wide, keeper, cast.liaison_a, cast.liaison_b, cast.community_liaison]
    birthdays = list(due_birthdays(Cadre.objects.all(), D(2026, 1, 1), D(2026, 12, 31)))
    assert len(birthdays) >= 5
    for birthday in birthdays:
        told = readers.told(birthday)
        for user in users:
            visible = Cadre.objects.visible_to(user, "notice.receive").filter(pk=birthday.pk).exists()
            assert (user.pk in told) == visible, (user.username, birthday.name)


def test_running_twice_adds_nothing(cast):
    first = sending.send_due_notices(on=MAY_11)
    assert first.ran and first.created == Notice.objects.count() > 0
    again = sending.send_due_notices(on=MAY_11)
    assert again == sending.Sent(ran=False)
    NoticeRun.objects.all().delete()  # even where nobody remembers that it ran
    third = sending.send_due_notices(on=MAY_11)
    assert third.ran and third.created == 0
    assert Notice.objects.count() == first.created


def test_the_next_day_adds_only_what_is_new(cast):
    sending.send_due_notices(on=MAY_11)
    before = Notice.objects.count()
    factories.make_cadre(cast.unit_a, name="新到期", birth=PartialDate(1947, 5, 19))
    assert sending.send_due_notices(on=D(2026, 5, 12)).created == 1
    assert Notice.objects.count() == before + 1


def test_missed_days_are_caught_up(cast):
    factories.make_cadre(cast.unit_a, name="停机时过的", birth=PartialDate(1947, 5, 25))
    with time_machine.travel(datetime.datetime(2026, 5, 1, 6, 0, tzinfo=timezone.get_current_timezone())):
        sending.send_due_notices()
    with time_machine.travel(datetime.datetime(2026, 5, 28, 6, 0, tzinfo=timezone.get_current_timezone())):
        sent = sending.send_due_notices()
    assert ("停机时过的", "05-25") in inbox(cast.liaison_a)
    assert ("韩松年", "05-18") in inbox(cast.liaison_a)
    run = NoticeRun.objects.get(day=D(2026, 5, 28))
    assert run.covers_from == D(2026, 5, 2) and run.created == sent.created and run.finished_at


def test_catching_up_has_a_limit(cast):
    sending.send_due_notices(on=D(2025, 1, 1))
    sending.send_due_notices(on=D(2026, 6, 30))
    assert NoticeRun.objects.get(day=D(2026, 6, 30)).covers_from == D(2026, 5, 30)


def test_festivals_reach_every_reader_once(cast):
    for day in (D(2026, 2, 2), D(2026, 2, 3), D(2026, 2, 4)):
        sending.send_due_notices(on=day)
    festival = Notice.objects.filter(kind=NoticeKind.FESTIVAL)
    readers = (cast.staff, cast.liaison_a, cast.liaison_b, cast.community_liaison, cast.leader)
    assert sorted(festival.values_list("reader", flat=True)) == sorted(user.pk for user in readers)
    assert set(festival.values_list("words", flat=True)) == {"2月17日春节，请安排走访慰问"}


def test_a_worker_that_died_is_succeeded_after_its_claim_runs_out(cast):
    now = timezone.now()
    NoticeRun.objects.create(day=MAY_11, claimed_at=now - datetime.timedelta(minutes=5))
    assert not sending.send_due_notices(on=MAY_11).ran
    NoticeRun.objects.update(claimed_at=now - datetime.timedelta(minutes=20))
    assert sending.send_due_notices(on=MAY_11).created > 0


def test_a_failed_run_gives_its_claim_back(cast, monkeypatch):
    def broken(*args):
        raise RuntimeError("storage is gone")

    monkeypatch.setattr(sending, "_store", broken)
    with pytest.raises(RuntimeError):
        sending.send_due_notices(on=MAY_11)
    monkeypatch.undo()
    assert sending.send_due_notices(on=MAY_11).created > 0


def test_the_database_itself_refuses_a_second_notice(cast):
    from django.db import IntegrityError, transaction

    for facts in (
        {"kind": NoticeKind.BIRTHDAY, "cadre": cast.cadre_a},
        {"kind": NoticeKind.FESTIVAL, "festival": "spring"},
    ):
        Notice.objects.create(reader=cast.staff, due_on=MAY_11, words="一", **facts)
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.create(reader=cast.staff, due_on=MAY_11, words="二", **facts)


def test_words_hold_no_identity_and_no_illness(cast):
    from cadres.actions import change_cadre

    change_cadre(actor=None, cadre=cast.cadre_a, values={"health": "5", "remarks": "心内科住院"})
    sending.send_due_notices(on=MAY_11)
    words = Notice.objects.get(reader=cast.liaison_a).words
    assert words == "韩松年5月18日生日，虚岁99大寿 · 市水利局"
    assert cast.cadre_a.id_number not in words and "院" not in words


def test_revoked_rights_and_moved_people_leave_the_inbox(cast):
    sending.send_due_notices(on=MAY_11)
    assert unread_notices(cast.liaison_a) == 1
    from cadres.actions import change_cadre

    change_cadre(actor=None, cadre=cast.cadre_a, values={"unit": cast.unit_b})
    assert unread_notices(type(cast.liaison_a).objects.get(pk=cast.liaison_a.pk)) == 0
    grant = cast.community_liaison.role_grants.get()
    assert unread_notices(cast.community_liaison) == 1
    account_actions.revoke_role(actor=None, grant=grant)
    assert unread_notices(type(cast.liaison_a).objects.get(pk=cast.community_liaison.pk)) == 0


def test_the_bell_costs_one_query(cast, django_assert_num_queries):
    sending.send_due_notices(on=MAY_11)
    user = type(cast.staff).objects.get(pk=cast.liaison_a.pk)
    assert user.grants
    with django_assert_num_queries(1):
        assert unread_notices(user) == 1


def test_queries_do_not_grow_with_the_people(cast, django_assert_max_num_queries):
    for number in range(40):
        factories.make_cadre(cast.unit_a, birth=PartialDate(1940 + number % 9, 5, 11 + number % 7))
    with django_assert_max_num_queries(45):
        sending.send_due_notices(on=MAY_11)
    assert Notice.objects.filter(reader=cast.liaison_a).count() == 41


def test_marking_as_read_is_the_readers_own_business(cast):
    sending.send_due_notices(on=MAY_11)
    mine = Notice.objects.get(reader=cast.liaison_a)
    actions.mark_read(actor=cast.liaison_b, notice=mine)
    assert Notice.objects.get(pk=mine.pk).read_at is None
    actions.mark_read(actor=cast.liaison_a, notice=mine)
    assert Notice.objects.get(pk=mine.pk).read_at is not None
    assert actions.mark_all_read(actor=cast.staff) == 1
    assert actions.mark_all_read(actor=cast.staff) == 0


# -- commands -----------------------------------------------------------------------------------------------


def listed(*arguments: str) -> list[dict]:
    out = StringIO()
    call_command("list_due", *arguments, "--format", "json", stdout=out)
    return json.loads(out.getvalue())


def test_list_due_prints_people_and_festivals(cast):
    assert listed("--on", "2026-05-11", "--days", "30") == [
        {
            "kind": "birthday",
            "date": "2026-05-18",
            "name": "韩松年",
            "organization": "市水利局",
            "person": cast.cadre_a.pk,
        }
    ]
    assert listed("--on", "2026-02-10", "--days", "7") == [
        {"kind": "festival", "date": "2026-02-17", "name": "春节", "organization": "", "person": None}
    ]
    assert listed("--on", "2026-07-01", "--days", "3") == []


def test_list_due_in_words(cast):
    out = StringIO()
    call_command("list_due", "--on", "2026-05-11", stdout=out)
    assert out.getvalue() == "2026-05-18 韩松年 市水利局\n"


def test_send_due_notices_says_what_it_did(cast):
    out = StringIO()
    call_command("send_due_notices", "--on", "2026-05-11", stdout=out)
    call_command("send_due_notices", "--on", "2026-05-11", stdout=out)
    assert out.getvalue().splitlines() == ["新提醒 4 条", "这一天的提醒已经发过，没有新的"]
