"""Keeping records fresh: units confirm their rosters by the quarter, and somebody verifies by the year who lives."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from cadres.actions.evidence import keep_evidence
from cadres.models import (
    Cadre,
    LifeVerification,
    RosterConfirmation,
    Standing,
    VerificationResult,
    VerificationWay,
)
from cadres.querysets.upkeep import needing_verification, stale_people
from cadres.upkeep import Quarter
from common import audit
from common.editing import StaleEdit
from common.evidence import CheckedEvidence
from common.scope import require

VERIFICATION_FIELDS = ("done_on", "way", "result", "note")


@transaction.atomic
def confirm_roster(*, actor: User, organization: Organization, words: str = "") -> tuple[RosterConfirmation, bool]:
    """The unit's roster is right as it stands, for the current quarter: (the row, whether it is new)."""
    unit = (
        Organization.objects.visible_to(actor, "roster.confirm").select_for_update(of=("self",))
        .filter(pk=organization.pk).first()
    )  # fmt: skip
    if unit is None:
        raise PermissionDenied
    today = timezone.localdate()
    quarter = Quarter.of(today)
    before = RosterConfirmation.objects.of(quarter).filter(organization=unit).first()
    if before is not None:
        return before, False
    own = Cadre.objects.present().filter(unit=unit)
    people = own.count()
    if not people:
        raise ValidationError(f"{unit.name}名册里没有人，不用确认")
    row = RosterConfirmation(
        organization=unit,
        year=quarter.year,
        quarter=quarter.number,
        people=people,
        stale=stale_people(own, settings.STALE_MONTHS, today).count(),
        words=words.strip(),
        confirmed_by=actor,
        confirmed_at=timezone.now(),
    )
    row.full_clean()
    row.save(force_insert=True)
    audit.record(actor=actor, action="roster.confirm", target=row, changes={"people": [None, people]})
    return row, True


def _verification_problems(cadre: Cadre, values: dict[str, Any]) -> None:
    done_on: datetime.date | None = values.get("done_on")
    if done_on is None:
        raise ValidationError({"done_on": "请填核实的日期"})
    if done_on > timezone.localdate():
        raise ValidationError({"done_on": "核实日期还没到，请填今天或以前的日子"})
    died_on = cadre.died_on if cadre.standing == Standing.DECEASED else None
    if died_on and done_on > died_on and values.get("result") != VerificationResult.DECEASED:
        raise ValidationError({"result": f"{cadre.name}已登记{died_on:%Y-%m-%d}去世，这一天以后不能再核实为健在或失联"})
    if values.get("result") == VerificationResult.LOST and len(str(values.get("note") or "").strip()) < 2:
        raise ValidationError({"note": "联系不上的，请写明找过谁、怎么找的"})


@transaction.atomic
def record_verification(
    *, actor: User, cadre: Cadre, values: dict[str, Any], evidence: Iterable[CheckedEvidence] = ()
) -> LifeVerification:
    """Record one verification; its year is that of ``done_on``. A year has one: the second is refused in words."""
    person = Cadre.objects.select_for_update().select_related(None).get(pk=cadre.pk)
    require(actor, "verification.record", person)
    _verification_problems(person, values)
    year = values["done_on"].year
    if LifeVerification.objects.filter(cadre=person, year=year).exists():
        raise ValidationError(f"{person.name}{year}年已经核实过，一年只记一次；情况变了请改那一次")
    row = LifeVerification(
        cadre=person, year=year, done_by=actor, **{n: values[n] for n in VERIFICATION_FIELDS if n in values}
    )
    row.full_clean()
    row.save(force_insert=True)
    held = keep_evidence(row, evidence)
    changes = {"year": [None, year], "way": [None, row.way], "result": [None, row.result]}
    audit.record(
        actor=actor,
        action="verification.record",
        target=row,
        changes=changes | ({"evidence": [0, held]} if held else {}),
    )
    return row


@transaction.atomic
def change_verification(
    *,
    actor: User,
    verification: LifeVerification,
    values: dict[str, Any],
    version: int | None = None,
    evidence: Iterable[CheckedEvidence] = (),
) -> LifeVerification:
    """Change the year's verification. The year stays: another year is another verification."""
    current = LifeVerification.objects.select_for_update().select_related(None).get(pk=verification.pk)
    require(actor, "verification.record", current)
    if version is not None and current.version != version:
        raise StaleEdit(current)
    merged = {name: values.get(name, getattr(current, name)) for name in VERIFICATION_FIELDS}
    _verification_problems(current.cadre, merged)
    if merged["done_on"].year != current.year:
        raise ValidationError({"done_on": f"这是{current.year}年的核实，日期要在{current.year}年里"})
    before = audit.snapshot(current, ("done_on", "way", "result"))
    noted = current.note
    for name, value in merged.items():
        setattr(current, name, value)
    current.full_clean()
    changes = audit.changes_between(before, audit.snapshot(current, ("done_on", "way", "result")))
    held = keep_evidence(current, evidence)
    if held:
        changes["evidence"] = [None, held]
    if current.note != noted:
        changes["note"] = ["已改", "已改"]
    if not changes:
        return current
    current.done_by = actor
    current.version += 1
    current.save()
    audit.record(actor=actor, action="verification.change", target=current, changes=changes)
    return current


@transaction.atomic
def record_many(
    *,
    actor: User,
    cadres: Iterable[int],
    done_on: datetime.date,
    way: str = VerificationWay.CERTIFICATE,
    note: str = "",
) -> tuple[int, list[str]]:
    """Everybody of ``cadres`` (ids) was found alive on one day, in one transaction: (how many, names left out).

    Left out, by name: whoever is out of scope or not on the list by now, and whoever was verified this year before.
    """
    _verification_problems(Cadre(), {"done_on": done_on})
    asked = list(cadres)
    reach = needing_verification(Cadre.objects.visible_to(actor, "verification.record"))
    people = {row.pk: row for row in reach.select_for_update(of=("self",)).filter(pk__in=asked).select_related(None)}
    done = set(LifeVerification.objects.filter(cadre__in=people, year=done_on.year).values_list("cadre_id", flat=True))
    left = [people[pk].name for pk in asked if pk in done]
    rows = [
        LifeVerification(
            cadre=person, year=done_on.year, done_on=done_on, way=way, result=VerificationResult.ALIVE,
            note=note.strip(), done_by=actor,
        )
        for pk, person in people.items() if pk not in done
    ]  # fmt: skip
    for row in rows[:1]:
        row.full_clean()
    LifeVerification.objects.bulk_create(rows, batch_size=500)
    if rows:
        audit.record(
            actor=actor,
            action="verification.record",
            target_type=LifeVerification._meta.label_lower,
            changes={"people": [None, len(rows)], "way": [None, way]},
            details=[
                audit.Detail("verification.record", Cadre._meta.label_lower, str(row.cadre_id), {"way": [None, way]})
                for row in rows
            ],
        )
    return len(rows), left
