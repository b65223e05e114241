"""All benchmarks, one after the other: `python bench/run.py [--quick]`. Writes bench/results.json, prints the ratios.

``--quick`` is a small version (2,000 rows; no 1,200,000 people) that tells only whether everything still runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: (words of the call, words of the quick call or None)
BENCHMARKS = (
    (("bench.imports",), ("bench.imports", "--rows", "2000")),
    (("bench.tables", "60000"), None),
    (("bench.tables", "1200000"), None),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    failed = 0
    for full, quick in BENCHMARKS:
        words = quick if options.quick else full
        if words is None:
            continue
        print(f"-- {' '.join(words)}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", *words], cwd=ROOT, env=environment, check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
