"""Importing one roster of 60,000 people and 30 columns: ours with all its duties beside peers that have none.

Ours reads, validates every row, keeps the preview, encrypts, writes people, dated states, events and the audit trail.
The peers write a plain table. Each contender runs on a fresh database, first the roster, then the same one a year
later with 3 % changed, each time in a fresh process.

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


def run_one(contender: str, url: str, path: Path, kind: str, stages: Stages | None = None) -> dict[str, Any]:
    """One import: seconds of wall and of processor time, and of each stage if asked."""
    set_up_django(url)
    from bench import peers

    work = ours if contender == "ours" else getattr(peers, contender)
    if contender != "ours":
        peers.plain_model()
    if stages is not None:
        stages.install()
    busy = processor_seconds()
    seconds, rows = timed(lambda: work(path, kind == "again"))
    assert rows, contender
    cpu = round(processor_seconds() - busy, 2)
    return {kind: seconds, f"{kind}_cpu": cpu, f"{kind}_stages": stages.take(seconds) if stages else {}}


def run_both(contender: str, database: str, first: Path, again: Path, *more: str) -> dict[str, Any]:
    """The first import and the one a year later on one fresh database, each in a fresh process; and the most memory
    one of them held together with its children."""
    file = first.parent / f"{contender}.sqlite3"
    url = fresh_postgresql(f"bench_{contender}") if database == "postgresql" else f"sqlite:///{file}"
    found: dict[str, Any] = {"peak_mb": 0.0}
    with tempfile.TemporaryDirectory(prefix="songhe-bench-") as home:
        environment = {**os.environ, "SONGHE_HOME": home, "DEBUG": "0"}
        for kind, path in (("first", first), ("again", again)):
            command = [sys.executable, "-m", "bench.imports", "--one", contender, url, str(path), kind, *more]
            code, output, errors, peak = run_watched(command, environment)
            if code:
                raise SystemExit(f"{contender} on {database} failed:\n{errors[-3000:]}")
            found |= {**json.loads(output.splitlines()[-1]), "peak_mb": max(peak, found["peak_mb"])}
    for leftover in file.parent.glob(f"{file.name}*"):
        leftover.unlink()
    return found


def compare(database: str, first: Path, again: Path, contenders: tuple[str, ...] = CONTENDERS) -> None:
    found = {contender: run_both(contender, database, first, again) for contender in contenders}
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
    parser.add_argument("--one", nargs=4, metavar=("CONTENDER", "URL", "FILE", "KIND"))
    options = parser.parse_args()
    if options.one:
        contender, url, file, kind = options.one
        print(json.dumps(run_one(contender, url, Path(file), kind, Stages() if options.stages else None)))
        return
    with tempfile.TemporaryDirectory(prefix="songhe-rosters-") as folder:
        first, again = Path(folder) / "first.xlsx", Path(folder) / "again.xlsx"
        rows = rosters.people(options.rows)
        rosters.write(first, rows)
        rosters.write(again, rosters.changed(rows))
        del rows
        databases = options.databases.split(",")
        if options.stages:
            runs = {database: run_both("ours", database, first, again, "--stages") for database in databases}
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
