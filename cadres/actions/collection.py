"""The yearly collection of rosters: opened by the bureau, with one row for every unit that owes one; reminders."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Organization, OrganizationKind, User
from cadres.models import RosterCollection, UnitRoster, UnitRosterState
from cadres.querysets import present_on
from common import audit
from common.editing import StaleEdit
from common.scope import require, scope_of

FIELDS = ("year", "as_of", "due_on", "words")
#: Whoever pays pensions hands in its own roster; a district's or the city's bureau collects them.
OWING_KINDS = (OrganizationKind.UNIT, OrganizationKind.CENTER, OrganizationKind.SYSTEM)


def require_city(actor: User | None) -> None:
    """A collection concerns every unit: only staff of the whole city open, change and close one."""
    if actor is not None and not scope_of(actor, "roster.import").everything:
        raise PermissionDenied


def check_collection(*, year: int, as_of: datetime.date, due_on: datetime.date) -> None:
    """Raises ValidationError with a sentence per field."""
    problems = {}
    last = timezone.localdate().year + 1
    if not 1990 <= year <= last:
        problems["year"] = f"年度请填 1990 到 {last} 之间"
    elif as_of.year != year:
        problems["as_of"] = f"截至日期要在{year}年里"
    if due_on < as_of:
        problems["due_on"] = "报送期限不能早于截至日期，请改晚一些"
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def open_collection(
    *, actor: User | None, year: int, as_of: datetime.date, due_on: datetime.date, words: str = ""
) -> RosterCollection:
    """Open the year's collection; every unit with people on its roll on ``as_of`` owes a roster."""
    require_city(actor)
    check_collection(year=year, as_of=as_of, due_on=due_on)
    if RosterCollection.objects.filter(year=year).exists():
        raise ValidationError({"year": f"{year}年度已经发起过了，在“名册催报”里打开它就能接着办"})
    collection = RosterCollection(year=year, as_of=as_of, due_on=due_on, words=words, opened_by=actor)
    collection.full_clean()
    collection.save(force_insert=True)
    owing = Organization.objects.of_kind(*OWING_KINDS).filter(pk__in=present_on(collection.day)).order_by("path")
    rows = [UnitRoster(collection=collection, organization_id=pk) for pk in owing.values_list("pk", flat=True)]
    if not rows:
        raise ValidationError("还没有哪个单位名下有人，先导入名册再发起催报")
    UnitRoster.objects.bulk_create(rows, batch_size=1000)
    changes = {**audit.changes_between({}, audit.snapshot(collection, FIELDS)), "units": [None, len(rows)]}
    audit.record(actor=actor, action="collection.open", target=collection, changes=changes)
    return collection


@transaction.atomic
def change_collection(
    *, actor: User, collection: RosterCollection, due_on: datetime.date, words: str, version: int | None = None
) -> RosterCollection:
    """Another deadline, other words. Year and cut-off stay: rosters are compared with them."""
    require_city(actor)
    current = _locked(collection)
    if version is not None and current.version != version:
        raise StaleEdit(current)
    check_collection(year=current.year, as_of=current.as_of, due_on=due_on)
    return _save(actor, current, {"due_on": due_on, "words": words})


@transaction.atomic
def close_collection(*, actor: User, collection: RosterCollection, reopen: bool = False) -> RosterCollection:
    """Nothing is handed in and nobody reminded any more, until it is reopened."""
    require_city(actor)
    current = _locked(collection)
    if (current.closed_at is None) == reopen:
        raise ValidationError("这次催报正在进行" if reopen else "这次催报已经结束了")
    return _save(actor, current, {"closed_at": None if reopen else timezone.now()})


def _locked(collection: RosterCollection) -> RosterCollection:
    return RosterCollection.objects.select_for_update().get(pk=collection.pk)


def _save(actor: User, current: RosterCollection, values: dict[str, Any]) -> RosterCollection:
    before = audit.snapshot(current, values)
    for name, value in values.items():
        setattr(current, name, value)
    current.version = F("version") + 1
    current.full_clean(exclude=["version"])
    current.save(update_fields=[*values, "version", "updated_at"])
    current.refresh_from_db()
    changes = audit.changes_between(before, audit.snapshot(current, values))
    if changes:
        audit.record(actor=actor, action="collection.change", target=current, changes=changes)
    return current


@transaction.atomic
def add_unit(*, actor: User, collection: RosterCollection, organization: Organization) -> UnitRoster:
    """One more unit owes a roster; a unit of the staff's own scope."""
    current = _locked(collection)
    require(actor, "roster.import", organization)
    if current.closed_at is not None:
        raise ValidationError("这次催报已经结束，要加单位请先重新开放")
    if organization.kind not in OWING_KINDS:
        raise ValidationError(
            {"unit": f"“{organization.name}”是{organization.get_kind_display()}，不用报名册；请选单位"}
        )
    unit_roster, created = UnitRoster.objects.get_or_create(collection=current, organization=organization)
    if not created:
        raise ValidationError({"unit": f"“{organization.name}”已经在这次催报里了"})
    changes = {"unit": [None, organization.name]}
    audit.record(actor=actor, action="collection.change", target=current, changes=changes)
    return unit_roster


@transaction.atomic
def remove_unit(*, actor: User, unit_roster: UnitRoster) -> RosterCollection:
    """The unit does not owe after all. What was handed in is kept, so such a unit stays."""
    current = UnitRoster.objects.select_for_update(of=("self",)).get(pk=unit_roster.pk)
    require(actor, "roster.import", current)
    if current.state != UnitRosterState.OWED or current.hand_ins.exists():  # type: ignore[attr-defined]
        raise ValidationError("这个单位已经报过名册，报送记录要留着，不能从催报里去掉")
    collection, name = current.collection, current.organization.name
    current.delete()
    audit.record(actor=actor, action="collection.change", target=collection, changes={"unit": [name, None]})
    return collection


@transaction.atomic
def remind(*, actor: User, collection: RosterCollection, units: list[int] | None = None) -> int:
    """催报: note today's reminder on the chosen rosters that are still waited for, or on all late ones.

    Returns how many. The notices themselves are found from ``reminded_at`` (visits.rosters).
    """
    if _locked(collection).closed_at is not None:
        raise ValidationError("这次催报已经结束，不再催了")
    mine = UnitRoster.objects.visible_to(actor, "roster.import").filter(collection=collection)
    due = mine.late(timezone.localdate()) if units is None else mine.waited_for().filter(pk__in=units)
    chosen = list(due.values_list("pk", flat=True))
    if not chosen:
        raise ValidationError("选的单位都已经报了，没有要催的")
    UnitRoster.objects.filter(pk__in=chosen).update(reminded_at=timezone.now())
    audit.record(actor=actor, action="roster.remind", target=collection, changes={"units": [None, len(chosen)]})
    return len(chosen)
