"""Small rosters for tests, as workbooks in memory."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

HEAD = (
    "姓名",
    "性别",
    "出生年月",
    "身份证号",
    "离退休时间",
    "离退休类型",
    "单位",
    "单位性质",
    "隶属",
    "级别",
    "健康状况",
    "社区",
    "联系电话",
)
PEOPLE = {
    "han": ("韩松年", "男", "1928.05", "990101192805180011", "1988.12", "离休", "市水利局", "机关", "市直", "副县处级", "一般", "", "13800000001"),
    "zeng": ("曾庆和", "男", "1945.03", "990101194503020017", "2005.03", "退休", "东关区第一中学", "事业", "东关区", "正乡科级", "健康", "滨河社区", "13800000002"),
    "tian": ("田素云", "女", "1950.07", "990101195007040026", "2005.08", "退休", "市水利局", "机关", "市直", "科员", "健康", "", ""),
}  # fmt: skip


def person(key: str, **changes: str) -> list[str]:
    """A row with some cells changed; names of cells as in HEAD."""
    row = list(PEOPLE[key])
    for name, value in changes.items():
        row[HEAD.index(name)] = value
    row[3] = with_check_digit(row[3])
    return row


def with_check_digit(number: str) -> str:
    if len(number) != 18 or not number[:17].isdigit() or number.endswith("!"):
        return number.rstrip("!")
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return number[:17] + "10X98765432"[sum(int(d) * w for d, w in zip(number[:17], weights, strict=True)) % 11]


def workbook(
    rows: Sequence[Sequence[Any]], *, head: Sequence[str] = HEAD, title: str = "", sheet: str = "名册"
) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet(sheet)
    lines: list[Sequence[Any]] = [[title]] if title else []
    for number, line in enumerate([*lines, head, *rows]):
        for column, value in enumerate(line):
            page.write(number, column, value)
    book.close()
    return target.getvalue()
