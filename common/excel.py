"""Plain workbooks of registers: text stays text, dates are dates, frozen head, A4 landscape fit to width."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import xlsxwriter

from common.dates import PartialDate

MAX_WIDTH = 40


def _display_width(value: Any) -> int:
    return sum(2 if ord(char) > 255 else 1 for char in str(value))


def write_sheet(target: BinaryIO, *, title: str, rows: Iterable[list[Any]], made_at: datetime.datetime) -> int:
    """Write one sheet: title row, head (the first of ``rows``), records. Returns the number of records.

    Every string is written as a string cell, so nothing becomes a formula, a link or a number.
    """
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "created": made_at.replace(tzinfo=None)})
    sheet = book.add_worksheet("名册")
    head_format = book.add_format(
        {
            "bold": True,
            "border": 1,
            "align": "center",
            "valign": "vcenter",
            "bg_color": "#EDE7DA",
            "text_wrap": True,
        }
    )
    title_format = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    text_format = book.add_format({"border": 1, "num_format": "@", "valign": "vcenter"})
    number_format = book.add_format({"border": 1, "valign": "vcenter"})
    date_format = book.add_format({"border": 1, "num_format": "yyyy-mm-dd", "valign": "vcenter"})
    lines: Iterator[list[Any]] = iter(rows)
    head = next(lines, [])
    for column, label in enumerate(head):
        sheet.set_column(column, column, min(max(_display_width(label) + 4, 12), MAX_WIDTH))
    if len(head) > 1:
        sheet.merge_range(0, 0, 0, len(head) - 1, title, title_format)
    else:
        sheet.write_string(0, 0, title, title_format)
    sheet.set_row(0, 28)
    for column, label in enumerate(head):
        sheet.write_string(1, column, label, head_format)
    number = 1
    for number, line in enumerate(lines, start=2):
        for column, value in enumerate(line):
            if value is None or value == "":
                sheet.write_blank(number, column, None, text_format)
            elif isinstance(value, bool):
                sheet.write_string(number, column, "是" if value else "否", text_format)
            elif isinstance(value, int | float):
                sheet.write_number(number, column, value, number_format)
            elif isinstance(value, datetime.datetime):
                sheet.write_datetime(number, column, value.replace(tzinfo=None), date_format)
            elif isinstance(value, datetime.date):
                sheet.write_datetime(number, column, value, date_format)
            else:
                text = value.isoformat() if isinstance(value, PartialDate) else str(value)
                sheet.write_string(number, column, text, text_format)
    sheet.freeze_panes(2, min(2, len(head)))
    sheet.repeat_rows(0, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    if head:
        sheet.autofilter(1, 0, max(number, 1), len(head) - 1)
    book.close()
    target.seek(0)
    return number - 1
