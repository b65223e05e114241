"""The preview: its rows in parts of a few hundred, each compressed and sealed, so that a page opens only its own."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cadres.models import Cadre, RosterImport, RosterPart
from cadres.roster_import.plan import CHANGED, CREATED, DUPLICATE, REFUSED, UNCHANGED, Plan
from cadres.roster_import.values import Words
from common.codes import Category
from common.crypto import seal_bytes, unseal_bytes

SIZE: Final = 500
KINDS: Final = ("created", "changed", "unchanged", "duplicate", "rejected", "missing", "notes", "groups", "report")
_CATEGORY: Final = {member.value: str(member.label) for member in Category}


def pack(value: Any) -> bytes:
    return seal_bytes(zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 1))


def unpack(sealed: bytes | memoryview) -> Any:
    return json.loads(zlib.decompress(unseal_bytes(bytes(sealed))))


def write_parts(roster_import: RosterImport, plan: Plan, report: dict[str, Any]) -> None:
    """Replace the preview of an import by that of ``plan``."""
    RosterPart.objects.filter(roster_import=roster_import).delete()
    parts = [part for kind, rows in _kinds(plan) for part in _packed(roster_import, kind, rows)]
    parts.append(RosterPart(roster_import=roster_import, kind="report", number=0, count=1, sealed=pack(report)))
    RosterPart.objects.bulk_create(parts, batch_size=50)


def add_parts(roster_import: RosterImport, kinds: Mapping[str, Iterable[Any]]) -> None:
    """Put more kinds of rows beside the preview: what taking the import back did."""
    parts = [part for kind, rows in kinds.items() for part in _packed(roster_import, kind, rows)]
    RosterPart.objects.bulk_create(parts, batch_size=50)


def _packed(roster_import: RosterImport, kind: str, rows: Iterable[Any]) -> Iterator[RosterPart]:
    items = list(rows)
    for number in range(0, len(items), SIZE):
        chunk = items[number : number + SIZE]
        yield RosterPart(
            roster_import=roster_import, kind=kind, number=number // SIZE, count=len(chunk), sealed=pack(chunk)
        )  # fmt: skip


class Rows:
    """One kind of rows of a preview as a sequence for the paginator: only the asked parts are opened."""

    def __init__(self, roster_import: RosterImport, kind: str) -> None:
        self.parts = roster_import.parts.filter(kind=kind).order_by("number")
        self.total = sum(self.parts.values_list("count", flat=True))

    def __len__(self) -> int:
        return self.total

    count = __len__

    def __getitem__(self, wanted: slice) -> list[Any]:
        start, stop = wanted.start or 0, min(wanted.stop or self.total, self.total)
        found: list[Any] = []
        for part in self.parts.filter(number__gte=start // SIZE, number__lte=max(stop - 1, 0) // SIZE):
            rows = unpack(part.sealed)
            first = part.number * SIZE
            found += rows[max(start - first, 0) : max(stop - first, 0)]
        return found


def every_row(roster_import: RosterImport, kind: str) -> Iterator[Any]:
    """All rows of one kind, part by part."""
    for part in roster_import.parts.filter(kind=kind).order_by("number").iterator(chunk_size=4):
        yield from unpack(part.sealed)


def read_report(roster_import: RosterImport) -> dict[str, Any] | None:
    part = roster_import.parts.filter(kind="report").first()
    return unpack(part.sealed) if part else None


def _masked(number: str | None) -> str:
    """As common.idcard.mask_id, for a number that was parsed and so has 18 characters."""
    return f"{number[:6]}********{number[14:]}" if number else ""


def _kinds(plan: Plan) -> Iterator[tuple[str, Iterable[Any]]]:
    frame = plan.frame
    words = Words(plan)
    by_outcome: dict[int, list[int]] = {CREATED: [], CHANGED: [], UNCHANGED: [], DUPLICATE: [], REFUSED: []}
    for index, outcome in enumerate(plan.outcome):
        by_outcome[outcome].append(index)
    columns = frame.columns
    units = {ref: words.organization(ref) for ref in set(plan.units) if ref}

    def short(index: int) -> list[Any]:
        """What every row shows: file, sheet, row, name, masked number, category, unit."""
        number, sheet = frame.sheets[frame.sheet_of[index]]
        return [
            number, sheet.sheet, frame.rows[index], columns["name"][index] or "",
            _masked(columns["id_number"][index]),
            _CATEGORY.get(columns["category"][index] or "", ""), units.get(plan.units[index], ""),
        ]  # fmt: skip

    yield "created", (short(index) for index in by_outcome[CREATED])
    yield "changed", ([*short(index), plan.people[index], words.changes(index)] for index in by_outcome[CHANGED])
    yield "unchanged", (short(index) for index in by_outcome[UNCHANGED])
    yield "duplicate", ([*short(index), frame.place(plan.first_of[index])] for index in by_outcome[DUPLICATE])
    yield "rejected", _problems(plan, errors=True)
    yield "missing", _missing(plan, words)
    notes = list(_problems(plan, errors=False))
    yield "notes", notes
    yield "groups", _groups(notes)


def _problems(plan: Plan, *, errors: bool) -> Iterator[list[Any]]:
    """[file, sheet, row, column, name, code, message, hint, shown, level]"""
    for number, book in enumerate(plan.frame.readings):
        for sheet in book.sheets:
            wanted = [problem for problem in sheet.problems if (problem.level == "error") == errors]
            if not wanted:
                continue
            place = {row: index for index, row in enumerate(sheet.numbers)}
            names = sheet.columns.get("name")
            for problem in wanted:
                at = place.get(problem.row)
                name = names[at] if names and at is not None else None
                yield [
                    number, sheet.sheet, problem.row, problem.column, name or "", problem.code, problem.message,
                    problem.hint, problem.shown, problem.level,
                ]  # fmt: skip


def _groups(notes: list[list[Any]]) -> list[list[Any]]:
    """The notes that say the same, counted: [code, message, hint, how often, first file, sheet, row, column, name]."""
    found: dict[tuple[str, str], list[Any]] = {}
    for number, sheet, row, column, name, code, message, hint, _, _ in notes:
        key = (code, message if code == "value_unmapped" else code)
        if key in found:
            found[key][3] += 1
        else:
            found[key] = [code, message, hint, 1, number, sheet, row, column, name]
    return sorted(found.values(), key=lambda group: -group[3])[:60]


def _missing(plan: Plan, words: Words) -> Iterator[list[Any]]:
    for start in range(0, len(plan.missing), 2000):
        chosen = plan.missing[start : start + 2000]
        rows = Cadre.objects.filter(pk__in=chosen).values_list("pk", "name", "category", "unit_id")
        for pk, name, category, unit in rows.order_by("unit_id", "pk"):
            yield [pk, name, _CATEGORY.get(category, ""), words.organization(unit)]
