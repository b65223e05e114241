"""The official workbook: a contents sheet and one sheet a table, as it is printed, signed and stamped.

Strings are written as strings, so nothing becomes a formula, whatever a unit is called.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.engine.compute import Result
from reports.engine.measures import Formula, Measure
from reports.engine.model import Column, Row, heads
from reports.engine.show import decimals
from reports.paper import BODY, SIDE, TOP, Paper, lines_of

TITLE_FONT, BODY_FONT, HEAD_FONT = "方正小标宋简体", "宋体", "黑体"
FOOTER = ("单位负责人：", "审核人：", "填表人：", "联系电话：", "填报日期：")
HEAD_ROW = 3  # rows above the head: table number, title, 填报单位
ABOVE = (20, 36, 22)  # their heights
CODE, NOTE, FOOT = 16, 15, 28  # heights of the column numbers, a note, a line of the footer
HEAD_SIZE = 10
CONTENTS = (("序号", 8), ("表号", 16), ("表名", 52), ("校核", 52))  # the contents sheet: (head, width)
SIGNING = 20  # characters a footer's label needs with what is written behind it


def chinese_day(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def number_format(measure: Measure | None) -> str:
    places = decimals(measure)
    plain = "#,##0" + (f".{'0' * places}" if places else "") + "_ "  # a blank keeps the figure off the rule
    return f'+{plain};-{plain};""' if isinstance(measure, Formula) and measure.signed else f'{plain};-{plain};""'


class _Book:
    """The workbook and its few cell styles."""

    def __init__(self, target: BinaryIO) -> None:
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            # the font that widths are measured in: its figures are 7 pixels wide
            "default_format_properties": {"font_name": BODY_FONT, "font_size": BODY},
        }
        self.book = xlsxwriter.Workbook(target, options)
        self._made: dict[tuple, Format] = {}

    def style(self, **values: Any) -> Format:
        key = tuple(sorted(values.items()))
        if key not in self._made:
            base = {"font_name": BODY_FONT, "font_size": BODY, "valign": "vcenter"}
            self._made[key] = self.book.add_format({**base, **values})
        return self._made[key]

    @property
    def head(self) -> Format:
        return self.style(font_name=HEAD_FONT, font_size=HEAD_SIZE, align="center", border=1, text_wrap=True)

    def item(self, row: Row) -> Format:
        return self.style(border=1, indent=1 + row.indent * 2, bold=row.total)

    def cell(self, row: Row, measure: Measure | None) -> Format:
        return self.style(border=1, align="right", bold=row.total, num_format=number_format(measure))


def _merge(sheet: Worksheet, top: int, left: int, bottom: int, right: int, text: str, style: Format) -> None:
    """Merge and write as text; a single cell cannot be merged."""
    if (top, left) != (bottom, right):
        sheet.merge_range(top, left, bottom, right, "", style)
    sheet.write_string(top, left, text, style)


def _head_heights(result: Result) -> list[float]:
    """Heights of the head's rows: as many lines as the longest label needs in its width."""
    heights: list[float] = []
    for row in heads(result.table.columns, [column.key for column in result.columns]):
        single = [
            lines_of(head.label.replace("|", "\n"), head.colspan * result.table.layout.column_width, HEAD_SIZE)
            for head in row
            if head.rowspan == 1
        ]
        heights.append(10 + 14 * max(single, default=1))
    return heights


def _head(book: _Book, sheet: Worksheet, result: Result) -> int:
    """The multi-level head and the column numbers; returns the first free row."""
    levels = heads(result.table.columns, [column.key for column in result.columns])
    for level, height in enumerate(_head_heights(result)):
        sheet.set_row(HEAD_ROW + level, height)
    _merge(sheet, HEAD_ROW, 0, HEAD_ROW + len(levels) - 1, 0, "项　目", book.head)
    for row in levels:
        for head in row:
            top, left = HEAD_ROW + head.row, 1 + head.column
            _merge(
                sheet, top, left, top + head.rowspan - 1, left + head.colspan - 1, head.label.replace("|", "\n"), book.head
            )  # fmt: skip
    numbers = HEAD_ROW + len(levels)
    sheet.set_row(numbers, CODE)
    code = book.style(align="center", border=1, font_size=9)
    sheet.write_string(numbers, 0, "甲", code)
    for place in range(1, len(result.columns) + 1):
        sheet.write_number(numbers, place, place, code)
    return numbers + 1


def _above(book: _Book, sheet: Worksheet, result: Result, width: int) -> None:
    table, asked = result.table, result.asked
    for row, height in enumerate(ABOVE):
        sheet.set_row(row, height)
    sheet.write_string(0, 0, table.number, book.style(font_name=HEAD_FONT, font_size=12))
    title = book.style(font_name=TITLE_FONT, font_size=20, align="center")
    _merge(sheet, 1, 0, 1, width, table.title, title)
    plain, right = book.style(), book.style(align="right")
    split = max(width // 2, 1)
    _merge(sheet, 2, 0, 2, split - 1 if split > 1 else 0, f"填报单位（盖章）：{asked.name}", plain)
    _merge(
        sheet, 2, max(split, 1), 2, width, f"截止日期：{chinese_day(asked.day)}　　计量单位：{table.unit}", right
    )  # fmt: skip


def _cell(book: _Book, sheet: Worksheet, at: tuple[int, int], result: Result, row: Row, column: Column) -> None:
    measure = result.table.measure(row, column)
    value, style = result.shown(row.key, column.key), book.cell(row, measure)
    if value is None:
        sheet.write_blank(*at, None, style)
    else:
        sheet.write_number(*at, value, style)


def explained(result: Result) -> list[str]:
    """What was said about checks that do not hold, printed under the table."""
    return [
        f"校核说明：{check.name}（{check.left_label} {check.left:,}，{check.right_label} {check.right:,}）："
        f"{result.explanations[check.name]}"
        for check in result.checks
        if check.name in result.explanations
    ]


def _explained_height(line: str) -> float:
    return 15 * (1 + len(line) // 60)


def paper_of(result: Result) -> Paper:
    """How the table lies on its page."""
    layout = result.table.layout
    widths = [layout.item_width, *[layout.column_width] * len(result.columns)]
    feet = len(footer(widths)) * FOOT + len(layout.notes) * NOTE + sum(map(_explained_height, explained(result)))
    return Paper(layout.landscape, widths, sum((*ABOVE, *_head_heights(result), CODE)) + feet, len(result.lines))


def _sheet(book: _Book, result: Result) -> None:
    table, paper = result.table, paper_of(result)
    sheet = book.book.add_worksheet(table.number)
    width = len(result.columns)
    sheet.set_column(0, 0, table.layout.item_width, book.style())
    sheet.set_column(1, width, table.layout.column_width, book.style())
    _above(book, sheet, result, width)
    first = _head(book, sheet, result)
    at = first
    for row in result.lines:
        sheet.set_row(at, paper.line_height)
        sheet.write_string(at, 0, f"{row.label}（{row.unit}）" if row.unit else row.label, book.item(row))
        for place, column in enumerate(result.columns, start=1):
            _cell(book, sheet, (at, place), result, row, column)
        at += 1
    for note in table.layout.notes:
        sheet.set_row(at, NOTE)
        _merge(sheet, at, 0, at, width, f"注：{note}", book.style(font_size=9, text_wrap=True))
        at += 1
    for line in explained(result):
        sheet.set_row(at, _explained_height(line))
        _merge(sheet, at, 0, at, width, line, book.style(font_size=9, text_wrap=True))
        at += 1
    for labels in footer(paper.widths):
        sheet.set_row(at, FOOT)
        for label, first_column, last_column in labels:
            _merge(sheet, at, first_column, at, last_column, label, book.style())
        at += 1
    _page(sheet, table.layout.landscape, first, at - 1, width, tall=1 if paper.one_page else 0)


def footer(widths: Sequence[float]) -> list[list[tuple[str, int, int]]]:
    """Lines of (label, first column, last column): one line, or two where five labels leave no room to write."""
    for lines in ([FOOTER], [FOOTER[:3], FOOTER[3:]]):
        parts = max(map(len, lines))
        spans = _spans(widths, parts)
        if lines[1:] or all(sum(widths[first : last + 1]) >= SIGNING for first, last in spans):
            break
    return [[(label, *span) for label, span in zip(labels, spans, strict=False)] for labels in lines]


def _spans(widths: Sequence[float], parts: int) -> list[tuple[int, int]]:
    """So many spans of columns, each beginning as near its share of the width as a column begins."""
    edges = [sum(widths[:place]) for place in range(len(widths))]
    starts: list[int] = []
    for part in range(parts):
        goal = edges[-1] * part / parts if len(widths) <= parts else (edges[-1] + widths[-1]) * part / parts
        free = range(starts[-1] + 1 if starts else 0, len(widths) - (parts - part) + 1)
        starts.append(min(free, key=lambda place: abs(edges[place] - goal)))
    return list(zip(starts, [*(start - 1 for start in starts[1:]), len(widths) - 1], strict=True))


def _page(sheet: Worksheet, landscape: bool, first: int, last: int, width: int, *, tall: int) -> None:
    """A4, one page wide and ``tall`` pages high (0: as many as it takes), the head repeated on every page."""
    if landscape:
        sheet.set_landscape()
    else:
        sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, tall)
    sheet.set_margins(left=SIDE, right=SIDE, top=TOP, bottom=TOP)
    sheet.center_horizontally()
    sheet.repeat_rows(0, first - 1)
    sheet.print_area(0, 0, last, width)
    sheet.freeze_panes(first, 1)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _contents(book: _Book, results: Sequence[Result]) -> None:
    sheet = book.book.add_worksheet("目录")
    asked = results[0].asked
    title = book.style(font_name=TITLE_FONT, font_size=20, align="center")
    _merge(sheet, 0, 0, 0, 3, f"{asked.day.year}年老干部统计年报", title)
    sheet.set_row(0, 36)
    _merge(sheet, 1, 0, 1, 3, f"填报单位（盖章）：{asked.name}　　截止日期：{chinese_day(asked.day)}", book.style())
    for place, (label, width) in enumerate(CONTENTS):
        sheet.set_column(place, place, width, book.style())
        sheet.write_string(2, place, label, book.head)
    for row in (1, 2):
        sheet.set_row(row, 24)
    line = book.style(border=1, text_wrap=True, indent=1)
    for number, result in enumerate(results, start=1):
        failed = [check for check in result.checks if not check.ok]
        verdict = f"{len(result.checks)} 项都平"
        if failed:
            said = "（已说明）" if all(check.name in result.explanations for check in failed) else ""
            verdict = f"不平{said}：" + "；".join(check.name for check in failed)
        sheet.set_row(2 + number, 10 + 14 * lines_of(verdict, CONTENTS[-1][1] - 2))
        sheet.write_number(2 + number, 0, number, book.style(border=1, align="center"))
        sheet.write_string(2 + number, 1, result.table.number, line)
        sheet.write_url(
            2 + number, 2, f"internal:'{result.table.number}'!A1", line, string=result.table.title
        )  # fmt: skip
        sheet.write_string(2 + number, 3, verdict, line)
    _page(sheet, True, 3, 2 + len(results), 3, tall=0)


def write_workbook(target: BinaryIO, results: Sequence[Result], *, made_at: datetime.datetime) -> None:
    """The tables, in order, behind a contents sheet."""
    book = _Book(target)
    book.book.set_properties({"title": "老干部统计年报", "created": made_at.replace(tzinfo=None)})
    _contents(book, results)
    for result in results:
        _sheet(book, result)
    book.book.close()


def workbook_bytes(results: Sequence[Result], *, made_at: datetime.datetime) -> bytes:
    target = io.BytesIO()
    write_workbook(target, results, made_at=made_at)
    return target.getvalue()
