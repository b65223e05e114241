"""axe-core finds nothing on any page, light and dark, at three text sizes, at the desk and on a phone; nothing scrolls
sideways even 320 px wide."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "lijing": (
        "/", "/cadres/?view=leave", "/cadres/new/", "/cadres/events/", "/cadres/values/", "/cadres/organizations/",
        "/cadres/rosters/", "/cadres/rosters/new/", "/cadres/rosters/collections/1/", "/cadres/rosters/units/2/", "/visits/", "/visits/new/", "/visits/contacts/", "/visits/birthdays/",
        "/visits/notices/", "/reports/tables/", "/reports/tables/N1/", "/reports/tables/D2/", "/accounts/profile/",
        "/reports/tables/N6/?compare=day&share=row", "/reports/tables/N6/?print=1",
        "/accounts/password/", "/nowhere/",
    ),
    "zhouwang": ("/",),
    "wanghaiyan": ("/", "/cadres/rosters/mine/"),
    "auditadmin": ("/", "/audit/", "/audit/verify/"),
    "": ("/accounts/signin/",),
}  # fmt: skip
LOOKS = (
    {"theme": "", "text": "", "width": 1440},
    {"theme": "dark", "text": "large", "width": 1024},
    {"theme": "", "text": "xlarge", "width": 390},
)


def violations(page) -> list[str]:
    page.evaluate(AXE.read_text())
    result = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        ".map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | '))"
    )
    return list(result)


def person_page(visitor) -> str:
    page = visitor.go("/cadres/?view=leave")
    return page.locator("table.tb a.name").first.get_attribute("href")


@pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look['theme'] or 'light'}-{look['text'] or 'normal'}-{look['width']}"
)
def test_no_page_has_an_accessibility_violation(visitor, look):
    found = {}
    for who, paths in PAGES.items():
        guest = visitor(who)
        extra = (person_page(guest),) if who == "lijing" else ()
        guest.page.set_viewport_size({"width": look["width"], "height": 900})
        guest.context.add_cookies(
            [
                {"name": key, "value": look[key], "url": guest.installation.address}
                for key in ("theme", "text")
                if look[key]
            ]
        )
        for path in (*paths, *extra):
            page = guest.go(path)
            problems = violations(page)
            if problems:
                found[f"{who} {path}"] = problems
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())


def test_no_page_scrolls_sideways_on_the_narrowest_phone(visitor):
    wide = []
    for who, paths in PAGES.items():
        guest = visitor(who)
        guest.page.set_viewport_size({"width": 320, "height": 700})
        for path in paths:
            page = guest.go(path)
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
                wide.append(path)
    assert wide == []
