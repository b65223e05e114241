"""Folding: from the groups of a pass to the number of every condition."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from math import prod
from operator import itemgetter
from typing import Any

from reports.engine.conditions import All, Condition, Is
from reports.engine.dimensions import DIMENSIONS, Source
from reports.engine.measures import AgeOf, Count
from reports.engine.passes import Cube, plan
from reports.engine.scope import Asked

Groups = dict[tuple[Any, ...], int]


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, All) else (condition,)


def categories_of(condition: Condition) -> frozenset[str]:
    """The categories that a condition speaks of; every count names at least one."""
    found: frozenset[str] | None = None
    for part in parts_of(condition):
        if isinstance(part, Is) and part.dimension.name == "category":
            found = part.values if found is None else found & part.values
    if found is None:
        raise ValueError(f"a table must say whom it counts: {condition.words()}")
    return found


class FoldedCube:
    """A cube with its ages cut into classes, and the smaller cubes that were folded out of it."""

    def __init__(self, cube: Cube, category: str | None, day: datetime.date, cuts: list[int]) -> None:
        self.dims, self._category, self._day, self._cuts = cube.dims, category, day, cuts
        self._raw, self._exact = cube, Groups()
        self._folded: dict[tuple[str, ...], Groups] = {cube.dims: self._read(exact=False)}
        places = range(len(cube.dims))
        self._values = {
            name: {key[place] for key in self._folded[cube.dims]} for name, place in zip(cube.dims, places, strict=True)
        }
        self._allowed: dict[Condition, set[Any]] = {}

    def _read(self, *, exact: bool) -> Groups:
        readers = [_Reader(name, self._day, self._cuts, exact) for name in self.dims]
        folded: Groups = {}
        for raw, number in self._raw.groups:
            key = tuple([read[value] for read, value in zip(readers, raw, strict=True)])
            folded[key] = folded.get(key, 0) + number
        return folded

    def _groups(self, dims: tuple[str, ...]) -> Groups:
        if dims not in self._folded:
            wanted = set(dims)
            fitting = (held for held in self._folded if wanted <= set(held))
            parent = min(fitting, key=lambda held: len(self._folded[held]))
            self._folded[dims] = project(self._folded[parent], parent, dims)
        return self._folded[dims]

    def number(self, condition: Condition, dims: tuple[str, ...]) -> int:
        """How many people fulfil the condition."""
        groups = self._groups(dims)
        allowed: dict[str, set[Any]] = {}
        for part in parts_of(condition):
            if self._category is not None and part.dims == {"category"}:
                if not part.matches({"category": self._category}):
                    return 0
            elif len(part.dims) == 1:
                (name,) = part.dims
                found = self._allowed_values(part, name)
                allowed[name] = allowed[name] & found if name in allowed else found
            elif part.dims:
                return self._number_by_facts(condition, dims, groups)
        # A conjunction of one-dimensional conditions: look up the few groups that can be meant.
        choices = [allowed.get(name) or set() if name in allowed else self._values[name] for name in dims]
        if prod(map(len, choices)) <= len(groups):
            return sum(groups.get(key, 0) for key in product(*choices))
        return sum(
            number
            for key, number in groups.items()
            if all(value in choice for value, choice in zip(key, choices, strict=True))
        )

    def _number_by_facts(self, condition: Condition, dims: tuple[str, ...], groups: Groups) -> int:
        constant = {"category": self._category}
        return sum(
            number
            for key, number in groups.items()
            if condition.matches({**constant, **dict(zip(dims, key, strict=True))})
        )

    def _allowed_values(self, part: Condition, name: str) -> set[Any]:
        if part not in self._allowed:
            self._allowed[part] = {value for value in self._values[name] if part.matches({name: value})}
        return self._allowed[part]

    def ages(self, condition: Condition) -> dict[int, int]:
        """{age: number of people} of those who fulfil the condition and whose age is known."""
        if not self._exact:
            self._exact = self._read(exact=True)
        place, constant = self.dims.index("age"), {"category": self._category}
        found: dict[int, int] = {}
        for key, number in self._exact.items():
            age = key[place]
            if age is not None and condition.matches({**constant, **dict(zip(self.dims, key, strict=True))}):
                found[age] = found.get(age, 0) + number
        return found


class _Reader(dict):
    """Raw value -> what conditions compare; each distinct value is worked out once."""

    def __init__(self, name: str, day: datetime.date, cuts: list[int], exact: bool) -> None:
        super().__init__()
        self._dimension, self._day = DIMENSIONS[name], day
        self._cuts = None if exact or name != "age" else cuts

    def __missing__(self, raw: Any) -> Any:
        value = self._dimension.value(raw, self._day)
        if self._cuts is not None and value is not None:
            index = bisect_right(self._cuts, value)
            value = self._cuts[index - 1] if index else -1
        self[raw] = value
        return value


def project(groups: Groups, held: tuple[str, ...], dims: tuple[str, ...]) -> Groups:
    """Groups of fewer dimensions."""
    if not dims:
        return {(): sum(groups.values())} if groups else {}
    folded: Groups = {}
    places = [held.index(name) for name in dims]
    pick = itemgetter(*places)
    single = len(places) == 1
    for key, number in groups.items():
        small = (pick(key),) if single else pick(key)
        folded[small] = folded.get(small, 0) + number
    return folded


@dataclass(frozen=True)
class Pass:
    """One reading: its cubes' dimensions, and for every count the cube it is taken from, the widest first."""

    source: Source
    category: str | None
    cubes: tuple[tuple[str, ...], ...]
    cuts: list[int]
    items: list[tuple[Count | AgeOf, tuple[str, ...], int]]


class Needs:
    """What has to be read for these counts; each source and category is read in one pass."""

    def __init__(self, wanted: Iterable[Count | AgeOf], districts: int) -> None:
        self.items = list(dict.fromkeys(wanted))
        self.passes: list[Pass] = []
        by_source: dict[Source, list[Count | AgeOf]] = {}
        for item in self.items:
            by_source.setdefault(item.source, []).append(item)
        for source, items in by_source.items():
            self._of_source(source, items, districts)

    def _of_source(self, source: Source, items: list[Count | AgeOf], districts: int) -> None:
        """One pass if a single cube can hold everything, else one for each category (nobody is in two of them)."""
        needs = {item: item.where.dims | ({"age"} if isinstance(item, AgeOf) else frozenset()) for item in items}
        if len(plan(needs.values(), districts)) == 1:
            self._add(source, None, needs, districts)
            return
        categories = {item: categories_of(item.where) for item in items}
        for category in sorted(frozenset().union(*categories.values())):
            mine = {item: dims - {"category"} for item, dims in needs.items() if category in categories[item]}
            self._add(source, category, mine, districts)

    def _add(
        self, source: Source, category: str | None, needs: dict[Count | AgeOf, frozenset[str]], districts: int
    ) -> None:
        cubes = [cube.dims for cube in plan(needs.values(), districts)]
        cuts = sorted({cut for item in needs for cut in item.where.cuts()})
        fitting: dict[frozenset[str], int] = {}
        for dims in set(needs.values()):
            fitting[dims] = min(
                (at for at, cube in enumerate(cubes) if dims <= set(cube)), key=lambda at: len(cubes[at])
            )
        # The widest first: narrower groups are folded out of what is already small.
        order = sorted(needs.items(), key=lambda need: (-len(need[1]), sorted(need[1])))
        items = [(item, tuple(sorted(dims)), fitting[dims]) for item, dims in order]
        self.passes.append(Pass(source, category, tuple(cubes), cuts, items))


class Numbers:
    """The number of every count asked for."""

    def __init__(self, asked: Asked, needs: Needs) -> None:
        self._values: dict[Count | AgeOf, int | float | None] = {
            item: None if isinstance(item, AgeOf) else 0 for item in needs.items
        }
        self._ages: dict[AgeOf, dict[int, int]] = {}
        for reading in needs.passes:
            self._read(asked, reading)
        for item, ages in self._ages.items():
            self._values[item] = _age(item, sorted(ages.items()))

    def __getitem__(self, item: Count | AgeOf) -> int | float | None:
        return self._values[item]

    def _read(self, asked: Asked, reading: Pass) -> None:
        cubes = [Cube(dims, []) for dims in reading.cubes]
        day = asked.day_of(reading.source)
        asked.read(reading.source, reading.category, cubes)
        folded = [FoldedCube(cube, reading.category, day, reading.cuts) if cube.groups else None for cube in cubes]
        for item, dims, at in reading.items:
            cube = folded[at]
            if cube is None:  # nobody at all: a unit without 离休 people, say
                continue
            if isinstance(item, AgeOf):
                ages = self._ages.setdefault(item, {})
                for age, number in cube.ages(item.where).items():
                    ages[age] = ages.get(age, 0) + number
            else:
                self._values[item] = int(self._values[item] or 0) + cube.number(item.where, dims)


def _age(item: AgeOf, ages: list[tuple[int, int]]) -> int | float | None:
    if not ages:
        return None
    if item.stat == "min":
        return ages[0][0]
    if item.stat == "max":
        return ages[-1][0]
    total = sum(number for _, number in ages)
    # Round half up, as people do it by hand; floats would round 88.25 to even.
    scaled = 10**item.decimals * sum(age * number for age, number in ages)
    return (2 * scaled + total) // (2 * total) / 10**item.decimals
