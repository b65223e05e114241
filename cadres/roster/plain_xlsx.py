"""Writes a large marked copy of sheets as .xlsx straight into memory: no temporary file ever holds people.

A distinct value of a column is turned into its cell once. Texts are always inline strings, never formulas.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from cadres.roster.layout import letter_of
from cadres.roster.reading import CELL_ERROR, Column, RawSheet

PLAIN, REFUSED, LOOK, DATE = 1, 2, 3, 4
_NS: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EPOCH: Final = date(1899, 12, 30)


@dataclass(slots=True)
class MarkedSheet:
    """A sheet with colours by (row, column), both from 0, and one more column of texts by row."""

    raw: RawSheet
    colours: dict[tuple[int, int], int] = field(default_factory=dict)
    notes: dict[int, tuple[str, int]] = field(default_factory=dict)
    note_column: int | None = None


def write_book(sheets: list[MarkedSheet], grounds: tuple[str, str]) -> bytes:
    """The workbook; ``grounds`` are the colours of refused and doubtful cells as RRGGBB."""
    out = io.BytesIO()
    names = _names([sheet.raw.name for sheet in sheets])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.writestr("[Content_Types].xml", _types(len(sheets)))
        archive.writestr("_rels/.rels", _rels([("officeDocument", "xl/workbook.xml")]))
        archive.writestr("xl/workbook.xml", _workbook(names))
        parts = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
        archive.writestr("xl/_rels/workbook.xml.rels", _rels([*parts, ("styles", "styles.xml")]))
        archive.writestr("xl/styles.xml", _styles(grounds))
        for number, sheet in enumerate(sheets, 1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                _write_sheet(part, sheet)
    return out.getvalue()


def _write_sheet(part: Any, sheet: MarkedSheet) -> None:
    columns = [(letter_of(n), column.codes, _tails(column)) for n, column in enumerate(sheet.raw.columns)]
    by_row: dict[int, dict[int, int]] = {}
    for (row, number), style in sheet.colours.items():
        by_row.setdefault(row, {})[number] = style
    width = ""
    if sheet.note_column is not None:
        number = sheet.note_column + 1
        width = f'<cols><col min="{number}" max="{number}" width="60" customWidth="1"/></cols>'
    part.write(f'{_HEAD}<worksheet xmlns="{_NS}">{width}<sheetData>'.encode())
    lines: list[str] = []
    for row in range(sheet.raw.height):
        number = row + 1
        cells = [f'<c r="{letter}{number}"{tail}' for letter, codes, tails in columns if (tail := tails[codes[row]])]
        if row in by_row:
            cells = _coloured(sheet.raw, row, columns, by_row[row])
        if row in sheet.notes and sheet.note_column is not None:
            while len(cells) and cells[-1].startswith(f'<c r="{letter_of(sheet.note_column)}{number}"'):
                cells.pop()
            text, style = sheet.notes[row]
            cells.append(f'<c r="{letter_of(sheet.note_column)}{number}"{_text(text, style)}')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
        if len(lines) == 1000:
            part.write("".join(lines).encode())
            lines.clear()
    part.write(f"{''.join(lines)}</sheetData></worksheet>".encode())


def _coloured(raw: RawSheet, row: int, columns: list[Any], styles: dict[int, int]) -> list[str]:
    cells = []
    for number, (letter, codes, tails) in enumerate(columns):
        tail = tails[codes[row]]
        if number in styles:
            tail = _tail(raw.columns[number][row], styles[number]) or f' s="{styles[number]}"/>'
        if tail:
            cells.append(f'<c r="{letter}{row + 1}"{tail}')
    return cells


def _tails(column: Column) -> list[str]:
    return [_tail(value, PLAIN) for value in column.values]


def _tail(value: Any, style: int) -> str:
    """What follows a cell's reference; empty for an empty cell."""
    if value == "":
        return ""
    if isinstance(value, bool):
        return f' s="{style}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float) and abs(value) < 1e15:
        return f' s="{style}"><v>{value!r}</v></c>'
    if isinstance(value, date):
        day = date(value.year, value.month, value.day)
        if style == PLAIN and day >= date(1900, 3, 1):
            return f' s="{DATE}"><v>{(day - _EPOCH).days}</v></c>'
        return _text(day.isoformat(), style)
    return _text("#N/A" if value is CELL_ERROR else str(value), style)


def _text(text: str, style: int) -> str:
    clean = escape(_ILLEGAL.sub("", text[:32767]))
    return f' s="{style}" t="inlineStr"><is><t xml:space="preserve">{clean}</t></is></c>'


def _names(names: list[str]) -> list[str]:
    found: list[str] = []
    for number, name in enumerate(names, 1):
        kept = re.sub(r"[\[\]:*?/\\]", "", _ILLEGAL.sub("", name)).strip("'")[:31]
        found.append(kept if kept and kept.lower() not in map(str.lower, found) else f"表{number}")
    return found


def _types(count: int) -> str:
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
    parts += [(f"xl/worksheets/sheet{number}.xml", "worksheet") for number in range(1, count + 1)]
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{main}.{kind}+xml"/>' for name, kind in parts)
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    defaults = f'<Default Extension="rels" ContentType="{rels}"/>'
    defaults += '<Default Extension="xml" ContentType="application/xml"/>'
    return f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'


def _rels(targets: list[tuple[str, str]]) -> str:
    tags = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{tags}</Relationships>'


def _workbook(names: list[str]) -> str:
    tags = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, 1)
    )
    return f'{_HEAD}<workbook xmlns="{_NS}" xmlns:r="{_OFFICE}"><sheets>{tags}</sheets></workbook>'


def _styles(grounds: tuple[str, str]) -> str:
    fills = "".join(
        f'<fill><patternFill patternType="solid"><fgColor rgb="FF{ground}"/></patternFill></fill>' for ground in grounds
    )
    sides = "".join(f'<{side} style="thin"/>' for side in ("left", "right", "top", "bottom"))
    formats = [(0, 0, 0), (0, 0, 1), (0, 2, 1), (0, 3, 1), (164, 0, 1)]
    xfs = "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="{fill}" borderId="{border}" xfId="0" '
        'applyNumberFormat="1" applyFill="1" applyBorder="1"/>'
        for number, fill, border in formats
    )
    return (
        f'{_HEAD}<styleSheet xmlns="{_NS}"><numFmts count="1">'
        '<numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
        '<fills count="4">'
        '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
        f'{fills}</fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
        f'<border>{sides}<diagonal/></border></borders><cellStyleXfs count="1">'
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(formats)}">{xfs}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
