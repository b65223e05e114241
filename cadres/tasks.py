"""Background work of roster imports and of the search for duplicates. Tasks take an id, claim the job, call an action,
and stop."""

from __future__ import annotations

import datetime
import logging

from celery import current_app, shared_task
from django.utils import timezone

from cadres.actions import batches, find_duplicates, hand_ins, jobs, quality, roster, roster_undo
from cadres.models import RosterStatus
from cadres.querysets import people_of_import, running_imports
from common.scope import scope_of

logger = logging.getLogger(__name__)
#: A job without a sign of life for this long belongs to a dead worker.
STALE = datetime.timedelta(minutes=2)


@shared_task
def read_roster(roster_import_id: int) -> None:
    """Read the files of an import and make its preview."""
    job = jobs.claim(roster_import_id, RosterStatus.UPLOADED, RosterStatus.READING)
    if job is None:
        return
    rights = ("roster.import",) if job.collection_id else ("roster.import", "roster.submit")
    if all(scope_of(job.uploaded_by, right).nothing for right in rights):
        jobs.release(job, RosterStatus.FAILED, words="上传人已没有导入名册的权限，没有读")
        hand_ins.settle(job)
        return
    try:
        if job.collection_id is not None:
            for made in batches.sort_batch(job):
                read_roster.delay(made)
        else:
            roster.prepare_import(job, settled=hand_ins.settle)
    except Exception:
        logger.exception("reading roster import %s failed", roster_import_id)
        if jobs.release(job, RosterStatus.FAILED, words="读到一半出了差错，请再传一次；还不行请找系统管理员"):
            hand_ins.settle(job)
        raise


def tell_liaisons() -> None:
    """Have liaisons told of reminders and returned rosters now, by the floor that keeps inboxes."""
    current_app.send_task("visits.tasks.send_roster_notices")


@shared_task
def commit_roster(roster_import_id: int) -> None:
    """Commit an import whose preview was accepted."""
    job = jobs.claim(roster_import_id, RosterStatus.COMMITTING, RosterStatus.COMMITTING)
    if job is None:
        return
    try:
        roster.commit_import(job)
    except Exception:
        logger.exception("committing roster import %s failed", roster_import_id)
        jobs.release(job, RosterStatus.PREVIEWED, words="入库出了差错，什么也没有写进去，请再提交一次")
        raise
    find_duplicates_of_import.delay(roster_import_id)


@shared_task
def find_duplicates_of_import(roster_import_id: int) -> None:
    """Queue the suspected duplicates of the people whom a committed import brought in or changed."""
    people = people_of_import(roster_import_id)
    if people:
        find_duplicates(people=people)


@shared_task
def find_all_duplicates() -> None:
    """The nightly search of the whole city."""
    logger.info("%s new pairs of suspected duplicates", find_duplicates())


@shared_task
def undo_roster(roster_import_id: int) -> None:
    """Take a committed import back."""
    job = jobs.claim(roster_import_id, RosterStatus.UNDOING, RosterStatus.UNDOING)
    if job is None:
        return
    try:
        roster_undo.undo_import(job)
    except Exception:
        logger.exception("undoing roster import %s failed", roster_import_id)
        jobs.release(job, RosterStatus.COMMITTED, words="撤销出了差错，什么也没有动，请再撤销一次")
        raise


@shared_task
def resume_imports() -> None:
    """Take up imports whose worker died or whose message was lost."""
    for job in running_imports(before=timezone.now() - STALE):
        if job.status == RosterStatus.COMMITTING:
            if jobs.requeue(job, RosterStatus.COMMITTING):
                commit_roster.delay(job.pk)
        elif job.status == RosterStatus.UNDOING:
            if jobs.requeue(job, RosterStatus.UNDOING):
                undo_roster.delay(job.pk)
        elif jobs.requeue(job, RosterStatus.UPLOADED):
            read_roster.delay(job.pk)


@shared_task
def score_quality() -> None:
    """Score the data quality of every unit, for the pages of the day."""
    quality.compute_scores()
