"""Random histories: people who enter, change, move, die and are corrected, through the real actions."""

from __future__ import annotations

import datetime
import random

from django.core.exceptions import ValidationError

from accounts.models import Organization
from cadres import actions
from cadres.models import Cadre, Standing
from common.codes import Category, Education, Health, Living, Nature, PoliticalStatus, Rank, SelfCare, Sex
from common.dates import PartialDate
from tests import factories

FIRST, LAST = datetime.date(2014, 1, 1), datetime.date(2018, 12, 31)


def some_day(rng: random.Random, first: datetime.date = FIRST, last: datetime.date = LAST) -> datetime.date:
    return first + datetime.timedelta(days=rng.randrange((last - first).days + 1))


def some_birth(rng: random.Random, leave: bool) -> PartialDate | None:
    if rng.random() < 0.05:
        return None
    year = rng.randrange(1915, 1935) if leave else rng.randrange(1916, 1973)
    known = rng.random()
    month, day = rng.randrange(1, 13), rng.randrange(1, 29)
    if rng.random() < 0.1:
        month, day = 2, 29 if year % 4 == 0 else 28
    if known < 0.15:
        return PartialDate(year)
    return PartialDate(year, month) if known < 0.4 else PartialDate(year, month, day)


def some_facts(rng: random.Random) -> dict[str, object]:
    return {
        "nature": rng.choice(Nature.values),
        "rank": rng.choice([*Rank.values, ""]),
        "political_status": rng.choice(
            [PoliticalStatus.PARTY_MEMBER, PoliticalStatus.PROBATIONARY, PoliticalStatus.MASSES, ""]
        ),
        "health": rng.choice([*Health.values, ""]),
        "self_care": rng.choice([*SelfCare.values, ""]),
        "living": rng.choice([*Living.values, ""]),
        "relocated": rng.random() < 0.2,
        "counted": rng.random() > 0.05,
    }


def make_person(rng: random.Random, units: list[Organization], managers: list[Organization | None]) -> Cadre:
    leave = rng.random() < 0.4
    birth = some_birth(rng, leave)
    category = Category.LEAVE if leave else rng.choice([Category.RETIREE] * 9 + [Category.SURVIVOR])
    values = {
        "name": f"随机{rng.randrange(10**6)}",
        "sex": rng.choice([*Sex.values, ""]),
        "ethnicity": rng.choice(["01", "01", "03", ""]),
        "birth": birth,
        "education": rng.choice([*Education.values, ""]),
        "category": category,
        "unit": rng.choice(units),
        "managing_unit": rng.choice(managers),
        "revolution_joined": PartialDate(rng.randrange(1926, 1950), rng.randrange(1, 13)) if leave else None,
        **some_facts(rng),
    }
    return actions.create_cadre(actor=None, values=values, entered_on=some_day(rng))


def live(rng: random.Random, cadre: Cadre, units: list[Organization]) -> None:
    """A few things happen to the person; what the rules refuse did not happen."""
    for _ in range(rng.randrange(3)):
        day = some_day(rng)
        try:
            what = rng.randrange(6)
            if what == 0:
                actions.decease_cadre(actor=None, cadre=cadre, died_on=day)
            elif what == 1:
                actions.move_out(actor=None, cadre=cadre, on=day, to_unit=rng.choice(units))
            elif what == 2:
                actions.move_out(actor=None, cadre=cadre, on=day, to_place="外地")
            elif what == 3:
                actions.move_in(actor=None, cadre=cadre, on=day, unit=rng.choice(units))
            elif what == 5 or cadre.standing == Standing.PRESENT:
                actions.change_cadre(actor=None, cadre=cadre, values=some_facts(rng), since=day if what == 4 else None)
        except ValidationError:
            continue
        cadre.refresh_from_db()


def make_city_of(rng: random.Random, number: int) -> tuple[Organization, list[Organization]]:
    """A city with two districts, a zone and a township, and ``number`` people who lived through some years."""
    city = factories.make_city()
    districts = [
        factories.make_organization(name, "district_bureau", city) for name in ("东关区", "平川县", "松山新区")
    ]
    units = [factories.make_organization(f"市属单位{n}", "unit", city, nature=n) for n in Nature.values]
    for district in districts:
        units += [
            factories.make_organization(f"{district.name}单位{n}", "unit", district, nature=n) for n in Nature.values
        ]
    units.append(
        factories.make_organization("石门镇", "unit", districts[1], nature=Nature.GOVERNMENT, level="township")
    )
    center = factories.make_organization("市退管中心", "center", city)
    managers = [None, city, districts[0], center, units[0]]
    for _ in range(number):
        live(rng, make_person(rng, units, managers), units)
    return city, units
