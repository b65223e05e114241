"""The pages of the yearly tables: drill-down, scope, audit, exports."""

from __future__ import annotations

import datetime
import io
import re

import openpyxl
import pytest
from django.urls import reverse

from accounts.roles import Role
from cadres import actions
from cadres.models import Standing
from common.codes import Category, Rank
from common.dates import PartialDate
from common.models import AuditEntry
from reports.declarations import AWAITED, TABLES
from tests import factories

DAY = {"as_of": "2017-12-31"}


def url(name: str, *args: str, **query: str) -> str:
    text = "&".join(f"{key}={value}" for key, value in {**DAY, **query}.items())
    return f"{reverse(f'reports:{name}', args=args)}?{text}"


@pytest.fixture
def small_city(cast):
    """Beside the cast: three retired of unit A (one in 2017), one of B."""
    for year, rank in ((2005, Rank.COUNTY_CHIEF), (2010, ""), (2017, Rank.BUREAU_CHIEF)):
        factories.make_cadre(cast.unit_a, name=f"甲{year}", retired_on=PartialDate(year, 3), rank=rank)
    factories.make_cadre(cast.unit_b, name="乙独有", retired_on=PartialDate(2011, 5))
    return cast


def cell_of(page: str, label: str) -> str | None:
    """What a cell shows, found by the words it speaks: 5，总计 本年去世."""
    found = re.search(rf'>([^<>]+)(?:<small>[^<]*</small>)?<span class="vh">，{re.escape(label)}</span>', page)
    return found[1] if found else None


def test_the_list_of_tables(small_city, sign_in):
    page = sign_in(small_city.staff).get(url("table_list")).content.decode()
    for table in TABLES.values():
        assert table.title in page
        assert reverse("reports:table", args=[table.id]) in page
    assert "项不平" in page  # 甲2010's rank is not settled
    live, waiting = page.split("还没有启用的表", 1)
    for number, title, register in AWAITED:
        assert title in waiting and register in waiting and title not in live
        assert number not in {table.number for table in TABLES.values()}
    assert len(TABLES) + len(AWAITED) == 6 + 16


def test_a_table_with_its_figures_and_checks(small_city, sign_in):
    client = sign_in(small_city.staff)
    page = client.get(url("table", "N6")).content.decode()
    assert cell_of(page, "总计，总数") == "5"
    assert cell_of(page, "总计，厅局级正职") == "1"
    assert cell_of(page, "总计，级别未认定") == "1"
    assert cell_of(page, "100岁及以上，总数") is None  # nobody: blank, never 0
    assert "机关退休干部级别都已认定，差 1" in page
    assert "校核" in page
    two_years = client.get(url("table", "N5")).content.decode()
    assert cell_of(two_years, "总计，上年末总数") == "4"
    assert cell_of(two_years, "总计，合计") == "1"
    assert cell_of(two_years, "总计，本年12月底应有") is None  # no list behind it, so no link
    assert "5" in re.findall(r'<span class="v">([^<]+)<', two_years)


def test_comparison_with_last_year(small_city, sign_in):
    client = sign_in(small_city.staff)
    assert "<small>＋1</small>" in client.get(url("table", "N6")).content.decode()
    assert "<small>" not in client.get(url("table", "N6", compare="none")).content.decode()


def test_people_behind_a_figure_with_and_without_htmx(small_city, sign_in):
    client = sign_in(small_city.staff)
    whole = client.get(url("table", "N5", row="total", column="enrolled")).content.decode()
    assert 'class="pick"' in whole and "甲2017" in whole and "甲2005" not in whole
    part = client.get(url("table_people", "N5", row="total", column="enrolled"), headers={"HX-Request": "true"})
    assert "甲2017" in part.content.decode() and "<html" not in part.content.decode()
    full = client.get(url("table_people", "N5", row="total", column="last")).content.decode()
    assert "<html" in full and "甲2005" in full and "甲2017" not in full and "共 4 人" in full
    assert client.get(url("table_people", "N5", row="total", column="nothing")).status_code == 404
    assert client.get(url("table_people", "N5", row="total", column="due")).status_code == 404
    assert client.get(url("table", "N99")).status_code == 404


def test_whoever_makes_the_difference(small_city, sign_in):
    cadre = small_city.cadre_b
    actions.move_out(actor=None, cadre=cadre, on=datetime.date(2017, 6, 1), to_place="西安市")
    cadre.refresh_from_db()
    assert cadre.standing == Standing.MOVED_OUT
    client = sign_in(small_city.staff)
    page = client.get(url("table", "N5", row="total", column="difference")).content.decode()
    assert cell_of(page, "总计，实有与应有之差") == "−1"
    assert "不再计入：2017-06-01 转出" in page and cadre.name in page
    assert "实有与应有之差由增减变动说清，差" not in page


def test_looking_at_names_and_exports_leave_entries(small_city, sign_in):
    client = sign_in(small_city.staff)
    client.get(url("table_people", "N6", row="total", column="total"))
    entry = AuditEntry.objects.filter(action="report.view").latest("number")
    assert entry.actor == small_city.staff and entry.target_id == "N6"
    assert entry.changes["people"] == [None, 5]
    client.get(url("table_export", "N6"))
    assert AuditEntry.objects.filter(action="report.export").latest("number").target_id == "N6"
    client.get(url("table_people", "N6", row="total", column="total", export="xlsx"))
    assert AuditEntry.objects.filter(action="cadre.export").latest("number").changes["rows"] == [None, 5]


def test_the_exported_list_of_people(small_city, sign_in):
    response = sign_in(small_city.staff).get(url("table_people", "N6", row="total", column="total", export="xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    names = {row[0].value for row in sheet.iter_rows(min_row=3)}
    assert {"甲2005", "甲2010", "甲2017", "乙独有", "曾庆和"} <= names
    leader = sign_in(small_city.leader)
    assert leader.get(url("table_people", "N6", row="total", column="total", export="xlsx")).status_code == 403
    assert leader.get(url("table_people", "N6", row="total", column="total")).status_code == 200


def test_another_units_people_are_never_counted_nor_named(small_city, sign_in):
    district_staff = factories.make_user("district_staff", Role.STAFF, small_city.district)
    client = sign_in(district_staff)
    page = client.get(url("table", "N6", row="total", column="total")).content.decode()
    assert cell_of(page, "总计，总数") == "2"
    assert "乙独有" in page and "甲2005" not in page
    for table in TABLES:
        assert "甲20" not in client.get(url("table", table)).content.decode()
    assert client.get(url("table", "N6", organization=str(small_city.unit_a.pk))).status_code == 404
    assert client.get(url("table", "N6", organization="999999")).status_code == 404
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(url("table_export", "all")).streaming_content)))
    assert "甲20" not in str([cell.value for sheet in book for row in sheet.iter_rows() for cell in row])


def test_one_organization_of_the_city(small_city, sign_in):
    page = sign_in(small_city.staff).get(url("table", "N6", organization=str(small_city.district.pk))).content.decode()
    assert cell_of(page, "总计，总数") == "2"
    assert "填报单位：东关区" in page


@pytest.mark.parametrize("who", ["community_liaison", "system_admin", "security_admin", "audit_admin", "nobody"])
def test_who_has_no_right_sees_nothing(cast, sign_in, who):
    client = sign_in(getattr(cast, who))
    for address in (
        url("table_list"), url("table", "N6"), url("table_people", "N6", row="total", column="total"), url("table_export", "N6"),
    ):  # fmt: skip
        assert client.get(address).status_code == 403


def test_a_wrong_date_is_said_and_a_day_in_the_future_refused(small_city, sign_in):
    client = sign_in(small_city.staff)
    for day in ("2017-13-01", "2999-01-01", "1899-01-01"):
        response = client.get(f"{reverse('reports:table', args=['N6'])}?as_of={day}")
        assert response.status_code == 200
        assert "as_of_error" in response.content.decode()


def test_leave_table_of_the_cast(cast, sign_in):
    assert cast.cadre_a.category == Category.LEAVE
    page = sign_in(cast.leader).get(url("table", "N2", row="total", column="age80")).content.decode()
    assert cell_of(page, "总计，80岁及以上") == "1" and "韩松年" in page and "导出名单" not in page
