"""N2–N4 and N6, the basic situation of 离休 and 退休 cadres, as the national forms have it."""

from __future__ import annotations

from common.codes import Level, Period, Sex
from reports.declarations.words import (
    ENTERPRISE,
    GOVERNMENT,
    INSTITUTION,
    LEAVE,
    NATURE_UNKNOWN,
    RANK_KEYS,
    RANK_UNKNOWN,
    RANKS,
    RETIREE,
    rank_columns,
)
from reports.engine.checks import Balance, ColumnsAddUp, Nobody, RowsAddUp
from reports.engine.conditions import EVERYONE, Age, AgeUnknown, Condition, F
from reports.engine.measures import Count
from reports.engine.model import CellRef, Column, Group, Layout, Row, Table

RELOCATED = F("relocated") == True  # noqa: E712
PARTY = F("party") == True  # noqa: E712

PERIODS = (
    ("period1", Period.P1, "1927年7月31日|及以前"),
    ("period2", Period.P2, "1927年8月1日至|1937年7月6日"),
    ("period3", Period.P3, "1937年7月7日至|1942年12月31日"),
    ("period4", Period.P4, "1943年1月1日至|1945年9月2日"),
    ("period5", Period.P5, "1945年9月3日至|1949年9月30日"),
)


def _pair(key: str, label: str, where: Condition, *, optional: bool = False) -> Group:
    """A figure and its 其中异地居住."""
    whole = label.replace("|", "")
    return Group(
        label,
        (
            Column(key, whole, Count(where), "合计", optional=optional),
            Column(
                f"{key}_elsewhere", f"{whole}（其中异地居住）", Count(where & RELOCATED), "其中|异地",
                thin=True, optional=optional,
            ),
        ),
    )  # fmt: skip


def _leave_table(number: int, name: str, nature: Condition) -> Table:
    table = f"N{number}"
    columns = (
        _pair("total", "总数", EVERYONE),
        _pair("party", "中共党员", PARTY),
        _pair("helpless", "生活|不能自理", F("helpless") == True),  # noqa: E712
        _pair("age70", "70–79岁", Age(70, 79)),
        _pair("age80", "80岁及以上", Age(80)),
        Group(
            "参加革命工作时期",
            (
                *(_pair(key, label, F("period") == period) for key, period, label in PERIODS),
                _pair("period_unknown", "时期未认定", F("period") == "", optional=True),
            ),
        ),
    )
    ranks = (*(Row(key, label, F("rank") == rank) for key, rank, label, _ in RANKS),)
    return Table(
        id=table,
        number=f"全国表{'〇一二三四五六'[number]}",
        title=f"{name}离休干部基本情况统计表",
        short_title=f"{name}离休干部基本情况",
        population=LEAVE & nature,
        columns=columns,
        rows=(
            Row("total", "总计", total=True),
            *ranks,
            Row("rank_unknown", "级别未认定", RANK_UNKNOWN, optional=True),
        ),
        checks=(
            RowsAddUp("各级别之和 = 总计", table, "total", RANK_KEYS, "总计", "各级别之和"),
            ColumnsAddUp(
                "五个时期之和 = 总数", table, "total", tuple(key for key, *_ in PERIODS), "总数", "五个时期之和"
            ),
            Balance(
                "表二 + 表三 + 表四 = 表一实有", "表二 + 表三 + 表四",
                tuple(CellRef(f"N{n}", "total", "total") for n in (2, 3, 4)), "表一年末实有", (CellRef("N1", "total", "now"),),
            ),
            Nobody("级别都已认定", "级别未认定的人", CellRef(table, "rank_unknown", "total")),
        ),
        layout=Layout(wide="wider", item_width=22, column_width=6.6),
    )  # fmt: skip


N2 = _leave_table(2, "机关", GOVERNMENT)
N3 = _leave_table(3, "事业单位", INSTITUTION)
N4 = _leave_table(4, "企业", ENTERPRISE)

BANDS = (
    ("age45", "45岁及以下", Age(None, 45)),
    ("age46_50", "46–50岁", Age(46, 50)),
    ("age51_55", "51–55岁", Age(51, 55)),
    ("age56_60", "56–60岁", Age(56, 60)),
    ("age61_70", "61–70岁", Age(61, 70)),
    ("age71_80", "71–80岁", Age(71, 80)),
    ("age81_90", "81–90岁", Age(81, 90)),
    ("age91_99", "91–99岁", Age(91, 99)),
    ("age100", "100岁及以上", Age(100)),
)
BAND_KEYS = (*(key for key, *_ in BANDS), "age_unknown")
_LEVELS = (
    ("city", "市直", Level.MUNICIPAL),
    ("district", "区县", Level.DISTRICT),
    ("zone", "功能区（新区、开发区）", Level.ZONE),
    ("township", "乡镇（街道）", Level.TOWNSHIP),
)
LEVEL_KEYS = (*(key for key, *_ in _LEVELS), "level_unknown")

N6 = Table(
    id="N6",
    number="全国表六",
    title="退休干部基本情况统计表",
    short_title="退休干部基本情况",
    population=RETIREE,
    columns=(
        Column("total", "总数", Count()),
        Group(
            "机关",
            (Column("government", "合计", Count(GOVERNMENT)), *rank_columns("government", Count(GOVERNMENT))),
        ),
        Column("institution", "事业", Count(INSTITUTION)),
        Column("enterprise", "企业", Count(ENTERPRISE)),
        Column("nature_unknown", "单位性质未认定", Count(NATURE_UNKNOWN), "性质|未认定", optional=True),
    ),
    rows=(
        Row("total", "总计", total=True),
        Row("female", "其中：女", F("sex") == Sex.FEMALE, indent=1),
        Row("minority", "少数民族", F("minority") == True, indent=1),  # noqa: E712
        Row("party", "中共党员", PARTY, indent=1),
        *(Row(key, label, band, indent=1) for key, label, band in BANDS),
        Row("age_unknown", "年龄不详", AgeUnknown(), indent=1, optional=True),
        *(Row(key, label, F("level") == level, indent=1) for key, label, level in _LEVELS),
        Row("level_unknown", "隶属未认定", F("level") == "", indent=1, optional=True),
    ),
    checks=(
        RowsAddUp("各年龄段之和 = 总计", "N6", "total", BAND_KEYS, "总计", "各年龄段之和"),
        RowsAddUp("各隶属之和 = 总计", "N6", "total", LEVEL_KEYS, "总计", "市直 + 区县 + 功能区 + 乡镇（街道）"),
        ColumnsAddUp(
            "机关 + 事业 + 企业 = 总数", "N6", "total",
            ("government", "institution", "enterprise", "nature_unknown"), "总数", "机关 + 事业 + 企业",
        ),
        ColumnsAddUp(
            "机关各级别之和 = 机关合计", "N6", "government", tuple(f"government_{key}" for key in RANK_KEYS), "机关合计", "九级之和"
        ),
        Balance(
            "总数 = 表五年末实有", "总数", (CellRef("N6", "total", "total"),), "表五年末实有", (CellRef("N5", "total", "now"),)
        ),
        Balance(
            "中共党员 = 资料表二退休党员", "中共党员", (CellRef("N6", "party", "total"),),
            "资料表二“中共党员”退休干部", (CellRef("D2", "party", "retiree"),),
        ),
        Nobody("年龄都已填", "年龄不详的人", CellRef("N6", "age_unknown", "total")),
        Nobody("机关退休干部级别都已认定", "级别未认定的人", CellRef("N6", "total", "government_rank_unknown")),
    ),
)  # fmt: skip
