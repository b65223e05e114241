"""The benchmarks run, in their quick version, and write what was promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.integration
def test_the_quick_benchmark_measures_every_case_against_its_peers(tmp_path):
    results = tmp_path / "results.json"
    environment = {**os.environ, "BENCH_RESULTS": str(results), "SONGHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "bench.run", "--quick"], cwd=ROOT, env=environment, check=True, timeout=600)
    measured = json.loads(results.read_text())
    for case in ("first_sqlite", "again_sqlite", "first_postgresql", "again_postgresql"):
        row = measured[f"import_{case}"]
        assert row["ours_s"] > 0 and row["peak_mb"] > 0
        assert set(row["peers"]) == {"stock_default", "stock_best", "limit"}
        for peer, seconds in row["peers"].items():
            assert row["ratio"][peer] == pytest.approx(seconds / row["ours_s"], rel=0.05)
