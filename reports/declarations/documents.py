"""D1 and D2: the basic situation and its structure, as the bureaus' own reports print them."""

from __future__ import annotations

from django.db.models import TextChoices

from common.codes import Education, Health, Living, Rank
from reports.declarations.situation import PARTY, RELOCATED
from reports.declarations.words import (
    DISTRICTS,
    LEAVE,
    MUNICIPAL,
    NATURE_UNKNOWN,
    NATURES,
    RANK_UNKNOWN,
    RANKS,
    RETIREE,
    SENIOR,
    ZONES,
)
from reports.engine.checks import Balance, RowsAddUp
from reports.engine.conditions import Age, AgeUnknown, Condition, F
from reports.engine.dimensions import Source
from reports.engine.measures import AgeOf, Count, Formula, Measure, Share
from reports.engine.model import CellRef, Column, District, EachDistrict, Group, Layout, Row, Table

BOTH = F("category").isin(["leave", "retiree"])


def _row(key: str, label: str, where: Condition, of: Condition, indent: int = 1, **more) -> Row:
    """A line of D1 that belongs to 离休 or 退休 as a whole: its share is of that whole."""
    return Row(key, label, of & where, indent, measures={"share": Share(Count(of))}, **more)


def _age(key: str, label: str, stat: str) -> Row:
    only: dict[str, Measure | None] = {
        "number": AgeOf(stat),
        "last": AgeOf(stat, source=Source.LAST),
        "share": None,
        "change": None,
    }
    return Row(key, label, LEAVE, 1, measures=only, unit="岁")


def _ranks(prefix: str, of: Condition) -> tuple[Row, ...]:
    return (
        *(_row(f"{prefix}_{key}", Rank(rank).label, F("rank") == rank, of) for key, rank, *_ in RANKS),
        _row(f"{prefix}_rank_unknown", "级别未认定", RANK_UNKNOWN, of, optional=True),
    )


def _natures(prefix: str, of: Condition) -> tuple[Row, ...]:
    return (
        *(_row(f"{prefix}_{key}", label, nature, of) for key, label, nature in NATURES),
        _row(f"{prefix}_nature_unknown", "单位性质未认定", NATURE_UNKNOWN, of, optional=True),
    )


def _rank_keys(prefix: str) -> tuple[str, ...]:
    return (*(f"{prefix}_{key}" for key, *_ in RANKS), f"{prefix}_rank_unknown")


def _nature_keys(prefix: str) -> tuple[str, ...]:
    return (*(f"{prefix}_{key}" for key, *_ in NATURES), f"{prefix}_nature_unknown")


def _district(district: District) -> Row:
    return _row("", district.name, (F("district") == district.id) & ~MUNICIPAL, LEAVE, 2)


_COUNTED = ("number", "last", "change")

D1 = Table(
    id="D1",
    number="资料表一",
    title="离退休干部基本情况统计表",
    short_title="离退休干部基本情况",
    population=BOTH,
    columns=(
        Column("number", "本年", Count()),
        Column("share", "占本类（%）", Share(Count(BOTH)), unit="%"),
        Column("last", "上年末", Count(source=Source.LAST)),
        Column(
            "change",
            "比上年末增减",
            Formula((("number", 1), ("last", -1)), "本年 − 上年末", signed=True, opens=True),
        ),
    ),
    rows=(
        Row("total", "离退休干部合计", total=True),
        Row("leave", "离休干部（占离退休干部）", LEAVE, total=True),
        _row("leave_city", "市直", MUNICIPAL, LEAVE),
        _row("leave_districts", "各区县", DISTRICTS, LEAVE),
        EachDistrict("leave_district", _district, "各区县：离休；所在区县为该区县；隶属不是市直", zones=False),
        _row("leave_zones", "功能区（新区、开发区）", ZONES, LEAVE),
        EachDistrict("leave_zone", _district, "各功能区：离休；所在区县为该功能区；隶属不是市直", districts=False),
        _row("leave_nowhere", "隶属未认定", F("level") == "", LEAVE, optional=True),
        *_natures("leave", LEAVE),
        _row("leave_senior", "副厅局级（副地级）及以上", SENIOR, LEAVE),
        *_ranks("leave", LEAVE),
        _age("leave_age_mean", "平均年龄", "mean"),
        _age("leave_age_min", "最小年龄", "min"),
        _age("leave_age_max", "最大年龄", "max"),
        _row("leave_age80", "80岁及以上", Age(80), LEAVE),
        _row("leave_relocated", "易地安置", RELOCATED, LEAVE),
        Row("retiree", "退休干部（占离退休干部）", RETIREE, total=True),
        *_natures("retiree", RETIREE),
        *_ranks("retiree", RETIREE),
    ),
    checks=(
        RowsAddUp("离休 + 退休 = 合计", "D1", "total", ("leave", "retiree"), "合计", "离休 + 退休", _COUNTED),
        RowsAddUp(
            "市直 + 区县 + 功能区 = 离休干部", "D1", "leave",
            ("leave_city", "leave_districts", "leave_zones", "leave_nowhere"), "离休干部", "市直 + 区县 + 功能区", _COUNTED,
        ),
        RowsAddUp("离休：机关 + 事业 + 企业 = 离休干部", "D1", "leave", _nature_keys("leave"), "离休干部", "机关 + 事业 + 企业", _COUNTED),
        RowsAddUp("离休：各级别之和 = 离休干部", "D1", "leave", _rank_keys("leave"), "离休干部", "各级别之和", _COUNTED),
        RowsAddUp("退休：机关 + 事业 + 企业 = 退休干部", "D1", "retiree", _nature_keys("retiree"), "退休干部", "机关 + 事业 + 企业", _COUNTED),
        RowsAddUp("退休：各级别之和 = 退休干部", "D1", "retiree", _rank_keys("retiree"), "退休干部", "各级别之和", _COUNTED),
        Balance("离休干部 = 表一实有", "离休干部", (CellRef("D1", "leave", "number"),), "表一年末实有", (CellRef("N1", "total", "now"),)),
        Balance("退休干部 = 表六总数", "退休干部", (CellRef("D1", "retiree", "number"),), "表六总数", (CellRef("N6", "total", "total"),)),
    ),
    layout=Layout(landscape=False, wide="", item_width=34, column_width=14),
    compares=False,
)  # fmt: skip

_AGES = (
    ("age_to49", "49岁及以下", Age(None, 49), 1),
    ("age50_60", "50–60岁", Age(50, 60), 1),
    ("age50_55", "50–55岁", Age(50, 55), 2),
    ("age56_60", "56–60岁", Age(56, 60), 2),
    ("age61_70", "61–70岁", Age(61, 70), 1),
    ("age61_65", "61–65岁", Age(61, 65), 2),
    ("age66_70", "66–70岁", Age(66, 70), 2),
    ("age71", "71岁及以上", Age(71), 1),
    ("age71_80", "71–80岁", Age(71, 80), 2),
    ("age81_90", "81–90岁", Age(81, 90), 2),
    ("age91_99", "91–99岁", Age(91, 99), 2),
    ("age100", "100岁及以上", Age(100), 2),
)


def _codes(prefix: str, dimension: str, choices: type[TextChoices], unknown: str) -> tuple[Row, ...]:
    return (
        *(Row(f"{prefix}{value}", label, F(dimension) == value, indent=1) for value, label in choices.choices),
        Row(f"{prefix}_unknown", unknown, F(dimension) == "", indent=1, optional=True),
    )


def _head(key: str, label: str) -> Row:
    """A line that only names what follows."""
    return Row(key, label, measures=dict.fromkeys(("leave", "leave_share", "retiree", "retiree_share", "all"), None))


def _people(key: str, label: str, where: Condition) -> Group:
    return Group(
        label,
        (
            Column(key, f"{label}人数", Count(where), "人数"),
            Column(
                f"{key}_share",
                f"{label}占比（%）",
                Share(Count(where), Count(where)),
                "占比|（%）",
                thin=True,
                unit="%",
            ),
        ),
    )


def _parts(prefix: str, choices: type[TextChoices]) -> tuple[str, ...]:
    return (*(f"{prefix}{value}" for value in choices.values), f"{prefix}_unknown")


_NUMBERS = ("leave", "retiree", "all")

D2 = Table(
    id="D2",
    number="资料表二",
    title="离退休干部结构情况统计表",
    short_title="离退休干部结构",
    population=BOTH,
    columns=(
        _people("leave", "离休干部", LEAVE),
        _people("retiree", "退休干部", RETIREE),
        Column("all", "合计", Count()),
    ),
    rows=(
        Row("total", "总计", total=True),
        Row("party", "中共党员", PARTY),
        _head("ages", "年龄"),
        *(Row(key, label, band, indent) for key, label, band, indent in _AGES),
        Row("age_unknown", "年龄不详", AgeUnknown(), 1, optional=True),
        _head("educations", "文化程度"),
        *_codes("education", "education", Education, "文化程度不详"),
        _head("healths", "健康状况（自评）"),
        *_codes("health", "health", Health, "健康状况不详"),
        _head("livings", "居住状态"),
        *_codes("living", "living", Living, "居住状态不详"),
    ),
    checks=(
        RowsAddUp(
            "各年龄段之和 = 总计", "D2", "total", ("age_to49", "age50_60", "age61_70", "age71", "age_unknown"),
            "总计", "各年龄段之和", _NUMBERS,
        ),
        RowsAddUp(
            "71岁及以上各段之和 = 71岁及以上", "D2", "age71", ("age71_80", "age81_90", "age91_99", "age100"),
            "71岁及以上", "各段之和", _NUMBERS,
        ),
        RowsAddUp("各文化程度之和 = 总计", "D2", "total", _parts("education", Education), "总计", "各文化程度之和", _NUMBERS),
        RowsAddUp("各健康状况之和 = 总计", "D2", "total", _parts("health", Health), "总计", "各健康状况之和", _NUMBERS),
        RowsAddUp("各居住状态之和 = 总计", "D2", "total", _parts("living", Living), "总计", "各居住状态之和", _NUMBERS),
        Balance("离休干部 = 表一实有", "离休干部", (CellRef("D2", "total", "leave"),), "表一年末实有", (CellRef("N1", "total", "now"),)),
        Balance(
            "离休党员 = 表二、表三、表四党员之和", "离休中共党员", (CellRef("D2", "party", "leave"),), "表二 + 表三 + 表四党员",
            tuple(CellRef(f"N{n}", "total", "party") for n in (2, 3, 4)),
        ),
    ),
    layout=Layout(landscape=False, wide="", item_width=30, column_width=13),
)  # fmt: skip
