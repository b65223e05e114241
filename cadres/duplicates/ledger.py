"""What a merge did to which rows, so that it can be taken back exactly.

A *picture* holds every row that hangs on some people, by any foreign key of any installed app: {(model, key): {column:
value as JSON}}. Two pictures give the *entries*: rows changed (the changed columns only), rows removed, rows made.
Taking back is a three-way comparison: a column that still holds what the merge wrote gets its old value; one that
somebody edited since is named and nothing is done.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import uuid
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from cadres.models import Cadre
from common.dates import PartialDate

Row = dict[str, Any]
Picture = dict[tuple[str, str], Row]
#: Edit counters go on counting; they are neither compared nor brought back.
COUNTERS = frozenset({"version", "updated_at"})


def links(to: type[models.Model] = Cadre) -> Iterator[models.ForeignKey]:
    """Every foreign key to a person (or ``to``), of any installed app, those of many-to-many tables included."""
    for relation in to._meta.get_fields(include_hidden=True):
        field: Any = getattr(relation, "field", None)
        if not relation.auto_created or not isinstance(field, models.ForeignKey):
            continue
        if field.model._meta.managed and not field.model._meta.proxy:
            yield field


def picture(*people: int) -> Picture:
    """The people themselves and every row that hangs on them."""
    found: Picture = {}
    for cadre in Cadre._base_manager.filter(pk__in=people):
        found[key_of(cadre)] = row_of(cadre)
    for link in links():
        for row in link.model._base_manager.filter(**{f"{link.name}__in": people}):
            found[key_of(row)] = row_of(row)
    return found


def key_of(instance: models.Model) -> tuple[str, str]:
    return instance._meta.label_lower, str(instance.pk)


def row_of(instance: models.Model) -> Row:
    """All columns as JSON can hold them; encrypted ones in clear, so the whole must be sealed."""
    return {field.attname: plain(getattr(instance, field.attname)) for field in instance._meta.concrete_fields}


def plain(value: Any) -> Any:
    if isinstance(value, PartialDate | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | uuid.UUID | datetime.timedelta):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, models.fields.files.FieldFile):
        return value.name or ""
    return value


def entries_between(before: Picture, after: Picture) -> list[dict[str, Any]]:
    """[{"model", "pk", "before", "after"}]; ``before`` None: made, ``after`` None: removed, else changed columns."""
    entries = []
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None:
            changed = [name for name in old if old[name] != new[name] and name not in COUNTERS]
            if not changed:
                continue
            old, new = ({name: row[name] for name in changed} for row in (old, new))
        entries.append({"model": key[0], "pk": key[1], "before": old, "after": new})
    return sorted(entries, key=lambda entry: (entry["model"], int(entry["pk"]) if entry["pk"].isdigit() else 0))


class Restorer:
    """Takes entries back. ``conflicts`` and ``gone`` are words for people; with conflicts, `run` must not be called."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.entries = entries
        self.conflicts: list[str] = []
        self.gone: list[str] = []
        self.now: dict[tuple[str, str], models.Model | None] = {}
        for entry in entries:
            self._compare(entry)

    def _compare(self, entry: dict[str, Any]) -> None:
        model = apps.get_model(entry["model"])
        label = str(model._meta.verbose_name)
        instance = model._base_manager.filter(pk=entry["pk"]).select_for_update().first()
        self.now[entry["model"], entry["pk"]] = instance
        before, after = entry["before"], entry["after"]
        if after is None:
            if instance is not None:
                self.conflicts.append(f"{label}（{entry['pk']}）又有了")
            return
        if instance is None:
            if before is not None:
                self.gone.append(label)
            return
        row = row_of(instance)
        for name, value in after.items():
            if name not in COUNTERS and row[name] != value:
                words = str(model._meta.get_field(_field_name(model, name)).verbose_name)  # type: ignore[union-attr]
                self.conflicts.append(f"{label}的“{words}”")
                if before is None:
                    return

    def run(self) -> None:
        """People first, for the others hang on them; what the merge made goes before what it removed comes back."""
        person = Cadre._meta.label_lower
        changed = [entry for entry in self.entries if entry["before"] is not None and entry["after"] is not None]
        removed = [entry for entry in self.entries if entry["after"] is None]
        for entry in self.entries:
            instance = self.now[entry["model"], entry["pk"]]
            if entry["before"] is None and instance is not None:
                type(instance)._base_manager.filter(pk=instance.pk).delete()
        for people in (True, False):
            for entry in changed:
                if (entry["model"] == person) == people:
                    self._change(entry)
            for entry in removed:
                if (entry["model"] == person) == people:
                    insert(apps.get_model(entry["model"]), entry["before"])

    def _change(self, entry: dict[str, Any]) -> None:
        model = apps.get_model(entry["model"])
        values = {name: _value(model, name, value) for name, value in entry["before"].items()}
        model._base_manager.filter(pk=entry["pk"]).update(**values)


def insert(model: type[models.Model], row: Row) -> None:
    """Put a removed row back, key and all."""
    instance = model(**{name: _value(model, name, value) for name, value in row.items()})
    instance.save_base(raw=True, force_insert=True)


def column_of(model: type[models.Model], field: str) -> str:
    return next(found.attname for found in model._meta.concrete_fields if found.name == field)


def _field_name(model: type[models.Model], column: str) -> str:
    return next(field.name for field in model._meta.concrete_fields if field.attname == column)


def _value(model: type[models.Model], column: str, value: Any) -> Any:
    field: Any = model._meta.get_field(_field_name(model, column))
    return None if value is None and field.null else field.to_python(value)
