"""Settling the differences of a unit's roster: what each is, and the events that follow at once.

Who is missing, and who comes from another unit, becomes a dated event in the same transaction. What the file says of
new people and changed fields waits for approval and goes in with the import (cadres.actions.approval).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from cadres.actions.approval import lock_roster
from cadres.actions.reversal import reverse_event, strike_off
from cadres.actions.status import decease_cadre, move_in, move_out
from cadres.models import (
    Cadre,
    DifferenceKind,
    EventKind,
    RosterDifference,
    Settlement,
    Standing,
    StatusEvent,
    UnitRoster,
)
from common import audit

#: What each kind of difference can turn out to be.
POSSIBLE: Final[dict[str, tuple[str, ...]]] = {
    DifferenceKind.NEW: (
        Settlement.ENROLLED, Settlement.MOVED_IN, Settlement.BACKFILLED, Settlement.SAME_PERSON, Settlement.REFUSED,
    ),
    DifferenceKind.MISSING: (
        Settlement.DIED, Settlement.MOVED_OUT, Settlement.FORGOTTEN, Settlement.MISTAKEN, Settlement.SAME_PERSON,
        Settlement.RECORDED,
    ),
    DifferenceKind.CHANGED: (Settlement.CHANGED, Settlement.CORRECTED, Settlement.KEPT),
}  # fmt: skip
#: Decisions about fields; anything else is about the whole person.
FIELD_CHOICES: Final = frozenset([Settlement.CHANGED, Settlement.CORRECTED, Settlement.KEPT])


@dataclass(frozen=True)
class Answer:
    """What somebody said about one difference. ``choices``: field -> a word of FIELD_CHOICES."""

    decision: str
    on: datetime.date | None = None
    to_unit: Organization | None = None
    to_place: str = ""
    note: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    same_as: RosterDifference | None = None


@transaction.atomic
def settle_difference(*, actor: User, difference: RosterDifference, answer: Answer) -> RosterDifference:
    """Settle one difference, and its counterpart with it. Raises ValidationError keyed by the fields of Answer."""
    roster = lock_roster(difference.unit_roster, actor)
    row = RosterDifference.objects.select_for_update(of=("self",)).get(pk=difference.pk)
    _settle(actor, roster, row, answer)
    changes = {"decision": [None, answer.decision], "on": [None, row.on and row.on.isoformat()]}
    audit.record(actor=actor, action="roster.settle", target=row, changes=changes, reason=answer.note)
    return row


@dataclass
class Settled:
    """The outcome of a bulk click: how many were settled, how many need a word, and why some could not be."""

    done: int = 0
    open: int = 0
    problems: list[str] = field(default_factory=list)


@transaction.atomic
def settle_as_proposed(*, actor: User, unit_roster: UnitRoster, chosen: Collection[int]) -> Settled:
    """Settle the chosen differences as proposed, in one transaction. Those that cannot be so stay open and say why."""
    roster = lock_roster(unit_roster, actor)
    rows = RosterDifference.objects.select_for_update(of=("self",)).filter(unit_roster=roster, pk__in=chosen)
    result, details = Settled(), []
    plain: list[RosterDifference] = []
    for row in rows.filter(decision="").order_by("pk"):
        if not row.proposal:
            result.open += 1
        elif _needs_steps(row):
            try:
                with transaction.atomic():
                    row.refresh_from_db()
                    if not row.settled:  # its counterpart may have brought it along
                        _settle(actor, roster, row, Answer(row.proposal))
            except ValidationError as problem:
                result.problems.append(f"{row.details['name']}：{'；'.join(problem.messages)}")
                continue
            result.done += 1
            details.append(audit.Detail("roster.settle", "cadres.rosterdifference", str(row.pk)))
        else:
            row.on = row.proposed_on
            _mark(row, actor, row.proposal)
            plain.append(row)
            details.append(audit.Detail("roster.settle", "cadres.rosterdifference", str(row.pk)))
    RosterDifference.objects.bulk_update(plain, _SETTLED, batch_size=500)
    result.done += len(plain)
    if details:
        audit.record(
            actor=actor, action="roster.settle", target=roster, changes={"settled": [None, len(details)]},
            details=details,
        )  # fmt: skip
    return result


@transaction.atomic
def take_back(*, actor: User, difference: RosterDifference, reason: str = "核对时认定有误，撤回") -> RosterDifference:
    """Undo a decision while the roster is not approved; events it wrote are reversed, its counterpart is open again."""
    roster = lock_roster(difference.unit_roster, actor)
    row = RosterDifference.objects.select_for_update(of=("self",)).get(pk=difference.pk)
    if not row.settled:
        raise ValidationError("这一条还没有认定，不用撤回")
    pair = row.counterpart if row.counterpart and row.counterpart.decision in _PAIRED else None
    if pair is not None and row.decision in _PAIRED and pair.unit_roster_id != roster.pk:
        lock_roster(pair.unit_roster, None)
    if row.event is not None:
        try:
            reverse_event(actor=actor, event=row.event, reason=reason)
        except PermissionDenied as problem:
            raise ValidationError("这个人现在在另一单位名下，要由那边或市局撤回") from problem
    for each in [row, pair] if pair is not None and row.decision in _PAIRED else [row]:
        _reopen(each)
    audit.record(actor=actor, action="roster.take_back", target=row, reason=reason)
    row.refresh_from_db()
    return row


_PAIRED: Final = frozenset([Settlement.MOVED_IN, Settlement.MOVED_OUT, Settlement.SAME_PERSON])
_SETTLED: Final = (
    "decision", "on", "other_unit", "other_place", "note", "choices", "cadre", "event", "counterpart", "settled_by",
    "settled_at",
)  # fmt: skip


def _needs_steps(row: RosterDifference) -> bool:
    """Whether settling does more than note the decision."""
    return row.proposal in _PAIRED or (row.kind == DifferenceKind.MISSING and row.proposal != Settlement.RECORDED)


def _settle(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    if row.settled:
        who = row.settled_by.display_name if row.settled_by else ""
        raise ValidationError(f"{who}已认定为“{row.get_decision_display()}”，要改请先撤回")
    if answer.decision not in POSSIBLE[row.kind]:
        raise ValidationError({"decision": "请从列出的几种里选一种"})
    row.note, row.on = answer.note.strip()[:200], answer.on or row.proposed_on
    _HOW[answer.decision](actor, roster, row, answer)


def _mark(row: RosterDifference, actor: User, decision: str) -> None:
    row.decision, row.settled_by, row.settled_at = decision, actor, timezone.now()


def _save(row: RosterDifference, actor: User, decision: str) -> None:
    _mark(row, actor, decision)
    row.save(update_fields=_SETTLED)


def _reopen(row: RosterDifference) -> None:
    row.decision, row.settled_by, row.settled_at = "", None, None
    row.on, row.event, row.note, row.choices = None, None, "", {}
    row.other_place = ""
    if row.kind == DifferenceKind.NEW and not row.of_known_person:
        row.cadre = None
    if row.kind == DifferenceKind.MISSING:
        row.other_unit = None
    row.save(update_fields=_SETTLED)


# -- 新增 -----------------------------------------------------------------------------------------------------------
def _check_entry(roster: UnitRoster, row: RosterDifference) -> datetime.date:
    """The day somebody entered: the file names the person on its day, so not later than that."""
    day = roster.roster_day
    if row.on is None:
        raise ValidationError({"on": "请填日期"})
    if row.on > day:
        raise ValidationError({"on": f"名册截至 {day:%Y-%m-%d} 已有这个人，日期不能晚于这一天"})
    if row.details["birth"] and row.on.isoformat() < row.details["birth"]:
        raise ValidationError({"on": "日期早于出生日期，请核对"})
    return row.on


def _enter(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    """新办 or 漏登补登 of somebody not on record."""
    if row.cadre_id:
        raise ValidationError({"decision": "这个人已有档案，在别的单位名下或已转出，请按“转入”办"})
    _check_entry(roster, row)
    _save(row, actor, answer.decision)


def _move_in(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    other = row.counterpart if row.counterpart and row.counterpart.kind == DifferenceKind.MISSING else None
    person = row.cadre or (other.cadre if other is not None and not answer.to_place else None)
    row.on = row.on or roster.roster_day
    day = _check_entry(roster, row)
    if person is None:
        if not answer.to_place.strip():
            raise ValidationError({"to_place": "请写明从哪个单位或哪个地方转来"})
        row.other_place = answer.to_place.strip()[:100]
        _save(row, actor, Settlement.MOVED_IN)
        return
    cadre = Cadre.objects.select_related("unit").get(pk=person.pk)
    unit = roster.organization
    if cadre.unit_id == unit.pk and cadre.standing == Standing.PRESENT:
        raise ValidationError(f"系统里{cadre.name}已在本单位，只是日期晚于名册截至日，请到他的档案里核对转入日期")
    left: Organization | None = cadre.unit
    if cadre.standing == Standing.MOVED_OUT:
        _step(lambda: move_in(actor=actor, cadre=cadre, on=day, unit=unit, from_place=answer.to_place, note=row.note))
        left = None
    else:
        _step(lambda: move_out(actor=actor, cadre=cadre, on=day, to_unit=unit, note=row.note))
    row.cadre, row.other_unit, row.other_place = cadre, left, answer.to_place.strip()[:100]
    row.event = StatusEvent.objects.filter(cadre=cadre, kind=EventKind.MOVED_IN, on=day).first()
    row.counterpart = _settle_other_side(actor, roster, row, DifferenceKind.MISSING, left)
    _save(row, actor, Settlement.MOVED_IN)


def _settle_same(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    """The row is the missing person, misspelt there or here; the file's words go in as 更正 at approval."""
    other = answer.same_as or row.counterpart
    if other is None or other.unit_roster_id != roster.pk or other.kind == row.kind:
        raise ValidationError({"same_as": "请选出是本单位名册里缺的哪一位"})
    other = RosterDifference.objects.select_for_update(of=("self",)).get(pk=other.pk)
    if other.settled:
        raise ValidationError({"same_as": f"那一位已认定为“{other.get_decision_display()}”，要改请先撤回"})
    new, missing = (row, other) if row.kind == DifferenceKind.NEW else (other, row)
    if new.of_known_person:
        raise ValidationError("这一行的身份证号在系统里是另一个人，不能当作写错")
    new.cadre, new.choices, new.on = missing.cadre, _checked(answer.choices), roster.roster_day
    row.counterpart, other.counterpart = other, row
    other.note, other.on = row.note, roster.roster_day
    for each in (new, missing):
        _save(each, actor, Settlement.SAME_PERSON)


def _refuse(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    if len(row.note) < 2:
        raise ValidationError({"note": "请写明为什么不收，单位看得到"})
    row.on = None
    _save(row, actor, Settlement.REFUSED)


# -- 缺少 -----------------------------------------------------------------------------------------------------------
def _person(row: RosterDifference) -> Cadre:
    assert row.cadre_id is not None  # whoever is missing is on record
    return Cadre.objects.select_related("unit").get(pk=row.cadre_id)


def _die(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    cadre = _person(row)
    if answer.on is None:
        raise ValidationError({"on": "请填去世日期"})
    day = row.on = answer.on
    _step(lambda: decease_cadre(actor=actor, cadre=cadre, died_on=day, note=row.note))
    row.event = StatusEvent.objects.filter(cadre=cadre, kind=EventKind.DIED).first()
    _save(row, actor, Settlement.DIED)


def _move_out(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    cadre = _person(row)
    unit = answer.to_unit
    if unit is None and not answer.to_place.strip() and row.counterpart:
        unit = row.counterpart.unit_roster.organization
    day = row.on = row.on or roster.roster_day
    place = answer.to_place.strip()
    if unit is not None and place:
        raise ValidationError({"to_place": "本市单位和外地只填一个"})
    _step(lambda: move_out(actor=actor, cadre=cadre, on=day, to_unit=unit, to_place=place, note=row.note))
    row.other_unit, row.other_place = unit, place[:100]
    row.event = StatusEvent.objects.filter(cadre=cadre, kind=EventKind.MOVED_OUT, on=day).first()
    row.counterpart = _settle_other_side(actor, roster, row, DifferenceKind.NEW, unit)
    _save(row, actor, Settlement.MOVED_OUT)


def _strike(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    cadre = _person(row)
    day = row.on = row.on or roster.roster_day
    _step(lambda: strike_off(actor=actor, cadre=cadre, on=day, reason=row.note))
    row.event = StatusEvent.objects.filter(cadre=cadre, kind=EventKind.CORRECTED, on=day).first()
    _save(row, actor, Settlement.MISTAKEN)


def _keep_on_roll(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    row.on = None
    _save(row, actor, Settlement.FORGOTTEN)


def _note_recorded(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    if _person(row).standing == Standing.PRESENT:
        raise ValidationError({"decision": "系统里这个人还在册，没有登记过去世或转出"})
    row.on = None
    _save(row, actor, Settlement.RECORDED)


# -- 变更 -----------------------------------------------------------------------------------------------------------
def _take_fields(actor: User, roster: UnitRoster, row: RosterDifference, answer: Answer) -> None:
    row.choices = _checked(answer.choices)
    row.on = roster.roster_day
    _save(row, actor, answer.decision)


def _checked(choices: dict[str, str]) -> dict[str, str]:
    if not set(choices.values()) <= FIELD_CHOICES:
        raise ValidationError({"choices": "每一项请选“变动”“更正”或“不采纳”"})
    return choices


_HOW: Final[dict[str, Callable[[User, UnitRoster, RosterDifference, Answer], None]]] = {
    Settlement.ENROLLED: _enter,
    Settlement.BACKFILLED: _enter,
    Settlement.MOVED_IN: _move_in,
    Settlement.SAME_PERSON: _settle_same,
    Settlement.REFUSED: _refuse,
    Settlement.DIED: _die,
    Settlement.MOVED_OUT: _move_out,
    Settlement.FORGOTTEN: _keep_on_roll,
    Settlement.MISTAKEN: _strike,
    Settlement.RECORDED: _note_recorded,
    Settlement.CHANGED: _take_fields,
    Settlement.CORRECTED: _take_fields,
    Settlement.KEPT: _take_fields,
}


def _step(step: Callable[[], object]) -> None:
    try:
        step()
    except PermissionDenied as problem:
        raise ValidationError("这个人现在在另一单位名下，您不能替那边登记，请由那边或市局办理") from problem


def _settle_other_side(
    actor: User, roster: UnitRoster, row: RosterDifference, kind: str, unit: Organization | None
) -> RosterDifference | None:
    """The other unit's side of a transfer, if its roster shows it: settled by the same click."""
    if unit is None or row.on is None:
        return None
    sides = RosterDifference.objects.select_for_update(of=("self",)).filter(
        unit_roster__collection=roster.collection_id, unit_roster__organization=unit, kind=kind, decision=""
    )
    other = sides.filter(cadre=row.cadre_id).first()
    if other is None and row.counterpart_id:
        other = sides.filter(pk=row.counterpart_id).first()
    if other is None:
        return None
    event = EventKind.MOVED_IN if kind == DifferenceKind.NEW else EventKind.MOVED_OUT
    other.cadre_id, other.on, other.other_unit, other.note = row.cadre_id, row.on, roster.organization, row.note
    other.event = StatusEvent.objects.filter(cadre=row.cadre_id, kind=event, on=row.on).first()
    other.counterpart = row
    _save(other, actor, Settlement.MOVED_IN if kind == DifferenceKind.NEW else Settlement.MOVED_OUT)
    return other
