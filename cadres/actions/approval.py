"""核准: a unit's roster goes in once everything about it is settled; the same job as any import writes it."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cadres.models import (
    RosterDifference,
    RosterImport,
    RosterRoll,
    RosterStatus,
    UnitRoster,
    UnitRosterState,
)
from cadres.querysets import on_roll
from common import audit
from common.models import AuditHead
from common.scope import require

RIGHT = "roster.import"


def lock_roster(unit_roster: UnitRoster, actor: User | None) -> UnitRoster:
    """The roster, locked, while it may still be settled. ``actor`` None: the caller has asked on the other side.

    The end of the audit chain is locked first, as the commit of an import does: the two wait for each other instead
    of holding each other up.
    """
    AuditHead.objects.select_for_update().get_or_create(pk=1)
    roster = (
        UnitRoster.objects.select_for_update(of=("self",))
        .select_related("collection", "organization", "roster_import")
        .get(pk=unit_roster.pk)
    )
    if actor is not None:
        require(actor, RIGHT, roster)
    if roster.state != UnitRosterState.HANDED_IN or roster.roster_import is None:
        raise ValidationError(f"{roster.organization.name}的名册现在是“{roster.get_state_display()}”，不能再改认定")
    if roster.roster_import.status != RosterStatus.PREVIEWED:
        words = roster.roster_import.get_status_display()
        raise ValidationError(f"这份名册现在是“{words}”，等它办完再处理")
    return roster


def rows_refused(roster: UnitRoster) -> int:
    """Refused rows of the file that no difference speaks for."""
    assert roster.roster_import is not None
    spoken_for = RosterDifference.objects.filter(unit_roster=roster, row_refused=True).count()
    return max(roster.roster_import.counts.get("rejected", 0) - spoken_for, 0)


@transaction.atomic
def approve_unit_roster(*, actor: User, unit_roster: UnitRoster, waiver: str = "") -> UnitRoster:
    """Queue the approval. ``waiver``: why the roster is approved although rows of its file were refused."""
    roster = lock_roster(unit_roster, actor)
    assert roster.roster_import is not None
    still_open = RosterDifference.objects.filter(unit_roster=roster).unsettled().count()
    if still_open:
        raise ValidationError(f"还有 {still_open} 处差异没有认定，都处理完才能核准")
    refused, waiver = rows_refused(roster), waiver.strip()
    if refused and len(waiver) < 2:
        raise ValidationError({"waiver": f"名册里还有 {refused} 行拒收：请单位改好再报，或写明为什么不等这几行就核准"})
    job = RosterImport.objects.select_for_update(of=("self",)).get(pk=roster.roster_import.pk)
    job.status, job.accept_good_rows, job.committed_by = RosterStatus.COMMITTING, True, actor
    job.claim, job.claimed_at, job.done, job.words = "", None, 0, "排队等着入库"
    job.save()
    roster.approved_words = waiver[:300]
    roster.version += 1
    roster.save()
    return roster


def finish_approval(roster_import: RosterImport, rosters: Sequence[UnitRoster]) -> None:
    """In the transaction that wrote the file: the rosters are approved, and who stands on them is kept."""
    actor = roster_import.committed_by
    now = timezone.now()
    locked = UnitRoster.objects.select_for_update(of=("self",)).filter(pk__in=[roster.pk for roster in rosters])
    current = list(locked.select_related("organization", "roster_import", "collection"))
    people = on_roll([roster.organization_id for roster in current], roster_import.as_of)
    rolls = []
    for roster in current:
        require(actor, RIGHT, roster)
        names = sorted(people[roster.organization_id])
        rolls.append(RosterRoll(unit_roster=roster, people=names, total=len(names)))
        roster.state, roster.approved_by, roster.approved_at = UnitRosterState.APPROVED, actor, now
        roster.version += 1
    RosterRoll.objects.filter(unit_roster__in=current).delete()
    RosterRoll.objects.bulk_create(rolls)
    UnitRoster.objects.bulk_update(current, ["state", "approved_by", "approved_at", "version"], batch_size=500)
    for roster in current:
        audit.record(
            actor=actor, action="roster.approve", target=roster,
            changes={"people": [None, len(people[roster.organization_id])]}, reason=roster.approved_words,
        )  # fmt: skip
