"""docs/statistics.md, written from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from reports.declarations import AWAITED, TABLES
from reports.engine.dimensions import Source
from reports.engine.measures import AgeOf, Count, Formula, Measure, Share
from reports.engine.model import Column, District, EachDistrict, Table
from reports.figures import cells

INTRODUCTION = """# The yearly statistics tables

This file is written by `manage.py write_statistics_docs` from the declarations in `reports/declarations/`; a test fails when
it is not current. Adding a table is adding a declaration to `reports.declarations.TABLES`.

- 截止日: a person counts on day D if a state row says so: `valid_from ≤ D < valid_to`, with 计入统计. 上年末 is 31 December of
  the year before D. 本年 is 1 January of D's year up to D.
- Ages: on 31 December year − birth year, on any other day 周岁 with an unknown day taken as the month's last.
- 其中 lines, sums and shares are declared. An empty cell is blank, never 0. Lines and columns marked “有人时才出现” show people whose
  rank, nature or birth is not settled; the checks name them.
- Every count opens the list of its people: the same condition, compiled to SQL.
- 功能区 (新区、开发区) stand beside the districts, not among them; a township's people belong to their district.
- Every table is computed for the reader's scope, or for one organization and all below it, by the paying unit of that day.
- 封存: sealing a year freezes its people, events and organizations, the declarations themselves and the tables of every
  organization. Page, lists, JSON, CSV and xlsx of a sealed cut-off day come from them, byte for byte, until the year is reopened
  and sealed again (`seal=1` in the address asks for the first sealing, `seal=live` for today's figures).
- Sealed figures never change. History that lies in a sealed year may still be mended, with its audit entry; the difference
  between the sealed and today's figures, and the people behind it, is the page 封存后变动.
- A check that fails must be explained in words before a report goes up; the words speak of the two sums that stood there,
  print under the table and are `explanation` in JSON.
"""


def _measure(measure: Measure | None) -> str:
    if measure is None:
        return "不填"
    if isinstance(measure, Formula):
        return measure.words
    if isinstance(measure, Share):
        return f"占比（%，一位小数）：{measure.part.where.words()}；除以 {measure.whole.where.words()}"
    if isinstance(measure, AgeOf):
        stat = {"mean": "平均年龄（一位小数）", "min": "最小年龄", "max": "最大年龄"}[measure.stat]
        return f"{stat}，{measure.source.value}"
    assert isinstance(measure, Count)
    source = "" if measure.source is Source.NOW else f"（{measure.source.value}）"
    return f"{measure.where.words()}{source}"


def _row(label: str, condition: str, more: str) -> str:
    return f"| {label} | {condition} | {more} |"


def _columns(columns: list[Column]) -> Iterator[str]:
    yield "| 栏 | 键 | 计的是 |"
    yield "|---|---|---|"
    for column in columns:
        label = column.label + ("（有人时才出现）" if column.optional else "")
        yield _row(label, f"`{column.key}`", _measure(column.measure))


def _rows(table: Table) -> Iterator[str]:
    yield "| 行 | 键 | 条件 |"
    yield "|---|---|---|"
    for row in table.rows:
        if isinstance(row, EachDistrict):
            sample = row.row(District(0, "（各一行）", False))
            yield _row(f"{'　' * sample.indent}各区县", f"`{row.key}:编号`", row.words)
            continue
        label = "　" * row.indent + row.label + ("（有人时才出现）" if row.optional else "")
        own = [f"{key}：{_measure(measure)}" for key, measure in row.measures.items() if not isinstance(measure, Share)]
        yield _row(label, f"`{row.key}`", "；".join([row.where.words(), *own]))


def _table(table: Table) -> Iterator[str]:
    yield f"\n## {table.id} {table.number} {table.title}\n"
    yield f"计量单位：{table.unit}。统计范围：{table.population.words()}。\n"
    yield from _columns(table.leaves)
    yield ""
    yield from _rows(table)
    yield "\n校核：\n"
    yield from (f"- {check.name}（{check.words()}）" for check in table.checks)


def _figures() -> Iterator[str]:
    yield "\n## Figures of `manage.py export_figures`\n"
    yield "One flat JSON object. Counts are whole numbers (0 for nobody), `age.mean` has one decimal, `…_share` and"
    yield "`share_of_all` are percentages with one decimal, ages of nobody are null. `retired_leave.districts` leaves 功能区 out;"
    yield "`retired_leave.district.<name>` has every district bureau, 功能区 too.\n"
    yield "| 数字 | 取自 |"
    yield "|---|---|"
    for name, cell in cells([("leave_district:编号", "<区县局名称>")]).items():
        yield f"| `{name}` | {cell.table} 行 `{cell.row}` 栏 `{cell.column}` |"


def _awaited() -> Iterator[str]:
    yield "\n## Tables that are not live\n"
    yield "They have no declaration, because what they count is not kept in the system yet; none is faked.\n"
    yield "| 表 | 名称 | 等什么 |"
    yield "|---|---|---|"
    yield from (_row(*line) for line in AWAITED)


def text() -> str:
    lines = [INTRODUCTION.rstrip()]
    for table in TABLES.values():
        lines += _table(table)
    return "\n".join([*lines, *_awaited(), *_figures()]) + "\n"
