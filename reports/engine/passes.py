"""One pass over the people: a single statement reads them once and lays several GROUP BYs over what it read.

`WITH base AS MATERIALIZED (…)` holds a narrow row for each person; each cube is a GROUP BY over the dimensions that
some cells need together. Everything else is folded in memory (compute.py).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from reports.engine.dimensions import DIMENSIONS, Source

#: Cubes are joined as long as they cannot have more groups than this.
CUBE_LIMIT = 60_000
AGES = 70


@dataclass
class Cube:
    """Dimensions grouped together among the people of one category (None: all)."""

    category: str | None
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


def plan(needs: Iterable[tuple[str | None, frozenset[str]]], districts: int) -> list[Cube]:
    """The fewest cubes, within the limit, that hold every set of dimensions needed together."""
    cubes: list[tuple[str | None, frozenset[str]]] = []
    for category, dims in sorted(set(needs), key=lambda n: (n[0] or "", -len(n[1]), sorted(n[1]))):
        fitting = [
            (size(dims | held, districts), index)
            for index, (owner, held) in enumerate(cubes)
            if owner == category and (dims <= held or size(dims | held, districts) <= CUBE_LIMIT)
        ]
        if fitting:
            index = min(fitting)[1]
            cubes[index] = (category, cubes[index][1] | dims)
        else:
            cubes.append((category, dims))
    return [Cube(category, tuple(sorted(dims)), []) for category, dims in cubes]


def run(rows: QuerySet, source: Source, day: datetime.date, cubes: list[Cube]) -> None:
    """Fill the cubes with ``(raw values, number)`` from one statement over ``rows``."""
    names = sorted({name for cube in cubes for name in cube.dims})
    if any(cube.category is not None for cube in cubes) and "category" not in names:
        names.append("category")
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
    values: list[Any] = list(params)
    for number, cube in enumerate(cubes):
        shown = ", ".join(f"d_{name}" if name in cube.dims else "NULL" for name in names)
        branch = f"SELECT {number}, {shown}, COUNT(*) FROM base"
        if cube.category is not None:
            branch += " WHERE d_category = %s"
            values.append(cube.category)
        if cube.dims:
            branch += f" GROUP BY {', '.join(f'd_{name}' for name in cube.dims)}"
        branches.append(branch)
    # Identifiers come from DIMENSIONS alone; every value is a parameter.
    statement = f"WITH base({', '.join(columns)}) AS MATERIALIZED ({base}) {' UNION ALL '.join(branches)}"
    places = [[1 + names.index(name) for name in cube.dims] for cube in cubes]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        while fetched := cursor.fetchmany(5000):
            for line in fetched:
                number = line[0]
                cubes[number].groups.append((tuple([line[place] for place in places[number]]), line[-1]))
