"""The story of the system, played by staff, a liaison and a leader in a real browser against real processes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from reports.demo.people import Invention
from reports.demo.workbooks import FULL, SHORT, write_roster

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rosters(tmp_path_factory) -> list[Path]:
    """Two units' workbooks with the mistakes that typists make, and the community's list of some of the same people."""
    folder = tmp_path_factory.mktemp("rosters")
    invention = Invention(seed=7, year=2024, first_serial=430)
    east = list(invention.people(affiliation="东关区", retirees=44, leaves=1))
    west = list(invention.people(affiliation="西岭区", retirees=30, leaves=0))
    return [
        write_roster(folder / "东关区名册.xlsx", east, title="东关区名册", columns=SHORT, banner=True, mistakes=True),
        write_roster(folder / "西岭区名册.xlsx", west, title="西岭区名册", columns=FULL),
        write_roster(folder / "社区名册.xlsx", west[:5], title="社区名册", columns=SHORT),
    ]


def test_staff_brings_in_rosters_and_reads_the_tables(visitor, rosters, tmp_path):
    staff = visitor("lijing")
    page = staff.page

    # drop the workbooks on the page, read what is wrong with them row by row
    staff.go("/cadres/rosters/new/")
    page.locator("input[type=file]").set_input_files([str(path) for path in rosters])
    page.locator("#id_year").fill("2024")
    page.get_by_role("button", name="上传并读表").click()
    page.wait_for_url(re.compile(r"/cadres/rosters/\d+/preview/"), timeout=60_000)
    expect(page.get_by_role("heading", name="入库前逐条看一遍")).to_be_visible()
    people = page.locator("nav.sum")
    expect(people).to_contain_text("拒收")
    page.get_by_role("link", name=re.compile("拒收")).first.click()
    expect(page.locator("body")).to_contain_text("身份证号是16位")
    expect(page.locator("body")).to_contain_text("怎么改")
    assert not re.search(r"(?<!\d)9901\d{14}(?!\d)", page.content()), "a whole ID number stands on the page"

    # the same workbook comes back with its bad cells coloured
    page.get_by_text("标好颜色的原表").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="东关区名册.xlsx").click()
    marked = tmp_path / "marked.xlsx"
    download.value.save_as(marked)
    cells = [cell for row in openpyxl.load_workbook(marked).active.iter_rows() for cell in row]
    assert any(cell.value == "错误信息" for cell in cells)

    # accept the good rows
    page.get_by_role("button", name="只入库没有问题的行").click()
    page.wait_for_url(re.compile(r"/cadres/rosters/\d+/"), timeout=60_000)
    expect(page.locator("body")).to_contain_text("已入库", timeout=60_000)

    # find one of them by pinyin and log a visit
    staff.go("/cadres/?unit=西岭区&q=")
    name = page.locator("table.tb a.name").first
    person = name.inner_text()
    name.click()
    expect(page.locator("h1")).to_contain_text(person)
    page.get_by_role("link", name=re.compile("登记走访")).first.click()
    page.locator("textarea[name=words]").fill("精神好，能自己下楼。")
    page.get_by_role("button", name="记好了").click()
    staff.go("/visits/")
    expect(page.locator("table.tb")).to_contain_text(person)

    # the yearly tables: click a figure, see exactly its people, take the official workbook
    staff.go("/reports/tables/N6/")
    cell = page.locator("table.st tbody td a").first
    number = int(re.sub(r"\D", "", cell.inner_text().split("\n")[0]))
    cell.click()
    expect(page.locator("body")).to_contain_text(f"{number:,} 人")
    page.locator("summary", has_text="导出官方表").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="官方表（Excel）").click()
    official = tmp_path / "official.xlsx"
    download.value.save_as(official)
    book = openpyxl.load_workbook(official)
    text = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)
    assert "退休干部基本情况统计表" in text and "填报单位" in text
    assert number in [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]


def test_a_liaison_records_a_visit_with_one_thumb(visitor):
    liaison = visitor("wanghaiyan", phone=True)
    page = liaison.page
    expect(page.get_by_role("heading", name="今天要做的")).to_be_visible()
    liaison.go("/visits/new/")
    page.locator("input[name=cadre]").first.check(force=True)
    page.get_by_text("一切都好").click()
    expect(page.locator("textarea[name=words]")).to_have_value(re.compile("一切都好"))
    before = page.request.get(liaison.installation.address + "/visits/").text().count('class="name"')
    page.get_by_role("button", name="记好了").dblclick()
    page.wait_for_url(lambda url: "/visits/new/" not in url)
    after = page.request.get(liaison.installation.address + "/visits/").text().count('class="name"')
    assert after == min(before + 1, 20), "a double tap makes one visit"


def test_a_liaison_sees_their_own_people_only(visitor):
    liaison = visitor("wanghaiyan", phone=True)
    page = liaison.go("/cadres/")
    units = set(page.locator("table.tb tbody tr").all_inner_texts())
    assert units and all("水利局" in row for row in units)
    page.goto(liaison.installation.address + "/cadres/?q=市财政局")
    assert page.locator("table.tb tbody tr").count() == 0
    assert liaison.page.request.get(liaison.installation.address + "/reports/dashboard/").status == 403
    tables = liaison.go("/reports/tables/")  # their own unit's, which they hand up
    expect(tables.locator(".lead")).to_contain_text("市水利局")


def test_a_leader_reads_the_city_and_opens_a_figure(visitor):
    leader = visitor("zhouwang")
    page = leader.page
    expect(page.get_by_role("heading", name="全市老干部工作概览")).to_be_visible()
    expect(page.locator("[data-chart] svg")).to_be_visible()
    figure = page.locator(".kpis a").first
    number = re.sub(r"\D", "", figure.locator(".v").inner_text())
    figure.click()
    expect(page.locator(".fon")).to_contain_text(f"{int(number):,} 人")
    page.locator("table.tb a.name").first.click()
    expect(page.locator("h1")).to_be_visible()
    assert page.get_by_role("link", name="改资料").count() == 0


def test_the_auditor_finds_the_looks_and_the_chain_whole(visitor):
    visitor("lijing").go("/cadres/?view=leave").locator("table.tb a.name").first.click()
    auditor = visitor("auditadmin")
    page = auditor.go("/audit/")
    expect(page.locator("table.tb")).to_contain_text("查看档案")
    auditor.go("/audit/verify/")
    page.get_by_role("button", name=re.compile("校验")).click()
    expect(page.locator("body")).to_contain_text("没有发现改动")


def test_core_pages_work_without_javascript(visitor):
    guest = visitor("lijing", javascript=False)
    page = guest.go("/cadres/?q=wang&view=retiree")
    assert page.locator("table.tb tbody tr").count() > 0
    page.locator("table.tb a.name").first.click()
    expect(page.locator("h1")).to_be_visible()
    guest.go("/reports/tables/N1/")
    page.locator("table.st tbody td a").first.click()
    expect(page.locator("body")).to_contain_text("人")
    guest.go("/visits/new/")
    expect(page.get_by_role("button", name="记好了")).to_be_visible()


def test_somebody_signed_out_lands_where_they_wanted_to_go(visitor):
    guest = visitor()
    page = guest.go("/cadres/?view=leave")
    expect(page).to_have_url(re.compile("/accounts/signin/"))
    page.get_by_label("账号").fill("lijing")
    page.get_by_label("密码").fill(guest.installation.password)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile(r"/cadres/\?view=leave"))


def test_the_demo_city_has_something_in_every_register(songhe, visitor):
    staff = visitor("lijing")
    for path in ("/cadres/", "/cadres/events/", "/cadres/rosters/", "/cadres/values/", "/cadres/organizations/", "/visits/",
                 "/visits/contacts/", "/visits/birthdays/", "/visits/notices/", "/reports/tables/"):  # fmt: skip
        page = staff.go(path)
        assert page.locator("main").inner_text().strip(), path
        assert page.locator("main .empty").count() == 0, f"{path} is empty"
    assert json.loads((songhe.home / "demo-accounts.json").read_text())
