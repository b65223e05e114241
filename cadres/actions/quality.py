"""Compute scores, and decide what a rule weighs."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, OrganizationKind, User
from cadres.models import Cadre, QualityRule, QualityScore
from cadres.quality.rules import RULES
from cadres.quality.score import Tally, fold, result_of, tallies
from cadres.querysets.quality import people_of
from common import audit
from common.editing import StaleEdit
from common.scope import scope_of

#: Days of which every score is kept; of older ones only the last of each year.
KEPT = datetime.timedelta(days=40)
#: An organization with more people waits for the night.
AT_ONCE = 20_000
CHUNK = 1000


def weights_in_use() -> dict[str, int]:
    """rule -> weight of the rules in use: the defaults of the code, overruled by what somebody decided."""
    decided = {rule.code: rule for rule in QualityRule.objects.all()}
    return {
        code: decided[code].weight if code in decided else rule.weight
        for code, rule in RULES.items()
        if code not in decided or decided[code].active
    }


def _lock() -> None:
    """One computation at a time."""
    list(Organization.objects.select_for_update(no_key=True).filter(parent=None).values_list("pk"))


@transaction.atomic
def compute_scores() -> int:
    """Score every organization with people, in two passes: by paying unit, and by community of residence."""
    _lock()
    today, weights = timezone.localdate(), weights_in_use()
    places = Organization.objects.values_list("pk", "path", "kind")
    paths = {pk: path for pk, path, _ in places}
    communities = {pk for pk, _, kind in places if kind == OrganizationKind.COMMUNITY}
    everyone = Cadre.objects.all()
    found = fold(tallies(everyone, "unit_id", weights, today), paths)
    living = tallies(everyone.filter(community_id__in=communities), "community_id", weights, today)
    scored = {pk: tally for pk, tally in found.items() if pk not in communities} | living
    QualityScore.objects.filter(current=True).update(current=False)
    return _write(scored, weights, today)


@transaction.atomic
def compute_score(*, actor: User | None, organization: Organization) -> int:
    """Score one organization anew, as it stands now; those above it wait for the night."""
    if actor is not None:
        require_computing(actor, organization)
    _lock()
    today, weights = timezone.localdate(), weights_in_use()
    everyone = people_of(Cadre.objects.all(), organization)
    if everyone.present().count() > AT_ONCE:
        raise ValidationError(f"{organization.name}的人太多，白天不算，每天夜里自动重算")
    sums = Tally()
    for tally in tallies(everyone, "unit_id", weights, today).values():
        sums.add(tally)
    QualityScore.objects.filter(organization=organization, current=True).update(current=False)
    audit.record(actor=actor, action="quality.compute", target=organization)
    return _write({organization.pk: sums}, weights, today)


def require_computing(actor: User, organization: Organization) -> None:
    """Raise PermissionDenied unless the actor may have this organization computed."""
    if not Organization.objects.visible_to(actor, "quality.compute").filter(pk=organization.pk).exists():
        raise PermissionDenied


def _write(scored: dict[int, Tally], weights: dict[str, int], today: datetime.date) -> int:
    now = timezone.now()
    rows = [
        QualityScore(organization_id=pk, day=today, computed_at=now, **vars(result_of(tally, weights)))
        for pk, tally in scored.items()
        if tally.people
    ]
    again = QualityScore.objects.filter(day=today)
    if len(scored) == 1:
        again = again.filter(organization_id__in=scored)
    again.delete()
    QualityScore.objects.bulk_create(rows, batch_size=CHUNK)
    QualityScore.objects.outdated(today - KEPT).delete()
    return len(rows)


@transaction.atomic
def change_rule(*, actor: User, code: str, values: dict[str, Any], version: int | None = None) -> QualityRule:
    """Decide weight and use of a rule; the next computation goes by it. For whoever holds the right citywide."""
    if code not in RULES:
        raise ValidationError("没有这条规则")
    if not scope_of(actor, "quality.rules").everything:
        raise PermissionDenied
    rule, _ = QualityRule.objects.select_for_update().get_or_create(code=code, defaults={"weight": RULES[code].weight})
    if version is not None and rule.version != version:
        raise StaleEdit(rule)
    names = ["weight", "active"]
    before = audit.snapshot(rule, names)
    rule.weight, rule.active = values["weight"], values["active"]
    rule.full_clean()
    if not rule.active and not set(weights_in_use()) - {code}:
        raise ValidationError({"active": "至少要留一条规则，不然没法打分"})
    changes = audit.changes_between(before, audit.snapshot(rule, names))
    if changes:
        rule.version += 1
        rule.changed_by = actor
        rule.save()
        audit.record(actor=actor, action="quality.rule", target=rule, changes=changes)
    return rule
