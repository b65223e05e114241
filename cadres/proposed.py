"""Proposed values: how a person's fields are written down in a proposal, compared, shown and taken up again.

A written value is what JSON holds: text, a number, True or False; "" for nothing; the id of a unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from cadres.models import Cadre
from common.dates import PartialDate

#: What liaisons may propose to change. Whoever pays, counts or manages somebody is the bureau's own business, and a
#: move is a proposal of its own kind.
PROPOSABLE = (
    "phone", "address", "living", "self_care", "health", "marriage", "away", "away_to", "relocated", "relocated_to",
    "registered_address", "name", "sex", "birth", "id_number", "ethnicity", "native_place", "birthday_calendar",
    "birthday_month", "birthday_day", "birthday_leap", "education", "political_status", "party_joined", "post", "rank",
    "title", "work_started", "revolution_joined", "retired_on", "treatment_rank", "treatment_approved",
    "treatment_document", "medical_rank", "bank_account", "hobbies", "specialties",
)  # fmt: skip
#: What a missing person may be reported with, besides.
REPORTABLE = (*PROPOSABLE, "category", "unit", "community")
BLANK = "（空）"


def _field(name: str) -> models.Field:
    return Cadre._meta.get_field(name)  # type: ignore[return-value]


def label_of(name: str) -> str:
    return str(_field(name).verbose_name)


def written(value: Any) -> Any:
    """A form's or person's value as a proposal keeps it."""
    if value is None:
        return ""
    if isinstance(value, PartialDate):
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    return value if isinstance(value, bool | int) else str(value)


def current(cadre: Cadre, name: str) -> Any:
    """What the person's field holds now, written."""
    return written(getattr(cadre, _field(name).attname))


def changes_of(cadre: Cadre | None, values: dict[str, Any], names: Iterable[str]) -> dict[str, list[Any]]:
    """{field: [old, new]} of what ``values`` would change; ``cadre`` None: of everything that is filled in."""
    found = {}
    for name in names:
        if name not in values:
            continue
        new = written(values[name])
        old = current(cadre, name) if cadre is not None else ""
        if new != old and not (cadre is None and new is False):
            found[name] = [old, new]
    return found


def taken_up(name: str, value: Any) -> Any:
    """A written value as the person's field takes it."""
    field = _field(name)
    if isinstance(field, models.ForeignKey):
        return field.related_model._default_manager.filter(pk=value).first() if value else None  # type: ignore[union-attr]
    if value == "" and field.null:
        return None
    return field.to_python(value)


def shown(name: str, value: Any, names: dict[int, str] | None = None) -> str:
    """A written value as people read it; identities masked. ``names``: of units, by id."""
    if value in ("", None):
        return BLANK
    field = _field(name)
    mask = getattr(field, "mask", None)
    if mask:
        return mask(str(value))
    if isinstance(field, models.ForeignKey):
        return (names or {}).get(int(value), "（已不在）")
    if field.choices:
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(value, bool):
        return "是" if value else "否"
    text = taken_up(name, value)
    return text.display() if isinstance(text, PartialDate) else str(text)


@dataclass(frozen=True)
class Line:
    """One field of a proposal as staff decide on it. ``now`` differs from ``old`` where somebody edited meanwhile."""

    field: str
    label: str
    old: str
    new: str
    now: str
    conflict: bool
    done: bool  # the person has the new value already
    sealed: bool  # shown as a mask


def lines_of(changes: dict[str, list[Any]], cadre: Cadre | None, names: dict[int, str] | None = None) -> list[Line]:
    lines = []
    for field, (old, new) in changes.items():
        now = current(cadre, field) if cadre is not None else old
        lines.append(
            Line(
                field, label_of(field), shown(field, old, names), shown(field, new, names), shown(field, now, names),
                conflict=now != old and now != new, done=now == new and now != old,
                sealed=hasattr(_field(field), "mask"),
            )
        )  # fmt: skip
    return lines
