"""Handing in a unit's roster: by its liaison or by staff, withdrawn, replaced, returned with words.

A roster counts as handed in from the upload on. When reading finds that it cannot be the unit's (another unit's or
another year's title, nothing readable), it is returned at once with that sentence, by nobody.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from cadres.actions.roster import annotated_file, right_on, upload_roster
from cadres.models import (
    HandInEnd,
    RosterFile,
    RosterHandIn,
    RosterImport,
    RosterRoll,
    RosterStatus,
    UnitRoster,
    UnitRosterState,
)
from cadres.roster_import.template import write_template
from common import audit
from common.scope import require


def may_hand_in(user: User, unit_roster: UnitRoster) -> bool:
    rows = UnitRoster.objects.filter(pk=unit_roster.pk)
    return rows.visible_to(user, "roster.import").exists() or rows.visible_to(user, "roster.submit").exists()


def require_hand_in(user: User, unit_roster: UnitRoster) -> None:
    """Staff by roster.import, the unit's liaison by roster.submit."""
    if not may_hand_in(user, unit_roster):
        raise PermissionDenied


def _locked(unit_roster: UnitRoster) -> UnitRoster:
    rows = UnitRoster.objects.select_for_update(of=("self",)).select_related("collection", "organization")
    return rows.get(pk=unit_roster.pk)


def check_open(unit_roster: UnitRoster) -> None:
    """Raises ValidationError where nothing may be handed in or taken back any more."""
    if unit_roster.state == UnitRosterState.APPROVED:
        raise ValidationError("这份名册已经核准，不能再换；确实要改，请找市局")
    if unit_roster.collection.closed_at is not None:
        raise ValidationError("这次催报已经结束，不能再报；确实要报，请市局重新开放")


@transaction.atomic
def hand_in(*, actor: User, unit_roster: UnitRoster, files: Sequence[tuple[str, bytes]]) -> UnitRoster:
    """Upload the unit's roster; an earlier one that is not approved is replaced."""
    current = _locked(unit_roster)
    require_hand_in(actor, current)
    check_open(current)
    roster_import = upload_roster(
        actor=actor,
        files=files,
        year=min(current.collection.year, timezone.localdate().year),
        as_of=current.collection.day,
        organization=current.organization,
        right=right_on(actor, current.organization),
    )
    attach(actor=actor, rosters=[(current, roster_import)])
    audit.record(actor=actor, action="roster.hand_in", target=current)
    return current


def attach(*, actor: User | None, rosters: Iterable[tuple[UnitRoster, RosterImport]]) -> None:
    """Each of these (locked) rosters is now what was uploaded. The caller checked rights and writes the audit."""
    now = timezone.now()
    for current, roster_import in rosters:
        _end(current, HandInEnd.REPLACED, actor, now)
        RosterHandIn.objects.create(
            unit_roster=current, roster_import=roster_import, handed_in_by=actor, handed_in_at=now
        )
        current.roster_import, current.state = roster_import, UnitRosterState.HANDED_IN
        current.handed_in_by, current.handed_in_at = actor, now
        _save(current)


def _end(current: UnitRoster, end: str, actor: User | None, now: datetime.datetime, words: str = "") -> None:
    """Close the open attempt; its import goes no further."""
    attempt = RosterHandIn.objects.filter(unit_roster=current, end="").first()
    if attempt is None:
        return
    job = RosterImport.objects.select_for_update(of=("self",)).get(pk=attempt.roster_import_id)
    if job.status in {RosterStatus.COMMITTING, RosterStatus.COMMITTED}:
        raise ValidationError("这份名册市局正在入库或已经入库，不能再动；要改请找市局")
    if job.status != RosterStatus.FAILED:
        job.status = RosterStatus.DISCARDED
    job.claim, job.claimed_at, job.words = "", None, job.words if job.status == RosterStatus.FAILED else ""
    job.save()
    attempt.end, attempt.ended_by, attempt.ended_at, attempt.words = end, actor, now, words
    attempt.save()


def _save(current: UnitRoster) -> None:
    current.version += 1
    current.full_clean()
    current.save()


@transaction.atomic
def withdraw(*, actor: User, unit_roster: UnitRoster) -> UnitRoster:
    """Take back what was handed in: the unit owes again."""
    current = _locked(unit_roster)
    require_hand_in(actor, current)
    check_open(current)
    if current.state != UnitRosterState.HANDED_IN:
        raise ValidationError("现在没有报上去的名册，不用撤回")
    _end(current, HandInEnd.WITHDRAWN, actor, timezone.now())
    current.state, current.roster_import = UnitRosterState.OWED, None
    current.handed_in_by = current.handed_in_at = None
    _save(current)
    audit.record(actor=actor, action="roster.withdraw", target=current)
    return current


@transaction.atomic
def return_roster(*, actor: User, unit_roster: UnitRoster, words: str) -> UnitRoster:
    """Staff send it back, saying what to mend; the liaison reads the words on the unit's page and is told."""
    current = _locked(unit_roster)
    require(actor, "roster.import", current)
    check_open(current)
    if current.state != UnitRosterState.HANDED_IN:
        raise ValidationError("现在没有报上来等着核对的名册，不用退回")
    if len(words.strip()) < 2:
        raise ValidationError({"words": "写清楚退回的原因和要改什么，单位照着改"})
    _return(current, actor, words.strip())
    audit.record(actor=actor, action="roster.return", target=current)
    return current


def _return(current: UnitRoster, actor: User | None, words: str) -> None:
    now = timezone.now()
    _end(current, HandInEnd.RETURNED, actor, now, words)
    current.state, current.returned_words = UnitRosterState.RETURNED, words[:300]
    current.returned_by, current.returned_at = actor, now
    _save(current)


def return_undone(roster_import: RosterImport) -> None:
    """In the transaction that undid an import: rosters that were approved with it go back, saying why."""
    now, actor = timezone.now(), roster_import.undone_by
    words = f"市局撤销了这份名册的入库：{roster_import.undo_reason}。请核对后再报"[:300]
    approved = UnitRoster.objects.select_for_update(of=("self",)).filter(roster_import=roster_import)
    for current in approved.filter(state=UnitRosterState.APPROVED):
        RosterHandIn.objects.filter(unit_roster=current, end="").update(
            end=HandInEnd.RETURNED, ended_by=actor, ended_at=now, words=words
        )
        RosterRoll.objects.filter(unit_roster=current).delete()
        current.state, current.returned_words = UnitRosterState.RETURNED, words
        current.returned_by, current.returned_at = actor, now
        current.approved_by = current.approved_at = None
        _save(current)
        audit.record(actor=actor, action="roster.return", target=current)


@transaction.atomic
def settle(roster_import: RosterImport) -> None:
    """After reading, in the transaction that ends it: a hand-in that cannot be this unit's roster goes back."""
    found = UnitRoster.objects.filter(roster_import=roster_import, state=UnitRosterState.HANDED_IN).first()
    if found is None:
        return
    current = _locked(found)
    job = RosterImport.objects.get(pk=roster_import.pk)
    words = misdirected(job, current)
    if words:
        RosterImport.objects.filter(pk=job.pk).update(status=RosterStatus.FAILED, words=words[:200])
    elif job.status == RosterStatus.FAILED:
        words = _why_failed(job)
    if words:
        _return(current, None, words[:300])


def misdirected(job: RosterImport, unit_roster: UnitRoster) -> str:
    """Why a read workbook cannot be this unit's roster of this year; blank where it can."""
    unit, collection = unit_roster.organization, unit_roster.collection
    for file in job.files.all():
        for sheet in file.sheets:
            own, year = sheet.get("own_unit", ""), sheet.get("year")
            if own and names_another(own, unit):
                return f"表头上写的填报单位是“{own}”，不是{unit.name}，请换成本单位的名册再报"
            if year and year != collection.year:
                return f"表头上写的是{year}年，这次报的是{collection.year}年度名册，请核对后再报"
    return ""


def names_another(own: str, unit: Organization) -> bool:
    """Whether a title's unit is a registered one other than ``unit``."""
    if own in {unit.name, unit.short_name} or unit.name in own:
        return False
    named = Organization.objects.of_kind("unit", "center", "system")
    return named.filter(name=own).exists() or named.filter(short_name=own).exists()


def _why_failed(job: RosterImport) -> str:
    refusals = [f"{file.name}：{file.refusal[1]}。{file.refusal[2]}" for file in job.files.all() if file.refusal]
    return "；".join(refusals) or job.words or "表里没有读到人，请下载本单位现有名册，照着它的样子填"


def roster_template(*, actor: User, unit_roster: UnitRoster) -> bytes:
    """The unit's present people in a workbook to be mended and handed in. It holds whole ID numbers, so it needs the
    right to export them and leaves an entry."""
    require_hand_in(actor, unit_roster)
    require(actor, "cadre.export", unit_roster)
    with transaction.atomic():
        content, count = write_template(unit_roster)
        audit.record(actor=actor, action="roster.template", target=unit_roster, changes={"rows": [None, count]})
    return content


def marked_file(*, actor: User, unit_roster: UnitRoster, file: RosterFile) -> tuple[bytes, str]:
    """The handed-in workbook with its problems marked, for whoever may hand it in."""
    require_hand_in(actor, unit_roster)
    if file.roster_import_id != unit_roster.roster_import_id:
        raise PermissionDenied
    return annotated_file(actor=actor, file=file)
