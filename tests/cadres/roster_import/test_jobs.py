"""The import as a job: claimed once, resumed after a death, rights asked again, what was shown is what is done."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.actions import revoke_role
from cadres import tasks
from cadres.actions import change_cadre, jobs, roster
from cadres.models import Cadre, RosterImport, RosterLayout, RosterStatus
from cadres.roster_import.preview import Rows, read_report
from common.models import AuditEntry
from tests.cadres.roster_import.books import HEAD, person, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def queued(monkeypatch):
    """Messages that would go to the worker."""
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(tasks.read_roster, "delay", lambda pk: sent.append(("read", pk)))
    monkeypatch.setattr(tasks.commit_roster, "delay", lambda pk: sent.append(("commit", pk)))
    return sent


def upload(cast, *rows, head=HEAD, create=True, **options):
    files = [("名册.xlsx", workbook(rows, head=head))]
    return roster.upload_roster(actor=cast.staff, files=files, year=2017, create_organizations=create, **options)


def previewed(cast, *rows, **options):
    job = upload(cast, *rows, **options)
    tasks.read_roster(job.pk)
    job.refresh_from_db()
    return job


def commit(cast, job, accept=False):
    roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=accept, fingerprint=job.fingerprint)
    tasks.commit_roster(job.pk)
    job.refresh_from_db()
    return job


def test_from_upload_to_commit(cast):
    before = Cadre.objects.count()
    job = previewed(cast, person("tian"), person("han"))
    assert (job.status, job.counts["created"]) == (RosterStatus.PREVIEWED, 2)
    assert Cadre.objects.count() == before, "the preview changes nobody"
    assert [row[3] for row in Rows(job, "created")[0:20]] == ["田素云", "韩松年"]
    job = commit(cast, job)
    assert (job.status, job.claim, Cadre.objects.count()) == (RosterStatus.COMMITTED, "", before + 2)
    assert read_report(job)["committed"] and read_report(job)["totals"]["created"] == 2
    entry = AuditEntry.objects.get(number=job.audit_number)
    assert (entry.action, entry.actor, entry.target_id) == ("roster.commit", cast.staff, str(job.pk))


def test_a_job_is_done_once_however_often_its_message_comes(cast):
    job = previewed(cast, person("tian"))
    tasks.read_roster(job.pk)
    commit(cast, job)
    tasks.commit_roster(job.pk)
    assert Cadre.objects.filter(name="田素云").count() == 1
    assert AuditEntry.objects.filter(action="roster.commit").count() == 1


def test_a_job_that_another_process_holds_is_left_alone(cast):
    job = upload(cast, person("tian"))
    held = jobs.claim(job.pk, RosterStatus.UPLOADED, RosterStatus.READING)
    assert held is not None and jobs.claim(job.pk, RosterStatus.UPLOADED, RosterStatus.READING) is None
    tasks.read_roster(job.pk)
    job.refresh_from_db()
    assert (job.status, job.claim) == (RosterStatus.READING, held.claim)


def test_jobs_of_dead_workers_are_taken_up_and_living_ones_are_not(cast, queued):
    dead, alive, written = (upload(cast, person(key)) for key in ("tian", "han", "zeng"))
    for job in (dead, alive):
        jobs.claim(job.pk, RosterStatus.UPLOADED, RosterStatus.READING)
    past = timezone.now() - datetime.timedelta(minutes=10)
    RosterImport.objects.filter(pk=dead.pk).update(claimed_at=past)
    RosterImport.objects.filter(pk=written.pk).update(
        status=RosterStatus.COMMITTING, claim="dead", claimed_at=past, committed_by=cast.staff
    )
    tasks.resume_imports()
    assert queued == [("read", dead.pk), ("commit", written.pk)]
    tasks.read_roster(dead.pk)
    dead.refresh_from_db()
    alive.refresh_from_db()
    assert (dead.status, alive.status) == (RosterStatus.PREVIEWED, RosterStatus.READING)


def test_a_process_that_lost_its_claim_writes_nothing(cast):
    job = previewed(cast, person("tian"))
    roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=False, fingerprint=job.fingerprint)
    mine = jobs.claim(job.pk, RosterStatus.COMMITTING, RosterStatus.COMMITTING)
    RosterImport.objects.filter(pk=job.pk).update(claim="somebody else")
    roster.commit_import(mine)
    assert not Cadre.objects.filter(name="田素云").exists()


def test_rights_are_asked_again_in_the_job(cast):
    reading, writing = upload(cast, person("tian")), previewed(cast, person("han"))
    roster.request_commit(
        actor=cast.staff, roster_import=writing, accept_good_rows=False, fingerprint=writing.fingerprint
    )
    revoke_role(actor=None, grant=cast.staff.role_grants.get())
    tasks.read_roster(reading.pk)
    tasks.commit_roster(writing.pk)
    for job in (reading, writing):
        job.refresh_from_db()
        assert job.status == RosterStatus.FAILED and "权限" in job.words
    assert Cadre.objects.count() == 2


def test_who_may_not_import_may_not_upload(cast):
    for user in (cast.liaison_a, cast.leader, cast.system_admin, cast.nobody, cast.disabled):
        with pytest.raises(PermissionDenied):
            roster.upload_roster(actor=user, files=[("a.xlsx", workbook([person("han")]))], year=2017)


def test_a_change_after_the_preview_asks_to_look_again(cast):
    commit(cast, previewed(cast, person("tian")))
    job = previewed(cast, person("tian", 健康状况="较差"))
    change_cadre(actor=None, cadre=Cadre.objects.get(name="田素云"), values={"health": "3"})
    job = commit(cast, job)
    assert job.status == RosterStatus.PREVIEWED and "再看" in job.words
    assert job.counts["unchanged"] == 1


def test_a_write_elsewhere_does_not_stop_the_commit(cast):
    job = previewed(cast, person("tian"))
    change_cadre(actor=None, cadre=cast.cadre_b, values={"health": "3"})
    assert commit(cast, job).status == RosterStatus.COMMITTED


def test_bad_rows_need_a_decision(cast):
    job = previewed(cast, person("tian"), person("han", 姓名=""))
    with pytest.raises(ValidationError):
        commit(cast, job)
    assert commit(cast, job, accept=True).counts["rejected"] == 1


def test_asked_columns_are_answered_and_remembered(cast):
    head = ["待遇" if name == "级别" else name for name in HEAD]
    job = previewed(cast, person("tian", 级别="正科级"), head=head)
    assert job.status == RosterStatus.ASKING
    sheet = job.files.get().sheets[0]
    (question,) = sheet["questions"]
    answers = {sheet["signature"]: {question["letter"]: "treatment_rank"}}
    roster.answer_columns(actor=cast.staff, roster_import=job, answers=answers, remember=True)
    tasks.read_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.PREVIEWED
    commit(cast, job)
    assert Cadre.objects.get(name="田素云").treatment_rank == "141"
    assert RosterLayout.objects.get().mapping == {question["letter"]: "treatment_rank"}
    assert previewed(cast, person("han"), head=head).status == RosterStatus.PREVIEWED, "asked once only"


def test_refused_files_stay_in_the_list_with_their_sentence(cast):
    files = [("名册.xlsx", workbook([person("tian")])), ("改名.xlsx", b"not a workbook at all"), ("图.png", b"x")]
    job = roster.upload_roster(actor=cast.staff, files=files, year=2017, create_organizations=True)
    tasks.read_roster(job.pk)
    job.refresh_from_db()
    assert [bool(file.refusal) for file in job.files.all()] == [False, True, True]
    assert job.counts["created"] == 1


def test_discard_ends_it(cast):
    job = previewed(cast, person("tian"))
    roster.discard_roster(actor=cast.staff, roster_import=job)
    with pytest.raises(ValidationError):
        commit(cast, job)
    assert not Cadre.objects.filter(name="田素云").exists()


def test_altered_original_is_not_read(cast):
    job = upload(cast, person("tian"))
    file = job.files.get()
    with open(file.sealed.path, "r+b") as stored:
        stored.seek(40)
        stored.write(b"\x00\x01\x02")
    with pytest.raises(roster.UploadRefused):
        tasks.read_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.FAILED
