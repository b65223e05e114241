"""A whole installation, started by the same supervisor as `make run`, and a real Chromium in front of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.installation import BROWSER_FLAGS, Installation, browser_path, installation

DESKTOP = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def songhe(tmp_path_factory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("songhe")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(BROWSER_FLAGS))
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
