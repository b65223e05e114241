"""How people are listed: the ready-made views, the columns one may choose, and the words of both."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from cadres.models import Cadre
from common.codes import Category, Health, Living, Period, Rank, SelfCare
from common.columns import Column
from common.dates import full_age

#: Paper tabs over the list: key -> (label, condition).
VIEWS: dict[str, tuple[str, Q]] = {
    "": ("全部", Q()),
    "leave": ("离休", Q(category=Category.LEAVE)),
    "retiree": ("退休", Q(category=Category.RETIREE)),
    "bureau": ("局管地级", Q(rank__in=[Rank.BUREAU_CHIEF, Rank.BUREAU_DEPUTY])),
    "dependent": ("不能自理", Q(self_care=SelfCare.NONE) | Q(health=Health.BEDRIDDEN)),
    "alone": ("独居·空巢", Q(living__in=[Living.ALONE, Living.EMPTY_NEST])),
    "survivor": ("遗属", Q(category=Category.SURVIVOR)),
}


def view_counts(people: QuerySet) -> dict[str, int]:
    """How many of ``people`` (already narrowed) stand in each view, in one query."""
    counts = people.order_by().aggregate(
        **{
            f"view_{key}": Count("pk", filter=condition) if key else Count("pk")
            for key, (_, condition) in VIEWS.items()
        }
    )
    return {key: counts[f"view_{key}"] for key in VIEWS}


COLUMNS: tuple[Column, ...] = (
    Column("name", "姓名", fixed=True),
    Column("category", "类别", default=True),
    Column("age", "年龄", default=True),
    Column("unit", "原工作单位及职务", default=True),
    Column("rank", "级别", default=True),
    Column("treatment_rank", "现享受待遇"),
    Column("medical_rank", "医疗待遇"),
    Column("id_number", "身份证号（遮盖）", default=True),
    Column("living", "居住", default=True),
    Column("health", "健康", default=True),
    Column("self_care", "自理能力"),
    Column("phone", "联系电话（遮盖）", default=True),
    Column("political_status", "政治面貌"),
    Column("party_joined", "入党时间"),
    Column("sex", "性别"),
    Column("ethnicity", "民族"),
    Column("native_place", "籍贯"),
    Column("birth", "出生年月"),
    Column("education", "文化程度"),
    Column("marriage", "婚姻状况"),
    Column("work_started", "参加工作时间"),
    Column("revolution_joined", "参加革命工作时间"),
    Column("period", "参加革命工作时期"),
    Column("retired_on", "离退休时间"),
    Column("title", "职称"),
    Column("nature", "单位性质"),
    Column("level", "隶属"),
    Column("district", "所在区县"),
    Column("managing_unit", "现管单位"),
    Column("community", "所在社区"),
    Column("address", "常住地址"),
    Column("relocated", "易地安置"),
    Column("away", "长期外地居住"),
    Column("away_to", "外地居住地"),
    Column("standing", "在册情况"),
    Column("updated_at", "更新时间"),
)
TABLE = "cadres.cadre"

SHORT_PERIODS = {
    Period.P1: "大革命",
    Period.P2: "土地革命",
    Period.P3: "抗战前期",
    Period.P4: "抗战后期",
    Period.P5: "解放战争",
}
#: Only the abnormal gets a tag.
ALARMING_HEALTH = (Health.BEDRIDDEN, Health.HOSPITAL)
SHORT_RANKS = {Rank.STAFF: "科员及其他"}
SHORT_HEALTH = {Health.BEDRIDDEN: "不能自理", Health.HOSPITAL: "长期住院"}


def age_of(cadre: Cadre, today: datetime.date) -> int | None:
    """周岁 today, or at death; None where the birth is not known."""
    return full_age(cadre.birth, cadre.died_on or today) if cadre.birth else None


def community_name(cadre: Cadre) -> str:
    return cadre.community.name if cadre.community else cadre.community_name


def old_enough(age: int, today: datetime.date) -> Q:
    """Whoever is at least ``age`` today, by the rule of `full_age`: an unknown day or month is the last one."""
    try:
        day = today.replace(year=today.year - age)
    except ValueError:
        day = today.replace(year=today.year - age, day=28)
    after = day + datetime.timedelta(days=1)
    # A bare month or year sorts before all of its days, but counts as its last one.
    not_yet = ["", f"{after:%Y-%m}", f"{after:%Y}"]
    return Q(birth__lt=after.isoformat()) & ~Q(birth__in=not_yet)


def link_of(parameters: Any, **changes: str | None) -> str:
    """A query string with some parameters changed (None: taken away); the page number always goes."""
    query = parameters.copy()
    for name in ("page", "export", "pk", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    text = query.urlencode()
    return f"?{text}" if text else "?"
