"""Taking back a step that brought a person in or out, and striking off who should never have been on the roll."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from cadres.actions.people import add_event
from cadres.actions.status import correct_death, leave, locked
from cadres.models import COUNTED_COLUMNS, COUNTED_FIELDS, FOREVER, Cadre, CadreState, EventKind, Standing, StatusEvent
from common import audit

_SINCE = "这以后又登记过别的变动，要撤回请先到这个人的档案里核对"


@transaction.atomic
def strike_off(*, actor: User | None, cadre: Cadre, on: datetime.date, reason: str) -> Cadre:
    """登记错误: the person should not be on the roll; a 更正 closes the count on that day. The file stays."""
    current = locked(cadre, actor)
    if current.standing != Standing.PRESENT:
        raise ValidationError(f"{current.name}不在册，不用再更正")
    if len(reason.strip()) < 2:
        raise ValidationError({"note": "请写明为什么不应在册"})
    state = leave(cadre=current, on=on, what="更正")
    current.standing = Standing.MOVED_OUT
    current.version += 1
    current.save(update_fields=[*COUNTED_FIELDS, "standing", "version", "updated_at"])
    add_event(cadre=current, kind=EventKind.CORRECTED, on=on, actor=actor, state=state, note=reason)
    changes = {"standing": [Standing.PRESENT, Standing.MOVED_OUT]}
    audit.record(actor=actor, action="cadre.correct", target=current, changes=changes, reason=reason)
    return current


@transaction.atomic
def reverse_event(*, actor: User | None, event: StatusEvent, reason: str) -> Cadre:
    """Take back a death, a transfer (both its events) or a striking-off, if nothing was recorded since."""
    cadre = Cadre.objects.get(pk=event.cadre_id)
    if event.kind == EventKind.DIED:
        return correct_death(actor=actor, cadre=cadre, reason=reason)
    current = locked(cadre, actor)
    states = list(current.states.select_for_update().order_by("valid_from"))
    ended = next((state for state in reversed(states) if state.valid_to == event.on), None)
    begun = next((state for state in states if state.valid_from == event.on), None)
    before = audit.snapshot(current, ("unit", "standing"))
    if begun is not None:
        if begun.valid_to != FOREVER or event.kind == EventKind.CORRECTED:
            raise ValidationError(_SINCE)
        begun.delete()
    if begun is None or event.kind != EventKind.MOVED_IN or _came_from_unit(event):
        if ended is None or (begun is None and ended is not states[-1]):
            raise ValidationError(_SINCE)
        ended.valid_to = FOREVER
        ended.save(update_fields=["valid_to"])
        current.standing = Standing.PRESENT
        _take_facts(current, ended)
    else:
        current.standing = Standing.MOVED_OUT
        _take_facts(current, next(state for state in reversed(states) if state is not begun))
    kinds = [event.kind] if event.kind == EventKind.CORRECTED else [EventKind.MOVED_IN, EventKind.MOVED_OUT]
    current.events.filter(on=event.on, kind__in=kinds).delete()
    current.version += 1
    current.save()
    changes = audit.changes_between(before, audit.snapshot(current, ("unit", "standing")))
    audit.record(actor=actor, action="cadre.reverse", target=current, changes=changes, reason=reason)
    return current


def _came_from_unit(event: StatusEvent) -> bool:
    """A 转入 that is the other half of a 转出 of the same day."""
    return StatusEvent.objects.filter(cadre_id=event.cadre_id, on=event.on, kind=EventKind.MOVED_OUT).exists()


def _take_facts(cadre: Cadre, state: CadreState) -> None:
    for column in COUNTED_COLUMNS:
        setattr(cadre, column, getattr(state, column))
