"""What every edit form needs: it works once however often it is sent, and two editors never overwrite each other."""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from common import audit
from common.models import AuditEntry, FormKey

SALT = "songhe.form-key"
#: A form left open longer than this must be opened anew.
MAX_AGE = datetime.timedelta(hours=24)


class StaleEdit(Exception):
    """Someone else saved the same row since the form was opened; ``current`` is the row as it stands now."""

    def __init__(self, current: models.Model) -> None:
        super().__init__("stale edit")
        self.current = current


def new_form_key() -> str:
    """A signed one-time key; it also tells when the form was opened."""
    return signing.dumps({"key": secrets.token_hex(12), "at": timezone.now().timestamp()}, salt=SALT)


@dataclass(frozen=True)
class OpenedForm:
    key: str
    opened_at: datetime.datetime


def read_form_key(token: str) -> OpenedForm | None:
    """None for a missing, altered or outdated key."""
    try:
        data = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return None
    return OpenedForm(data["key"], datetime.datetime.fromtimestamp(data["at"], tz=datetime.UTC))


def result_of(user: Any, opened: OpenedForm) -> str | None:
    """Where the first sending of this form led, if it was sent before."""
    used = FormKey.objects.filter(pk=opened.key, user=user).first()
    return used.result_url if used else None


def claim(user: Any, opened: OpenedForm) -> FormKey | None:
    """Take the key within the caller's transaction; None if another sending of the same form was first."""
    try:
        with transaction.atomic():
            return FormKey.objects.create(pk=opened.key, user=user, result_url="/")
    except IntegrityError:
        return None


@dataclass(frozen=True)
class OthersChange:
    """A field that somebody else changed while the form was open."""

    field: str
    label: str
    before: Any
    now: Any
    by: str
    at: datetime.datetime
    conflict: bool


def others_changes(*, current: models.Model, typed: dict[str, Any], opened: OpenedForm) -> list[OthersChange]:
    """What others changed since the form was opened, field by field.

    ``typed``: the sender's values as `audit.snapshot` shows them. A field is a conflict where the sender had
    changed it too; elsewhere the newer value can simply be taken over.
    """
    entries = AuditEntry.objects.filter(
        target_type=current._meta.label_lower, target_id=str(current.pk), at__gte=opened.opened_at
    ).order_by("number")
    found: dict[str, tuple[Any, AuditEntry]] = {}
    for entry in entries:
        for name, (before, _) in entry.changes.items():
            found[name] = (found[name][0] if name in found else before, entry)
    names = [name for name in found if name in typed]
    now = audit.snapshot(current, names)
    result = []
    for name in names:
        before, entry = found[name]
        if now[name] == typed[name]:
            continue
        label = str(current._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        result.append(
            OthersChange(
                name, label, before, display_of(current, name), entry.actor_name, entry.at,
                conflict=typed[name] != before,
            )
        )  # fmt: skip
    return result


def display_of(instance: models.Model, name: str) -> str:
    """A field's value as people read it: labels of codes, names of units, masks of identities."""
    field = instance._meta.get_field(name)
    value = getattr(instance, name)
    if value in (None, ""):
        return "（空）"
    mask = getattr(field, "mask", None)
    if mask:
        return mask(value)
    if getattr(field, "choices", None):
        return str(getattr(instance, f"get_{name}_display")())
    if hasattr(value, "display"):
        return value.display()
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
