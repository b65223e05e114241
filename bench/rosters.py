"""Roster workbooks for benchmarks: 30 columns, any number of invented people, as a unit would type them."""

from __future__ import annotations

import datetime
import random
from pathlib import Path
from typing import Any

import xlsxwriter

COLUMNS = (
    "姓名", "性别", "民族", "出生年月", "身份证号", "文化程度", "政治面貌", "入党时间", "参加工作时间", "离退休时间",
    "离退休类型", "单位", "单位性质", "隶属", "级别", "现享受待遇", "医疗待遇", "职务", "职称", "健康状况",
    "自理能力", "居住状况", "婚姻状况", "常住地址", "户籍地址", "籍贯", "社区", "联系电话", "银行账号", "备注",
)  # fmt: skip
ID, PHONE, ADDRESS, HEALTH = (COLUMNS.index(name) for name in ("身份证号", "联系电话", "常住地址", "健康状况"))
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "建国文明玉兰秀英志强淑珍海燕春生德福桂芳永和家宝庆林凤仙"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RANKS = ("正厅局级", "副厅局级", "正县处级", "副县处级", "正乡科级", "副乡科级", "科员")


def _number(birth: datetime.date, order: int, region: int) -> str:
    digits = f"{990100 + region}{birth:%Y%m%d}{order:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]


def people(count: int, seed: int = 2026) -> list[list[str]]:
    """Rows of text, every ID number valid and different."""
    rng = random.Random(seed)
    rows = []
    for index in range(count):
        birth = datetime.date(1926 + index % 40, 1, 1) + datetime.timedelta(days=(index // 40) % 365)
        order = (index // (40 * 365)) * 2 % 1000 + index % 2
        district = index % 9
        unit = index % 400
        nature = ("机关", "事业", "企业")[unit % 3]
        place = "市直" if district == 8 else f"第{'一二三四五六七八'[district]}区"
        retired = birth.year + 60
        rows.append(
            [
                rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2)))),
                "男" if order % 2 else "女",
                rng.choice(("汉族", "汉族", "汉族", "回族", "满族")),
                f"{birth.year}.{birth.month:02d}",
                _number(birth, order, 1 + district),
                rng.choice(("大学本科", "大学专科", "高中", "初中", "中专")),
                rng.choice(("中共党员", "群众")),
                f"{birth.year + 25}.{rng.randint(1, 12):02d}",
                f"{birth.year + 20}.{rng.randint(1, 12):02d}",
                f"{min(retired, 2025)}.{birth.month:02d}",
                "退休",
                f"{'市' if place == '市直' else place}第{unit}{'局' if nature == '机关' else '中心'}",
                nature,
                place,
                rng.choice(_RANKS),
                rng.choice(_RANKS),
                rng.choice(_RANKS),
                rng.choice(("科长", "主任", "处长", "干部")),
                rng.choice(("", "工程师", "高级教师")),
                rng.choice(("健康", "一般", "较差")),
                rng.choice(("能自理", "部分自理")),
                rng.choice(("与子女同住", "空巢", "独居")),
                rng.choice(("已婚", "丧偶")),
                f"人民路{rng.randint(1, 400)}号{rng.randint(1, 30)}栋{rng.randint(1, 9)}0{rng.randint(1, 4)}室",
                f"解放路{rng.randint(1, 400)}号",
                rng.choice(("青岚", "北坪", "东关")),
                f"{'东西南北'[unit % 4]}{'街桥门'[unit % 3]}社区",
                f"13{rng.randint(0, 999999999):09d}",
                f"6228{rng.randint(0, 10**15 - 1):015d}",
                rng.choice(("", "", "", "原单位已撤并")),
            ]
        )  # fmt: skip
    return rows


def changed(rows: list[list[str]], share: float = 0.03, seed: int = 7) -> list[list[str]]:
    """The same people a year later: ``share`` of them with another phone, address and health."""
    rng = random.Random(seed)
    result = [list(row) for row in rows]
    for index in rng.sample(range(len(rows)), int(len(rows) * share)):
        result[index][PHONE] = f"15{rng.randint(0, 999999999):09d}"
        result[index][ADDRESS] = f"新华路{rng.randint(1, 400)}号{rng.randint(1, 30)}栋"
        result[index][HEALTH] = "一般" if result[index][HEALTH] != "一般" else "较差"
    return result


def write(path: Path, rows: list[list[Any]]) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet("名册")
    for number, row in enumerate([list(COLUMNS), *rows]):
        for column, value in enumerate(row):
            if value != "":
                sheet.write_string(number, column, value)
    book.close()
