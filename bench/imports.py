"""Importing one roster of 60,000 people and 30 columns: ours with all its duties beside peers that have none.

Ours reads, validates every row, keeps the preview, encrypts, writes people, dated states, events and the audit trail.
The peers write a plain table. Each contender runs in a fresh process on a fresh database, first the roster, then the
same one a year later with 3 % changed.

`python -m bench.imports [--rows N] [--databases sqlite,postgresql]`
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import rosters
from bench.common import fresh_postgresql, peak_mb, record, set_up_django, timed

CONTENDERS = ("ours", "limit", "stock_best", "stock_default")


def ours(path: Path, again: bool) -> int:
    from cadres.actions.roster import import_files

    report, _ = import_files(files=[(path.name, path)], year=2025, create_organizations=True, commit=True)
    totals = report["totals"]
    wanted = "unchanged" if again else "created"
    assert totals["rejected"] == totals["duplicates"] == 0 and totals[wanted] >= totals["rows"] * 0.96, totals
    return totals["rows"]


def run_one(contender: str, database: str, first: Path, again: Path) -> dict[str, Any]:
    """One contender on a fresh database: seconds of both imports, and the most memory held."""
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
    seconds = []
    for path, repeated in ((first, False), (again, True)):
        taken, rows = timed(lambda path=path, repeated=repeated: work(path, repeated))
        assert rows, contender
        seconds.append(taken)
    return {"first": seconds[0], "again": seconds[1], "peak_mb": peak_mb()}


def compare(database: str, first: Path, again: Path, contenders: tuple[str, ...] = CONTENDERS) -> None:
    found: dict[str, dict[str, Any]] = {}
    for contender in contenders:
        with tempfile.TemporaryDirectory(prefix="songhe-bench-") as home:
            command = [sys.executable, "-m", "bench.imports", "--one", contender, database, str(first), str(again)]
            environment = {**os.environ, "SONGHE_HOME": home, "DEBUG": "0"}
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
            for leftover in first.parent.glob(f"{contender}.sqlite3*"):
                leftover.unlink()
        if done.returncode:
            raise SystemExit(f"{contender} on {database} failed:\n{done.stderr[-3000:]}")
        found[contender] = json.loads(done.stdout.splitlines()[-1])
    for kind in ("first", "again"):
        others = {name: found[name][kind] for name in contenders if name != "ours"}
        record(f"import_{kind}_{database}", found["ours"][kind], found["ours"]["peak_mb"], others)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    parser.add_argument("--one", nargs=4, metavar=("CONTENDER", "DATABASE", "FIRST", "AGAIN"))
    options = parser.parse_args()
    if options.one:
        contender, database, first, again = options.one
        print(json.dumps(run_one(contender, database, Path(first), Path(again))))
        return
    with tempfile.TemporaryDirectory(prefix="songhe-rosters-") as folder:
        first, again = Path(folder) / "first.xlsx", Path(folder) / "again.xlsx"
        rows = rosters.people(options.rows)
        rosters.write(first, rows)
        rosters.write(again, rosters.changed(rows))
        del rows
        for database in options.databases.split(","):
            compare(database, first, again, tuple(options.contenders.split(",")))


if __name__ == "__main__":
    main()
