"""Sending notices into inboxes: who is told of what, once, and days that were missed are caught up.

Who is told:
- 单位联络员 and 社区联络员: every birthday of their own people, by the scope rule of CadreQuerySet.
- 局工作人员 and 领导: of their scope only the 大寿 of 离休 cadres, lest the bureau drown in notices; the rest of the
  week's birthdays is on 祝寿 and on the home page.
- 春节, 中秋, 重阳: every reader, once, without naming anybody.
- 生存状况核实 falling due: the liaisons of whoever was not verified yet. A proposal that was settled: its maker.
Grants are read anew at each run, and the inbox is narrowed again when it is opened.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Organization, RoleGrant
from accounts.roles import RIGHTS, Role
from common.codes import Category
from visits.codes import Channel, NoticeKind
from visits.due import ONE_DAY, festival_words, verification_words
from visits.models import Notice, NoticeRun
from visits.querysets import DueBirthday, all_due_birthdays, due_festivals, due_verifications, settled_proposals

RIGHT = "notice.receive"
#: Roles told of every birthday in their scope; all others holding the right hear of 大寿 of 离休 cadres.
CLOSE_ROLES = frozenset({Role.UNIT_LIAISON, Role.COMMUNITY_LIAISON})
MILESTONE_CATEGORIES = frozenset({Category.LEAVE})
#: A claim older than this belongs to a worker that died.
CLAIM_LASTS = datetime.timedelta(minutes=15)
#: How far back missed days are caught up.
LOOK_BACK = datetime.timedelta(days=31)
BATCH = 2000


def birthday_days() -> int:
    """How many days ahead birthdays are told."""
    return settings.NOTICE_BIRTHDAY_DAYS


def festival_days() -> int:
    return settings.NOTICE_FESTIVAL_DAYS


def verification_days() -> int:
    return settings.NOTICE_VERIFICATION_DAYS


class Readers:
    """Who is told of a person or of a unit, from all grants in force, read in two queries. Same rule as
    CadreQuerySet.in_scope. ``right``: besides receiving notices at all, what a reader must hold."""

    def __init__(self, right: str = RIGHT) -> None:
        roles = [role for role, rights in RIGHTS.items() if {RIGHT, right} <= rights]
        grants = RoleGrant.objects.of_active_users().filter(role__in=roles).select_related("organization")
        self._below: dict[int, set[tuple[int, bool]]] = defaultdict(set)
        self._exact: dict[int, set[tuple[int, bool]]] = defaultdict(set)
        self.everybody: list[int] = []
        for grant in grants:
            reader = (grant.user_id, grant.role in CLOSE_ROLES)
            (self._below if grant.include_children else self._exact)[grant.organization_id].add(reader)
            self.everybody.append(grant.user_id)
        self.everybody = sorted(set(self.everybody))
        self._paths: dict[int, str] = dict(Organization.objects.values_list("pk", "path"))
        self._known: dict[int, frozenset[tuple[int, bool]]] = {}

    def _of(self, organization_id: int | None) -> frozenset[tuple[int, bool]]:
        if organization_id is None:
            return frozenset()
        found = self._known.get(organization_id)
        if found is None:
            chain = [int(part) for part in self._paths.get(organization_id, "").split("/") if part]
            readers = set(self._exact.get(organization_id, ()))
            for ancestor in chain:
                readers |= self._below.get(ancestor, set())
            found = self._known[organization_id] = frozenset(readers)
        return found

    def of_unit(self, organization_id: int) -> set[int]:
        """Ids of the users told of what concerns this unit."""
        return {reader for reader, _ in self._of(organization_id)}

    def close_to(self, *organizations: int | None) -> set[int]:
        """Ids of the liaisons of these organizations."""
        return {reader for organization in organizations for reader, close in self._of(organization) if close}

    def told(self, birthday: DueBirthday) -> set[int]:
        """Ids of the users to be told of this birthday."""
        readers = self._of(birthday.unit_id) | self._of(birthday.community_id) | self._of(birthday.managing_unit_id)
        great = bool(birthday.milestone) and birthday.category in MILESTONE_CATEGORIES
        return {reader for reader, close in readers if close or great}


def birthday_words(birthday: DueBirthday) -> str:
    """No identity number, no illness: name, unit, day and age."""
    day = f"{birthday.on.month}月{birthday.on.day}日"
    lunar = f"（{birthday.lunar}）" if birthday.lunar else ""
    age = birthday.milestone or (f"{birthday.turning.full}岁" if birthday.turning else "")
    return f"{birthday.name}{day}{lunar}生日{'，' + age if age else ''} · {birthday.organization}"[:200]


def _birthday_notices(readers: Readers, start: datetime.date, end: datetime.date) -> Iterator[Notice]:
    for birthday in all_due_birthdays(start, end):
        words = ""
        for reader in sorted(readers.told(birthday)):
            words = words or birthday_words(birthday)
            yield Notice(
                reader_id=reader,
                kind=NoticeKind.BIRTHDAY,
                channel=Channel.INBOX,
                cadre_id=birthday.pk,
                due_on=birthday.on,
                words=words,
                milestone=bool(birthday.milestone),
            )


def _festival_notices(readers: Readers, start: datetime.date, end: datetime.date) -> Iterator[Notice]:
    for festival in due_festivals(start, end):
        for reader in readers.everybody:
            yield Notice(
                reader_id=reader,
                kind=NoticeKind.FESTIVAL,
                channel=Channel.INBOX,
                festival=festival.key,
                due_on=festival.date,
                words=festival_words(festival.name, festival.date),
            )


def _verification_notices(readers: Readers, start: datetime.date, end: datetime.date) -> Iterator[Notice]:
    for due in due_verifications(start, end):
        for reader in sorted(readers.close_to(due.unit_id, due.community_id, due.managing_unit_id)):
            yield Notice(
                reader_id=reader,
                kind=NoticeKind.VERIFICATION,
                channel=Channel.INBOX,
                cadre_id=due.pk,
                due_on=due.on,
                words=verification_words(due.name, due.on),
            )


def _proposal_notices(start: datetime.date, end: datetime.date) -> Iterator[Notice]:
    for proposal in settled_proposals(start, end):
        day = timezone.localtime(proposal.settled_at).date()
        yield Notice(
            reader_id=proposal.made_by_id,
            kind=NoticeKind.PROPOSAL,
            channel=Channel.INBOX,
            cadre_id=proposal.cadre_id,
            due_on=day,
            words=f"{proposal.person_name}{proposal.get_kind_display()}的提议{proposal.get_state_display()}",
        )


def _store(notices: Iterable[Notice]) -> int:
    """Insert what is not there yet, batch by batch; the unique keys guard against another run. Returns how many."""
    created = 0
    source = iter(notices)
    while batch := list(islice(source, BATCH)):
        days = {notice.due_on for notice in batch}
        people = {notice.cadre_id for notice in batch if notice.cadre_id}
        readers = {notice.reader_id for notice in batch}
        there = set(
            Notice.objects.filter(due_on__gte=min(days), due_on__lte=max(days), channel=Channel.INBOX)
            .filter(Q(cadre_id__in=people) if people else Q(cadre=None, reader_id__in=readers))
            .values_list("cadre_id", "kind", "festival", "due_on", "reader_id")
        )
        fresh = [n for n in batch if (n.cadre_id, n.kind, n.festival, n.due_on, n.reader_id) not in there]
        Notice.objects.bulk_create(fresh, ignore_conflicts=True)
        created += len(fresh)
    return created


@dataclass(frozen=True)
class Sent:
    """What a run did. ``ran`` False: the day was done before, or another worker is at it."""

    ran: bool
    created: int = 0


def _claim(day: datetime.date) -> bool:
    """Take the day by a conditional UPDATE that must hit exactly one row."""
    NoticeRun.objects.bulk_create([NoticeRun(day=day)], ignore_conflicts=True)
    now = timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_LASTS)
    return NoticeRun.objects.filter(free, day=day, finished_at=None).update(claimed_at=now) == 1


def send_due_notices(*, on: datetime.date | None = None) -> Sent:
    """Tell readers what falls due, as of ``on`` (today). Running it again, at any time, adds nothing twice.

    The window reaches back to the day after the last finished run, so that birthdays and festivals of days on
    which nothing ran are told late rather than never.
    """
    day = on or timezone.localdate()
    if not _claim(day):
        return Sent(ran=False)
    try:
        last = (
            NoticeRun.objects.filter(finished_at__isnull=False, day__lt=day)
            .order_by("-day")
            .values_list("day", flat=True)
        ).first()
        start = day if last is None else max(min(last + ONE_DAY, day), day - LOOK_BACK)
        readers = Readers()
        created = _store(_birthday_notices(readers, start, day + birthday_days() * ONE_DAY))
        created += _store(_festival_notices(readers, start, day + festival_days() * ONE_DAY))
        created += _store(_verification_notices(readers, start, day + verification_days() * ONE_DAY))
        # What was settled after yesterday's run is told today.
        created += _store(_proposal_notices(start - ONE_DAY, day))
    except BaseException:
        NoticeRun.objects.filter(day=day, finished_at=None).update(claimed_at=None)
        raise
    with transaction.atomic():
        NoticeRun.objects.filter(day=day).update(
            finished_at=timezone.now(), covers_from=start, created=F("created") + created
        )
    return Sent(ran=True, created=created)
