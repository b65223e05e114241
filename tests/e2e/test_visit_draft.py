"""What the phone page of a visit keeps on the device, and when it lets go of it."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e
KEPT = "Object.keys(localStorage).filter(name => name.startsWith('songhe-draft:')).length"


def photo() -> dict:
    target = io.BytesIO()
    Image.effect_noise((2600, 2000), 80).convert("RGB").save(target, "JPEG", quality=95)
    return {"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": target.getvalue()}


def kept(page, number: int) -> None:
    """Wait until so many drafts are on the device (the policy forbids Playwright's own polling in the page)."""
    for _ in range(50):
        if page.evaluate(KEPT) == number:
            return
        page.wait_for_timeout(100)
    assert page.evaluate(KEPT) == number


def test_a_draft_outlives_a_lost_connection_and_leaves_with_the_visit(visitor):
    liaison = visitor("wanghaiyan", phone=True)
    page = liaison.go("/visits/new/")
    page.locator("#id_manner label", has_text="电话").click()
    page.get_by_role("button", name="一切都好").click()
    page.get_by_role("button", name="想见领导").click()
    kept(page, 1)
    liaison.context.set_offline(True)
    expect(page.get_by_text("没有信号，已先存在手机里")).to_be_visible()
    page.get_by_role("button", name="记好了").click()
    assert page.url.endswith("/visits/new/")
    liaison.context.set_offline(False)

    liaison.go("/visits/new/")
    expect(page.locator("#id_words")).to_have_value("一切都好，想见领导。")
    expect(page.locator("input[name=manner]:checked")).to_have_value("phone")
    page.locator("input[name=cadre]").first.check(force=True)
    page.locator("input[name=photos]").set_input_files(photo())
    expect(page.locator("figure img")).to_be_visible()
    page.get_by_role("button", name="记好了").click()
    page.wait_for_selector("[data-visit-saved]")
    kept(page, 0)
    expect(page.locator(".vshots img")).to_have_count(1)


def test_signing_out_wipes_the_draft(visitor):
    liaison = visitor("wanghaiyan", phone=True)
    page = liaison.go("/visits/new/")
    page.locator("#id_words").fill("还没写完")
    kept(page, 1)
    liaison.go("/visits/")
    page.locator("[data-menu]").click()
    page.locator("#menu").get_by_role("button", name="退出").click()
    page.wait_for_url("**/accounts/signin/**")
    kept(page, 0)


def test_a_visit_is_recorded_without_scripts(visitor):
    liaison = visitor("wanghaiyan", phone=True, javascript=False)
    page = liaison.go("/visits/new/")
    page.locator("#people label").first.click()
    page.get_by_role("button", name="记好了").click()
    expect(page.get_by_text("走访记好了，10 分钟内可以撤回")).to_be_visible()
