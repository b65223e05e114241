"""Taking an import back: untouched people stand as before, edited ones are kept, whoever has something hanging stays."""

from __future__ import annotations

import datetime
import itertools

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actions import revoke_role
from accounts.models import Organization
from cadres import actions, tasks
from cadres.actions import jobs, roster, roster_history, roster_undo
from cadres.models import (
    FOREVER,
    Cadre,
    CadreState,
    EventKind,
    FamilyMember,
    OriginalText,
    RosterEffect,
    RosterImport,
    RosterStatus,
    Standing,
    StatusEvent,
)
from cadres.roster_import.effects import columns_of, images, keys_of, runs_of
from cadres.roster_import.preview import Rows
from cadres.roster_import.undo import UndoPlan
from common import audit
from common.crypto import unseal
from common.models import AuditEntry
from tests.cadres.roster_import.books import HEAD, person, workbook
from visits import actions as visit_actions
from visits.models import Notice

pytestmark = pytest.mark.django_db
WIDE = (*HEAD, "家属姓名", "家属电话", "爱好")


@pytest.fixture(autouse=True)
def private_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def committed(cast, *rows, head=HEAD):
    files = [("名册.xlsx", workbook(rows, head=head))]
    job = roster.upload_roster(actor=cast.staff, files=files, year=2017, create_organizations=True)
    tasks.read_roster(job.pk)
    job.refresh_from_db()
    roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=True, fingerprint=job.fingerprint)
    tasks.commit_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.COMMITTED, job.words
    return job


def asked(cast, job):
    fingerprint = UndoPlan(job).fingerprint()
    return roster_undo.request_undo(actor=cast.staff, roster_import=job, reason="传错了年度", fingerprint=fingerprint)


def undo(cast, job):
    asked(cast, job)
    tasks.undo_roster(job.pk)
    job.refresh_from_db()
    return job


def world() -> dict[int, dict]:
    """Everybody as they stand, in the words of the database; the person's version and time aside, which only go up."""
    skipped = {columns_of("cadre").index(name) for name in ("version", "updated_at")}
    return {
        pk: {
            key: tuple(v for at, v in enumerate(row) if key[0] != "cadre" or at not in skipped)
            for key, row in image.items()
        }
        for pk, image in images(list(Cadre.objects.values_list("pk", flat=True))).items()
    }


def test_new_people_and_their_units_go(cast):
    before, units = world(), set(Organization.objects.values_list("pk", flat=True))
    job = committed(cast, person("tian", 单位="新设的单位"), person("han", 联系电话="12345"))
    assert Organization.objects.filter(name="新设的单位").exists()
    job = undo(cast, job)
    assert (job.status, job.undone_by, job.undo_reason) == (RosterStatus.UNDONE, cast.staff, "传错了年度")
    assert world() == before
    assert set(Organization.objects.values_list("pk", flat=True)) == units
    assert job.undo_counts["reverted"] == 2 and job.undo_counts["organizations"] >= 1
    entry = AuditEntry.objects.get(action="roster.undo")
    assert (entry.reason, entry.actor) == ("传错了年度", cast.staff)
    assert list(audit.verify()) == []


def test_changed_people_stand_exactly_as_before(cast):
    committed(cast, [*person("tian"), "田小云", "13900000001", "书法"], head=WIDE)
    tian = Cadre.objects.get(name="田素云")
    before = world()
    row = person("tian", 健康状况="较差", 联系电话="13911112222", 单位="市财政局", 级别="科级以下某某")
    job = committed(cast, [*row, "田小云", "13955556666", "太极"], head=WIDE)
    tian.refresh_from_db()
    assert (tian.health, tian.phone, tian.unit.name) == ("3", "13911112222", "市财政局")
    assert tian.family.get().phone == "13955556666" and tian.events.count() == 3
    version = tian.version
    job = undo(cast, job)
    assert job.undo_counts["reverted"] == 1, job.undo_counts
    assert world() == before
    assert Cadre.objects.get(pk=tian.pk).version == version + 1, "an open form notices"
    assert not Organization.objects.filter(name="市财政局").exists()


def test_the_record_holds_nothing_clear(cast):
    committed(cast, person("tian", 联系电话="13800000003"))
    committed(cast, person("tian", 联系电话="13911112222"))
    effect = RosterEffect.objects.get()
    assert "phone" in unseal(effect.sealed_before) and "phone" not in effect.sealed_before
    detail = AuditEntry.objects.filter(action="roster.commit").latest("number").details.get()
    assert "13911112222" not in str(detail.changes)


@pytest.mark.parametrize("edit", ["field", "family", "relative_removed", "death", "move", "same_family_changed"])
def test_edited_people_are_kept_and_named(cast, edit):
    job = committed(cast, [*person("tian"), "田小云", "13900000001", ""], [*person("zeng"), "", "", ""], head=WIDE)
    tian = Cadre.objects.get(name="田素云")
    if edit == "field":
        actions.change_cadre(actor=cast.staff, cadre=tian, values={"hobbies": "书法"})
    elif edit == "family":
        actions.add_family_member(actor=cast.staff, cadre=tian, values={"name": "田小雨"})
    elif edit == "relative_removed":
        actions.remove_family_member(actor=cast.staff, member=tian.family.get())
    elif edit == "same_family_changed":
        actions.change_family_member(actor=cast.staff, member=tian.family.get(), values={"work": "市一中"})
    elif edit == "death":
        actions.decease_cadre(actor=cast.staff, cadre=tian, died_on=datetime.date(2020, 1, 1))
    else:
        actions.move_out(actor=cast.staff, cadre=tian, on=datetime.date(2020, 1, 1), to_place="外省")
    after = world()[tian.pk]
    job = undo(cast, job)
    assert (job.undo_counts["kept"], job.undo_counts["reverted"]) == (1, 1)
    assert world()[tian.pk] == after
    (row,) = Rows(job, "kept")[0:9]
    assert row[1] == "田素云" and "李静" in row[5] and "年" in row[5], row


@pytest.mark.parametrize("edit", ["field", "family", "text"])
def test_edits_of_changed_people_are_noticed_too(cast, edit):
    committed(cast, person("tian"), person("zeng"))
    job = committed(cast, person("tian", 健康状况="较差", 级别="某某级"), person("zeng", 健康状况="较差"))
    tian = Cadre.objects.get(name="田素云")
    if edit == "field":
        actions.change_cadre(actor=cast.staff, cadre=tian, values={"hobbies": "书法"})
    elif edit == "family":
        actions.add_family_member(actor=cast.staff, cadre=tian, values={"name": "田小雨"})
    else:
        OriginalText.objects.filter(cadre=tian).delete()
    after = world()[tian.pk]
    assert undo(cast, job).undo_counts["kept"] == 1
    assert world()[tian.pk] == after
    assert Cadre.objects.get(name="曾庆和", pk__gt=cast.cadre_b.pk).health == "1"


def test_looking_at_a_person_is_no_edit(cast):
    job = committed(cast, person("tian"))
    tian = Cadre.objects.get(name="田素云")
    audit.record(actor=cast.staff, action="cadre.view", target=tian)
    actions.reveal(actor=cast.staff, cadre=tian, field="id_number", reason="核对医保")
    assert undo(cast, job).undo_counts["reverted"] == 1


def test_a_visit_blocks_and_a_reminder_does_not(cast):
    job = committed(cast, person("tian"), person("zeng"))
    tian, zeng = Cadre.objects.get(name="田素云"), Cadre.objects.filter(name="曾庆和").latest("pk")
    values = {"visited_on": timezone.localdate(), "occasion": "ordinary", "manner": "home", "words": "好"}
    visit_actions.create_visit(actor=cast.staff, cadre=tian, values=values)
    Notice.objects.create(reader=cast.staff, kind="birthday", cadre=zeng, due_on=timezone.localdate(), words="生日")
    job = undo(cast, job)
    assert job.undo_counts["blocked"] == 1 and job.undo_counts["reverted"] == 1
    (row,) = Rows(job, "blocked")[0:9]
    assert (row[1], row[5]) == ("田素云", "有走访 1 条")
    assert Cadre.objects.filter(pk=tian.pk).exists() and not Cadre.objects.filter(pk=zeng.pk).exists()
    assert not Notice.objects.exists()


def test_a_unit_in_use_stays_with_all_above_it(cast):
    job = committed(cast, person("tian", 单位="新设的单位"))
    unit = Organization.objects.get(name="新设的单位")
    actions.create_cadre(actor=None, values={"name": "后来人", "category": "retiree", "unit": unit})
    job = undo(cast, job)
    assert Organization.objects.filter(pk=unit.pk).exists()
    assert job.undo_counts["organizations_kept"] >= 1
    assert "新设的单位" in [row[0] for row in Rows(job, "units")[0:9]]


def test_the_later_import_goes_first_and_then_the_earlier_one(cast):
    before = world()
    first = committed(cast, person("tian"))
    middle = world()
    second = committed(cast, person("tian", 健康状况="较差"))
    kept = UndoPlan(first).rows("kept")
    assert len(kept) == 1 and f"第 {second.pk} 批" in kept[0][5] and "先撤销" in kept[0][5]
    assert undo(cast, second).undo_counts["reverted"] == 1
    assert world() == middle
    assert undo(cast, first).undo_counts["reverted"] == 1
    assert world() == before


def test_two_changes_are_taken_back_one_after_the_other(cast):
    committed(cast, person("tian"))
    worlds, jobs = [], []
    for health in ("较差", "健康", "一般"):
        worlds.append(world())
        jobs.append(committed(cast, person("tian", 健康状况=health)) if health != "健康" else None)
        if jobs[-1] is None:
            jobs[-1] = committed(cast, person("tian", 健康状况="健康", 联系电话="13900000000"))
    for job, before in zip(reversed(jobs), reversed(worlds), strict=True):
        assert undo(cast, job).undo_counts["reverted"] == 1
        assert world() == before


def test_an_old_place_that_is_gone_blocks(cast):
    committed(cast, person("zeng", 社区="新河社区"))
    zeng = Cadre.objects.filter(name="曾庆和").latest("pk")
    old = zeng.community
    job = committed(cast, person("zeng", 社区="滨河社区"))
    Organization.objects.filter(pk=old.pk).delete()
    before = world()
    job = undo(cast, job)
    assert job.status == RosterStatus.UNDONE and job.undo_counts["blocked"] == 1 and world() == before
    assert Rows(job, "blocked")[0:9][0][5] == "原来的单位已经不在"


# -- the job ------------------------------------------------------------------------------------------------------
def test_what_changed_after_the_preview_is_shown_again(cast):
    job = committed(cast, person("tian"), person("zeng"))
    asked(cast, job)
    actions.change_cadre(actor=cast.staff, cadre=Cadre.objects.get(name="田素云"), values={"hobbies": "书法"})
    before = world()
    tasks.undo_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.COMMITTED and "再看一遍" in job.words and world() == before


def test_delivered_twice_it_is_done_once(cast):
    job = committed(cast, person("tian"))
    undo(cast, job)
    tasks.undo_roster(job.pk)
    assert AuditEntry.objects.filter(action="roster.undo").count() == 1
    with pytest.raises(ValidationError):
        asked(cast, job)


def test_rights_are_asked_again_in_the_undo(cast):
    job = committed(cast, person("tian"))
    asked(cast, job)
    revoke_role(actor=None, grant=cast.staff.role_grants.get())
    tasks.undo_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.COMMITTED and "权限" in job.words
    assert Cadre.objects.filter(name="田素云").exists()
    with pytest.raises(PermissionDenied):
        asked(cast, job)


def test_a_reason_is_asked_for(cast):
    job = committed(cast, person("tian"))
    with pytest.raises(ValidationError):
        roster_undo.request_undo(actor=cast.staff, roster_import=job, reason=" ", fingerprint="")


def test_an_import_of_before_this_feature_says_so(cast):
    job = committed(cast, person("tian"))
    RosterImport.objects.filter(pk=job.pk).update(created_ids=None)
    job.refresh_from_db()
    assert not job.undoable
    with pytest.raises(ValidationError, match="升级以前"):
        asked(cast, job)


def test_a_failure_in_the_middle_leaves_everybody(cast, monkeypatch):
    committed(cast, person("tian"))
    job = committed(cast, person("tian", 健康状况="较差"), person("zeng"))
    before = world()
    asked(cast, job)
    monkeypatch.setattr(UndoPlan, "_remove_units", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tasks.undo_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.COMMITTED and "什么也没有动" in job.words and world() == before


def test_a_dead_undo_is_taken_up(cast, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.undo_roster, "delay", sent.append)
    job = committed(cast, person("tian"))
    asked(cast, job)
    jobs.claim(job.pk, RosterStatus.UNDOING, RosterStatus.UNDOING)
    tasks.resume_imports()
    assert sent == [], "it is alive"
    past = timezone.now() - datetime.timedelta(minutes=10)
    RosterImport.objects.filter(pk=job.pk).update(claimed_at=past)
    tasks.resume_imports()
    assert sent == [job.pk]
    tasks.undo_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.UNDONE


# -- cancel and again ---------------------------------------------------------------------------------------------
def test_cancel_stops_each_step_wholly(cast):
    files = [("名册.xlsx", workbook([person("tian")]))]
    job = roster.upload_roster(actor=cast.staff, files=files, year=2017, create_organizations=True)
    held = jobs.claim(job.pk, RosterStatus.UPLOADED, RosterStatus.READING)
    assert roster_history.cancel_roster(actor=cast.staff, roster_import=job).status == RosterStatus.DISCARDED
    roster.prepare_import(held, settled=lambda job: None)
    job.refresh_from_db()
    assert job.status == RosterStatus.DISCARDED and not job.parts.exists()

    before = Cadre.objects.count()
    job = roster.upload_roster(actor=cast.staff, files=files, year=2017, create_organizations=True)
    tasks.read_roster(job.pk)
    job.refresh_from_db()
    roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=False, fingerprint=job.fingerprint)
    held = jobs.claim(job.pk, RosterStatus.COMMITTING, RosterStatus.COMMITTING)
    assert roster_history.cancel_roster(actor=cast.staff, roster_import=job).status == RosterStatus.PREVIEWED
    roster.commit_import(held)
    job.refresh_from_db()
    assert job.status == RosterStatus.PREVIEWED and "什么也没有写" in job.words and Cadre.objects.count() == before

    roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=False, fingerprint=job.fingerprint)
    tasks.commit_roster(job.pk)
    with pytest.raises(ValidationError, match="来不及取消"):
        roster_history.cancel_roster(actor=cast.staff, roster_import=job)
    job.refresh_from_db()
    asked(cast, job)
    held = jobs.claim(job.pk, RosterStatus.UNDOING, RosterStatus.UNDOING)
    assert roster_history.cancel_roster(actor=cast.staff, roster_import=job).status == RosterStatus.COMMITTED
    roster_undo.undo_import(held)
    assert Cadre.objects.count() == before + 1
    job.refresh_from_db()
    undo(cast, job)
    with pytest.raises(ValidationError, match="来不及取消"):
        roster_history.cancel_roster(actor=cast.staff, roster_import=job)


def test_an_undone_import_is_handed_in_again(cast):
    job = undo(cast, committed(cast, person("tian")))
    again = roster_history.import_again(actor=cast.staff, roster_import=job)
    tasks.read_roster(again.pk)
    again.refresh_from_db()
    assert (again.status, again.counts["created"], again.year) == (RosterStatus.PREVIEWED, 1, 2017)


def test_runs():
    assert runs_of([]) == [] and runs_of([4, 5, 6, 9, 11, 12]) == [[4, 6], [9, 9], [11, 12]]
    assert keys_of([[4, 6], [9, 9]]) == [4, 5, 6, 9]


# -- any world ----------------------------------------------------------------------------------------------------
HEALTH = st.sampled_from(["健康", "一般", "较差"])
cells = st.fixed_dictionaries(
    {},
    optional={
        "健康状况": HEALTH,
        "级别": st.sampled_from(["正乡科级", "科员", "没有的级别"]),
        "单位": st.sampled_from(["市水利局", "市财政局", "东关区第一中学"]),
        "联系电话": st.sampled_from(["13900000001", "13900000002"]),
        "姓名": st.sampled_from(["田素云", "田素芸"]),
    },
)
who = st.sampled_from(["han", "zeng", "tian"])
edit = st.tuples(st.sampled_from(["none", "hobby", "rank", "death", "out", "family", "visit", "text"]), who)


def edited(cast, kind: str, cadre: Cadre) -> None:
    day = datetime.date(2020, 5, 1)
    if kind == "hobby":
        actions.change_cadre(actor=cast.staff, cadre=cadre, values={"hobbies": "书法"})
    elif kind == "rank":
        actions.change_cadre(actor=cast.staff, cadre=cadre, values={"rank": "150"}, since=day)
    elif kind == "death":
        actions.decease_cadre(actor=cast.staff, cadre=cadre, died_on=day)
    elif kind == "out":
        actions.move_out(actor=cast.staff, cadre=cadre, on=day, to_place="外省")
    elif kind == "family":
        actions.add_family_member(actor=cast.staff, cadre=cadre, values={"name": "小韩"})
    elif kind == "visit":
        values = {"visited_on": timezone.localdate(), "occasion": "ordinary", "manner": "home", "words": "好"}
        visit_actions.create_visit(actor=cast.staff, cadre=cadre, values=values)


def balance() -> None:
    """For every day: the states of the roll are what the events brought in and took out."""
    days = {FOREVER - datetime.timedelta(days=1)}
    days |= set(CadreState.objects.values_list("valid_from", flat=True)) | set(
        StatusEvent.objects.values_list("on", flat=True)
    )
    inward = (EventKind.ENROLLED, EventKind.MOVED_IN)
    for day in days:
        counted = CadreState.objects.filter(valid_from__lte=day, valid_to__gt=day).count()
        came = StatusEvent.objects.filter(kind__in=inward, on__lte=day).count()
        left = StatusEvent.objects.filter(kind__in=(EventKind.MOVED_OUT, EventKind.DIED), on__lte=day).count()
        assert counted == came - left, day
    for cadre in Cadre.objects.prefetch_related("states"):
        states = sorted(cadre.states.all(), key=lambda state: state.valid_from)
        assert all(a.valid_to <= b.valid_from for a, b in itertools.pairwise(states))
        if cadre.standing == Standing.PRESENT:
            assert states[-1].valid_to == FOREVER


@given(
    first=st.lists(st.tuples(who, cells), max_size=3, unique_by=lambda pair: pair[0]),
    second=st.lists(st.tuples(who, cells), min_size=1, max_size=3, unique_by=lambda pair: pair[0]),
    edits=st.lists(edit, max_size=3),
)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_import_after_any_edits_is_taken_back(cast, first, second, edits):
    with transaction.atomic():
        try:
            if first:
                _try_commit(cast, first)
            before, units = world(), set(Organization.objects.values_list("pk", flat=True))
            job = _try_commit(cast, second)
            if job is not None:
                _check_undo(cast, job, before, units, edits)
        finally:
            transaction.set_rollback(True)


def _try_commit(cast, rows):
    try:
        return committed(cast, *(person(key, **values) for key, values in rows))
    except ValidationError as nothing:
        assert "没有要入库" in str(nothing) or "拒收" in str(nothing)
        return None


def _check_undo(cast, job, before, units, edits):
    touched = set(keys_of(job.created_ids["cadres"])) | set(job.effects.values_list("cadre_id", flat=True))
    written = world()
    for kind, key in edits:
        number = person(key)[3]
        cadre = next((c for c in Cadre.objects.filter(pk__in=touched) if c.id_number == number), None)
        if cadre is None or kind in ("none", "text"):
            continue
        try:
            with transaction.atomic():
                edited(cast, kind, cadre)
        except ValidationError:
            pass
    later = world()
    visited = {pk for pk in touched if cast.cadre_a.visits.model.objects.filter(cadre_id=pk).exists()}
    untouched = {pk for pk in touched if later[pk] == written[pk]}
    plan = UndoPlan(job)
    if not plan.counts()["reverted"]:
        return
    job = undo(cast, job)
    assert job.status == RosterStatus.UNDONE, job.words
    now = world()
    for pk in touched:
        if pk in untouched and not (pk not in before and pk in visited):
            assert now.get(pk) == before.get(pk)
        else:
            assert now[pk] == later[pk]
    for pk in before.keys() - touched:
        assert now[pk] == before[pk]
    balance()
    if untouched == touched and not visited:
        assert set(Organization.objects.values_list("pk", flat=True)) == units
    connection.check_constraints()
    assert FamilyMember.objects.exclude(cadre__in=Cadre.objects.all()).count() == 0
