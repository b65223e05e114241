"""`make screenshots`: the pictures of the README and the manual, taken of the demo city (docs/screenshots/)."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.installation import BROWSER_FLAGS, Installation, browser_path, installation
from scripts.project import ROOT, main, say

FOLDER = ROOT / "docs" / "screenshots"
DESKTOP, PHONE = (1440, 1000), (390, 844)


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at which page, on what; ``click`` follows a link first, ``then`` another."""

    name: str
    who: str
    path: str
    size: tuple[int, int] = DESKTOP
    theme: str = ""
    text: str = ""
    click: str = ""
    then: str = ""
    full: bool = False


SHOTS = (
    Shot("signin", "", "/accounts/signin/"),
    Shot("today", "lijing", "/"),
    Shot("list", "lijing", "/cadres/?view=leave"),
    Shot("person", "lijing", "/cadres/?view=leave", click="table.tb a.name", full=True),
    Shot("import-preview", "lijing", "/", click="a:has-text('去预览')"),
    Shot("roster-upload", "lijing", "/cadres/rosters/new/"),
    Shot("roster-columns", "lijing", "/", click="a:has-text('去预览')", then="a:has-text('回去改认列')"),
    Shot("collection", "lijing", "/cadres/rosters/collections/", click="table.tb a.name"),
    Shot("hand-in-phone", "wanghaiyan", "/cadres/rosters/mine/", size=PHONE, click=".task .w a"),
    Shot("roster-history", "lijing", "/cadres/rosters/", click="tr:has-text('已入库') a:has-text('导入记录')"),
    Shot(
        "roster-undo",
        "lijing",
        "/cadres/rosters/",
        click="tr:has-text('已入库') a:has-text('导入记录')",
        then="a:has-text('撤销这次导入')",
    ),
    Shot("reconcile", "lijing", "/cadres/rosters/", click="a:has-text('市水利局')", then="a:has-text('去核对')"),
    Shot("reveal", "lijing", "/cadres/?view=leave", click="table.tb a.name", then="a:has-text('看全号')"),
    Shot("events", "lijing", "/cadres/events/"),
    Shot("duplicates", "lijing", "/cadres/duplicates/"),
    Shot("duplicate", "lijing", "/cadres/duplicates/", click="a:has-text('去核对')"),
    Shot("values", "lijing", "/cadres/values/"),
    Shot("quality", "lijing", "/cadres/quality/"),
    Shot("quality-unit", "lijing", "/cadres/quality/?q=市水利局", click="#list a.name"),
    Shot("proposals", "lijing", "/cadres/proposals/"),
    Shot("confirmation", "lijing", "/cadres/confirmation/board/"),
    Shot("verification", "lijing", "/cadres/verification/"),
    Shot("organizations", "lijing", "/cadres/organizations/"),
    Shot("visits", "lijing", "/visits/"),
    Shot("contacts", "lijing", "/visits/contacts/"),
    Shot("birthdays", "lijing", "/visits/birthdays/"),
    Shot("tables", "lijing", "/reports/tables/"),
    Shot("table", "lijing", "/reports/tables/N6/", full=True),
    Shot("reporting", "hezhiyuan", "/reports/years/", click="table.tb a.name"),
    Shot(
        "later-changes",
        "hezhiyuan",
        "/reports/years/",
        click="tr:has-text('已封存') a.name",
        then="a:has-text('封存后变动')",
    ),
    Shot(
        "submission-phone",
        "wanghaiyan",
        "/reports/years/",
        size=PHONE,
        click="table.tb a.name",
        then="#list table.tb a.name",
    ),
    Shot("dashboard", "zhouwang", "/", full=True),
    Shot("dashboard-dark", "zhouwang", "/", theme="dark", full=True),
    Shot("today-phone", "wanghaiyan", "/", size=PHONE),
    Shot("visit-phone", "wanghaiyan", "/visits/new/", size=PHONE),
    Shot("list-phone", "wanghaiyan", "/cadres/", size=PHONE),
    Shot("notices-phone", "wanghaiyan", "/visits/notices/", size=PHONE),
    Shot("propose-phone", "wanghaiyan", "/cadres/", size=PHONE, click="table.tb a.name", then="a:has-text('提出更正')"),
    Shot("accounts", "secadmin", "/admin/accounts/user/"),
    Shot("audit", "auditadmin", "/audit/"),
)


def take(browser: Browser, running: Installation, shot: Shot, folder: Path = FOLDER) -> Path:
    width, height = shot.size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    if shot.theme or shot.text:
        context.add_cookies(
            [
                {"name": key, "value": value, "url": running.address}
                for key, value in (("theme", shot.theme), ("text", shot.text))
                if value
            ]
        )
    page: Page = context.new_page()
    if shot.who:
        page.goto(f"{running.address}/accounts/signin/")
        page.get_by_label("账号").fill(shot.who)
        page.get_by_label("密码").fill(running.password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{running.address}/")
    page.goto(running.address + shot.path)
    for link in (shot.click, shot.then):
        if link:
            page.locator(link).first.click()
            page.wait_for_load_state()
    page.wait_for_timeout(700)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{shot.name}.png"
    page.screenshot(path=str(path), full_page=shot.full)
    context.close()
    return path


def entry(arguments: list[str]) -> int:
    """Take all pictures, or those named."""
    wanted = [shot for shot in SHOTS if not arguments or shot.name in arguments]
    with tempfile.TemporaryDirectory() as home, installation(Path(home)) as running, sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=browser_path(), args=list(BROWSER_FLAGS))
        for shot in wanted:
            say(str(take(browser, running, shot).relative_to(ROOT)))
        browser.close()
    return 0


if __name__ == "__main__":
    main(entry)
