"""N1 and N5, the two-year tables, as other bureaus' systems publish the national forms."""

from __future__ import annotations

from common.codes import Level
from reports.declarations.words import (
    ENTERPRISE,
    GOVERNMENT,
    INSTITUTION,
    LEAVE,
    MUNICIPAL,
    NATURE_UNKNOWN,
    NATURES,
    RANK_KEYS,
    RETIREE,
    rank_columns,
)
from reports.engine.checks import Balance, ColumnsAddUp, Explained, Nobody, RowsAddUp, SealedClosing
from reports.engine.conditions import F
from reports.engine.dimensions import Source
from reports.engine.measures import Count, Formula
from reports.engine.model import CellRef, Column, District, EachDistrict, Group, Layout, Row, Table

ENROLLED = Count(F("kind") == "enrolled", Source.EVENTS)
DIED = Count(F("kind") == "died", Source.EVENTS)
#: What the difference must come from.
MOVES = (
    Column("moved_in", "本年调入", Count(F("kind") == "moved_in", Source.EVENTS)),
    Column("moved_out", "本年调出", Count(F("kind") == "moved_out", Source.EVENTS)),
    Column("corrected", "本年更正", Count(F("kind") == "corrected", Source.EVENTS)),
)


def _ending(died_label: str) -> tuple[Column, ...]:
    return (
        Column("died", "本年去世", DIED, died_label),
        Column(
            "due", "本年12月底应有",
            Formula((("last", 1), ("enrolled", 1), ("died", -1)), "上年末总数 + 本年办理 − 本年去世"),
            "年末|应有",
        ),
        Column("now", "本年12月底实有", Count(), "年末|实有"),
        Column(
            "difference", "实有与应有之差",
            Formula(
                (("now", 1), ("last", -1), ("enrolled", -1), ("died", 1)),
                "年末实有 − 年末应有；等于调入 − 调出 ± 更正，点开是这些人",
                signed=True,
                opens=True,
            ),
            "实有与|应有之差",
        ),
    )  # fmt: skip


def _unknown_nature() -> Row:
    return Row("nature_unknown", "单位性质未认定", NATURE_UNKNOWN, optional=True)


def _district(district: District) -> Row:
    return Row("", district.name, GOVERNMENT & (F("district") == district.id) & ~MUNICIPAL, indent=1)


def _checks(table: str, others: tuple[CellRef, ...], others_label: str) -> tuple:
    natures = (*(key for key, *_ in NATURES), "nature_unknown")
    return (
        RowsAddUp("机关 + 事业 + 企业 = 总计", table, "total", natures, "总计", "机关 + 事业 + 企业"),
        Balance(
            "应有 = 上年末 + 新办 − 去世", "应有", (CellRef(table, "total", "due"),), "上年末 + 新办 − 去世",
            (CellRef(table, "total", "last"), CellRef(table, "total", "enrolled")),
            minus=(CellRef(table, "total", "died"),),
        ),
        Explained(
            "实有与应有之差由增减变动说清", CellRef(table, "total", "difference"),
            *(CellRef(table, "total", column.key) for column in MOVES),
        ),
        Balance(
            "上年末总数与上年各类单位实有之和相等", "上年末总数", (CellRef(table, "total", "last"),),
            "上年末机关、事业、企业实有之和",
            tuple(CellRef(table, nature, "last") for nature in natures),
        ),
        SealedClosing("上年末总数与上年封存数相等", CellRef(table, "total", "last"), CellRef(table, "total", "now")),
        Balance(
            f"年末实有与{others_label}相等", "年末实有", (CellRef(table, "total", "now"),), others_label, others
        ),
        Nobody("单位性质都已认定", "单位性质未认定的人", CellRef(table, "nature_unknown", "now")),
    )  # fmt: skip


N1 = Table(
    id="N1",
    number="全国表一",
    title="离休干部两年数字变化情况统计表",
    short_title="离休干部两年数字变化",
    population=LEAVE,
    columns=(
        Column("last", "上年12月底总数", Count(source=Source.LAST), "上年末|总数"),
        Column("enrolled", "本年办理离休手续", ENROLLED, "本年办理|离休手续"),
        *_ending("本年|去世"),
    ),
    rows=(
        Row("total", "总计", total=True),
        Row("government", "机关", GOVERNMENT),
        Row("government_city", "市直", GOVERNMENT & MUNICIPAL, indent=1),
        EachDistrict("government_district", _district, "各区县（功能区也各占一行）：单位性质为机关；所在区县为该区县；隶属不是市直"),
        Row(
            "government_nowhere", "区县未认定",
            GOVERNMENT & ~MUNICIPAL & (F("district") == None), indent=1, optional=True,  # noqa: E711
        ),
        Row("institution", "事业", INSTITUTION),
        Row("enterprise", "企业", ENTERPRISE),
        _unknown_nature(),
    ),
    checks=(
        *_checks(
            "N1", tuple(CellRef(table, "total", "total") for table in ("N2", "N3", "N4")), "表二、表三、表四总数之和"
        ),
        RowsAddUp(
            "市直 + 各区县 = 机关", "N1", "government",
            ("government_city", "government_district:*", "government_nowhere"), "机关", "市直 + 各区县",
        ),
    ),
    layout=Layout(column_width=15),
    behind=MOVES,
)  # fmt: skip

N5 = Table(
    id="N5",
    number="全国表五",
    title="退休干部两年数字变化情况统计表",
    short_title="退休干部两年数字变化",
    population=RETIREE,
    columns=(
        Column("last", "上年末总数", Count(source=Source.LAST), "上年末|总数"),
        Group("本年办理退休手续", (Column("enrolled", "合计", ENROLLED), *rank_columns("enrolled", ENROLLED))),
        *_ending("本年|去世"),
    ),
    rows=(
        Row("total", "总计", total=True),
        Row("government", "机关", GOVERNMENT),
        Row("government_city", "市直", GOVERNMENT & MUNICIPAL, indent=1),
        Row("government_district", "区县", GOVERNMENT & F("level").isin([Level.DISTRICT, Level.ZONE]), indent=1),
        Row("government_township", "乡镇（街道）", GOVERNMENT & (F("level") == Level.TOWNSHIP), indent=1),
        Row("government_nowhere", "隶属未认定", GOVERNMENT & (F("level") == ""), indent=1, optional=True),
        Row("institution", "事业", INSTITUTION),
        Row("enterprise", "企业", ENTERPRISE),
        _unknown_nature(),
    ),
    checks=(
        *_checks("N5", (CellRef("N6", "total", "total"),), "表六总数"),
        RowsAddUp(
            "市直 + 区县 + 乡镇（街道） = 机关", "N5", "government",
            ("government_city", "government_district", "government_township", "government_nowhere"),
            "机关", "市直 + 区县 + 乡镇（街道）",
        ),
        ColumnsAddUp(
            "本年办理退休：各级别之和 = 合计", "N5", "enrolled", tuple(f"enrolled_{key}" for key in RANK_KEYS), "合计", "九级之和"
        ),
    ),
    behind=MOVES,
)  # fmt: skip
