"""Invented people. The same seed gives the same city; every name, number and address is made up."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from reports.demo.words import (
    COMMUNITIES,
    DISTRICT_UNITS,
    DISTRICTS,
    GIVEN_MEN,
    GIVEN_WOMEN,
    MINORITY_NAMES,
    MUNICIPAL_UNITS,
    POSTS,
    STREETS,
    SURNAMES,
)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
#: District -> the six digits its people's ID numbers begin with; 99 is no province, so no real person has them.
REGION = {name: f"9901{number:02d}" for number, name in enumerate(["市直", *DISTRICTS], start=1)}


@dataclass
class Person:
    """What a unit's roster says of somebody; dates as (year, month, day)."""

    name: str
    sex: str
    ethnicity: str
    birth: datetime.date
    id_number: str
    education: str
    party: str
    party_joined: datetime.date | None
    work_started: datetime.date
    retired_on: datetime.date
    category: str
    unit: str
    nature: str
    affiliation: str
    rank: str
    treatment_rank: str
    post: str
    health: str
    self_care: str
    living: str
    marriage: str
    address: str
    street: str
    community: str
    phone: str
    relocated_to: str = ""
    family: list[tuple[str, str, str]] = field(default_factory=list)  # (name, kinship, phone)


class Invention:
    """A generator of people born of one seed, as of the end of ``year``.

    ``first_serial``: where the order numbers of its ID numbers begin; two inventions of one city keep 20 apart.
    """

    def __init__(self, *, seed: int, year: int, first_serial: int = 1) -> None:
        self.random = random.Random(seed)
        self.year = year
        self.first_serial = first_serial
        self.serials: dict[str, int] = {}

    def people(self, *, affiliation: str, retirees: int, leaves: int) -> Iterator[Person]:
        """``leaves`` 离休 and ``retirees`` 退休 people of one administration (市直 or a district)."""
        for _ in range(leaves):
            yield self.person(affiliation, "离休")
        for _ in range(retirees):
            yield self.person(affiliation, "退休")

    def newly_retired(self, *, affiliation: str, number: int) -> Iterator[Person]:
        """People who went through 退休 formalities in this very year."""
        for _ in range(number):
            yield self.person(affiliation, "退休", newly=True)

    def person(self, affiliation: str, category: str, newly: bool = False) -> Person:
        pick, rand = self.random.choice, self.random.random
        sex = "男" if rand() < (0.82 if category == "离休" else 0.6) else "女"
        if category == "离休":
            age = round(self.random.triangular(self.year - 1935, 103, self.year - 1934))
            working = datetime.date(
                self.random.randint(max(1938, self.year - age + 13), 1949), self.random.randint(1, 8), 1
            )
        else:
            age = (60 if sex == "男" else 55) if newly else min(round(self.random.triangular(56, 97, 67)), 98)
            working = datetime.date(self.year - age + self.random.randint(17, 24), self.random.randint(1, 12), 1)
        birth = datetime.date(self.year - age, self.random.randint(1, 12), self.random.randint(1, 28))
        if birth.year + 13 > working.year:
            working = working.replace(year=min(birth.year + 13, 1949) if category == "离休" else birth.year + 17)
        retire_age = 60 if sex == "男" else 55
        retired_year = min(max(birth.year + retire_age, 1980 if category == "离休" else 1978), self.year)
        retired = datetime.date(retired_year, birth.month, 1)
        unit, nature = pick(MUNICIPAL_UNITS if affiliation == "市直" else DISTRICT_UNITS[nature_index(rand())])
        if affiliation != "市直":
            unit = f"{affiliation}{unit}"
        rank = self._rank(category, affiliation)
        party = rand() < (0.8 if category == "离休" else 0.55)
        joined = datetime.date(working.year + self.random.randint(1, 12), 7, 1) if party else None
        minority = rand() < 0.07
        name, ethnicity = (
            pick(MINORITY_NAMES[sex])
            if minority and rand() < 0.4
            else (self._name(sex), pick(["回族", "满族", "蒙古族", "维吾尔族"]) if minority else "汉族")
        )
        health, self_care = self._health(age)
        marriage = "丧偶" if rand() < max(0.05, (age - 62) / 55) else "已婚"
        street = pick(STREETS)
        district = affiliation if affiliation in COMMUNITIES else pick(list(COMMUNITIES))
        return Person(
            name=name,
            sex=sex,
            ethnicity=ethnicity,
            birth=birth,
            id_number=self._id_number(affiliation, birth, sex),
            education=self._education(category, rank),
            party="中共党员" if party else "群众",
            party_joined=joined,
            work_started=working,
            retired_on=retired,
            category=category,
            unit=unit,
            nature=nature,
            affiliation=affiliation,
            rank=rank,
            treatment_rank=self._treatment(category, rank),
            post=pick(POSTS[rank]),
            health=health,
            self_care=self_care,
            living=self._living(marriage, age, self_care),
            marriage=marriage,
            address=f"{street}{self.random.randint(1, 299)}号院{self.random.randint(1, 19)}号楼{self.random.randint(1, 6)}0{self.random.randint(1, 4)}室",
            street=f"{street[:2]}街道",
            community=pick(COMMUNITIES[district]),
            phone=f"19{self.random.randint(0, 999_999_999):09d}",
            relocated_to=pick(["陕西西安", "江苏南京", "上海", "山西太原", "辽宁沈阳"]) if rand() < 0.012 else "",
            family=self._family(name, sex, marriage),
        )

    def _name(self, sex: str) -> str:
        given = GIVEN_MEN if sex == "男" else GIVEN_WOMEN
        surname = self.random.choice(SURNAMES)
        first = self.random.choice(given)
        return surname + first if self.random.random() < 0.25 else surname + first + self.random.choice(given)

    def _id_number(self, affiliation: str, birth: datetime.date, sex: str) -> str:
        prefix = f"{REGION[affiliation]}{birth:%Y%m%d}"
        serial = self.serials[prefix] = self.serials.get(prefix, self.first_serial - 1) + 1
        digits = f"{prefix}{serial * 2 - (1 if sex == '男' else 0):03d}"
        return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]

    def _rank(self, category: str, affiliation: str) -> str:
        table = {
            ("离休", True): [("副厅级", 2), ("正处级", 30), ("副处级", 38), ("正科级", 30)],
            ("离休", False): [("正处级", 6), ("副处级", 24), ("正科级", 40), ("副科级", 30)],
            ("退休", True): [
                ("正厅级", 0.4),
                ("副厅级", 3),
                ("正处级", 11),
                ("副处级", 20),
                ("正科级", 26),
                ("副科级", 20),
                ("科员", 20),
            ],
            ("退休", False): [("正处级", 2), ("副处级", 8), ("正科级", 28), ("副科级", 26), ("科员", 36)],
        }[category, affiliation == "市直"]
        return self.random.choices([name for name, _ in table], [weight for _, weight in table])[0]

    def _treatment(self, category: str, rank: str) -> str:
        better = {"正处级": "副厅级", "副处级": "正处级", "副厅级": "正厅级"}
        return better.get(rank, rank) if category == "离休" and self.random.random() < 0.3 else rank

    def _education(self, category: str, rank: str) -> str:
        if category == "离休":
            return self.random.choices(
                ["大学本科", "大学专科", "中专", "高中", "初中", "小学"], [12, 18, 20, 20, 22, 8]
            )[0]
        high = rank in {"正厅级", "副厅级", "正处级", "副处级"}
        return self.random.choices(
            ["研究生", "大学本科", "大学专科", "中专", "高中", "初中"],
            [8, 52, 28, 8, 4, 0] if high else [1, 24, 36, 20, 12, 7],
        )[0]

    def _health(self, age: int) -> tuple[str, str]:
        worse = max(0.02, (age - 60) / 70)
        roll = self.random.random()
        if roll < worse * 0.16:
            return "长期卧床", "不能自理"
        if roll < worse * 0.26:
            return "长期住院", "不能自理"
        if roll < worse * 0.75:
            return "较差", "部分自理"
        return ("一般" if self.random.random() < 0.45 else "良好"), "能自理"

    def _living(self, marriage: str, age: int, self_care: str) -> str:
        if self_care == "不能自理":
            return self.random.choice(["与子女同住", "与保姆同住", "养老机构"])
        if marriage == "丧偶":
            return self.random.choices(["独居", "与子女同住", "与保姆同住", "养老机构"], [34, 46, 12, 8])[0]
        return self.random.choices(["空巢", "与子女同住"], [55, 45] if age > 68 else [25, 75])[0]

    def _family(self, name: str, sex: str, marriage: str) -> list[tuple[str, str, str]]:
        members = []
        if marriage == "已婚" and self.random.random() < 0.6:
            members.append((self._name("女" if sex == "男" else "男"), "配偶", self._phone()))
        for _ in range(self.random.randint(1, 3)):
            child = self.random.choice("男女")
            given = self._name(child)[1:]
            members.append((f"{name[0]}{given}", "儿子" if child == "男" else "女儿", self._phone()))
        return members

    def _phone(self) -> str:
        return f"19{self.random.randint(0, 999_999_999):09d}"


def nature_index(roll: float) -> int:
    """机关, 事业, 企业 in about the shares that a city has."""
    return 0 if roll < 0.27 else 1 if roll < 0.84 else 2
