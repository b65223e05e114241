"""Where the seconds of an import go: its functions wrapped in a stopwatch, from outside, for one run.

Each stage counts the wall time of the main thread inside it, less that of the stages within it, so the stages add up
to the whole. What a helper thread or process does meanwhile shows only as waiting.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

#: module, function (or Class.method), stage
WRAPPED = (
    ("cadres.roster", "read_sheets", "read the workbook (own process)"),
    ("cadres.roster.reading", "check_sheets", "count rows meanwhile"),
    ("cadres.roster", "understand", "find header and people"),
    ("cadres.roster", "read_rows", "parse and check cells"),
    ("cadres.roster_import.planner", "Frame", "columns in database form"),
    ("cadres.roster_import.planner", "Planner.run", "plan"),
    ("cadres.roster_import.planner", "Planner._digests", "digests"),
    ("cadres.roster_import.planner", "Planner._match", "find and compare people"),
    ("cadres.roster_import.plan", "Plan.fingerprint", "fingerprint of the plan"),
    ("cadres.roster_import.matching", "People.add", "fetch people on record"),
    ("cadres.roster_import.matching", "dated_states", "fetch dated states"),
    ("cadres.actions.roster", "store", "keep the sealed workbook"),
    ("cadres.actions.roster", "describe", "describe the sheets"),
    ("cadres.actions.roster", "build_report", "report"),
    ("cadres.actions.roster", "write_parts", "preview parts"),
    ("cadres.roster_import.commit", "Committer._create", "new people: columns"),
    ("cadres.roster_import.commit", "Committer._change", "changed people"),
    ("cadres.roster_import.commit", "derived_columns", "pinyin, periods, birthdays"),
    ("cadres.roster_import.commit", "create_organizations", "new units"),
    ("cadres.roster_import.commit", "seal_many", "seal"),
    ("cadres.roster_import.commit", "reserve_ids", "reserve keys"),
    ("common.audit", "record", "audit entry"),
)  # fmt: skip
INSERTERS = ("cadres.roster_import.commit", "common.audit", "cadres.roster_import.organizations")


class Stages:
    """Seconds by stage; ``install`` wraps, ``take`` hands over what was counted since the last time."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.stack: list[list[Any]] = []

    def measured(self, stage: Callable[..., str] | str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            name = stage if isinstance(stage, str) else stage(*args, **more)
            inside = [0.0]
            self.stack.append(inside)
            began = time.perf_counter()
            try:
                return function(*args, **more)
            finally:
                taken = time.perf_counter() - began
                self.stack.pop()
                self.seconds[name] = self.seconds.get(name, 0.0) + taken - inside[0]
                if self.stack:
                    self.stack[-1][0] += taken

        return call

    def install(self) -> None:
        from django.db import connection

        for module, path, stage in WRAPPED:
            holder: Any = importlib.import_module(module)
            *outer, name = path.split(".")
            for part in outer:
                holder = getattr(holder, part)
            setattr(holder, name, self.measured(stage, getattr(holder, name)))
        for module in INSERTERS:
            holder = importlib.import_module(module)
            holder.insert_columns = self.measured(_table, holder.insert_columns)
        connection.ensure_connection()
        connection.commit = self.measured("COMMIT", connection.commit)  # type: ignore[method-assign]

    def take(self, whole: float) -> dict[str, float]:
        found, self.seconds = self.seconds, {}
        found["the rest"] = whole - sum(found.values())
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def _table(model: Any, *_: Any, **__: Any) -> str:
    return f"insert {model._meta.db_table}"


def table_of(stages: dict[str, dict[str, float]], smallest: float = 0.02) -> str:
    """``{run: {stage: seconds}}`` as lines of a Markdown table, the largest first."""
    runs = list(stages)
    names = sorted(
        {name for run in stages.values() for name in run}, key=lambda n: -max(r.get(n, 0) for r in stages.values())
    )
    lines = ["| stage | " + " | ".join(runs) + " |", "|---" * (len(runs) + 1) + "|"]
    for name in names:
        cells = [stages[run].get(name, 0.0) for run in runs]
        if max(cells) >= smallest:
            lines.append(f"| {name} | " + " | ".join(f"{cell:.2f}" if cell >= 0.005 else "" for cell in cells) + " |")
    lines.append("| **together** | " + " | ".join(f"**{sum(stages[run].values()):.2f}**" for run in runs) + " |")
    return "\n".join(lines)
