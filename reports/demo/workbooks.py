"""The demo city's rosters, typed the way units type them: three layouts, merged heads, odd dates, a few mistakes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from reports.demo.people import Person

Column = tuple[str, Callable[[Person], Any]]


def dotted(day: datetime.date | None) -> str:
    return f"{day.year}.{day.month:02d}" if day else ""


def dashed(day: datetime.date | None) -> str:
    return day.isoformat() if day else ""


def chinese(day: datetime.date | None) -> str:
    return f"{day.year}年{day.month}月" if day else ""


def spaced(name: str) -> str:
    """Two-character names are set wide in many rosters: 张　三."""
    return f"{name[0]}\u3000{name[1]}" if len(name) == 2 else name


def family(index: int) -> Callable[[Person], str]:
    return lambda person: "、".join(member[index] for member in person.family)


#: What the bureau's own template asks: one header row, full dates.
FULL: list[Column] = [
    ("姓名", lambda p: p.name), ("性别", lambda p: p.sex), ("民族", lambda p: p.ethnicity),
    ("出生日期", lambda p: dashed(p.birth)), ("身份证号码", lambda p: p.id_number), ("文化程度", lambda p: p.education),
    ("政治面貌", lambda p: p.party), ("入党时间", lambda p: dotted(p.party_joined)),
    ("参加工作时间", lambda p: dotted(p.work_started)), ("离退休时间", lambda p: dotted(p.retired_on)),
    ("人员类别", lambda p: p.category), ("单位名称", lambda p: p.unit), ("原职务", lambda p: p.post),
    ("单位性质", lambda p: p.nature), ("隶属关系", lambda p: p.affiliation), ("级别", lambda p: p.rank),
    ("现享受待遇", lambda p: p.treatment_rank), ("健康状况", lambda p: p.health), ("自理能力", lambda p: p.self_care),
    ("居住状况", lambda p: p.living), ("婚姻状况", lambda p: p.marriage), ("家庭住址", lambda p: p.address),
    ("所在社区", lambda p: p.community), ("联系电话", lambda p: p.phone), ("易地安置", lambda p: p.relocated_to),
    ("家庭成员姓名", family(0)), ("家庭成员关系", family(1)), ("家庭成员电话", family(2)),
]  # fmt: skip
#: A district's older form: other words for the same things, months only.
SHORT: list[Column] = [
    ("姓  名", lambda p: spaced(p.name)), ("性 别", lambda p: p.sex), ("族别", lambda p: p.ethnicity.removesuffix("族")),
    ("出生年月", lambda p: dotted(p.birth)), ("公民身份号码", lambda p: p.id_number), ("学历", lambda p: p.education),
    ("政治面貌", lambda p: p.party), ("参加革命工作时间", lambda p: chinese(p.work_started)),
    ("离（退）休时间", lambda p: chinese(p.retired_on)), ("离休/退休", lambda p: p.category),
    ("原工作单位", lambda p: p.unit), ("单位类别", lambda p: p.nature), ("所属县区", lambda p: p.affiliation),
    ("离退前级别", lambda p: p.rank), ("身体状况", lambda p: p.health), ("居住状况", lambda p: p.living),
    ("婚姻", lambda p: p.marriage), ("现住址", lambda p: p.address), ("社区", lambda p: p.community),
    ("手机号码", lambda p: p.phone), ("是否异地安置", lambda p: "是" if p.relocated_to else ""),
]  # fmt: skip


def write_roster(
    path: Path,
    people: Iterable[Person],
    *,
    title: str,
    columns: list[Column],
    banner: bool = False,
    unit: str = "",
    mistakes: bool = False,
) -> Path:
    """One workbook. ``banner``: a two-row merged head. ``mistakes``: spoil five rows the way typists do."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    sheet = book.add_worksheet("Sheet1")
    head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    big = book.add_format({"bold": True, "font_size": 18, "align": "center"})
    width = len(columns) + 1
    sheet.merge_range(0, 0, 0, width - 1, title, big)
    sheet.write(1, 0, f"填报单位（盖章）：{unit}        填报时间：{datetime.date.today():%Y年}1月")  # noqa: DTZ011
    row = 2
    if banner:
        sheet.merge_range(2, 0, 3, 0, "序号", head)
        split = min(12, width - 2)
        sheet.merge_range(2, 1, 2, split, "基础信息", head)
        sheet.merge_range(2, split + 1, 2, width - 1, "工作与生活", head)
        row = 3
    else:
        sheet.write(2, 0, "序号", head)
    for column, (label, _) in enumerate(columns, start=1):
        sheet.write(row, column, label, head)
    records = [[read(person) for _, read in columns] for person in people]
    if mistakes:
        spoil(records, [label for label, _ in columns])
    for number, record in enumerate(records, start=1):
        row += 1
        sheet.write_number(row, 0, number)
        for column, value in enumerate(record, start=1):
            sheet.write(row, column, value)
    sheet.write(row + 1, 0, "合计")
    sheet.write(row + 1, 1, f"{len(records)}人")
    sheet.write(row + 2, 0, "填表人：　　　　审核人：　　　　联系电话：")
    book.close()
    return path


def spoil(records: list[list[Any]], labels: list[str]) -> None:
    """Five mistakes every roster of a city holds somewhere."""
    number = next(i for i, label in enumerate(labels) if "身份" in label)
    birth = next(i for i, label in enumerate(labels) if "出生" in label)
    rank = next(i for i, label in enumerate(labels) if "级别" in label)
    if len(records) < 40:
        return
    records[3][number] = "9.90104E+17"
    last = records[11][number][-1]
    records[11][number] = records[11][number][:-1] + ("1" if last != "1" else "2")
    records[17][birth] = 1952.1
    records[23][number] = records[23][number][:16]
    for index in (5, 9, 21, 30):
        records[index][rank] = "科级及以下"
