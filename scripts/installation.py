"""A throw-away installation with the demo city, started by the same supervisor as `make run`.

The browser tests and the screenshots stand in front of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.project import ROOT

START_WITHIN = 240
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--lang=zh-CN",
)


@dataclass(frozen=True)
class Installation:
    address: str
    home: Path
    password: str


def browser_path() -> str:
    """Chromium of this machine."""
    path = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        raise RuntimeError("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the installation ended at start:\n{log.read_text()[-3000:]}")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/accounts/signin/", timeout=2):
            return
        time.sleep(0.3)
    raise RuntimeError(f"no answer within {START_WITHIN} s:\n{log.read_text()[-3000:]}")


@contextlib.contextmanager
def installation(home: Path) -> Iterator[Installation]:
    """Start it in ``home``, yield its address and the demo password, and see that Ctrl-C stops it cleanly."""
    port = _free_port()
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"SONGHE_HOME": str(home), "PORT": str(port)}
    log = home / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.run"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address, process, log)
            accounts = json.loads((home / "demo-accounts.json").read_text())
            yield Installation(address, home, accounts[0]["password"])
        finally:
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
    if code != 0:
        raise RuntimeError(f"Ctrl-C did not stop everything cleanly:\n{log.read_text()[-3000:]}")
