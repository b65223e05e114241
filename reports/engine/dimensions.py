"""What people and events are counted by: each dimension knows its column, its words, and its SQL.

A dimension has one path on a state row (true on a day) and, where an event carries the fact itself, one on an event.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Cast, Substr

from accounts.models import OrganizationKind
from common.codes import (
    Category,
    Education,
    Health,
    Level,
    Living,
    Nature,
    Period,
    PoliticalStatus,
    Rank,
    SelfCare,
    Sex,
)
from common.dates import PartialDate, full_age


class Source(Enum):
    """Where a figure is counted."""

    NOW = "截止日在册"
    LAST = "上年末在册"
    EVENTS = "本年增减变动"

    @property
    def of_events(self) -> bool:
        return self is Source.EVENTS


@dataclass(frozen=True, eq=False)
class Dimension:
    """``kind``: code (a column of codes), flag (a yes/no condition), key (a foreign key) or age.

    ``true``: for a flag, the condition given the path's prefix ("" on states, "cadre__" has to be spelt inside).
    """

    name: str
    label: str
    kind: str
    path: str = ""
    event_path: str = ""
    labels: dict[str, str] | None = None
    true: Callable[[], Q] | None = None
    words_true: str = ""
    words_false: str = ""

    def column(self, source: Source) -> str:
        path = self.event_path if source.of_events else self.path
        if not path:
            raise ValueError(f"{self.name} cannot be counted in {source.name}")
        return path

    def sql(self, source: Source, day: datetime.date) -> Any:
        """The grouped expression; always text, so that passes can be laid under each other."""
        if self.kind == "flag":
            if source.of_events or self.true is None:
                raise ValueError(f"{self.name} cannot be counted in {source.name}")
            return Case(When(self.true(), then=Value("1")), default=Value("0"), output_field=CharField())
        if self.kind == "age":
            return Substr(self.column(source), 1, birth_length(day))
        if self.kind == "key":
            return Cast(F(self.column(source)), CharField())
        return F(self.column(source))

    def value(self, raw: Any, day: datetime.date) -> Any:
        """What conditions compare: a code, a bool, a number, or an age (None: not known)."""
        if self.kind == "flag":
            return raw == "1"
        if self.kind == "age":
            return full_age(PartialDate.parse_iso(raw), day) if raw else None
        if self.kind == "key":
            return int(raw) if raw else None
        return raw or ""

    def words(self, values: frozenset[Any]) -> str:
        if self.kind == "flag":
            return self.words_true if True in values else self.words_false
        known = self.labels or {}
        names = [label for value, label in known.items() if value in values]
        if "" in values or None in values:
            names.append("没有填")
        names += [str(value) for value in values if value not in known and value not in ("", None)]
        return f"{self.label}{'' if names == ['没有填'] else '为'}{'、'.join(names)}"


def birth_length(day: datetime.date) -> int:
    """How much of the birth date decides the age on ``day``: the year at year's end, the month at a month's end."""
    if (day.month, day.day) == (12, 31):
        return 4
    return 7 if day.day == calendar.monthrange(day.year, day.month)[1] else 10


def _codes(choices: Any) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices.choices}


BUREAUS = (OrganizationKind.CITY_BUREAU, OrganizationKind.DISTRICT_BUREAU)
PARTY = (PoliticalStatus.PARTY_MEMBER, PoliticalStatus.PROBATIONARY)

DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        Dimension("category", "人员类别", "code", "category", "category", _codes(Category)),
        Dimension("nature", "单位性质", "code", "nature", "nature", _codes(Nature)),
        Dimension("level", "隶属", "code", "level", "level", _codes(Level)),
        Dimension("district", "所在区县", "key", "district_id", "district_id"),
        Dimension("unit", "单位", "key", "unit_id", "unit_id"),
        Dimension("rank", "级别", "code", "rank", "rank", _codes(Rank)),
        Dimension("kind", "变动事项", "code", "", "kind", {"enrolled": "新办", "moved_in": "转入", "moved_out": "转出", "died": "去世", "corrected": "更正"}),
        Dimension("living", "居住状态", "code", "living", "", _codes(Living)),
        Dimension("health", "健康状况", "code", "health", "", _codes(Health)),
        Dimension("sex", "性别", "code", "cadre__sex", "", _codes(Sex)),
        Dimension("education", "文化程度", "code", "cadre__education", "", _codes(Education)),
        Dimension("period", "参加革命工作时期", "code", "cadre__period", "", _codes(Period)),
        Dimension("age", "年龄", "age", "cadre__birth", ""),
        Dimension(
            "party", "中共党员", "flag", true=lambda: Q(political_status__in=PARTY),
            words_true="政治面貌为中共党员、中共预备党员", words_false="政治面貌不是中共党员、中共预备党员",
        ),
        Dimension(
            "helpless", "生活不能自理", "flag",
            true=lambda: Q(self_care=SelfCare.NONE) | Q(health=Health.BEDRIDDEN),
            words_true="自理能力为不能自理，或健康状况为不能自理（长期卧床）",
            words_false="自理能力不是不能自理，健康状况也不是不能自理（长期卧床）",
        ),
        Dimension(
            "relocated", "易地安置", "flag", true=lambda: Q(relocated=True),
            words_true="易地安置", words_false="不是易地安置",
        ),
        Dimension(
            "bureau", "老干部局管理", "flag", true=lambda: Q(cadre__managing_unit__kind__in=BUREAUS),
            words_true="现管单位是老干部局", words_false="现管单位不是老干部局",
        ),
        Dimension(
            "center", "退管中心管理", "flag", true=lambda: Q(cadre__managing_unit__kind=OrganizationKind.CENTER),
            words_true="现管单位是退管中心", words_false="现管单位不是退管中心",
        ),
        Dimension(
            "minority", "少数民族", "flag", true=lambda: ~Q(cadre__ethnicity__in=("", "01")),
            words_true="民族已填且不是汉族", words_false="民族为汉族或没有填",
        ),
    )
}  # fmt: skip
