"""Taking a committed import back: asked for with a reason, done by the worker in one transaction."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cadres.actions.hand_ins import return_undone
from cadres.actions.jobs import release, still_mine
from cadres.actions.roster import locked
from cadres.models import Cadre, RosterEffect, RosterImport, RosterStatus
from cadres.roster_import.preview import add_parts
from cadres.roster_import.undo import OUTCOMES, UndoPlan, in_runs
from common import audit
from common.models import AuditHead
from common.scope import require


@transaction.atomic
def request_undo(*, actor: User, roster_import: RosterImport, reason: str, fingerprint: str) -> RosterImport:
    """Queue the taking back of what was shown (``fingerprint`` of its `UndoPlan`)."""
    current = locked(roster_import, actor, {RosterStatus.COMMITTED})
    if current.created_ids is None:
        raise ValidationError("这一批是系统升级以前入库的，没有留下撤销要用的记录，只能逐人更正")
    if len(reason.strip()) < 2:
        raise ValidationError({"reason": "请写明撤销的原因，如“传错了年度”"})
    current.status, current.fingerprint = RosterStatus.UNDOING, fingerprint
    current.undone_by, current.undo_reason = actor, reason.strip()
    current.claim, current.claimed_at, current.started_at = "", None, None
    current.done, current.words = 0, "排队等着撤销"
    current.save()
    return current


def undo_import(roster_import: RosterImport) -> None:
    """The undo job of a claimed import. Locks in the order in which edits do: people, audit chain, then the job."""
    if not still_mine(roster_import, words="正在核对谁后来改过，再逐人退回"):
        return
    try:
        with transaction.atomic():
            _lock_people(roster_import)
            AuditHead.objects.select_for_update().get_or_create(pk=1)
            current = _mine(roster_import)
            plan = UndoPlan(current)
            if plan.fingerprint() == current.fingerprint:
                _write(current, plan)
                return
        words = "预览以后又有人改过这一批里的人，没有撤销，请再看一遍"
    except PermissionDenied:
        words = "撤销人已没有导入名册的权限，没有撤销"
    release(roster_import, RosterStatus.COMMITTED, words=words)


def _lock_people(roster_import: RosterImport) -> None:
    made = in_runs("pk", (roster_import.created_ids or {}).get("cadres", []))
    changed = Q(pk__in=RosterEffect.objects.filter(roster_import=roster_import).values("cadre_id"))
    people = Cadre.objects.filter(made | changed).select_for_update(of=("self",)).order_by("pk")
    for _ in people.values_list("pk").iterator(chunk_size=5000):
        pass


def _mine(roster_import: RosterImport) -> RosterImport:
    """Inside the transaction: the job is still ours and whoever asked for it still may."""
    current = RosterImport.objects.select_for_update(of=("self",)).get(pk=roster_import.pk)
    if current.status != RosterStatus.UNDOING or current.claim != roster_import.claim:
        raise PermissionDenied
    if current.undone_by is not None:
        require(current.undone_by, "roster.import", current)
    return current


def _write(current: RosterImport, plan: UndoPlan) -> None:
    counts = plan.counts()
    parts = {outcome: plan.rows(outcome) for outcome in OUTCOMES}
    details, units = plan.apply()
    counts["organizations_kept"] = len(units)
    counts["organizations"] = sum(1 for detail in details if detail.target_type == "accounts.organization")
    add_parts(current, {**parts, "units": units})
    audit.record(
        actor=current.undone_by,
        action="roster.undo",
        target=current,
        changes={name: [None, count] for name, count in counts.items()},
        reason=current.undo_reason,
        details=details,
    )
    current.status, current.undone_at, current.undo_counts = RosterStatus.UNDONE, timezone.now(), counts
    current.claim, current.claimed_at, current.words = "", None, ""
    current.save()
    return_undone(current)
