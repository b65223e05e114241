"""Finding a roster inside a sheet: its header rows, which column is which field, and what stays a question.

Nothing is guessed. A header that fits no field, or several, and two columns that claim one field become a
``ColumnQuestion``; until it is answered the column is not read. Answers are remembered by layout signature.
"""

import hashlib
import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from cadres.roster.fields import FIELD, FIELDS, IGNORE, SYNONYMS, header_forms, normalise_header
from cadres.roster.header_words import AMBIGUOUS, IGNORED, OTHER_PERSONS
from cadres.roster.reading import RawSheet
from common.codes import Category, Nature, lookup
from common.dates import PartialDate
from common.idcard import mask_id, mask_phone

SEARCHED_ROWS: Final = 40
REPORTS_FOR_MANY: Final = re.compile(
    r"老干|组织部|人社局|人力资源|[省市县区旗]$|[市区县]直|市属|市本级|全[市区县]|开发区管委会$|新区管委会$"
)
Mappings = Mapping[str, Mapping[str, str]]  # signature -> {column letter: field key, or "-" for 不读}


@dataclass(slots=True)
class MappedColumn:
    """One column of the sheet and what it is read as; ``field`` is empty while it is not read."""

    column: int
    letter: str
    header: str
    field: str
    how: str
    samples: tuple[str, ...] = ()


@dataclass(slots=True)
class ColumnQuestion:
    """What the reader of the page has to decide; ``letter`` is ``@category`` for the whole sheet."""

    letter: str
    header: str
    code: str
    message: str
    choices: tuple[tuple[str, str], ...]
    samples: tuple[str, ...] = ()


@dataclass(slots=True)
class SkippedRow:
    """A row that is not a person, numbered as Excel does, and why."""

    row: int
    kind: str
    reason: str


@dataclass(slots=True)
class StatedTotal:
    """A 合计 row: what it says and what was counted."""

    row: int
    label: str
    stated: int | None
    counted: int

    @property
    def agrees(self) -> bool | None:
        return None if self.stated is None else self.stated == self.counted


@dataclass(slots=True)
class Layout:
    """How a sheet was understood. Row numbers in ``header_rows`` are Excel's; ``people`` counts from 0."""

    header_rows: tuple[int, ...]
    columns: list[MappedColumn]
    signature: str
    questions: list[ColumnQuestion] = field(default_factory=list)
    skipped_rows: list[SkippedRow] = field(default_factory=list)
    totals: list[StatedTotal] = field(default_factory=list)
    people: array = field(default_factory=lambda: array("I"))
    notices: list[str] = field(default_factory=list)
    title: str = ""
    reporting_unit: str = ""
    title_unit: str = ""
    district: str = ""  # the district all of the sheet's people are of, where title or 填报单位 says it
    cut_off: PartialDate | None = None
    year: int | None = None
    category: str = ""  # where title, sheet name or an answer says it for all rows
    sections: list[tuple[int, str]] = field(default_factory=list)  # rows such as 一、离休干部, from 0
    units: list[tuple[int, str]] = field(default_factory=list)  # rows such as 二、县农业局, from 0
    other_header: int | None = None  # row, from 0, where a second table with other columns begins

    def category_at(self, row: int) -> str | None:
        """What the heading above a row, else the title, says of 离休 and 退休."""
        index = bisect_right(self.sections, (row, "~")) - 1
        return self.sections[index][1] if index >= 0 else self.category or None

    def unit_at(self, row: int) -> str | None:
        """The unit that the heading above a row names."""
        index = bisect_right(self.units, (row, "~")) - 1
        return self.units[index][1] if index >= 0 else None

    @property
    def own_unit(self) -> str:
        """The unit that the whole sheet is of; a district's or an old cadres' bureau reports for many."""
        for name in (self.reporting_unit, self.title_unit):
            if name and name != self.district and not REPORTS_FOR_MANY.search(name):
                return name
        return ""

    def column_of(self, key: str) -> MappedColumn | None:
        return next((column for column in self.columns if column.field == key), None)


def letter_of(column: int) -> str:
    """Excel's letter of a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def text_of(value: Any) -> str:
    """A cell as its reader sees it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if not (value.hour or value.minute) else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


_LONG_NUMBER = re.compile(r"[\d.]{7,}[\dXx]?")


def mask_any(text: str) -> str:
    """Covers whatever looks like an ID number, a phone or an account."""

    def cover(match: re.Match[str]) -> str:
        run = match[0]
        if "." in run:
            digits = run.replace(".", "")
            return run if len(digits) <= 8 else mask_id(digits)
        return mask_id(run) if len(run) >= 15 else mask_phone(run) if len(run) != 8 else run

    return _LONG_NUMBER.sub(cover, unicodedata.normalize("NFKC", text)[:60])


@lru_cache(maxsize=8192)
def recognise(text: str) -> tuple[str, str]:
    """``(kind, form)`` of one header text: kind is field, ignored, ambiguous, or empty where unknown."""
    if len(text) > 120:
        return "", ""
    for form in header_forms(text):
        if form in SYNONYMS:
            return "field", form
        if form in IGNORED:
            return "ignored", form
        if form in AMBIGUOUS:
            return "ambiguous", form
    return "", ""


def find_header(sheet: RawSheet) -> tuple[int, int] | None:
    """First and last row of the header block, counted from 0."""
    for number in range(min(sheet.height, SEARCHED_ROWS)):
        keys = _keys(sheet, number)
        if not {"name", "id_number"} & keys.keys():
            continue
        last = number
        while last - number < 2 and _is_sub_header(sheet, last, set(keys.values())):
            last += 1
            keys |= _keys(sheet, last)
        if len(keys) < 3:
            continue
        first = number
        if number and _is_banner(sheet, number - 1):
            first -= 1
        if first and any(merge[0] == first - 1 < first <= merge[2] for merge in sheet.merges):
            first -= 1  # 序号 merged over three rows
        return first, last
    return None


def _keys(sheet: RawSheet, row: int) -> dict[str, int]:
    """Fields named in a row, with their columns."""
    found: dict[str, int] = {}
    for column, value in enumerate(sheet.row(row)):
        if isinstance(value, str) and value:
            kind, form = recognise(value)
            if kind == "field":
                found.setdefault(SYNONYMS[form], column)
            elif kind:
                found.setdefault(form, column)
    return found


def _is_sub_header(sheet: RawSheet, above: int, anchors: set[int]) -> bool:
    """Whether the row below holds second-level headers; under known words only their second half stands."""
    if above + 1 >= sheet.height:
        return False
    texts = {column: text_of(value) for column, value in enumerate(sheet.row(above + 1))}
    texts = {column: text for column, text in texts.items() if text}
    known = sum(1 for text in texts.values() if recognise(text)[0])
    wide = {merge[1] for merge in sheet.merges if merge[0] == above and merge[3] > merge[1]}
    for column in anchors - wide:
        upper = text_of(sheet.cell(above, column))
        if upper and column in texts and recognise(upper + texts[column])[0] != "field":
            return False
    return bool(texts) and known * 2 >= len(texts)


def _is_banner(sheet: RawSheet, row: int) -> bool:
    texts = [text for text in map(text_of, sheet.row(row)) if text]
    if any(":" in text or "：" in text or len(text) > 60 for text in texts):
        return any(recognise(text)[0] for text in texts if ":" not in text and "：" not in text)
    return len(texts) > 1 or any(recognise(text)[0] for text in texts)


def header_paths(sheet: RawSheet, first: int, last: int) -> list[tuple[str, ...]]:
    """Per column the header texts from banner to lowest row, merged cells filled in."""
    width = len(sheet.columns)
    grid = [[text_of(value) for value in sheet.row(row)] for row in range(first, last + 1)]
    for top, left, bottom, right in sheet.merges:
        if first <= top <= last:
            text = grid[top - first][left] if left < width else ""
            for row in range(top, min(bottom, last) + 1):
                for column in range(left, min(right, width - 1) + 1):
                    grid[row - first][column] = text
    if not sheet.merges:
        for upper, lower in pairwise(grid):
            for column in range(1, width):
                if not upper[column] and lower[column] and lower[column - 1]:
                    upper[column] = upper[column - 1]
    return [tuple(dict.fromkeys(text for row in grid if (text := row[column]))) for column in range(width)]


def resolve(path: tuple[str, ...]) -> tuple[str, str]:
    """As ``recognise``, for the whole path: a banner such as 配偶 changes what 姓名 below it means."""
    if not path:
        return "", ""
    child, parents = path[-1], path[:-1]
    for parent in parents:
        who = next((OTHER_PERSONS[form] for form in header_forms(parent) if form in OTHER_PERSONS), None)
        if who:
            kind, form = recognise(who + child)
            return (kind, form) if kind == "field" else ("", "")
    kind, form = recognise(child)
    if kind in ("field", "ignored"):
        return kind, form
    if parents:
        joined = recognise(normalise_header("".join(parents[-1:]) + child))
        if joined[0] == "field":
            return joined
    return kind, form


def map_columns(sheet: RawSheet, paths: list[tuple[str, ...]], layout: Layout, answers: Mapping[str, str]) -> None:
    """Fill ``layout.columns`` and ``layout.questions``. Called once the people's rows are known."""
    for number, path in enumerate(paths):
        letter = letter_of(number)
        samples = _samples(sheet, number, layout.people)
        column = MappedColumn(number, letter, " › ".join(" ".join(text.split()) for text in path), "", "", samples)
        layout.columns.append(column)
        answer = answers.get(letter)
        if answer is not None and (answer == IGNORE or answer in FIELD):
            column.field = "" if answer == IGNORE else answer
            column.how = "按您定的，不读" if answer == IGNORE else "按您定的读"
            continue
        kind, form = resolve(path)
        if kind == "field":
            column.field, column.how = SYNONYMS[form], "常见叫法"
        elif kind == "ignored":
            column.how = IGNORED[form]
        elif not samples:
            column.how = "整列是空的，不读"
        else:
            choices = AMBIGUOUS.get(form, ()) if kind == "ambiguous" else ()
            layout.questions.append(_ask(column, choices))
    _category_by_content(sheet, layout, answers)
    _conflicts(layout, answers)


def _ask(column: MappedColumn, keys: tuple[str, ...]) -> ColumnQuestion:
    column.how = "请定"
    if keys:
        code = "header_ambiguous"
        labels = "”，也可能是“".join(FIELD[key].label for key in keys)
        message = f"“{column.header}”可能是“{labels}”"
    elif column.header:
        code, message = "header_unknown", f"“{column.header}”不认识，是哪一项，还是不读"
    else:
        code, message = "header_blank", f"{column.letter} 列没有表头，却填了内容"
    return ColumnQuestion(column.letter, column.header, code, message, _choices(keys or tuple(FIELD)), column.samples)


def _choices(keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return (*((key, FIELD[key].label) for key in keys), (IGNORE, "这一列不读"))


def _samples(sheet: RawSheet, column: int, people: array) -> tuple[str, ...]:
    """The first four distinct texts that people's rows hold, masked."""
    found: dict[str, None] = {}
    cells = sheet.columns[column]
    for row in people[:200]:
        text = text_of(cells[row])
        if text:
            found.setdefault(mask_any(text))
            if len(found) == 4:
                return tuple(found)
    if not found:
        filled = [bool(text_of(value)) for value in cells.values]
        if any(filled):
            codes = cells.codes
            found = {mask_any(text_of(cells.values[codes[row]])): None for row in people[200:] if filled[codes[row]]}
    return tuple(found)[:4]


def _category_by_content(sheet: RawSheet, layout: Layout, answers: Mapping[str, str]) -> None:
    """人员类别 sometimes holds 公务员/事业编/国有企业: that is the unit's nature, as the words say."""
    column = layout.column_of("category")
    if column is None or column.letter in answers:
        return
    cells = sheet.columns[column.column]
    words = {text_of(cells[row]) for row in layout.people} - {""}
    if not words or any(lookup(Category, word) for word in words):
        return
    if all(lookup(Nature, word) for word in words):
        if layout.column_of("nature") is None:
            column.field, column.how = "nature", "列里写的是公务员、事业编、企业，按单位性质读"
        else:
            column.field = ""
            layout.questions.append(_ask(column, ("category", "nature")))


def _conflicts(layout: Layout, answers: Mapping[str, str]) -> None:
    """Two columns for one field: whichever of them are filled are asked about, an answered one stays."""
    for spec in FIELDS:
        claims = [column for column in layout.columns if column.field == spec.key]
        if len(claims) < 2:
            continue
        answered = [column for column in claims if answers.get(column.letter) == spec.key]
        keep = answered[:1]
        filled = [column for column in claims if column.samples and column not in keep]
        if not keep and len(filled) <= 1:
            keep, filled = (filled or claims)[:1], []
        for column in claims:
            if column not in keep:
                column.field, column.how = "", "整列是空的，不读"
        letters = "、".join(column.letter for column in claims)
        for column in filled:
            question = _ask(column, ())
            message = f"{letters} 列都写着“{spec.label}”，只能有一列是；请定这一列是哪一项，或不读"
            layout.questions.append(replace(question, code="header_conflict", message=message))


def signature_of(paths: list[tuple[str, ...]]) -> str:
    """Stable name of a layout: its headers in order, however they are spaced and bracketed."""
    text = "|".join("/".join(normalise_header(part) for part in path) for path in paths).rstrip("|")
    return hashlib.sha256(text.encode()).hexdigest()[:24]
