"""A whole installation, started by the same supervisor as `make run`, and a real Chromium in front of it."""

from __future__ import annotations

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

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
DESKTOP = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}
START_WITHIN = 180


@dataclass(frozen=True)
class Installation:
    address: str
    home: Path
    password: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the installation ended at start:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{address}/accounts/signin/", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"no answer within {START_WITHIN} s:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def songhe(tmp_path_factory) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("songhe")
    port = free_port()
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
            wait_for(address, process, log)
            accounts = json.loads((home / "demo-accounts.json").read_text())
            yield Installation(address, home, accounts[0]["password"])
        finally:
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
    assert code == 0, f"Ctrl-C must stop everything cleanly:\n{log.read_text()[-3000:]}"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield browser
        browser.close()


class Visitor:
    """Somebody signed in, at a desk or with a phone. Collects what the browser complains about."""

    def __init__(self, context: BrowserContext, installation: Installation) -> None:
        self.context, self.installation = context, installation
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message) -> None:
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)

    def go(self, path: str) -> Page:
        self.page.goto(self.installation.address + path)
        return self.page

    def sign_in(self, username: str) -> Page:
        page = self.go("/accounts/signin/")
        page.get_by_label("账号").fill(username)
        page.get_by_label("密码").fill(self.installation.password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(self.installation.address + "/")
        return page


@pytest.fixture
def visitor(chromium, songhe) -> Iterator:
    """visitor("lijing", phone=True) -> a Visitor signed in; every one is checked for browser errors at the end."""
    made: list[Visitor] = []

    def come(username: str = "", *, phone: bool = False, javascript: bool = True) -> Visitor:
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP,
            locale="zh-CN",
            java_script_enabled=javascript,
            accept_downloads=True,
            has_touch=phone,
        )
        context.set_default_timeout(15_000)
        guest = Visitor(context, songhe)
        made.append(guest)
        if username:
            guest.sign_in(username)
        return guest

    yield come
    for guest in made:
        guest.context.close()
    assert [complaint for guest in made for complaint in guest.complaints] == []
