"""Who edited a person last, when and what, in one sentence each; read from the audit trail."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from cadres.models import Cadre, FamilyMember, RosterImport
from common.audit import is_change
from common.bulk import CHUNK
from common.models import AuditDetail, AuditEntry
from common.tables import field_label

_PERSON = Cadre._meta.label_lower
_RELATIVE = FamilyMember._meta.label_lower


def last_edits(people: Sequence[int], roster_import: RosterImport) -> dict[int, str]:
    """Person -> the last change since the import was committed; people of whom the trail tells none are left out."""
    since = roster_import.audit_number or 0
    found: dict[int, tuple[int, str]] = {}

    def note(person: int, number: int, words: str) -> None:
        if number > found.get(person, (0, ""))[0]:
            found[person] = (number, words)

    for start in range(0, len(people), CHUNK):
        part = people[start : start + CHUNK]
        names = [str(person) for person in part]
        relatives = {
            str(pk): person
            for pk, person in FamilyMember.objects.filter(cadre_id__in=part).values_list("pk", "cadre_id")
        }
        for kind, keys in ((_PERSON, names), (_RELATIVE, list(relatives))):
            entries = AuditEntry.objects.filter(target_type=kind, target_id__in=keys, number__gt=since)
            for entry in entries.order_by("number"):
                if is_change(entry.action):
                    person = int(entry.target_id) if kind == _PERSON else relatives[entry.target_id]
                    note(person, entry.number, _sentence(entry))
        details = AuditDetail.objects.filter(target_type=_PERSON, target_id__in=names, entry__number__gt=since)
        for detail in details.select_related("entry").order_by("entry__number"):
            note(int(detail.target_id), detail.entry.number, _bulk_sentence(detail.entry))
    return {person: words for person, (_, words) in found.items()}


def _day(entry: AuditEntry) -> str:
    at = timezone.localtime(entry.at)
    return f"{at.year}年{at.month}月{at.day}日"


def _sentence(entry: AuditEntry) -> str:
    labels = list(dict.fromkeys(field_label(entry.target_type, name) for name in entry.changes))
    what = f"：{'、'.join(labels[:4])}" if labels and not labels[0].isascii() else ""
    return f"{_day(entry)}{entry.actor_name}{entry.action_label}{what}"


def _bulk_sentence(entry: AuditEntry) -> str:
    if entry.action == "roster.commit":
        return f"{_day(entry)}又被第 {entry.target_id} 批名册改过，要先撤销那一批"
    return f"{_day(entry)}{entry.actor_name}{entry.action_label}"
