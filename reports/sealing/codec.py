"""Tables and their figures as plain data, and back: what a sealed year keeps instead of today's declarations.

A table is packed whole (heads, rows, layout, and every condition), so that a sealed year prints and opens its lists
as it was declared, whatever becomes of `reports.declarations`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from reports.engine.checks import CheckResult
from reports.engine.compute import Result
from reports.engine.conditions import EVERYONE, Age, AgeUnknown, All, Any_, Condition, Everyone, Is, Not
from reports.engine.dimensions import DIMENSIONS, Source
from reports.engine.measures import AgeOf, Count, Formula, Measure, Share
from reports.engine.model import CellRef, Column, District, EachDistrict, Group, Layout, Row, Table


def pack(data: Any) -> bytes:
    """Compressed JSON with sorted keys: equal data give equal text."""
    return zlib.compress(text_of(data), 9)


def text_of(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def unpack(packed: bytes | memoryview) -> Any:
    return json.loads(zlib.decompress(bytes(packed)))


def digest_of(data: Any) -> str:
    return hashlib.sha256(text_of(data)).hexdigest()


# -- declarations ------------------------------------------------------------------------------------------


def _condition(condition: Condition) -> list[Any]:
    if isinstance(condition, Everyone):
        return ["everyone"]
    if isinstance(condition, Is):
        return ["is", condition.dimension.name, sorted(condition.values, key=repr)]
    if isinstance(condition, Age):
        return ["age", condition.low, condition.high]
    if isinstance(condition, AgeUnknown):
        return ["age_unknown"]
    if isinstance(condition, All):
        return ["all", *map(_condition, condition.parts)]
    if isinstance(condition, Any_):
        return ["any", *map(_condition, condition.parts)]
    if isinstance(condition, Not):
        return ["not", _condition(condition.part)]
    raise TypeError(f"no way to pack {type(condition).__name__}")


def _measure(measure: Measure | None) -> list[Any] | None:
    if measure is None:
        return None
    if isinstance(measure, Count):
        return ["count", _condition(measure.where), measure.source.name]
    if isinstance(measure, AgeOf):
        return ["age", measure.stat, _condition(measure.where), measure.source.name, measure.decimals]
    if isinstance(measure, Share):
        return ["share", _measure(measure.whole), _measure(measure.part), measure.decimals]
    return ["formula", [list(term) for term in measure.terms], measure.words, measure.signed, measure.opens]


def _column(column: Column | Group) -> dict[str, Any]:
    if isinstance(column, Group):
        return {"group": column.label, "columns": [_column(inner) for inner in column.columns]}
    names = ("key", "label", "short", "thin", "optional", "unit")
    return {**{name: getattr(column, name) for name in names}, "measure": _measure(column.measure)}


def _row(row: Row, district: int | None) -> dict[str, Any]:
    names = ("key", "label", "indent", "total", "optional", "unit")
    return {
        **{name: getattr(row, name) for name in names},
        "where": _condition(row.where),
        "measures": {key: _measure(measure) for key, measure in row.measures.items()},
        "district": district,
    }


def table_data(table: Table, districts: tuple[District, ...]) -> dict[str, Any]:
    """A declaration, its rows of districts written out."""
    rows: list[dict[str, Any]] = []
    for row in table.rows:
        if isinstance(row, EachDistrict):
            for district in districts:
                rows += [_row(line, district.id) for line in row.expand((district,))]
        else:
            rows.append(_row(row, None))
    return {
        "id": table.id,
        "number": table.number,
        "title": table.title,
        "short_title": table.short_title,
        "population": _condition(table.population),
        "columns": [_column(column) for column in table.columns],
        "behind": [_column(column) for column in table.behind],
        "rows": rows,
        "unit": table.unit,
        "layout": asdict(table.layout),
        "compares": table.compares,
    }


class _Reader:
    """Reads a declaration; equal conditions become one object, as the engine likes its keys."""

    def __init__(self) -> None:
        self._known: dict[str, Condition] = {}

    def condition(self, data: list[Any]) -> Condition:
        key = json.dumps(data)
        if key not in self._known:
            self._known[key] = self._new(data)
        return self._known[key]

    def _new(self, data: list[Any]) -> Condition:
        kind, *rest = data
        if kind == "is":
            return Is(DIMENSIONS[rest[0]], frozenset(rest[1]))
        if kind == "age":
            return Age(*rest)
        if kind == "all":
            return All(tuple(map(self.condition, rest)))
        if kind == "any":
            return Any_(tuple(map(self.condition, rest)))
        if kind == "not":
            return Not(self.condition(rest[0]))
        return AgeUnknown() if kind == "age_unknown" else EVERYONE

    def measure(self, data: list[Any] | None) -> Any:
        if data is None:
            return None
        kind, *rest = data
        if kind == "count":
            return Count(self.condition(rest[0]), Source[rest[1]])
        if kind == "age":
            return AgeOf(rest[0], self.condition(rest[1]), Source[rest[2]], rest[3])
        if kind == "share":
            return Share(self.measure(rest[0]), self.measure(rest[1]), rest[2])
        return Formula(tuple((key, sign) for key, sign in rest[0]), *rest[1:])

    def column(self, data: dict[str, Any]) -> Column | Group:
        if "group" in data:
            return Group(data["group"], tuple(self.column(inner) for inner in data["columns"]))
        return Column(**{**data, "measure": self.measure(data["measure"])})

    def row(self, data: dict[str, Any]) -> Row:
        measures = {key: self.measure(measure) for key, measure in data["measures"].items()}
        kept = {name: value for name, value in data.items() if name != "district"}
        return Row(**{**kept, "where": self.condition(data["where"]), "measures": measures})


def table_from(data: Mapping[str, Any], districts: set[int]) -> Table:
    """The declaration again, with the rows of these districts only."""
    reader = _Reader()
    rows = [row for row in data["rows"] if row["district"] is None or row["district"] in districts]
    layout = {**data["layout"], "notes": tuple(data["layout"]["notes"])}
    plain = ("id", "number", "title", "short_title", "unit", "compares")
    return Table(
        **{name: data[name] for name in plain},
        population=reader.condition(data["population"]),
        columns=tuple(reader.column(column) for column in data["columns"]),
        rows=tuple(reader.row(row) for row in rows),
        behind=tuple(reader.column(column) for column in data.get("behind", ())),  # type: ignore[misc]
        layout=Layout(**layout),
    )


# -- figures -----------------------------------------------------------------------------------------------


def result_data(result: Result) -> dict[str, Any]:
    """The figures of a table, blanks left out, its checks and what was said about them."""
    values: dict[str, dict[str, Any]] = {}
    for (row, column), value in result.values.items():
        if value:
            values.setdefault(row, {})[column] = value
    return {
        "name": result.asked.name,
        "as_of": result.asked.day.isoformat(),
        "districts": [district.id for district in result.asked.districts],
        "lines": [row.key for row in result.lines],
        "columns": [column.key for column in result.columns],
        "values": values,
        "checks": [asdict(check) for check in result.checks],
        "explanations": result.explanations,
    }


def result_from(data: Mapping[str, Any], table: Table, asked: Any) -> Result:
    rows = {row.key: row for row in table.lines(())}
    checks = [
        CheckResult(
            **{
                **check,
                "left_cells": tuple(CellRef(**cell) for cell in check["left_cells"]),
                "right_cells": tuple(CellRef(**cell) for cell in check["right_cells"]),
            }
        )
        for check in data["checks"]
    ]
    columns = [column for column in table.leaves if column.key in set(data["columns"])]
    values = {(row, column): value for row, cells in data["values"].items() for column, value in cells.items()}
    lines = [rows[key] for key in data["lines"]]
    return Result(table, asked, lines, columns, values, checks, data["explanations"])
