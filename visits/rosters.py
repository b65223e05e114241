"""Telling liaisons of the rosters that their units owe (名册催报), and of those that came back.

A reminder goes out 14, 7, 3 and 1 days before the deadline (``NOTICE_ROSTER_DAYS``), on the first day after it and
then every week, and on the day on which staff press 催报; at most one a day for each unit and reader. Running it
again adds nothing, so it runs hourly and whenever something happened.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import islice

from django.conf import settings
from django.utils import timezone

from cadres.models import UnitRoster, UnitRosterState
from cadres.querysets import unit_rosters_due
from visits.codes import Channel, NoticeKind
from visits.models import Notice
from visits.sending import Readers

BATCH = 2000
WEEK = 7


def reminds_on(day: datetime.date, due_on: datetime.date) -> bool:
    """Whether a roster due on ``due_on`` is reminded of by itself on ``day``."""
    left = (due_on - day).days
    return left in settings.NOTICE_ROSTER_DAYS if left >= 0 else -left % WEEK == 1


def roster_words(roster: UnitRoster, day: datetime.date) -> str:
    """What the unit has to do by when; no names."""
    collection = roster.collection
    left = (collection.due_on - day).days
    due = f"{collection.due_on.month}月{collection.due_on.day}日"
    when = (
        f"请在{due}前报送，还有 {left} 天"
        if left > 0
        else f"今天（{due}）到期"
        if left == 0
        else f"{due}到期，已逾期 {-left} 天"
    )
    state = "退回后还没有重报" if roster.state == UnitRosterState.RETURNED else "还没有报"
    return f"{roster.organization.name}{collection.year}年度名册{state}，{when}"[:200]


def returned_words(roster: UnitRoster) -> str:
    return f"{roster.organization.name}{roster.collection.year}年度名册被退回，请看退回意见，改好重报"[:200]


def _due(day: datetime.date) -> Iterator[tuple[UnitRoster, str, str]]:
    """(roster, kind, words) of everything told on ``day``."""
    for roster in unit_rosters_due().order_by("pk").iterator(chunk_size=BATCH):
        returned = roster.returned_at is not None and timezone.localdate(roster.returned_at) == day
        reminded = roster.reminded_at is not None and timezone.localdate(roster.reminded_at) == day
        if returned and roster.state == UnitRosterState.RETURNED:
            yield roster, NoticeKind.RETURNED, returned_words(roster)
        if reminded or reminds_on(day, roster.collection.due_on):
            yield roster, NoticeKind.ROSTER_DUE, roster_words(roster, day)


def send_roster_notices(*, on: datetime.date | None = None) -> int:
    """Put what is due on ``on`` (today) into the inboxes of the units' liaisons. Returns how many were new."""
    day = on or timezone.localdate()
    readers = Readers("roster.submit")
    there = set(
        Notice.objects.filter(due_on=day, unit_roster__isnull=False).values_list("unit_roster_id", "kind", "reader_id")
    )
    fresh = (
        Notice(
            reader_id=reader, kind=kind, channel=Channel.INBOX, unit_roster=roster, due_on=day, words=words,
        )
        for roster, kind, words in _due(day)
        for reader in sorted(readers.of_unit(roster.organization_id))
        if (roster.pk, kind, reader) not in there
    )  # fmt: skip
    created = 0
    while batch := list(islice(fresh, BATCH)):
        Notice.objects.bulk_create(batch, ignore_conflicts=True)
        created += len(batch)
    return created
