"""Real Celery workers on a real queue and a database of their own: one set of notices however often they are asked."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.integration
PATIENCE = 90  # seconds

BUILD = """
import datetime
import django
django.setup()
from django.utils import timezone
from common.dates import PartialDate
from tests import factories
from tests.conftest import build_cast
cast = build_cast()
day = timezone.localdate() + datetime.timedelta(days=3)
for name in ("甲", "乙", "丙"):
    factories.make_cadre(cast.unit_a, name=name, birth=PartialDate(1948, day.month, min(day.day, 28)))
"""
ASK = """
import sys
from config.celery import app
for _ in range(int(sys.argv[2])):
    app.send_task("visits.tasks.send_due_notices", queue=sys.argv[1])
"""


class Site:
    """A data folder, its database, and the environment that commands and workers share."""

    def __init__(self, home: Path, redis_url: str) -> None:
        self.database = home / "db.sqlite3"
        self.queue = f"test-{uuid.uuid4().hex[:12]}"
        self.home = home
        self.env = {
            **{key: value for key, value in os.environ.items() if key not in {"REDIS_URL", "DATABASE_URL"}},
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SONGHE_ENV": "development",
            "SONGHE_HOME": str(home),
            "DATABASE_URL": f"sqlite:///{self.database}",
            **({"REDIS_URL": redis_url} if redis_url else {}),
        }

    def run(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]

    @contextmanager
    def workers(self, count: int) -> Iterator[list[Path]]:
        logs, processes = [], []
        try:
            for number in range(count):
                log = self.home / f"worker-{number}.log"
                logs.append(log)
                command = [
                    sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "solo", "-l", "INFO",
                    "-Q", self.queue, "-n", f"w{number}-{self.queue}@%h", "--without-gossip", "--without-mingle",
                ]  # fmt: skip
                with log.open("wb") as output:
                    processes.append(subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=output, stderr=output))
            yield logs
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(15)
                process.kill()

    def rows(self, query: str) -> list[tuple]:
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()


def wait_for(condition: Callable[[], bool], logs: list[Path]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "\n".join(log.read_text()[-1500:] for log in logs)
        time.sleep(0.3)


def redis_url() -> str:
    """A database of the test Redis that nothing else uses; the tests take a queue name of their own besides."""
    url = os.environ.get("TEST_REDIS_URL") or os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/9"
    import redis

    try:
        redis.Redis.from_url(url, socket_connect_timeout=2).ping()
    except redis.RedisError:
        if os.environ.get("REDIS_URL") or os.environ.get("TEST_REDIS_URL"):
            raise
        pytest.skip("no Redis answers here: `make test` starts one")
    return url


@pytest.mark.parametrize("transport", ["redis", "filesystem"])
def test_two_workers_asked_four_times_send_one_set(tmp_path, transport):
    site = Site(tmp_path, redis_url() if transport == "redis" else "")
    site.run("manage.py", "migrate", "--verbosity", "0")
    site.run("-c", BUILD)
    with site.workers(2 if transport == "redis" else 1) as logs:
        site.run("-c", ASK, site.queue, "4")

        def answered() -> bool:
            done = sum(log.read_text(errors="replace").count("succeeded in") for log in logs)
            return done == 4

        wait_for(answered, logs)
    assert not any("Traceback" in log.read_text() for log in logs)
    (run,) = site.rows("SELECT finished_at IS NOT NULL, created FROM visits_noticerun")
    told = site.rows(
        "SELECT u.username, c.name, n.festival FROM visits_notice n JOIN accounts_user u ON u.id = n.reader_id"
        " LEFT JOIN cadres_cadre c ON c.id = n.cadre_id"
    )
    assert run == (1, len(told)) and len(told) == len(set(told))
    assert sorted(name for user, name, _ in told if user == "liaison_a" and name in ("甲", "乙", "丙")) == sorted(
        "甲乙丙"
    )
