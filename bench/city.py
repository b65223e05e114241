"""A city of any size for benchmarks: 60,000 people made in Python, the rest copied inside the database."""

from __future__ import annotations

import datetime
import random

from django.db import connection

BLOCK = 60_000
STEP = 1_000_000
FOREVER = datetime.date(9999, 12, 31)


def fill(number: int, seed: int = 2017) -> None:
    """``number`` people (a multiple of 60,000, or fewer than that) with states and events, in a 2017 city."""
    from accounts.actions import create_organization
    from common.codes import Nature

    rng = random.Random(seed)
    city = create_organization(actor=None, name="青岚市委老干部局", kind="city_bureau", parent=None)
    units = []
    for index in range(9):
        name = "松山新区" if index == 8 else f"第{index + 1}区"
        district = create_organization(actor=None, name=name, kind="district_bureau", parent=city)
        units += [
            create_organization(actor=None, name=f"{name}{label}", kind="unit", parent=district, nature=nature)
            for nature, label in Nature.choices
        ]
    units += [
        create_organization(actor=None, name=f"市属{label}{n}", kind="unit", parent=city, nature=nature)
        for nature, label in Nature.choices
        for n in range(9)
    ]
    _people(rng, units, min(number, BLOCK))
    _copies(number // BLOCK)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _people(rng: random.Random, units: list, number: int) -> None:
    from cadres.actions.people import counted_values
    from cadres.models import Cadre, CadreState, StatusEvent

    cadres, days = [], []
    for index in range(number):
        cadre, entered, left = _person(rng, rng.choice(units), index)
        cadres.append(cadre)
        days.append((entered, left))
    Cadre.objects.bulk_create(cadres, batch_size=1000)
    states, events = [], []
    for cadre, (entered, left) in zip(cadres, days, strict=True):
        facts = counted_values(cadre)
        states.append(CadreState(cadre=cadre, valid_from=entered, valid_to=left or FOREVER, **facts))
        told = {key: facts[key] for key in ("category", "unit_id", "nature", "level", "district_id", "rank")}
        events.append(StatusEvent(cadre=cadre, kind="enrolled", on=entered, **told))
        if left:
            events.append(StatusEvent(cadre=cadre, kind="died", on=left, **told))
    CadreState.objects.bulk_create(states, batch_size=5000)
    StatusEvent.objects.bulk_create(events, batch_size=5000)


def _person(rng: random.Random, unit, index: int):
    from cadres.models import Cadre
    from common.codes import Education
    from common.dates import PartialDate

    leave = rng.random() < 0.025
    year = int(rng.gauss(1929, 3)) if leave else min(max(int(rng.gauss(1946, 9)), 1917), 1964)
    retired = min(year + (60 if rng.random() < 0.7 else 55), 2017)
    entered = datetime.date(retired, rng.randrange(1, 13), 1)
    left = None
    if rng.random() < 0.05:
        left = datetime.date(2016, 1, 1) + datetime.timedelta(days=rng.randrange(800))
    cadre = Cadre(
        name=f"测试{index}",
        sex=rng.choice("1112"),
        ethnicity=rng.choices(["01", "03", "04", "26"], [88, 7, 3, 2])[0],
        birth=PartialDate(year, rng.randrange(1, 13), rng.randrange(1, 29)),
        id_number=f"9901{index:014d}",
        phone=f"138{index:08d}",
        category="leave" if leave else "retiree",
        unit=unit,
        nature=unit.nature,
        level=unit.level,
        district_id=unit.district_id,
        rank=rng.choices(["121", "122", "131", "132", "141", "142", "150", ""], [1, 2, 8, 14, 26, 20, 24, 5])[0],
        political_status=rng.choices(["01", "13", "06"], [60, 38, 2])[0],
        health=rng.choices(["1", "2", "3", "4", "5", ""], [45, 30, 15, 3, 2, 5])[0],
        self_care=rng.choices(["1", "2", "3", ""], [80, 10, 5, 5])[0],
        living=rng.choices(["1", "2", "3", "4", "5", ""], [8, 35, 40, 4, 3, 10])[0],
        relocated=rng.random() < 0.05,
        education=rng.choice(Education.values[:7]),
        period=rng.choices("345", [1, 4, 15])[0] if leave else "",
        retired_on=PartialDate(retired, entered.month),
        address="松山路8号院3号楼2单元501室",
    )
    if left and left <= entered:
        left = None
    return cadre, entered, left


def _copies(blocks: int) -> None:
    """Blocks 2, 3, … are block 1 again under other ids: STEP is beyond every id of block 1."""
    shifted = {
        "cadres_cadre": {"id"},
        "cadres_cadrestate": {"id", "cadre_id"},
        "cadres_statusevent": {"id", "cadre_id"},
    }
    with connection.cursor() as cursor:
        for table, keys in shifted.items():
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'",
                [table],
            )
            names = [row[0] for row in cursor.fetchall()]
            quoted = ", ".join(f'"{name}"' for name in names)
            for block in range(1, blocks):
                copied = ", ".join(f'"{name}" + {block * STEP}' if name in keys else f'"{name}"' for name in names)
                cursor.execute(f"INSERT INTO {table} ({quoted}) SELECT {copied} FROM {table} WHERE id < {STEP}")
