"""Conditions and columns that several tables share."""

from __future__ import annotations

from common.codes import Category, Level, Nature, Rank
from reports.engine.conditions import F
from reports.engine.measures import Count
from reports.engine.model import Column

LEAVE = F("category") == Category.LEAVE
RETIREE = F("category") == Category.RETIREE

GOVERNMENT = F("nature") == Nature.GOVERNMENT
INSTITUTION = F("nature") == Nature.INSTITUTION
ENTERPRISE = F("nature") == Nature.ENTERPRISE
NATURE_UNKNOWN = F("nature") == ""
NATURES = (
    ("government", "机关", GOVERNMENT),
    ("institution", "事业", INSTITUTION),
    ("enterprise", "企业", ENTERPRISE),
)

MUNICIPAL = F("level") == Level.MUNICIPAL
#: A township's people belong to their district.
DISTRICTS = F("level").isin([Level.DISTRICT, Level.TOWNSHIP])
ZONES = F("level") == Level.ZONE

#: (key, rank, label of the sheets, label broken for narrow columns)
RANKS = (
    ("rank111", Rank.PROVINCIAL_CHIEF, "省部级正职", "省部|正职"),
    ("rank112", Rank.PROVINCIAL_DEPUTY, "省部级副职", "省部|副职"),
    ("rank121", Rank.BUREAU_CHIEF, "厅局级正职", "厅局|正职"),
    ("rank122", Rank.BUREAU_DEPUTY, "厅局级副职", "厅局|副职"),
    ("rank131", Rank.COUNTY_CHIEF, "县处级正职", "县处|正职"),
    ("rank132", Rank.COUNTY_DEPUTY, "县处级副职", "县处|副职"),
    ("rank141", Rank.TOWNSHIP_CHIEF, "乡科级正职", "乡科|正职"),
    ("rank142", Rank.TOWNSHIP_DEPUTY, "乡科级副职", "乡科|副职"),
    ("rank150", Rank.STAFF, "科员、办事员及其他", "科员|其他"),
)
RANK_KEYS = (*(key for key, *_ in RANKS), "rank_unknown")
RANK_UNKNOWN = F("rank") == ""
SENIOR = F("rank").isin([Rank.PROVINCIAL_CHIEF, Rank.PROVINCIAL_DEPUTY, Rank.BUREAU_CHIEF, Rank.BUREAU_DEPUTY])


def rank_columns(prefix: str, measure: Count) -> tuple[Column, ...]:
    """Nine ranks, and the people whose rank is not settled where there are any."""
    known = [
        Column(f"{prefix}_{key}", label, measure.within(F("rank") == rank), short, thin=True)
        for key, rank, label, short in RANKS
    ]
    unknown = Column(
        f"{prefix}_rank_unknown", "级别未认定", measure.within(RANK_UNKNOWN), "级别|未认定", thin=True, optional=True
    )
    return (*known, unknown)
