"""Create and edit a person; keep the dated state rows in step."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cadres.derive import derived, entry_of, place_of_unit
from cadres.models import (
    COUNTED_COLUMNS,
    COUNTED_FIELDS,
    FOREVER,
    Cadre,
    CadreState,
    EventKind,
    FamilyMember,
    StatusEvent,
)
from common import audit
from common.editing import StaleEdit
from common.scope import require

#: What a person's form or roster may set.
PERSONAL_FIELDS = (
    "name", "sex", "ethnicity", "native_place", "birth", "birthday_calendar", "birthday_month", "birthday_day",
    "birthday_leap", "id_number", "phone", "bank_account", "education", "marriage", "party_joined", "work_started",
    "revolution_joined", "retired_on", "post", "title", "treatment_rank", "treatment_approved",
    "treatment_document", "medical_rank", "address", "registered_address", "relocated_to", "away", "away_to",
    "community",
    "community_name", "managing_unit", "hobbies", "specialties", "remarks", "counted_reason", "survivor_of", "photo",
)  # fmt: skip
EDITABLE_FIELDS = PERSONAL_FIELDS + tuple(name for name in COUNTED_FIELDS if name not in {"level", "district"})


def counted_values(cadre: Cadre) -> dict[str, Any]:
    return {column: getattr(cadre, column) for column in COUNTED_COLUMNS}


def fill_derived(cadre: Cadre) -> None:
    """Set everything that follows from the person's own data and unit."""
    values = {field.attname: getattr(cadre, field.attname) for field in cadre._meta.concrete_fields}
    for name, value in derived(values).items():
        setattr(cadre, name, value)
    place = place_of_unit(cadre.unit)
    cadre.level, cadre.district_id = place["level"], place["district_id"]
    if not cadre.nature:
        cadre.nature = place["nature"]


def entry_day(cadre: Cadre, fallback: datetime.date | None = None) -> datetime.date:
    """The day a person enters the count: the 离退休时间 (an unknown day is the first), else ``fallback`` or today."""
    return entry_of(cadre.retired_on, fallback)


def add_event(
    *, cadre: Cadre, kind: str, on: datetime.date, actor: User | None, state: CadreState | Cadre, **extra: Any
) -> StatusEvent:
    event = StatusEvent(
        cadre=cadre,
        kind=kind,
        on=on,
        category=state.category,
        unit_id=state.unit_id,
        nature=state.nature,
        level=state.level,
        district_id=state.district_id,
        rank=state.rank,
        recorded_by=actor,
        **extra,
    )
    event.full_clean(exclude=["cadre"])
    if StatusEvent.objects.filter(cadre=cadre, kind=kind, on=on).exists():
        label = event.get_kind_display()
        raise ValidationError(f"{cadre.name}在 {on:%Y-%m-%d} 已登记过{label}，同一天只记一次，请核对日期")
    event.save(force_insert=True)
    return event


def refuse_second_file(cadre: Cadre) -> None:
    """One ID number, one file. The sentence does not tell which unit holds the other file."""
    others = Cadre.objects.filter(id_digest=cadre.id_digest).exclude(pk=cadre.pk)
    if cadre.id_digest and others.exists():
        raise ValidationError({"id_number": "这个身份证号已经有档案了，请先查一查这个人，不要重复登记"})


@transaction.atomic
def create_cadre(
    *,
    actor: User | None,
    values: dict[str, Any],
    entered_on: datetime.date | None = None,
    kind: str = EventKind.ENROLLED,
    family: list[dict[str, Any]] | None = None,
    other_place: str = "",
    note: str = "",
) -> Cadre:
    """Open a person's file: 新办 on the 离退休时间, or 转入 on ``entered_on``. Raises ValidationError in Chinese."""
    cadre = Cadre(**values)
    fill_derived(cadre)
    cadre.full_clean(exclude=["id_digest"])
    refuse_second_file(cadre)
    cadre.save(force_insert=True)
    day = entered_on or entry_day(cadre)
    CadreState.objects.create(cadre=cadre, valid_from=day, valid_to=FOREVER, **counted_values(cadre))
    add_event(cadre=cadre, kind=kind, on=day, actor=actor, state=cadre, other_place=other_place, note=note)
    for member in family or []:
        save_family_member(cadre, member)
    if actor is not None:
        require(actor, "cadre.change", cadre)
    audit.record(
        actor=actor,
        action="cadre.create",
        target=cadre,
        changes=audit.changes_between({}, audit.snapshot(cadre, [n for n in EDITABLE_FIELDS if n in values])),
    )
    return cadre


def save_family_member(cadre: Cadre, values: dict[str, Any]) -> FamilyMember:
    member = FamilyMember(cadre=cadre, **values)
    member.full_clean()
    member.save()
    return member


@transaction.atomic
def change_cadre(
    *,
    actor: User | None,
    cadre: Cadre,
    values: dict[str, Any],
    version: int | None = None,
    since: datetime.date | None = None,
) -> Cadre:
    """Edit a person.

    ``since`` given: 变动, the counted facts are true from that day on (a new state row). ``since`` None: 更正, it
    was always so, the state row valid today is mended and, where a counted fact changed, a 更正 event is written.
    ``version``: what the editor saw; another version now raises `StaleEdit`, and nothing is saved.
    """
    current = Cadre.objects.select_for_update().select_related(None).get(pk=cadre.pk)
    if actor is not None:
        require(actor, "cadre.change", current)
    if version is not None and current.version != version:
        raise StaleEdit(current)
    names = [name for name in values if name in EDITABLE_FIELDS]
    tracked = [*names, "level", "district"]
    before, counted_before = audit.snapshot(current, tracked), counted_values(current)
    for name in names:
        setattr(current, name, values[name])
    if "unit" in names and "nature" not in names:
        current.nature = current.unit.nature
    fill_derived(current)
    refuse_second_file(current)
    current.full_clean()
    changes = audit.changes_between(before, audit.snapshot(current, tracked))
    if not changes:
        return current
    current.version += 1
    current.save()
    counted_after = counted_values(current)
    if counted_after != counted_before:
        change_latest_state(cadre=current, values=counted_after, since=since, actor=actor)
    if actor is not None:
        require(actor, "cadre.change", current)
    audit.record(actor=actor, action="cadre.change" if since else "cadre.correct", target=current, changes=changes)
    return current


def change_latest_state(
    *, cadre: Cadre, values: dict[str, Any], since: datetime.date | None, actor: User | None
) -> None:
    state = cadre.states.select_for_update().order_by("-valid_from").first()
    if state is None:
        return
    if since is None:
        for name, value in values.items():
            setattr(state, name, value)
        state.save()
        today = timezone.localdate()
        if not cadre.events.filter(kind=EventKind.CORRECTED, on=today).exists():
            add_event(cadre=cadre, kind=EventKind.CORRECTED, on=today, actor=actor, state=state)
        return
    if since > timezone.localdate():
        raise ValidationError({"since": "变动日期还没到，请填今天或以前的日子"})
    if since >= state.valid_to:
        raise ValidationError(
            {"since": f"{cadre.name}从 {state.valid_to:%Y-%m-%d} 起已不在册，变动日期要早于这一天，或改用“更正”"}
        )
    if since < state.valid_from:
        raise ValidationError(
            {"since": f"变动日期早于上一次变动（{state.valid_from:%Y-%m-%d}），请填这一天以后，或改用“更正”"}
        )
    if since >= state.valid_to:
        raise ValidationError(
            {"since": f"{cadre.name}已于 {state.valid_to:%Y-%m-%d} 离开名册，这一天以后没有变动，请核对日期"}
        )
    if since == state.valid_from:
        for name, value in values.items():
            setattr(state, name, value)
        state.save()
        return
    end = state.valid_to
    state.valid_to = since
    state.save(update_fields=["valid_to"])
    CadreState.objects.create(cadre=cadre, valid_from=since, valid_to=end, **values)


REVEALABLE = {"id_number": "身份证号", "phone": "联系电话", "bank_account": "银行账号"}


@transaction.atomic
def reveal(*, actor: User, cadre: Cadre, field: str, reason: str) -> str:
    """The full value of an encrypted field; the entry with its reason is written first."""
    if field not in REVEALABLE:
        raise ValidationError("没有这一项")
    reason = reason.strip()
    if len(reason) < 2:
        raise ValidationError("请写明查看的事由，如“核对医保报销”")
    require(actor, "cadre.reveal", cadre)
    audit.record(actor=actor, action="cadre.reveal", target=cadre, changes={field: ["", "已查看"]}, reason=reason)
    return getattr(cadre, field)
