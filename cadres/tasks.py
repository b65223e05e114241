"""Background work of roster imports and of the search for duplicates. Tasks take an id, claim the job, call an action,
and stop."""

from __future__ import annotations

import datetime
import logging

from celery import shared_task
from django.utils import timezone

from cadres.actions import find_duplicates, roster
from cadres.models import RosterStatus
from cadres.querysets import people_of_import, running_imports
from common.scope import scope_of

logger = logging.getLogger(__name__)
#: A job without a sign of life for this long belongs to a dead worker.
STALE = datetime.timedelta(minutes=2)


@shared_task
def read_roster(roster_import_id: int) -> None:
    """Read the files of an import and make its preview."""
    job = roster.claim(roster_import_id, RosterStatus.UPLOADED, RosterStatus.READING)
    if job is None:
        return
    if scope_of(job.uploaded_by, "roster.import").nothing:
        roster.release(job, RosterStatus.FAILED, words="上传人已没有导入名册的权限，没有读")
        return
    try:
        roster.prepare_import(job)
    except Exception:
        logger.exception("reading roster import %s failed", roster_import_id)
        roster.release(job, RosterStatus.FAILED, words="读到一半出了差错，请再传一次；还不行请找系统管理员")
        raise


@shared_task
def commit_roster(roster_import_id: int) -> None:
    """Commit an import whose preview was accepted."""
    job = roster.claim(roster_import_id, RosterStatus.COMMITTING, RosterStatus.COMMITTING)
    if job is None:
        return
    try:
        roster.commit_import(job)
    except Exception:
        logger.exception("committing roster import %s failed", roster_import_id)
        roster.release(job, RosterStatus.PREVIEWED, words="入库出了差错，什么也没有写进去，请再提交一次")
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
def resume_imports() -> None:
    """Take up imports whose worker died or whose message was lost."""
    for job in running_imports(before=timezone.now() - STALE):
        if job.status == RosterStatus.COMMITTING:
            if roster.requeue(job, RosterStatus.COMMITTING):
                commit_roster.delay(job.pk)
        elif roster.requeue(job, RosterStatus.UPLOADED):
            read_roster.delay(job.pk)
