"""Dated events that bring a person in or out of the count: 转入, 转出, 去世."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from cadres.actions.people import add_event, counted_values, fill_derived
from cadres.models import COUNTED_COLUMNS, COUNTED_FIELDS, FOREVER, Cadre, CadreState, EventKind, Standing
from common import audit
from common.scope import require


def locked(cadre: Cadre, actor: User | None) -> Cadre:
    current = Cadre.objects.select_for_update().select_related(None).get(pk=cadre.pk)
    if actor is not None:
        require(actor, "cadre.change", current)
    return current


def leave(*, cadre: Cadre, on: datetime.date, what: str) -> CadreState:
    """Close the open state on a day; the person counts on the day before, not on the day itself."""
    if on > timezone.localdate():
        raise ValidationError({"on": f"{what}日期还没到，请核对"})
    state = cadre.states.select_for_update().filter(valid_to=FOREVER).first()
    if state is None:
        raise ValidationError(f"{cadre.name}已不在册，不能再登记{what}")
    if on <= state.valid_from:
        first = cadre.states.order_by("valid_from").first()
        if first is not None and on <= first.valid_from:
            raise ValidationError(
                {"on": f"{what}日期早于进入名册的日子（{first.valid_from:%Y-%m-%d}），请核对离退休时间和{what}日期"}
            )
        state = cadre.states.filter(valid_from__lt=on).order_by("-valid_from").first()
        assert state is not None
        if state.valid_to < on:
            raise ValidationError({"on": f"那一天{cadre.name}已经转出、不在册，请核对{what}日期"})
        # Changes and moves recorded from that day on never came true.
        cadre.states.filter(valid_from__gte=on).delete()
        cadre.events.filter(on__gte=on, kind__in=[EventKind.MOVED_IN, EventKind.MOVED_OUT]).delete()
    state.valid_to = on
    state.save(update_fields=["valid_to"])
    # The person's own facts follow, so that a later undo or return begins from what the states tell.
    for column in COUNTED_COLUMNS:
        setattr(cadre, column, getattr(state, column))
    return state


@transaction.atomic
def decease_cadre(*, actor: User | None, cadre: Cadre, died_on: datetime.date, note: str = "") -> Cadre:
    """Record a death: the count ends that day. Raises ValidationError keyed ``on`` for an impossible date."""
    current = locked(cadre, actor)
    if current.standing == Standing.DECEASED:
        raise ValidationError(f"{current.name}已登记去世，不用再登记")
    if current.birth and died_on < current.birth.first():
        raise ValidationError({"on": "去世日期早于出生日期，请核对"})
    state = leave(cadre=current, on=died_on, what="去世")
    current.standing, current.died_on = Standing.DECEASED, died_on
    current.version += 1
    current.save(update_fields=[*COUNTED_FIELDS, "standing", "died_on", "version", "updated_at"])
    add_event(cadre=current, kind=EventKind.DIED, on=died_on, actor=actor, state=state, note=note)
    audit.record(actor=actor, action="cadre.decease", target=current, changes={"died_on": [None, died_on.isoformat()]})
    return current


@transaction.atomic
def correct_death(*, actor: User | None, cadre: Cadre, reason: str) -> Cadre:
    """Take back a death that was recorded by mistake: the state is open again, the event is gone, a trace stays."""
    current = locked(cadre, actor)
    if current.standing != Standing.DECEASED:
        raise ValidationError(f"{current.name}没有登记去世")
    if len(reason.strip()) < 2:
        raise ValidationError({"reason": "请写明撤销的原因"})
    before = current.died_on
    assert before is not None  # the database holds it: deceased has a date
    state = current.states.select_for_update().get(valid_to=before)
    state.valid_to = FOREVER
    state.save(update_fields=["valid_to"])
    current.events.filter(kind=EventKind.DIED).delete()
    current.standing, current.died_on = Standing.PRESENT, None
    current.version += 1
    current.save(update_fields=["standing", "died_on", "version", "updated_at"])
    audit.record(
        actor=actor,
        action="cadre.correct",
        target=current,
        changes={"died_on": [str(before), None]},
        reason=reason,
    )
    return current


@transaction.atomic
def move_out(
    *,
    actor: User | None,
    cadre: Cadre,
    on: datetime.date,
    to_unit: Organization | None = None,
    to_place: str = "",
    note: str = "",
) -> Cadre:
    """转出: to another unit of the city (``to_unit``; the same day is its 转入) or out of the city (``to_place``)."""
    current = locked(cadre, actor)
    if current.standing != Standing.PRESENT:
        raise ValidationError(f"{current.name}不在册，不能登记转出")
    if to_unit is None and not to_place.strip():
        raise ValidationError({"to_place": "请写明转到哪个单位或哪个地方"})
    if to_unit is not None and to_unit.pk == current.unit_id:
        raise ValidationError({"to_unit": "转入单位就是现在的单位，请另选"})
    before = audit.snapshot(current, ("unit", "standing"))
    state = leave(cadre=current, on=on, what="转出")
    if to_unit is not None and to_unit.pk == state.unit_id:
        raise ValidationError({"to_unit": f"那一天已经在{to_unit.name}，请核对日期和单位"})
    add_event(
        cadre=current, kind=EventKind.MOVED_OUT, on=on, actor=actor, state=state,
        other_unit=to_unit, other_place=to_place, note=note,
    )  # fmt: skip
    if to_unit is None:
        current.standing = Standing.MOVED_OUT
    else:
        from_unit = current.unit
        current.unit, current.nature = to_unit, to_unit.nature or current.nature
        fill_derived(current)
        CadreState.objects.create(cadre=current, valid_from=on, valid_to=FOREVER, **counted_values(current))
        add_event(
            cadre=current, kind=EventKind.MOVED_IN, on=on, actor=actor, state=current,
            other_unit=from_unit, note=note,
        )  # fmt: skip
    current.version += 1
    current.save()
    audit.record(
        actor=actor,
        action="cadre.transfer",
        target=current,
        changes=audit.changes_between(before, audit.snapshot(current, ("unit", "standing"))),
    )
    return current


@transaction.atomic
def move_in(
    *,
    actor: User | None,
    cadre: Cadre,
    on: datetime.date,
    unit: Organization,
    from_place: str = "",
    note: str = "",
) -> Cadre:
    """转入/移交接收 of someone who had left the city's roll and comes back."""
    current = locked(cadre, actor)
    if current.standing != Standing.MOVED_OUT:
        raise ValidationError(f"{current.name}不是已转出的人，不能登记转入")
    last = current.states.order_by("-valid_from").first()
    if on > timezone.localdate() or (last is not None and on < last.valid_to):
        raise ValidationError({"on": "转入日期要在转出以后、今天以前，请核对"})
    current.unit, current.nature = unit, unit.nature or current.nature
    current.standing = Standing.PRESENT
    fill_derived(current)
    current.version += 1
    current.save()
    CadreState.objects.create(cadre=current, valid_from=on, valid_to=FOREVER, **counted_values(current))
    add_event(
        cadre=current, kind=EventKind.MOVED_IN, on=on, actor=actor, state=current,
        other_place=from_place, note=note,
    )  # fmt: skip
    if actor is not None:
        require(actor, "cadre.change", current)
    audit.record(actor=actor, action="cadre.transfer", target=current, changes={"standing": ["moved_out", "present"]})
    return current
