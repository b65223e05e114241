"""Background work of visits. Each task fetches, calls an action, and stops; config/celery.py says when."""

from __future__ import annotations

from celery import shared_task

from visits import rosters, sending


@shared_task(name="visits.tasks.send_due_notices")
def send_due_notices() -> None:
    """Today's notices, and those of days that were missed."""
    sending.send_due_notices()


@shared_task(name="visits.tasks.send_roster_notices")
def send_roster_notices() -> None:
    """Rosters that units owe or got back today."""
    rosters.send_roster_notices()
