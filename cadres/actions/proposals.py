"""Proposals: liaisons make and withdraw them; staff accept them through the same actions as they type, or return them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from cadres import proposed
from cadres.actions.evidence import keep_evidence
from cadres.actions.people import change_cadre, create_cadre
from cadres.actions.status import decease_cadre, move_out
from cadres.models import Cadre, EventKind, Proposal, ProposalKind, ProposalState, Standing
from common import audit
from common.editing import StaleEdit
from common.evidence import CheckedEvidence
from common.scope import require, scope_of

#: What staff need on the person to settle a proposal.
SETTLE = "cadre.change"


class ProposalConflict(ValidationError):
    """The person was edited since, in the same fields: staff say which of them to take."""


def may_settle(user: User, proposal: Proposal) -> bool:
    """Staff of the person, or of the unit of a missing one; nobody settles an own proposal."""
    return proposal.made_by_id != user.pk and Proposal.objects.visible_to(user, SETTLE).filter(pk=proposal.pk).exists()


def _check_day(kind: str, on: datetime.date | None) -> None:
    words = {ProposalKind.DEATH: "去世", ProposalKind.MOVE_OUT: "转出"}.get(ProposalKind(kind), "")
    if words and on is None:
        raise ValidationError({"on": f"请填{words}日期"})
    if on and on > timezone.localdate():
        raise ValidationError({"on": "这一天还没到，请填今天或以前的日子"})


def _check(actor: User, kind: str, cadre: Cadre | None, on: datetime.date | None, reason: str) -> None:
    if len(reason.strip()) < 2:
        raise ValidationError({"reason": "请写明理由，如“本人来电更正”"})
    _check_day(kind, on)
    if cadre is None:
        return
    require(actor, "proposal.make", cadre)
    if cadre.standing == Standing.DECEASED and kind in (ProposalKind.DEATH, ProposalKind.MOVE_OUT):
        raise ValidationError(f"{cadre.name}已登记去世，不用再报")
    if cadre.standing == Standing.MOVED_OUT and kind == ProposalKind.MOVE_OUT:
        raise ValidationError(f"{cadre.name}已登记转出，不用再报")


def _changes(kind: str, cadre: Cadre | None, values: dict[str, Any]) -> dict[str, list[Any]]:
    if kind == ProposalKind.NEW:
        found = proposed.changes_of(None, values, proposed.REPORTABLE)
        if not found.get("name"):
            raise ValidationError({"name": "请写姓名"})
        return found
    if kind != ProposalKind.CHANGE:
        return {}
    found = proposed.changes_of(cadre, values, proposed.PROPOSABLE)
    if not found:
        raise ValidationError("没有一处和档案不同，请先改要更正的栏目再提交")
    return found


def _trial(cadre: Cadre, changes: dict[str, list[Any]]) -> None:
    """What staff could never accept is refused at once."""
    trial = Cadre(**{field.attname: getattr(cadre, field.attname) for field in cadre._meta.concrete_fields})
    for name, (_, new) in changes.items():
        setattr(trial, name, proposed.taken_up(name, new))
    trial.full_clean(validate_unique=False, validate_constraints=False)


@transaction.atomic
def make_proposal(
    *,
    actor: User,
    kind: str,
    cadre: Cadre | None = None,
    organization: Organization | None = None,
    values: dict[str, Any] | None = None,
    on: datetime.date | None = None,
    to_place: str = "",
    in_city: bool = False,
    reason: str,
    evidence: Iterable[CheckedEvidence] = (),
    again: Proposal | None = None,
    version: int | None = None,
) -> Proposal:
    """Propose something about an own person, or report one who is missing (``organization``: where).

    ``again``: the actor's own returned proposal, which is mended and waits anew. ``on`` of a change: the day of the
    变动, None for 更正. Raises ValidationError in Chinese, PermissionDenied out of scope.
    """
    if kind == ProposalKind.NEW:
        place = Organization.objects.visible_to(actor, "proposal.make").filter(pk=getattr(organization, "pk", None))
        organization = place.first()
        if organization is None:
            raise PermissionDenied
        cadre = None
    else:
        assert cadre is not None
        cadre = Cadre.objects.select_for_update().select_related(None).get(pk=cadre.pk)
        organization = cadre.unit
    _check(actor, kind, cadre, on, reason)
    changes = _changes(kind, cadre, values or {})
    if cadre is not None and changes:
        _trial(cadre, changes)
    if kind == ProposalKind.MOVE_OUT and not to_place.strip():
        raise ValidationError({"to_place": "请写明转到哪个单位或哪个地方"})
    waiting = Proposal.objects.waiting().filter(cadre=cadre, kind=kind, made_by=actor)
    if cadre is not None and again is None and kind != ProposalKind.CHANGE and waiting.exists():
        raise ValidationError(f"{cadre.name}的这件事您已经报过，正等着核，不用再报")
    proposal = Proposal(made_by=actor) if again is None else _own(actor, again, ProposalState.RETURNED, version)
    proposal.kind, proposal.cadre, proposal.organization = kind, cadre, organization
    proposal.sealed_changes = json.dumps(changes, ensure_ascii=False) if changes else ""
    proposal.on, proposal.to_place, proposal.in_city = on, to_place.strip(), in_city
    proposal.reason, proposal.base_version = reason.strip(), cadre.version if cadre else 0
    proposal.state, proposal.made_at = ProposalState.WAITING, timezone.now()
    if again is not None:
        proposal.version += 1
    proposal.full_clean()
    proposal.save()
    held = keep_evidence(proposal, evidence)
    told: dict[str, Any] = {
        "state": [None if again is None else "returned", "waiting"],
        "fields": [None, sorted(changes)],
    }
    if held:
        told["evidence"] = [0, held]
    audit.record(actor=actor, action="proposal.make", target=proposal, changes=told)
    return proposal


def _own(actor: User, proposal: Proposal, state: str, version: int | None) -> Proposal:
    mine = Proposal.objects.visible_to(actor, "proposal.make").made_by_user(actor)
    current = mine.select_for_update(of=("self",)).filter(pk=proposal.pk).first()
    if current is None:
        raise PermissionDenied
    if version is not None and current.version != version:
        raise StaleEdit(current)
    if current.state != state:
        raise ValidationError(f"这件提议现在是“{current.get_state_display()}”，请回到列表再看")
    return current


@transaction.atomic
def withdraw_proposal(*, actor: User, proposal: Proposal) -> Proposal:
    """The maker takes back what waits or was returned."""
    current = _own(actor, proposal, proposal.state, None)
    if current.state not in (ProposalState.WAITING, ProposalState.RETURNED):
        raise ValidationError(f"这件提议已经{current.get_state_display()}，不能再收回")
    before, current.state = current.state, ProposalState.WITHDRAWN
    current.version += 1
    current.save(update_fields=["state", "version", "updated_at"])
    audit.record(actor=actor, action="proposal.withdraw", target=current, changes={"state": [before, current.state]})
    return current


def _locked(actor: User, proposal: Proposal) -> Proposal:
    current = Proposal.objects.select_for_update().select_related(None).get(pk=proposal.pk)
    if not may_settle(actor, current):
        raise PermissionDenied
    if current.state != ProposalState.WAITING:
        raise ValidationError(f"{current.person_name}的这件提议{current.get_state_display()}，不用再核")
    return current


def _settle(actor: User, proposal: Proposal, state: str, words: str = "") -> None:
    proposal.state, proposal.settled_by, proposal.settled_at, proposal.words = state, actor, timezone.now(), words
    proposal.version += 1
    proposal.save()
    action = "proposal.accept" if state == ProposalState.ACCEPTED else "proposal.return"
    audit.record(actor=actor, action=action, target=proposal, changes={"state": ["waiting", state]}, reason=words)


@transaction.atomic
def accept_proposal(
    *,
    actor: User,
    proposal: Proposal,
    fields: Iterable[str] | None = None,
    seen_version: int | None = None,
    unit: Organization | None = None,
    to_unit: Organization | None = None,
) -> Proposal:
    """Apply a proposal as if staff had typed it.

    ``fields``: of a change, those that staff take (None: all, which a conflict refuses). ``seen_version``: the
    person's version on the page; an edit since then is a conflict. ``unit``: who pays a missing person, where the
    proposal does not say. ``to_unit``: the unit of the city to which somebody moved.
    """
    current = _locked(actor, proposal)
    if current.kind == ProposalKind.NEW:
        current.cadre = _accept_new(actor, current, unit)
    else:
        assert current.cadre_id is not None  # the database holds it: only a missing person has none
        cadre = Cadre.objects.select_for_update().select_related(None).get(pk=current.cadre_id)
        if seen_version is not None and cadre.version != seen_version:
            raise ProposalConflict(f"您打开这一页以后，{cadre.name}的档案又改过，请看过现在的情况再定")
        if current.kind == ProposalKind.CHANGE:
            _accept_change(actor, current, cadre, fields)
        elif current.kind == ProposalKind.DEATH:
            decease_cadre(actor=actor, cadre=cadre, died_on=current.on)  # type: ignore[arg-type]
        else:
            _accept_move(actor, current, cadre, to_unit)
    _settle(actor, current, ProposalState.ACCEPTED)
    return current


def _accept_change(actor: User, proposal: Proposal, cadre: Cadre, fields: Iterable[str] | None) -> None:
    changes = proposal.changes
    lines = proposed.lines_of(changes, cadre)
    if fields is None:
        clashes = [line.label for line in lines if line.conflict]
        if clashes:
            raise ProposalConflict(f"{cadre.name}的{'、'.join(clashes)}在提议以后已被改过，请打开这一件看过再定")
        taken = [line.field for line in lines if not line.done]
    else:
        taken = [name for name in fields if name in changes]
        if not taken:
            raise ValidationError("请至少勾一项采纳；都不采纳就退回")
    if cadre.standing == Standing.MOVED_OUT and proposal.on is not None:
        raise ValidationError(f"{cadre.name}已经转出，这件变动不能再记，请退回")
    if taken:
        values = {name: proposed.taken_up(name, changes[name][1]) for name in taken}
        change_cadre(actor=actor, cadre=cadre, values=values, since=proposal.on)


def _accept_move(actor: User, proposal: Proposal, cadre: Cadre, to_unit: Organization | None) -> None:
    if proposal.in_city and to_unit is None:
        raise ValidationError({"to_unit": f"{cadre.name}转到本市“{proposal.to_place}”，请打开这一件选准转入单位"})
    place = "" if to_unit else proposal.to_place
    move_out(actor=actor, cadre=cadre, on=proposal.on, to_unit=to_unit, to_place=place)  # type: ignore[arg-type]


def _accept_new(actor: User, proposal: Proposal, unit: Organization | None) -> Cadre:
    values = {name: proposed.taken_up(name, new) for name, (_, new) in proposal.changes.items()}
    values["unit"] = unit or values.get("unit")
    if values["unit"] is None:
        raise ValidationError({"unit": f"{proposal.person_name}由哪个单位发离退休费还没有写明，请打开这一件选单位"})
    kind = EventKind.MOVED_IN if proposal.to_place else EventKind.ENROLLED
    return create_cadre(actor=actor, values=values, kind=kind, entered_on=proposal.on, other_place=proposal.to_place)


@transaction.atomic
def return_proposal(*, actor: User, proposal: Proposal, words: str) -> Proposal:
    """Send a proposal back with a word; its maker may mend it."""
    words = words.strip()
    if len(words) < 2:
        raise ValidationError({"words": "请写一句退回的理由，让联络员知道怎么改"})
    current = _locked(actor, proposal)
    _settle(actor, current, ProposalState.RETURNED, words[:300])
    return current


def _each(actor: User, proposals: Iterable[Proposal], settle: Any) -> tuple[list[Proposal], list[tuple[Proposal, str]]]:
    """Settle one after another; what cannot be settled is undone by itself and named with its reason."""
    if scope_of(actor, SETTLE).nothing:
        raise PermissionDenied
    done: list[Proposal] = []
    left: list[tuple[Proposal, str]] = []
    for proposal in proposals:
        try:
            with transaction.atomic():
                done.append(settle(proposal))
        except ValidationError as problem:
            left.append((proposal, "；".join(problem.messages)))
        except PermissionDenied:
            left.append((proposal, "不归您核，或者是您自己提的"))
    return done, left


@transaction.atomic
def accept_many(*, actor: User, proposals: Iterable[Proposal]) -> tuple[list[Proposal], list[tuple[Proposal, str]]]:
    """Accept in one transaction; returns (accepted, [(left waiting, why)])."""
    return _each(actor, proposals, lambda proposal: accept_proposal(actor=actor, proposal=proposal))


@transaction.atomic
def return_many(
    *, actor: User, proposals: Iterable[Proposal], words: str
) -> tuple[list[Proposal], list[tuple[Proposal, str]]]:
    """Return in one transaction with the same words; returns (returned, [(left waiting, why)])."""
    if len(words.strip()) < 2:
        raise ValidationError({"words": "请写一句退回的理由，让联络员知道怎么改"})
    return _each(actor, proposals, lambda proposal: return_proposal(actor=actor, proposal=proposal, words=words))


@transaction.atomic
def reveal_proposed(*, actor: User, proposal: Proposal, field: str, reason: str) -> str:
    """A proposed number in full, to hold it against the evidence; the entry with its reason is written first."""
    if field not in proposal.changes or not hasattr(Cadre._meta.get_field(field), "mask"):
        raise ValidationError("没有这一项")
    if len(reason.strip()) < 2:
        raise ValidationError("请写明查看的事由，如“核对证明材料”")
    require(actor, "cadre.reveal", proposal)
    audit.record(
        actor=actor, action="cadre.reveal", target=proposal, changes={field: ["", "已查看"]}, reason=reason.strip()
    )
    return str(proposal.changes[field][1])
