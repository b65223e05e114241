"""Tables as plain data: JSON and CSV."""

from __future__ import annotations

from typing import Any

from reports.engine.compute import Result


def as_data(result: Result) -> dict[str, Any]:
    """One table as JSON has it; an empty cell is null, never 0."""
    asked = result.asked
    return {
        "id": result.table.id,
        "number": result.table.number,
        "title": result.table.title,
        "unit": result.table.unit,
        "as_of": asked.day.isoformat(),
        "organization": asked.name,
        "columns": [{"key": column.key, "label": column.label} for column in result.columns],
        "rows": [
            {
                "key": row.key,
                "label": row.label,
                "indent": row.indent,
                "cells": {column.key: result.shown(row.key, column.key) for column in result.columns},
            }
            for row in result.lines
        ],
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "left": check.left,
                "right": check.right,
                "left_label": check.left_label,
                "right_label": check.right_label,
                "explanation": result.explanations.get(check.name),
            }
            for check in result.checks
        ],
    }


def as_rows(result: Result) -> list[list[Any]]:
    """One table as CSV has it: a head of one row, then the lines."""
    rows: list[list[Any]] = [["项目", *(column.label for column in result.columns)]]
    for row in result.lines:
        rows.append([row.label, *(result.shown(row.key, column.key) for column in result.columns)])
    return rows
