"""One pass over the people of a category: a single statement reads them once and lays several GROUP BYs over it.

`WITH base AS MATERIALIZED (…)` holds a narrow row for each person; each cube is a GROUP BY over the dimensions that
some cells need together. Everything else is folded in memory (fold.py).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from reports.engine.dimensions import DIMENSIONS, Source

#: Cubes are joined as long as they cannot have more groups than this.
CUBE_LIMIT = 60_000
AGES = 70
#: Hashing needs room, or PostgreSQL sorts the people for every cube; compiling the statement costs more than running it.
POSTGRESQL = "SET LOCAL work_mem = '96MB'; SET LOCAL jit = off"


@dataclass
class Cube:
    """Dimensions that are grouped together, and what came out: (raw values, number)."""

    dims: tuple[str, ...]
    groups: list[tuple[tuple[Any, ...], int]]


def size(dims: Iterable[str], districts: int) -> int:
    """How many groups these dimensions can have at most."""
    product = 1
    for name in dims:
        dimension = DIMENSIONS[name]
        if dimension.kind == "code":
            product *= len(dimension.labels or {}) + 1
        else:
            product *= {"flag": 2, "age": AGES, "key": districts + 1}[dimension.kind]
    return product


def plan(needs: Iterable[frozenset[str]], districts: int) -> list[Cube]:
    """The fewest cubes, within the limit, that hold every set of dimensions needed together."""
    cubes: list[frozenset[str]] = []
    for dims in sorted(set(needs), key=lambda need: (-size(need, districts), sorted(need))):
        if any(dims <= held for held in cubes):
            continue
        fitting = [
            (size(dims | held, districts) // size(held, districts), index)
            for index, held in enumerate(cubes)
            if size(dims | held, districts) <= CUBE_LIMIT
        ]
        if fitting:
            index = min(fitting)[1]
            cubes[index] |= dims
        else:
            cubes.append(dims)
    return [Cube(tuple(sorted(dims)), []) for dims in cubes]


def run(rows: QuerySet, source: Source, day: datetime.date, cubes: list[Cube]) -> None:
    """Fill the cubes from one statement over ``rows``."""
    names = sorted({name for cube in cubes for name in cube.dims})
    columns = {f"d_{name}": DIMENSIONS[name].sql(source, day) for name in names}
    if not columns:
        for cube in cubes:
            cube.groups = [((), rows.count())]
        return
    try:
        base, params = rows.annotate(**columns).values_list(*columns).query.sql_with_params()
    except EmptyResultSet:
        return
    branches: list[str] = []
    for number, cube in enumerate(cubes):
        shown = ", ".join(f"d_{name}" if name in cube.dims else "NULL" for name in names)
        grouped = f" GROUP BY {', '.join(f'd_{name}' for name in cube.dims)}" if cube.dims else ""
        branches.append(f"SELECT {number}, {shown}, COUNT(*) FROM base{grouped}")
    # Identifiers come from DIMENSIONS alone; every value is a parameter.
    kept = "MATERIALIZED" if len(cubes) > 1 else "NOT MATERIALIZED"
    statement = f"WITH base({', '.join(columns)}) AS {kept} ({base}) {' UNION ALL '.join(branches)}"
    places = [[1 + names.index(name) for name in cube.dims] for cube in cubes]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
        cursor.execute(statement, params)
        while fetched := cursor.fetchmany(5000):
            for line in fetched:
                number = line[0]
                cubes[number].groups.append((tuple([line[place] for place in places[number]]), line[-1]))
