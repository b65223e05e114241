"""The people of all sheets of an import as one table of columns, in database form.

Unit rosters come first and community lists last, whatever their files are called: the paying unit's row is the
person's, a community's row of the same person is the duplicate.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import Any, Final

from cadres.models import Cadre
from cadres.roster import SheetReading, WorkbookReading
from cadres.roster.parsers import ERROR, WARNING, Issue
from cadres.roster.results import RowProblem

#: Roster field -> attribute of the person, where they differ.
RENAMED: Final = {
    "birth_date": "birth",
    "party_joined_on": "party_joined",
    "work_started_on": "work_started",
    "revolution_joined_on": "revolution_joined",
    "relocated_place": "relocated_to",
    "away_place": "away_to",
}
DATES: Final = ("birth", "party_joined", "work_started", "revolution_joined", "retired_on")
CODES: Final = (
    "sex", "ethnicity", "education", "political_status", "category", "nature", "rank", "treatment_rank",
    "medical_rank", "health", "self_care", "living", "marriage",
)  # fmt: skip
TEXTS: Final = (
    "name", "native_place", "post", "title", "address", "registered_address", "relocated_to", "away_to",
    "community_name", "hobbies", "specialties", "remarks",
)  # fmt: skip
SEALED: Final = ("id_number", "phone", "bank_account")
#: What the plan resolves or treats on its own.
OTHERS: Final = (
    "relocated", "away", "unit_name", "affiliation", "street_name", "managing_unit", "lunar_birthday", "family",
    "reported_deceased_on", "birth_from_id",
)  # fmt: skip
ATTRIBUTES: Final = (*TEXTS, *DATES, *CODES, *SEALED, *OTHERS)
#: Fields whose unknown words can be mapped to a code later.
MAPPABLE: Final = frozenset(CODES) - {"sex"}
_LIMITS: Final = {
    field.name: field.max_length for field in Cadre._meta.concrete_fields if field.name in TEXTS and field.max_length
}
_COMMUNITY = re.compile(r"社区(?!服务|卫生|医院|教育|学院|大学)")


def attribute_of(key: str) -> str:
    return RENAMED.get(key, key)


def is_community_list(file: str, sheet: SheetReading) -> bool:
    title = sheet.layout.title if sheet.layout else ""
    return any(_COMMUNITY.search(text) for text in (title, sheet.sheet, file))


class Frame:
    """``columns[attribute][i]`` of the i-th accepted row; None where the cell is blank.

    ``sheet_of[i]`` points into ``sheets`` (file index, reading), ``rows[i]`` is the row as Excel numbers it.
    """

    def __init__(self, readings: Sequence[WorkbookReading]) -> None:
        found = [
            (number, sheet) for number, book in enumerate(readings) for sheet in book.sheets if sheet.skipped is None
        ]
        found.sort(key=lambda pair: is_community_list(readings[pair[0]].file, pair[1]))
        self.readings = readings
        self.sheets: list[tuple[int, SheetReading]] = found
        self.community = [is_community_list(readings[number].file, sheet) for number, sheet in found]
        self.found = [(sheet, len(sheet.problems), dict(sheet.rejected)) for _, sheet in found]
        self.sheet_of = array("H")
        self.rows = array("I")
        self.columns: dict[str, list[Any]] = {name: [] for name in ATTRIBUTES}
        self.raw: dict[int, dict[str, str]] = {}
        for number, (_, sheet) in enumerate(found):
            self._add(number, sheet)
        for name in DATES:
            _write_dates(self.columns[name])
        for name, limit in _LIMITS.items():
            self._shorten(name, limit)
        self.refused = bytearray(len(self.rows))

    def __len__(self) -> int:
        return len(self.rows)

    def restore(self) -> None:
        """Take back what planning added to the readings, so that they can be planned anew."""
        for sheet, problems, rejected in self.found:
            del sheet.problems[problems:]
            sheet.rejected = dict(rejected)

    def _add(self, number: int, sheet: SheetReading) -> None:
        start = len(self.rows)
        everyone = len(sheet.numbers)
        kept = (
            [index for index, row in enumerate(sheet.numbers) if row not in sheet.rejected]
            if sheet.rejected
            else range(everyone)
        )
        self.sheet_of.extend([number] * len(kept))
        self.rows.extend(sheet.numbers[index] for index in kept)
        source = {attribute_of(key): column for key, column in sheet.columns.items()}
        for name, column in self.columns.items():
            values = source.get(name)
            if values is None:
                column.extend([None] * len(kept))
            elif len(kept) == everyone:
                column.extend(values)
            else:
                column.extend([values[index] for index in kept])
        if sheet.raw:
            place = {index: position for position, index in enumerate(kept, start)}
            for index, texts in sheet.raw.items():
                if index in place:
                    self.raw[place[index]] = {attribute_of(key): text for key, text in texts.items()}

    def _shorten(self, name: str, limit: int) -> None:
        column = self.columns[name]
        for index, text in enumerate(column):
            if text is not None and len(text) > limit:
                self.raw.setdefault(index, {}).setdefault(name, text[:200])
                column[index] = text[:limit]
                issue = Issue("text_too_long", WARNING, f"超过 {limit} 字，只取前面的，原文照存", "写短一些", "")
                self.problem(index, name, issue)

    def problem(self, index: int, field: str, issue: Issue) -> None:
        """Add to the sheet's problems; an error refuses the row."""
        _, sheet = self.sheets[self.sheet_of[index]]
        row = self.rows[index]
        column = None
        if sheet.layout:
            key = _KEY_OF.get(field, field)
            column = sheet.layout.column_of(key) or (
                sheet.layout.column_of("unit_post") if key == "unit_name" else None
            )
            column = column or sheet.layout.column_of("name")
        sheet.problems.append(
            RowProblem(
                sheet.sheet, row, column.letter if column else "", field,
                issue.code, issue.level, issue.message, issue.hint, issue.shown,
            )
        )  # fmt: skip
        if issue.level == ERROR:
            sheet.rejected.setdefault(row, issue.code)
            self.refused[index] = 1

    def refuse(self, index: int, field: str, code: str, message: str, hint: str, shown: str = "") -> None:
        self.problem(index, field, Issue(code, ERROR, message, hint, shown))

    def place(self, index: int) -> str:
        """Where a row stands, in words: 城关区名册.xlsx “Sheet1” 第 7 行."""
        number, sheet = self.sheets[self.sheet_of[index]]
        return f"{self.readings[number].file}“{sheet.sheet}”第 {self.rows[index]} 行"


_KEY_OF: Final = {attribute: key for key, attribute in RENAMED.items()}


def _write_dates(column: list[Any]) -> None:
    """Partial dates as they are stored: equal cells share one object, so each is written once."""
    distinct = {id(day): day for day in column if day is not None}
    texts: dict[int, str | None] = {key: day.isoformat() for key, day in distinct.items()}
    texts[id(None)] = None
    column[:] = [texts[id(day)] for day in column]
