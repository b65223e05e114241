"""The stages of `make test` and of the targets beside it, each with the set-up that it needs.

    python3 -m scripts.testing STAGE…     stages: see STAGES below; PYTEST_ARGS is added to every pytest call

All stages run even if one fails; the exit code is that of the first that failed. What the tests find in
their environment: TEST_DATABASE_URL (PostgreSQL), TEST_REDIS_URL (an empty numbered database),
TEST_CHROMIUM (the browser's path), and DATABASE_URL for the stage's own database.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from scripts import services, setup
from scripts.project import ROOT, VENV_PYTHON, Stop, main, say

NO_TESTS = 5  # pytest's exit code when nothing was selected
PLAIN = "not integration and not e2e and not drill"


@dataclass(frozen=True)
class Stage:
    """One call: a pytest selection, or a module of ours."""

    title: str
    select: str = ""
    module: str = ""
    database: str = "sqlite"
    parallel: bool = False
    needs: tuple[str, ...] = ()
    may_be_empty: bool = False
    frontend: bool = True


STAGES = {
    "sqlite": Stage("tests on SQLite", PLAIN, parallel=True),
    "postgresql": Stage("tests on PostgreSQL", PLAIN, database="postgresql", parallel=True, needs=("postgresql",)),
    "integration": Stage(
        "Celery with a real Redis",
        "integration",
        database="postgresql",
        needs=("postgresql", "redis"),
        may_be_empty=True,
    ),
    "e2e": Stage("browser tests in Chromium", "e2e", needs=("chromium",), may_be_empty=True),
    "documents": Stage("figures of the documents", "documents", parallel=True),
    "drills": Stage("reliability drills", "drill", database="postgresql", needs=("postgresql", "redis")),
    "bench": Stage("benchmarks", module="bench", needs=("postgresql",)),
    "screenshots": Stage("screenshots", module="scripts.screenshots", needs=("chromium",)),
}


def command_of(stage: Stage, extra: list[str], parallel: int) -> list[str]:
    """The words of a stage's call."""
    python = str(VENV_PYTHON)
    if stage.module:
        return [python, "-m", stage.module, *extra]
    words = [python, "-m", "pytest", "-m", stage.select]
    if stage.parallel and parallel > 1 and not any(word.startswith(("-n", "--pdb")) for word in extra):
        words += ["-n", str(parallel), "--dist", "loadfile"]
    return words + extra


def environment_of(stage: Stage, found: dict[str, str], home: str) -> dict[str, str]:
    """A stage sees none of the caller's own data: its home is temporary, its database new."""
    mine = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "PORT"}}
    mine.update({"SONGHE_HOME": home, "SONGHE_ENV": "development", "PYTHONUNBUFFERED": "1"})
    names = {"postgresql": "TEST_DATABASE_URL", "redis": "TEST_REDIS_URL", "chromium": "TEST_CHROMIUM"}
    mine.update({names[key]: value for key, value in found.items() if key in stage.needs})
    if stage.database == "postgresql":
        mine["DATABASE_URL"] = found["postgresql"]
    if stage.needs == ("chromium",):
        mine["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's sync API keeps a loop in the test's thread
    return mine


def verdict(stage: Stage, code: int) -> bool:
    """Whether a stage's exit code is a success."""
    return code == 0 or (code == NO_TESTS and stage.may_be_empty and not stage.module)


def find(needs: list[str], running: services.Services) -> tuple[dict[str, str], dict[str, str]]:
    """What each needed service answers to, and for those that are not to be had the reason."""
    finders = {"postgresql": running.postgresql, "redis": running.redis, "chromium": services.chromium}
    found, problems = {}, {}
    for need in needs:
        try:
            found[need] = finders[need]()
        except Stop as problem:
            problems[need] = str(problem)
    return found, problems


def call_to_the_end(command: list[str], environment: dict[str, str]) -> int:
    """The call's exit code; when we are stopped, it gets the time to drop its databases."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        return process.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):  # the terminal sends Ctrl-C to both of us
            process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def run_stages(names: list[str], extra: list[str]) -> int:
    unknown = [name for name in names if name not in STAGES]
    if unknown or not names:
        raise Stop(f"Unknown stage {', '.join(unknown)}; there are: {', '.join(STAGES)}")
    stages = [STAGES[name] for name in names]
    setup.prepare(development=True, frontend=any(stage.frontend for stage in stages))
    needs = sorted({need for stage in stages for need in stage.needs})
    summary, first_failure = [], 0
    with services.Services() as running, tempfile.TemporaryDirectory(prefix="songhe-home-") as home:
        found, problems = find(needs, running)
        for stage in stages:
            missing = [problems[need] for need in stage.needs if need in problems]
            if missing:
                summary.append(f"NOT RUN {stage.title}: " + " ".join(missing))
                first_failure = first_failure or 1
                continue
            say(f"\n===== {stage.title} =====")
            started = time.monotonic()
            command = command_of(stage, extra, min(os.cpu_count() or 1, 8))
            code = call_to_the_end(command, environment_of(stage, found, home))
            good = verdict(stage, code)
            first_failure = first_failure or (0 if good else code)
            result = "passed " if code == 0 else "empty  " if good else "FAILED "
            summary.append(f"{result} {stage.title} ({time.monotonic() - started:.0f} s)")
    say("\n" + "\n".join(summary))
    return first_failure if first_failure >= 0 else 1


def entry(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers of our own are stopped then too
    return run_stages(arguments, shlex.split(os.environ.get("PYTEST_ARGS", "")))


if __name__ == "__main__":
    main(entry)
