"""What an import found and did, as JSON for machines and as a few Chinese lines for people."""

from __future__ import annotations

import datetime
from typing import Any

from cadres.roster_import.plan import CHANGED, CREATED, DUPLICATE, UNCHANGED, Plan

_NAMES = {CREATED: "created", CHANGED: "updated", UNCHANGED: "unchanged", DUPLICATE: "duplicates"}


def build_report(plan: Plan, *, year: int, as_of: datetime.date, committed: bool) -> dict[str, Any]:
    """The report of issue and manual: `rejected` of the totals is a number, of a sheet the list of refused rows."""
    frame = plan.frame
    tallies = [dict.fromkeys(_NAMES.values(), 0) for _ in frame.sheets]
    for outcome, number in zip(plan.outcome, frame.sheet_of, strict=True):
        if outcome in _NAMES:
            tallies[number][_NAMES[outcome]] += 1
    tally_of = {id(sheet): tally for (_, sheet), tally in zip(frame.sheets, tallies, strict=True)}
    files = []
    for book in frame.readings:
        sheets = []
        for sheet in book.sheets:
            sheets.append(
                {
                    "sheet": sheet.sheet,
                    "skipped": sheet.skipped,
                    "rows": len(sheet),
                    **tally_of.get(id(sheet), dict.fromkeys(_NAMES.values(), 0)),
                    "rejected": _rejected(sheet),
                    "notices": list(sheet.notices),
                }
            )
        entry: dict[str, Any] = {"file": book.file, "sheets": sheets}
        if book.refusal:
            code, message, hint = book.refusal
            entry["refused"] = {"code": code, "message": f"{message}。{hint}" if hint else message}
        files.append(entry)
    totals = {
        name: sum(sheet[name] for file in files for sheet in file["sheets"])
        for name in ("rows", "created", "updated", "unchanged", "duplicates")
    }
    totals["rejected"] = sum(len(sheet["rejected"]) for file in files for sheet in file["sheets"])
    return {"year": year, "as_of": as_of.isoformat(), "committed": committed, "totals": totals, "files": files}


def _rejected(sheet: Any) -> list[dict[str, Any]]:
    """One entry per refused row: the error that refused it (the first of its identity)."""
    chosen: dict[int, Any] = {}
    for problem in sheet.problems:
        if problem.level == "error" and problem.row in sheet.rejected:
            known = chosen.get(problem.row)
            if known is None or (problem.code == sheet.rejected[problem.row] != known.code):
                chosen[problem.row] = problem
    return [
        {"row": row, "column": problem.column, "code": problem.code, "message": problem.message}
        for row, problem in sorted(chosen.items())
    ]


def summary(report: dict[str, Any], *, organizations: int = 0) -> str:
    """A few lines for the terminal."""
    totals = report["totals"]
    day = datetime.date.fromisoformat(report["as_of"])
    lines = [f"{report['year']}年度名册，截至{day.year}年{day.month}月{day.day}日"]
    for file in report["files"]:
        if "refused" in file:
            lines.append(f"  {file['file']}：没有读。{file['refused']['message']}")
        for sheet in file["sheets"]:
            where = f"  {file['file']}“{sheet['sheet']}”"
            if sheet["skipped"]:
                lines.append(f"{where}：没有读，{sheet['skipped']}")
                continue
            lines.append(
                f"{where}：{sheet['rows']} 行，新增 {sheet['created']}，有改动 {sheet['updated']}，"
                f"没有变化 {sheet['unchanged']}，重复 {sheet['duplicates']}，拒收 {len(sheet['rejected'])}"
            )
            lines += [f"      {notice}" for notice in sheet["notices"]]
            for row in sheet["rejected"]:
                column = f" {row['column']} 列" if row["column"] else ""
                lines.append(f"      第 {row['row']} 行{column}：{row['message']}")
    verb = "已入库" if report["committed"] else "预演，什么也没有改"
    lines.append(
        f"{verb}：共 {totals['rows']:,} 行，新增 {totals['created']:,} 人，有改动 {totals['updated']:,} 人，"
        f"没有变化 {totals['unchanged']:,} 人，重复 {totals['duplicates']:,} 行，拒收 {totals['rejected']:,} 行"
        + (f"；新建单位 {organizations:,} 个" if organizations else "")
    )
    return "\n".join(lines)
