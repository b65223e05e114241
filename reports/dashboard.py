"""The leader's overview: the state of the city on one screen, each figure with its list."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Sum
from django.db.models.functions import Cast, Substr
from django.urls import reverse
from django.utils import timezone

from cadres.models import Cadre, CadreState
from common.codes import Category, Level, Living, PoliticalStatus, SelfCare, Sex
from reports.today import WEEK
from visits.codes import Occasion
from visits.contacts import QUARTER, YEAR, contact_url, lacking
from visits.models import Visit
from visits.querysets import due_birthdays

TREND_YEARS = 6
#: Of the 离休 cadres, how many should have been visited since New Year: the dark tick on the bars, in percent.
COVERAGE_TARGET = 95
AGE_BANDS = ((91, 200, "91岁以上"), (81, 90, "81–90"), (71, 80, "71–80"), (66, 70, "66–70"), (61, 65, "61–65"),
             (56, 60, "56–60"), (0, 55, "55岁以下"))  # fmt: skip
MUNICIPAL = str(Level.MUNICIPAL.label)
PARTY = (PoliticalStatus.PARTY_MEMBER, PoliticalStatus.PROBATIONARY)


@dataclass(frozen=True)
class Band:
    label: str
    men: int
    women: int


@dataclass(frozen=True)
class Coverage:
    """How many of a district's 离休 cadres were visited this year."""

    name: str
    people: int
    visited: int

    @property
    def owed(self) -> int:
        return self.people - self.visited

    @property
    def percent(self) -> float:
        return round(100 * self.visited / self.people, 1) if self.people else 100.0

    @property
    def below(self) -> bool:
        return self.percent < COVERAGE_TARGET

    @property
    def url(self) -> str:
        """The list of those not visited yet."""
        return contact_url(
            YEAR, **({"unit": self.name} if self.name != MUNICIPAL else {"level": Level.MUNICIPAL.value})
        )


def list_url(**query: Any) -> str:
    return f"{reverse('cadres:cadre_list')}?{urlencode(query)}" if query else reverse("cadres:cadre_list")


class Dashboard:
    def __init__(self, user: Any, today: datetime.date | None = None) -> None:
        self.user = user
        self.today = today or timezone.localdate()
        self.closing = datetime.date(self.today.year - 1, 12, 31)
        self.own = Cadre.objects.visible_to(user)
        self.states = CadreState.objects.visible_to(user).counted().order_by()
        self.visits = Visit.objects.visible_to(user).current().filter(visited_on__year=self.today.year)

    # -- figures --------------------------------------------------------------------------------------------

    def totals(self, day: datetime.date) -> dict[str, int]:
        rows = self.states.as_of(day).values_list("category").annotate(n=Count("pk"))
        return dict(rows)

    def kpis(self) -> list[dict[str, Any]]:
        now, before = self.totals(self.today), self.totals(self.closing)
        leave, retired = Category.LEAVE.value, Category.RETIREE.value
        party = self.states.as_of(self.today).filter(political_status__in=PARTY).count()
        people = sum(now.values())
        spent = self.visits.aggregate(money=Sum("gift_money"), people=Count("cadre", distinct=True), n=Count("pk"))
        return [
            {"label": "离休干部", "value": now.get(leave, 0), "unit": "人", "url": list_url(view="leave"),
             "change": now.get(leave, 0) - before.get(leave, 0), "note": self._mean_age()},
            {"label": "退休干部", "value": now.get(retired, 0), "unit": "人", "url": list_url(view="retiree"),
             "change": now.get(retired, 0) - before.get(retired, 0), "note": ""},
            {"label": "中共党员", "value": party, "unit": "人", "url": list_url(party="1"), "change": None,
             "note": f"占 {100 * party / people:.1f}%" if people else ""},
            {"label": "今年走访", "value": spent["n"], "unit": "人次", "url": reverse("visits:visit_list"), "change": None,
             "note": f"{spent['people']} 人"},
            {"label": "慰问金", "value": _wan(spent["money"]), "unit": "万元", "url": reverse("visits:visit_list"),
             "change": None, "note": "今年已发"},
        ]  # fmt: skip

    def _mean_age(self) -> str:
        years = self.states.as_of(self.today).filter(category=Category.LEAVE).exclude(cadre__birth="")
        rows = years.values_list(Cast(Substr("cadre__birth", 1, 4), IntegerField())).annotate(n=Count("pk"))
        total = count = 0
        for year, number in rows:
            total += (self.today.year - year) * number
            count += number
        return f"平均 {total / count:.0f}岁" if count else ""

    def trend(self) -> dict[str, Any]:
        """离休 at each year's end, and today."""
        years = list(range(self.today.year - TREND_YEARS + 1, self.today.year))
        days = [datetime.date(year, 12, 31) for year in years] + [self.today]
        values = [self.states.as_of(day).filter(category=Category.LEAVE).count() for day in days]
        labels = [f"{year}年末" for year in years] + ["现在"]
        return {
            "kind": "line",
            "unit": "人",
            "labels": labels,
            "series": [{"name": "离休干部", "values": values}],
        }

    def pyramid(self) -> list[Band]:
        year = Cast(Substr("cadre__birth", 1, 4), IntegerField())
        rows = (
            self.states.as_of(self.today)
            .exclude(cadre__birth="")
            .values_list("cadre__sex", year)
            .annotate(n=Count("pk"))
        )
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for sex, born, number in rows:
            age = self.today.year - born
            label = next((name for low, high, name in AGE_BANDS if low <= age <= high), AGE_BANDS[0][2])
            counts[label, sex] += number
        return [Band(name, counts[name, Sex.MALE], counts[name, Sex.FEMALE]) for _, _, name in AGE_BANDS]

    def coverage(self) -> list[Coverage]:
        visited = Exists(self.visits.filter(cadre=OuterRef("pk")))
        rows = (
            self.own.present()
            .filter(category=Category.LEAVE)
            .values_list("district__name")
            .annotate(people=Count("pk"), done=Count("pk", filter=Q(visited)))
            .order_by("district__name")
        )
        found = [Coverage(name or MUNICIPAL, people, done) for name, people, done in rows]
        return sorted(found, key=lambda item: (-item.percent, item.name))

    def districts(self) -> list[dict[str, Any]]:
        """People by administration, shaded by the share of those aged 80 and more."""
        born_by = str(self.today.year - 80 + 1)
        rows = (
            self.own.present()
            .values_list("district__name", "district_id")
            .annotate(people=Count("pk"), old=Count("pk", filter=Q(birth__gt="", birth__lt=born_by)))
            .order_by("district_id")
        )
        places = [(name, people, old, old / people if people else 0) for name, _, people, old in rows]
        low = min((share for *_, share in places), default=0)
        spread = max((share for *_, share in places), default=0) - low
        return [
            {
                "name": name or MUNICIPAL,
                "people": people,
                "old": old,
                "shade": 1 + round(4 * (share - low) / spread) if spread else 3,
                "url": list_url(unit=name) if name else list_url(level="city"),
            }
            for name, people, old, share in places
        ]

    def occasions(self) -> list[dict[str, Any]]:
        rows = (
            self.visits.values_list("occasion")
            .annotate(n=Count("pk"), people=Count("cadre", distinct=True), money=Sum("gift_money"))
            .order_by("-n")
        )
        most = max((row[1] for row in rows), default=0)
        return [
            {"label": Occasion(code).label, "visits": number, "people": people, "money": money or Decimal(0), "most": most,
             "url": f"{reverse('visits:visit_list')}?occasion={code}"}
            for code, number, people, money in rows
        ]  # fmt: skip

    # -- what deserves a look -------------------------------------------------------------------------------

    def matters(self, coverage: list[Coverage]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        worst = max((item for item in coverage if item.below), key=lambda item: item.owed, default=None)
        if worst is not None:
            found.append(
                {"owed": True, "title": f"{worst.name}离休干部今年走访 {worst.percent}%，还差 {worst.owed} 人",
                 "words": "离休干部每年都应走访到。", "url": worst.url,
                 "action": "看名单"}
            )  # fmt: skip
        waiting = lacking(self.own, QUARTER, self.today).count()
        if waiting:
            found.append(
                {"owed": True, "title": f"{waiting} 位老同志 90 天没有联系",
                 "words": "离休、不能自理和高龄独居的，每季度要联系一次。", "url": contact_url(), "action": "看名单"}
            )  # fmt: skip
        alone = self.own.present().filter(living=Living.ALONE, self_care__in=[SelfCare.PARTIAL, SelfCare.NONE]).count()
        if alone:
            found.append(
                {"owed": False, "title": f"独居又不能完全自理的有 {alone} 人", "words": "需要安排结对和护理。",
                 "url": list_url(condition=f"living-{Living.ALONE.value}"), "action": "看名单"}
            )  # fmt: skip
        week = [b for b in due_birthdays(self.own, self.today, self.today + WEEK) if b.milestone]
        if week:
            names = "；".join(f"{b.on.month}月{b.on.day}日 {b.name} {b.milestone}" for b in week[:3])
            found.append(
                {"owed": False, "title": "本周大寿", "words": f"{names}{' 等' if len(week) > 3 else ''}。",
                 "url": reverse("visits:birthday_list"), "action": "看全部"}
            )  # fmt: skip
        return found


def _wan(money: Decimal | None) -> str:
    """Yuan as 万元 with one decimal."""
    return f"{(money or Decimal(0)) / 10000:.1f}"
