"""What the page of column questions shows of a workbook: how each sheet was understood. Identities are masked."""

from __future__ import annotations

from typing import Any, Final

from cadres.roster import SheetReading, UploadRefused, WorkbookReading, read_sheets
from cadres.roster.layout import mask_any, text_of
from cadres.roster.reading import RawSheet

WIDTH, CELL = 9, 16  # columns and characters that fit on the page


def describe(book: WorkbookReading, data: bytes | None) -> list[dict[str, Any]]:
    """One summary per sheet; with ``data``, the original, also a few rows as they stand in the sheets in question."""
    raw: dict[str, RawSheet] = {}
    if data is not None and any(sheet.questions for sheet in book.sheets):
        try:
            raw = {sheet.name: sheet for sheet in read_sheets(data, book.file)}
        except UploadRefused:
            raw = {}
    return [_sheet(sheet, raw.get(sheet.sheet)) for sheet in book.sheets]


def _sheet(sheet: SheetReading, raw: RawSheet | None) -> dict[str, Any]:
    layout = sheet.layout
    summary: dict[str, Any] = {
        "sheet": sheet.sheet,
        "skipped": sheet.skipped,
        "rows": len(sheet),
        "rejected": len(sheet.rejected),
        "notices": list(sheet.notices),
        "signature": layout.signature if layout else "",
        "own_unit": layout.own_unit if layout else "",
        "year": layout.year if layout else None,
        "columns": [],
        "questions": [],
    }
    if layout is None:
        return summary
    summary["columns"] = [
        {"letter": c.letter, "header": c.header, "field": c.field, "how": c.how, "samples": list(c.samples)}
        for c in layout.columns
        if c.header or c.samples
    ]
    summary["questions"] = [
        {
            "letter": q.letter, "header": q.header, "code": q.code, "message": q.message,
            "choices": [list(choice) for choice in q.choices], "samples": list(q.samples),
        }
        for q in layout.questions
    ]  # fmt: skip
    summary["header_rows"] = list(layout.header_rows)
    summary["skipped_rows"] = len([row for row in layout.skipped_rows if row.kind != "blank"])
    if len(sheet.numbers):
        summary["first"], summary["last"] = int(sheet.numbers[0]), int(sheet.numbers[-1])
    if raw is not None and sheet.questions:
        summary["excerpt"] = _excerpt(sheet, raw)
    return summary


_SHOWN: Final = ("title", "example", "numbers", "total", "signature")


def _excerpt(sheet: SheetReading, raw: RawSheet) -> list[dict[str, Any]]:
    """Titles, header, example, the first two people, totals and signatures, each with what it was taken for."""
    layout = sheet.layout
    assert layout is not None
    chosen: dict[int, tuple[str, str]] = dict.fromkeys(layout.header_rows, ("hd", "表头"))
    agrees = {total.row: total.agrees for total in layout.totals}
    for skipped in layout.skipped_rows:
        if skipped.kind in _SHOWN and len(chosen) < 12:
            words = skipped.reason
            if agrees.get(skipped.row) is not None:
                words += "：相符 ✓" if agrees[skipped.row] else "：不符"
            chosen[skipped.row] = ("tt" if skipped.kind == "title" else "sk", words)
    for number, row in enumerate(sheet.numbers[:2], 1):
        chosen[int(row)] = ("", f"第 {number} 人")
    width = min(len(raw.columns), WIDTH)
    return [
        {"row": row, "kind": kind, "words": words, "cells": _cells(raw, row, width)}
        for row, (kind, words) in sorted(chosen.items())
    ]


def _cells(raw: RawSheet, row: int, width: int) -> list[list[Any]]:
    """[text, columns it spans]: a row with one text, such as a title, is one wide cell."""
    texts = [mask_any(text_of(raw.cell(row - 1, column))) for column in range(width)]
    if width > 1 and texts[0] and not any(texts[1:]):
        return [[texts[0], width]]
    return [[text if len(text) <= CELL else text[: CELL - 1] + "…", 1] for text in texts]
