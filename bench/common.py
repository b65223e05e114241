"""What all benchmarks share: a database of their own, a stopwatch, and bench/results.json."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

RESULTS = Path(os.environ.get("BENCH_RESULTS") or Path(__file__).resolve().parent / "results.json")
SERVER = "postgres://postgres@127.0.0.1:5432/postgres"


def fresh_postgresql(name: str) -> str:
    """A new empty database on the server of TEST_DATABASE_URL; returns its address. Call before Django is set up."""
    import psycopg2

    url = urlsplit(os.environ.get("TEST_DATABASE_URL", SERVER))
    connection = psycopg2.connect(
        host=url.hostname or "127.0.0.1",
        port=url.port or 5432,
        user=url.username or "postgres",
        password=url.password or "",
        dbname="postgres",
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    connection.close()
    return url._replace(path=f"/{name}").geturl()


def set_up_django(database_url: str) -> None:
    """Django on that database, migrated."""
    os.environ["DATABASE_URL"] = database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def timed(work: Callable[[], Any], *, repeat: int = 1) -> tuple[float, Any]:
    """(seconds of the best of ``repeat`` runs, what the last one returned)"""
    best, result = float("inf"), None
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def peak_mb() -> float:
    """The most memory this process ever held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def run_watched(command: list[str], environment: dict[str, str]) -> tuple[int, str, str, float]:
    """(return code, output, errors, most memory of the process and its children together, in MB).

    What processes share counts once (PSS), looked at twenty times a second.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=environment)
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(map(_pss_kb, _family(process.pid))))
            time.sleep(0.05)
        out.seek(0)
        errors.seek(0)
        return process.returncode, out.read(), errors.read(), round(peak / 1024, 1)


def _family(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                found += _family(int(child))
    return found


def _pss_kb(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def processor_seconds() -> float:
    """Processor time of this process and its ended children; a database server's is not in it."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def record(name: str, ours_s: float, peak_mb: float, peers: dict[str, float]) -> dict[str, Any]:
    """Put one result into bench/results.json, beside what is there, and print it."""
    entry = {
        "ours_s": round(ours_s, 3),
        "peak_mb": peak_mb,
        "peers": {peer: round(seconds, 3) for peer, seconds in peers.items()},
        "ratio": {peer: round(seconds / ours_s, 2) for peer, seconds in peers.items()},
    }
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    known[name] = entry
    RESULTS.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    others = "，".join(f"{peer} {seconds:.2f} s ({entry['ratio'][peer]}×)" for peer, seconds in peers.items())
    print(f"{name}: {ours_s:.2f} s, {peak_mb:.0f} MB; {others}", flush=True)
    return entry
