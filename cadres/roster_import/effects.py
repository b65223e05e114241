"""What a commit did, kept so that it can be taken back (cadres.roster_import.undo).

New people and units cost nothing: their keys are reserved in one block and kept on the import as runs. People on
record are looked at before and after the write; what differs is sealed, one row per person, in one insert.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection, models

from cadres.models import Cadre, CadreState, FamilyMember, OriginalText, RosterEffect, RosterImport, StatusEvent
from common.bulk import insert_columns, select_in
from common.crypto import digest_many, seal_many
from common.fields import EncryptedField

#: Everything an import may write of a person: name -> (model, column of the person).
TABLES: Final[dict[str, tuple[type[models.Model], str]]] = {
    "cadre": (Cadre, "id"),
    "states": (CadreState, "cadre_id"),
    "events": (StatusEvent, "cadre_id"),
    "family": (FamilyMember, "cadre_id"),
    "texts": (OriginalText, "cadre_id"),
}
#: A person's version only goes up, also when an import is taken back.
_OWN_PACE: Final = frozenset(["version", "updated_at"])
#: (name of the table, key of the row) -> its values
Image = dict[tuple[str, int], tuple[Any, ...]]


def columns_of(name: str) -> list[str]:
    """Columns of a table in the order of an Image's values; the key stands first."""
    return [str(field.column) for field in TABLES[name][0]._meta.concrete_fields]


def _selected(field: models.Field) -> str:
    """Dates as text and truth as 0 and 1, on both databases, so that an image is JSON as it stands."""
    column = connection.ops.quote_name(str(field.column))
    if isinstance(field, models.BooleanField):
        return f"CAST({column} AS integer)"
    return f"CAST({column} AS text)" if isinstance(field, models.DateField) else column


def images(people: Sequence[int]) -> dict[int, Image]:
    """The people as they stand, with all that hangs on them in TABLES: one query per table."""
    found: dict[int, Image] = {person: {} for person in people}
    for name, (model, key) in TABLES.items():
        fields = model._meta.concrete_fields
        owner = [field.column for field in fields].index(key)
        chosen = ", ".join(_selected(field) for field in fields)
        for row in select_in(f"SELECT {chosen} FROM {model._meta.db_table} WHERE {key} {{in}}", people):
            found[row[owner]][name, row[0]] = row
    return found


def digests(found: Mapping[int, Image]) -> dict[int, str]:
    """A keyed digest of each image. Left out is what changes by itself: versions and times of the person, and sealed
    columns (a change of key seals them anew; their own digests or versions stand beside them)."""
    kept = {}
    for name, (model, _) in TABLES.items():
        kept[name] = [
            position
            for position, field in enumerate(model._meta.concrete_fields)
            if not isinstance(field, EncryptedField | models.DateTimeField)
            and not (name == "cadre" and field.column in _OWN_PACE)
        ]
    texts = [
        json.dumps(
            [[key[0], *(row[position] for position in kept[key[0]])] for key, row in sorted(image.items())],
            ensure_ascii=False,
        )
        for image in found.values()
    ]
    return dict(zip(found, digest_many("roster-effect", texts), strict=True))


def difference(before: Image, after: Image) -> dict[str, Any]:
    """{"added": [[table, key]], "changed": [[table, key, {column: value before}]]}; an import removes nothing."""
    changed = []
    for (name, pk), row in before.items():
        now = after[name, pk]
        if now == row:
            continue
        columns = columns_of(name)
        values = {
            column: was
            for column, was, new in zip(columns, row, now, strict=True)
            if was != new and not (name == "cadre" and column in _OWN_PACE)
        }
        if values:
            changed.append([name, pk, values])
    return {"added": [list(key) for key in after if key not in before], "changed": changed}


def runs_of(keys: Iterable[int]) -> list[list[int]]:
    """[[first, last]] of ascending keys: a block that was reserved at once is one run."""
    runs: list[list[int]] = []
    for key in keys:
        if runs and runs[-1][1] + 1 == key:
            runs[-1][1] = key
        else:
            runs.append([key, key])
    return runs


def keys_of(runs: Iterable[Sequence[int]]) -> list[int]:
    return [key for first, last in runs for key in range(first, last + 1)]


class Effects:
    """Collects what one commit does; ``save`` is called in its transaction."""

    def __init__(self) -> None:
        self.cadres: list[list[int]] = []
        self.organizations: list[list[int]] = []
        self.before: dict[int, Image] = {}

    def made_people(self, keys: Iterable[int]) -> None:
        self.cadres = runs_of(keys)

    def made_organizations(self, keys: Iterable[int]) -> None:
        self.organizations = runs_of(keys)

    def look(self, people: Sequence[int]) -> None:
        """Called before the people on record are written."""
        self.before = images(people)

    def save(self, roster_import: RosterImport) -> None:
        """The runs go on the import (which the caller saves), the changed people into their own rows."""
        roster_import.created_ids = {"cadres": self.cadres, "organizations": self.organizations}
        if not self.before:
            return
        after = images(list(self.before))
        stood = digests(after)
        version = columns_of("cadre").index("version")
        people = list(self.before)
        sealed = seal_many(
            [json.dumps(difference(self.before[person], after[person]), ensure_ascii=False) for person in people]
        )
        insert_columns(
            RosterEffect,
            len(people),
            {
                "roster_import_id": roster_import.pk,
                "cadre_id": people,
                "version_before": [self.before[person]["cadre", person][version] for person in people],
                "version_after": [after[person]["cadre", person][version] for person in people],
                "after_digest": [stood[person] for person in people],
                "sealed_before": sealed,
                "undone_version": None,
            },
        )
