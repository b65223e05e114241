"""Folding: from the groups of a pass to the number of every condition."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from reports.engine.conditions import All, Condition, Is
from reports.engine.dimensions import DIMENSIONS, Source
from reports.engine.measures import AgeOf, Count
from reports.engine.passes import Cube, plan, run
from reports.engine.scope import Asked

Groups = dict[tuple[Any, ...], int]


def category_of(condition: Condition) -> str | None:
    """The one category that a condition speaks of, if it does."""
    if isinstance(condition, Is):
        if condition.dimension.name == "category" and len(condition.values) == 1:
            return next(iter(condition.values))
        return None
    if isinstance(condition, All):
        return next((found for part in condition.parts if (found := category_of(part))), None)
    return None


class FoldedCube:
    """A cube with its ages cut into classes, and the smaller cubes that were folded out of it."""

    def __init__(self, cube: Cube, day: datetime.date, cuts: list[int]) -> None:
        self.category, self.dims = cube.category, cube.dims
        self._day, self._cuts = day, cuts
        self._exact = self._read(cube, exact=True) if cube.dims == ("age",) else None
        self._raw = cube
        self._folded: dict[tuple[str, ...], Groups] = {cube.dims: self._read(cube, exact=False)}
        self._facts: dict[tuple[str, ...], list[tuple[Mapping[str, Any], int]]] = {}

    def _read(self, cube: Cube, *, exact: bool) -> Groups:
        readers = [_reader(name, self._day, self._cuts, exact) for name in cube.dims]
        folded: Groups = {}
        for raw, number in cube.groups:
            key = tuple([read[value] for read, value in zip(readers, raw, strict=True)])
            folded[key] = folded.get(key, 0) + number
        return folded

    def groups(self, dims: tuple[str, ...]) -> Groups:
        if dims in self._folded:
            return self._folded[dims]
        wanted = set(dims)
        parent = min(
            (held for held in self._folded if wanted <= set(held)), key=lambda held: len(self._folded[held])
        )
        self._folded[dims] = project(self._folded[parent], parent, dims)
        return self._folded[dims]

    def facts(self, dims: tuple[str, ...]) -> list[tuple[Mapping[str, Any], int]]:
        """[(facts of a group, number of people)]"""
        if dims not in self._facts:
            constant = {"category": self.category}
            self._facts[dims] = [
                ({**constant, **dict(zip(dims, key, strict=True))}, number)
                for key, number in self.groups(dims).items()
            ]
        return self._facts[dims]

    def exact_ages(self, condition: Condition) -> list[tuple[int, int]]:
        """[(age, number of people)] of those who fulfil the condition and whose age is known."""
        if self._exact is None:
            self._exact = self._read(self._raw, exact=True)
        place = self.dims.index("age")
        constant = {"category": self.category}
        found: dict[int, int] = {}
        for key, number in self._exact.items():
            age = key[place]
            if age is not None and condition.matches({**constant, **dict(zip(self.dims, key, strict=True))}):
                found[age] = found.get(age, 0) + number
        return sorted(found.items())


class _reader(dict):
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
    folded: Groups = {}
    if not dims:
        return {(): sum(groups.values())} if groups else {}
    places = [held.index(name) for name in dims]
    pick = itemgetter(*places)
    single = len(places) == 1
    for key, number in groups.items():
        small = (pick(key),) if single else pick(key)
        folded[small] = folded.get(small, 0) + number
    return folded


class Numbers:
    """The number of every count asked for; works out one source in one pass."""

    def __init__(self, asked: Asked, wanted: Iterable[Count | AgeOf]) -> None:
        self._values: dict[Count | AgeOf, int | float | None] = {}
        by_source: dict[Source, list[Count | AgeOf]] = {}
        for item in dict.fromkeys(wanted):
            by_source.setdefault(item.source, []).append(item)
        for source, items in by_source.items():
            self._read(asked, source, items)

    def __getitem__(self, item: Count | AgeOf) -> int | float | None:
        return self._values[item]

    def _read(self, asked: Asked, source: Source, items: list[Count | AgeOf]) -> None:
        needs = {item: _need(item) for item in items}
        cubes = plan(needs.values(), len(asked.districts))
        day = asked.day_of(source)
        run(asked.rows(source), source, day, cubes)
        cuts = sorted(frozenset().union(*(item.where.cuts() for item in items)))
        folded = [FoldedCube(cube, day, cuts) for cube in cubes]
        for item, (category, dims) in needs.items():
            cube = next(c for c in folded if c.category == category and dims <= set(c.dims))
            if isinstance(item, AgeOf):
                self._values[item] = _age(item, cube.exact_ages(item.where))
            else:
                facts = cube.facts(tuple(sorted(dims)))
                self._values[item] = sum(number for known, number in facts if item.where.matches(known))


def _need(item: Count | AgeOf) -> tuple[str | None, frozenset[str]]:
    category = category_of(item.where)
    dims = item.where.dims | ({"age"} if isinstance(item, AgeOf) else frozenset())
    return category, (dims - {"category"} if category is not None else dims)


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
