"""kill -9 at any moment of a commit or of its taking back: always nobody or everybody, and the job goes on after."""

from __future__ import annotations

import datetime
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.utils import timezone

from cadres import tasks
from cadres.actions import roster, roster_history, roster_undo
from cadres.models import Cadre, CadreState, RosterImport, RosterStatus, StatusEvent
from cadres.roster_import.undo import UndoPlan
from common import audit
from tests.cadres.roster_import.books import person, with_check_digit, workbook
from tests.visits.test_workers import Site, redis_url, wait_for

ROWS = 300


def rows(count: int = ROWS) -> list[list[str]]:
    found = []
    for number in range(count):
        row = person("tian", 姓名=f"田{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{'春夏秋冬'[number % 4]}")
        row[3] = with_check_digit(f"99010119500704{number:03d}0")
        found.append(row)
    return found


# -- the long drill: a process of its own for every try -----------------------------------------------------------
@pytest.fixture
def forking(transactional_db, settings, tmp_path, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("processes share no database in memory: run by `make drills` on PostgreSQL")
    settings.MEDIA_ROOT = tmp_path
    for task in (tasks.read_roster, tasks.commit_roster, tasks.undo_roster):
        monkeypatch.setattr(task, "delay", lambda pk: None)


def in_a_process(task, pk: int, kill_after: float | None) -> bool:
    """Run a task in a process with a connection of its own; True if it was killed before its end."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            task(pk)
        finally:
            os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    let_the_server_notice()
    return os.WIFSIGNALED(status)


def let_the_server_notice() -> None:
    """A server whose client was killed ends its last statement first, which may be the commit."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(query)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("a killed process still holds its connection")


def went_silent(pk: int) -> None:
    """Long enough for the periodic job to take it up again."""
    past = timezone.now() - datetime.timedelta(minutes=10)
    RosterImport.objects.filter(pk=pk).exclude(claimed_at=None).update(claimed_at=past)
    tasks.resume_imports()


def kill_often(cast, kills: int, chance: random.Random) -> dict[str, int]:
    before = {model: model.objects.count() for model in (Cadre, CadreState, StatusEvent)}
    files = [("名册.xlsx", workbook(rows()))]
    job = roster.upload_roster(actor=cast.staff, files=files, year=2017, create_organizations=True)
    tasks.read_roster(job.pk)
    seen = {"killed": 0, "written by a killed process": 0, "ended": 0}
    longest = 1.0
    while seen["killed"] < kills:
        job.refresh_from_db()
        if job.status == RosterStatus.PREVIEWED:
            roster.request_commit(
                actor=cast.staff, roster_import=job, accept_good_rows=False, fingerprint=job.fingerprint
            )
        elif job.status == RosterStatus.COMMITTED:
            fingerprint = UndoPlan(job).fingerprint()
            roster_undo.request_undo(actor=cast.staff, roster_import=job, reason="演练", fingerprint=fingerprint)
        elif job.status == RosterStatus.UNDONE:
            job = roster_history.import_again(actor=cast.staff, roster_import=job)
            tasks.read_roster(job.pk)
            continue
        job.refresh_from_db()
        wanted = job.status
        task = tasks.commit_roster if wanted == RosterStatus.COMMITTING else tasks.undo_roster
        began = time.monotonic()
        killed = in_a_process(task, job.pk, chance.uniform(0.02, longest * 1.1) if chance.random() < 0.97 else None)
        seen["killed" if killed else "ended"] += 1
        if not killed:
            longest = 0.7 * longest + 0.3 * (time.monotonic() - began)
        job.refresh_from_db()
        there = {model: model.objects.count() - count for model, count in before.items()}
        inside = job.status in (RosterStatus.COMMITTED, RosterStatus.UNDOING)
        assert set(there.values()) == {ROWS if inside else 0}, (job.status, there)
        seen["written by a killed process"] += killed and job.status != wanted
        if job.status == wanted:
            went_silent(job.pk)
    assert list(audit.verify()) == []
    return seen


@pytest.mark.drill
def test_two_hundred_kills(forking, cast):
    seen = kill_often(cast, 200, random.Random(20170101))
    print(seen)
    assert seen["ended"], "some have to come to their end"


@pytest.mark.integration
def test_a_few_kills(forking, cast):
    assert kill_often(cast, 6, random.Random(7))["killed"] == 6


@pytest.mark.integration
def test_a_cancel_stops_it_wholly_or_comes_too_late(forking, cast):
    """Ever later cancels of a running commit: each either leaves nobody or says that everybody is in."""
    before = Cadre.objects.count()
    files = [("名册.xlsx", workbook(rows()))]
    said = set()
    for tries in range(12):
        job = roster.upload_roster(actor=cast.staff, files=files, year=2017, create_organizations=True)
        tasks.read_roster(job.pk)
        job.refresh_from_db()
        roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=False, fingerprint=job.fingerprint)
        connections.close_all()
        child = os.fork()
        if child == 0:
            try:
                tasks.commit_roster(job.pk)
            finally:
                os._exit(0)
        time.sleep(0.15 * tries)
        try:
            roster_history.cancel_roster(actor=cast.staff, roster_import=job)
        except ValidationError as late:
            assert "来不及取消" in str(late)
            expected = (RosterStatus.COMMITTED, ROWS)
        else:
            expected = (RosterStatus.PREVIEWED, 0)
        os.waitpid(child, 0)
        job.refresh_from_db()
        assert (job.status, Cadre.objects.count() - before) == expected
        said.add(expected[0])
        if expected[1]:
            break
    assert said == {RosterStatus.PREVIEWED, RosterStatus.COMMITTED}


# -- real Celery workers ------------------------------------------------------------------------------------------
BUILD = """
import sys, pathlib
import django
django.setup()
from cadres import tasks
from cadres.actions import roster
from tests.cadres.roster_import.books import workbook
from tests.cadres.roster_import.test_kills import rows
from tests.conftest import build_cast
cast = build_cast()
job = roster.upload_roster(
    actor=cast.staff, files=[("名册.xlsx", workbook(rows()))], year=2017, create_organizations=True
)
tasks.read_roster(job.pk)
job.refresh_from_db()
roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=False, fingerprint=job.fingerprint)
"""
SEND = """
import sys
import django
django.setup()
from config.celery import app
from cadres.models import RosterImport
from django.utils import timezone
import datetime
past = timezone.now() - datetime.timedelta(minutes=10)
RosterImport.objects.exclude(claimed_at=None).update(claimed_at=past)
from cadres import tasks
for job in RosterImport.objects.filter(status="committing"):
    tasks.jobs.requeue(job, job.status)
    app.send_task("cadres.tasks.commit_roster", [job.pk], queue=sys.argv[1])
"""
COUNT = "SELECT (SELECT count(*) FROM cadres_cadre WHERE name LIKE '田%'), status, claim FROM cadres_rosterimport"


@pytest.mark.integration
def test_real_workers_are_killed_while_committing(tmp_path: Path):
    site = Site(tmp_path, redis_url())
    site.run("manage.py", "migrate", "-v", "0")
    site.run("-c", BUILD)
    command = [
        sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "solo", "-l", "INFO",
        "-Q", site.queue, "-n", f"kill-{site.queue}@%h", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    log = tmp_path / "killed.log"
    for _ in range(3):
        site.run("-c", SEND, site.queue)
        with log.open("ab") as output:
            worker = subprocess.Popen(
                command, cwd=Path(__file__).parents[3], env=site.env, stdout=output, stderr=output
            )
            try:
                deadline = time.monotonic() + 60
                while time.monotonic() < deadline and not site.rows(COUNT)[0][2] and site.rows(COUNT)[0][0] == 0:
                    time.sleep(0.01)
            finally:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
        people, status, _ = site.rows(COUNT)[0]
        assert (people, status) in {(0, "committing"), (ROWS, "committed")}
    site.run("-c", SEND, site.queue)
    with site.workers(1) as logs:
        wait_for(lambda: site.rows(COUNT)[0][:2] == (ROWS, "committed"), logs)
