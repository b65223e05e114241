"""Importing one roster of 60,000 people and 30 columns: ours with all its duties beside peers that have none.

Ours reads, validates every row, keeps the preview, encrypts, writes people, dated states, events and the audit trail.
The peers write a plain table. Each contender runs in a fresh process on a fresh database, first the roster, then the
same one a year later with 3 % changed.

`python -m bench.imports [--rows N] [--databases sqlite,postgresql]`; with `--stages` it says where each second of ours
goes instead of comparing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import rosters
from bench.common import fresh_postgresql, processor_seconds, record, run_watched, set_up_django, timed
from bench.stages import Stages, table_of

CONTENDERS = ("ours", "limit", "stock_best", "stock_default")


def ours(path: Path, again: bool) -> int:
    from cadres.actions.roster import import_files

    report, _ = import_files(files=[(path.name, path)], year=2025, create_organizations=True, commit=True)
    totals = report["totals"]
    wanted = "unchanged" if again else "created"
    assert totals["rejected"] == totals["duplicates"] == 0 and totals[wanted] >= totals["rows"] * 0.96, totals
    return totals["rows"]


def run_one(contender: str, database: str, first: Path, again: Path, stages: Stages | None = None) -> dict[str, Any]:
    """One contender on a fresh database: seconds of both imports, and of processor time."""
    url = (
        fresh_postgresql(f"bench_{contender}")
        if database == "postgresql"
        else f"sqlite:///{first.parent / contender}.sqlite3"
    )
    set_up_django(url)
    from bench import peers

    work = ours if contender == "ours" else getattr(peers, contender)
    if contender != "ours":
        peers.plain_model()
    if stages is not None:
        stages.install()
    found: dict[str, Any] = {}
    for kind, path in (("first", first), ("again", again)):
        busy = processor_seconds()
        found[kind], rows = timed(lambda path=path, kind=kind: work(path, kind == "again"))
        assert rows, contender
        found[f"{kind}_cpu"] = round(processor_seconds() - busy, 2)
        if stages is not None:
            found[f"{kind}_stages"] = stages.take(found[kind])
    return found


def in_its_own_process(contender: str, database: str, first: Path, again: Path, *more: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="songhe-bench-") as home:
        command = [sys.executable, "-m", "bench.imports", "--one", contender, database, str(first), str(again), *more]
        environment = {**os.environ, "SONGHE_HOME": home, "DEBUG": "0"}
        code, output, errors, peak = run_watched(command, environment)
        for leftover in first.parent.glob(f"{contender}.sqlite3*"):
            leftover.unlink()
    if code:
        raise SystemExit(f"{contender} on {database} failed:\n{errors[-3000:]}")
    return {**json.loads(output.splitlines()[-1]), "peak_mb": peak}


def compare(database: str, first: Path, again: Path, contenders: tuple[str, ...] = CONTENDERS) -> None:
    found = {contender: in_its_own_process(contender, database, first, again) for contender in contenders}
    for contender, taken in found.items():
        print(
            f"  {contender}: processor {taken['first_cpu']} + {taken['again_cpu']} s, peak {taken['peak_mb']} MB",
            flush=True,
        )
    for kind in ("first", "again"):
        others = {name: found[name][kind] for name in contenders if name != "ours"}
        record(f"import_{kind}_{database}", found["ours"][kind], found["ours"]["peak_mb"], others)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--one", nargs=4, metavar=("CONTENDER", "DATABASE", "FIRST", "AGAIN"))
    options = parser.parse_args()
    if options.one:
        contender, database, first, again = options.one
        stages = Stages() if options.stages else None
        print(json.dumps(run_one(contender, database, Path(first), Path(again), stages)))
        return
    with tempfile.TemporaryDirectory(prefix="songhe-rosters-") as folder:
        first, again = Path(folder) / "first.xlsx", Path(folder) / "again.xlsx"
        rows = rosters.people(options.rows)
        rosters.write(first, rows)
        rosters.write(again, rosters.changed(rows))
        del rows
        databases = options.databases.split(",")
        if options.stages:
            runs = {database: in_its_own_process("ours", database, first, again, "--stages") for database in databases}
            print(
                table_of(
                    {
                        f"{kind} {name}": run[f"{kind}_stages"]
                        for kind in ("first", "again")
                        for name, run in runs.items()
                    }
                )
            )
            return
        for database in databases:
            compare(database, first, again, tuple(options.contenders.split(",")))


if __name__ == "__main__":
    main()
