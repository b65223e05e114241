"""Reads of suspected duplicates and of merges: only for whoever may change both people."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from cadres.querysets.people import person_in_scope
from common.models import AuditDetail
from common.scope import Scope, ScopedQuerySet


class DuplicatePairQuerySet(ScopedQuerySet):
    view_right = "cadre.change"

    def in_scope(self, scope: Scope) -> Q:
        return person_in_scope(scope, "low__") & person_in_scope(scope, "high__")

    def waiting(self) -> DuplicatePairQuerySet:
        return self.filter(state="open")

    def of_cadre(self, pk: int) -> DuplicatePairQuerySet:
        return self.filter(Q(low_id=pk) | Q(high_id=pk))


class CadreMergeQuerySet(ScopedQuerySet):
    view_right = "cadre.change"

    def in_scope(self, scope: Scope) -> Q:
        return person_in_scope(scope, "kept__") & person_in_scope(scope, "absorbed_")

    def standing(self) -> CadreMergeQuerySet:
        """Not undone."""
        return self.filter(undone_at=None)


def file_that_took_in(pk: int) -> int | None:
    """The key of the file into which file ``pk`` went, if it did; whoever asks must still see that file."""
    from cadres.models import CadreMerge

    return CadreMerge.objects.standing().filter(absorbed_pk=pk).values_list("kept_id", flat=True).first()


def people_of_import(roster_import_id: int) -> set[int]:
    """Keys of the people whom a committed import brought in or changed; none where it was not committed."""
    from cadres.models import RosterImport

    job = RosterImport.objects.filter(pk=roster_import_id, status="committed").only("audit_number").first()
    if job is None or job.audit_number is None:
        return set()
    details = AuditDetail.objects.filter(entry__number=job.audit_number, target_type="cadres.cadre")
    return {int(key) for key in details.values_list("target_id", flat=True).iterator()}


def waiting_pairs(user: Any) -> int:
    """Pairs that wait for an answer of this user."""
    from cadres.models import DuplicatePair

    return DuplicatePair.objects.visible_to(user).waiting().count() if user.holds("cadre.change") else 0
