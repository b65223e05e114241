"""What an import would do, row by row. Looks at the database, writes nothing.

Outcomes: ``created``, ``changed`` (field by field; a blank cell never erases, a less exact date is no change),
``unchanged``, ``duplicate`` (the person stands earlier in the same import; of a duplicate nothing is taken but the
community where the first row has none), and refused rows, which carry an error among the sheet's problems.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cadres.roster_import.frame import Frame
from cadres.roster_import.states import Span
from cadres.roster_import.units import Directory

CREATED, CHANGED, UNCHANGED, DUPLICATE, REFUSED = range(5)
OUTCOMES: Final = ("created", "changed", "unchanged", "duplicate", "rejected")
#: digest column -> the field it stands for
DIGESTS: Final = {"phone_digest": "phone", "bank_digest": "bank_account", "id_digest": "id_number"}
SECRETS: Final = tuple(DIGESTS.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """How a new person came in, where somebody settled it: 新办 or 转入, on which day, from where."""

    kind: str
    on: datetime.date
    place: str = ""
    note: str = ""


#: (file, sheet, row) -> the person on record whom somebody recognised in that row
Matches = Mapping[tuple[int, str, int], int]


@dataclass
class Plan:
    """Everything the preview shows and the commit needs."""

    frame: Frame
    directory: Directory
    as_of: datetime.date
    outcome: bytearray
    units: list[int]
    communities: list[int | None]
    managing: list[int | None]
    digests: dict[str, list[str | None]]
    people: dict[int, int] = field(default_factory=dict)  # row -> person on record
    versions: dict[int, int] = field(default_factory=dict)  # row -> version of that person
    before: dict[int, dict[str, Any]] = field(default_factory=dict)  # changed row -> the person as on record
    changes: dict[int, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    family: dict[int, list[tuple[int | None, Any]]] = field(default_factory=dict)  # row -> [(member's key, Relative)]
    texts: dict[int, dict[str, tuple[int | None, str, str]]] = field(default_factory=dict)
    first_of: dict[int, int] = field(default_factory=dict)  # duplicate -> the row that counts
    spans: dict[int, list[Span]] = field(default_factory=dict)  # person -> states, where they are not one open state
    clear: dict[int, tuple[str, ...]] = field(default_factory=dict)  # person -> old ID number, phone, account
    words: dict[tuple[str, str], int] = field(default_factory=dict)  # unknown words, with how often
    missing: list[int] = field(default_factory=list)
    entries: dict[int, Entry] = field(default_factory=dict)  # new row -> how it was settled
    corrected: dict[int, frozenset[str]] = field(default_factory=dict)  # row -> fields that had always been so
    chain: int = 0  # length of the audit chain when the plan was made: any write since then makes it longer

    @property
    def counts(self) -> dict[str, int]:
        counts = {name: self.outcome.count(number) for number, name in enumerate(OUTCOMES)}
        refused = sum(len(sheet.rejected) for book in self.frame.readings for sheet in book.sheets)
        counts["rejected"] = refused
        counts["rows"] = sum(len(sheet) for book in self.frame.readings for sheet in book.sheets)
        counts["fields"] = sum(map(len, self.changes.values()))
        counts["organizations"] = len(self.directory.new)
        counts["missing"] = len(self.missing)
        counts["notes"] = sum(
            1
            for book in self.frame.readings
            for sheet in book.sheets
            for problem in sheet.problems
            if problem.level != "error"
        )
        counts["refused_files"] = sum(1 for book in self.frame.readings if book.refusal)
        return counts

    def fingerprint(self) -> str:
        """Equal for two plans that would do the same to the same people."""
        digest = hashlib.sha256(bytes(self.outcome))
        digest.update(repr(sorted(self.people.items())).encode())
        digest.update(repr(sorted(self.changes.items())).encode())
        digest.update(repr([(new.name, new.parent) for new in self.directory.new]).encode())
        digest.update(repr(list(self.digests["id_digest"])).encode())
        return digest.hexdigest()
