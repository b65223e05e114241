"""Who runs a roster import's job: taken by one process, kept by its heartbeat, released with what came of it."""

from __future__ import annotations

import secrets
from typing import Any

from django.utils import timezone

from cadres.models import RosterImport


def claim(roster_import_id: int, status: str, running: str) -> RosterImport | None:
    """Take a job that waits in ``status``, for this process alone; None if another has it."""
    token = secrets.token_hex(8)
    taken = RosterImport.objects.filter(pk=roster_import_id, status=status, claim="").update(
        claim=token, claimed_at=timezone.now(), started_at=timezone.now(), status=running
    )
    return RosterImport.objects.get(pk=roster_import_id) if taken else None


def still_mine(roster_import: RosterImport, **progress: Any) -> bool:
    """Heartbeat with progress; False when the job was given to another process or discarded."""
    updated = RosterImport.objects.filter(pk=roster_import.pk, claim=roster_import.claim).update(
        claimed_at=timezone.now(), **progress
    )
    return bool(updated)


def release(roster_import: RosterImport, status: str, **values: Any) -> bool:
    """End a job: the state it leaves, without a claim."""
    return bool(
        RosterImport.objects.filter(pk=roster_import.pk, claim=roster_import.claim).update(
            status=status, claim="", claimed_at=None, **values
        )
    )


def requeue(roster_import: RosterImport, status: str) -> bool:
    """Take a silent job from its dead worker; False if it showed a sign of life meanwhile."""
    return bool(
        RosterImport.objects.filter(
            pk=roster_import.pk, status=roster_import.status, claimed_at=roster_import.claimed_at
        ).update(status=status, claim="", claimed_at=None)
    )
