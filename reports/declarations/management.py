"""D4, who manages whom: 地级 the bureau with the unit, 县级 the 退管中心 with the unit, 科级 and below the unit."""

from __future__ import annotations

from common.codes import Rank
from reports.declarations.words import LEAVE, RANK_UNKNOWN, RETIREE, SENIOR
from reports.engine.checks import Balance, ColumnsAddUp, RowsAddUp
from reports.engine.conditions import Condition, F
from reports.engine.measures import Count
from reports.engine.model import CellRef, Column, Group, Layout, Row, Table

COUNTY = F("rank").isin([Rank.COUNTY_CHIEF, Rank.COUNTY_DEPUTY])
BELOW = F("rank").isin([Rank.TOWNSHIP_CHIEF, Rank.TOWNSHIP_DEPUTY, Rank.STAFF])

BY_BUREAU = F("bureau") == True  # noqa: E712
BY_CENTER = F("center") == True  # noqa: E712
BY_UNIT = (F("bureau") == False) & (F("center") == False)  # noqa: E712
#: Whoever is managed otherwise than the rank says; nobody whose rank is not known.
OTHERWISE = (SENIOR & ~BY_BUREAU) | (COUNTY & ~BY_CENTER) | (BELOW & ~BY_UNIT)


def _managers(key: str, label: str, who: Condition) -> Group:
    return Group(
        label,
        (
            Column(f"{key}", f"{label}合计", Count(who), "合计"),
            Column(f"{key}_bureau", f"{label}老干部局与单位共管", Count(who & BY_BUREAU), "老干部局|与单位"),
            Column(f"{key}_center", f"{label}退管中心与单位共管", Count(who & BY_CENTER), "退管中心|与单位"),
            Column(f"{key}_unit", f"{label}单位管理", Count(who & BY_UNIT), "单位"),
            Column(f"{key}_otherwise", f"{label}与分工不一致", Count(who & OTHERWISE), "与分工|不一致", thin=True),
        ),
    )


D4 = Table(
    id="D4",
    number="资料表四",
    title="离退休干部管理责任分工情况统计表",
    short_title="管理责任分工",
    population=F("category").isin(["leave", "retiree"]),
    columns=(_managers("leave", "离休干部", LEAVE), _managers("retiree", "退休干部", RETIREE)),
    rows=(
        Row("total", "总计", total=True),
        Row("senior", "地级及以上（应由老干部局与单位管）", SENIOR, indent=1),
        Row("county", "县级（应由退管中心与单位管）", COUNTY, indent=1),
        Row("below", "科级及以下（应由单位管）", BELOW, indent=1),
        Row("rank_unknown", "级别未认定", RANK_UNKNOWN, indent=1, optional=True),
    ),
    checks=(
        RowsAddUp("各级别之和 = 总计", "D4", "total", ("senior", "county", "below", "rank_unknown"), "总计", "各级别之和"),
        ColumnsAddUp(
            "离休：三种管理之和 = 合计", "D4", "leave", ("leave_bureau", "leave_center", "leave_unit"), "合计", "三种管理之和"
        ),
        ColumnsAddUp(
            "退休：三种管理之和 = 合计", "D4", "retiree", ("retiree_bureau", "retiree_center", "retiree_unit"), "合计",
            "三种管理之和",
        ),
        Balance("离休干部 = 资料表二", "离休干部", (CellRef("D4", "total", "leave"),), "资料表二离休干部", (CellRef("D2", "total", "leave"),)),
        Balance(
            "退休干部 = 资料表二", "退休干部", (CellRef("D4", "total", "retiree"),), "资料表二退休干部",
            (CellRef("D2", "total", "retiree"),),
        ),
    ),
    layout=Layout(item_width=34, column_width=10),
)  # fmt: skip
