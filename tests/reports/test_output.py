"""What a reader takes away or lays beside the figures: downloads, the sheet on paper, another day, shares."""

from __future__ import annotations

import csv
import datetime
import io
import json
import random
import re
import zipfile

import openpyxl
import pytest
from django.urls import reverse

from common.models import AuditEntry
from reports.beside import OF_COLUMN, OF_ROW, Beside, has_shares, whole_column
from reports.declarations import TABLES
from reports.engine.compute import compute
from reports.engine.scope import Asked
from tests import factories
from tests.reports.people import make_city_of
from tests.reports.test_pages import cell_of, url

DAY = datetime.date(2017, 12, 31)


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.fixture
def city(cast):
    for year in (2005, 2010, 2017):
        factories.make_cadre(cast.unit_a, retired_on=datetime.date(year, 3, 1).isoformat())
    return cast


def test_one_table_in_every_form_says_the_same(city, sign_in):
    client = sign_in(city.staff)
    assert client.get(url("table", "N6")).content.decode().count("/export/?") == 3
    data = json.loads(body(client.get(url("table_export", "N6", format="json"))))
    assert data["id"] == "N6" and data["as_of"] == "2017-12-31"
    lines = list(csv.reader(io.StringIO(body(client.get(url("table_export", "N6", format="csv"))).decode("utf-8-sig"))))
    assert lines[0] == ["项目", *(column["label"] for column in data["columns"])]
    for line, row in zip(lines[1:], data["rows"], strict=True):
        assert line[0] == row["label"]
        assert line[1:] == ["" if value is None else str(value) for value in row["cells"].values()]
    book = openpyxl.load_workbook(io.BytesIO(body(client.get(url("table_export", "N6", format="xlsx")))))
    assert book.sheetnames == ["目录", "全国表六"]
    entries = AuditEntry.objects.filter(action="report.export").order_by("number")
    assert [entry.changes["format"][1] for entry in entries] == ["json", "csv", "xlsx"]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_all_tables_travel_in_one_parcel(city, sign_in, kind):
    response = sign_in(city.staff).get(url("table_export", "all", format=kind))
    assert response["Content-Type"] == "application/zip" and response["Content-Disposition"].endswith(".zip")
    parcel = zipfile.ZipFile(io.BytesIO(body(response)))
    assert parcel.namelist() == [f"{table.number}-{table.title}.{kind}" for table in TABLES.values()]
    assert parcel.testzip() is None
    if kind == "json":
        assert [json.loads(parcel.read(name))["id"] for name in parcel.namelist()] == list(TABLES)


def test_an_unknown_kind_is_the_official_workbook(city, sign_in):
    book = openpyxl.load_workbook(io.BytesIO(body(sign_in(city.staff).get(url("table_export", "all", format="exe")))))
    assert len(book.sheetnames) == 1 + len(TABLES)


def test_who_may_not_export_is_offered_nothing(city, sign_in):
    city.leader.refresh_from_db()
    client = sign_in(city.leader)
    page = client.get(url("table", "N6")).content.decode()
    assert ("/export/?" in page) == city.leader.holds("statistics.export")
    assert client.get(url("table_export", "N6", format="json")).status_code == (
        200 if city.leader.holds("statistics.export") else 403
    )


@pytest.mark.parametrize("table", list(TABLES))
def test_the_sheet_alone_goes_on_paper(city, sign_in, table):
    page = sign_in(city.staff).get(url("table", table, print="1")).content.decode()
    main = page.split('<main class="sh-main"')[1]
    lying = TABLES[table].layout.landscape
    assert f'<body class="paper {"lying" if lying else "upright"}">' in page
    assert TABLES[table].title in main and TABLES[table].number in main and "（盖章）" in main
    for label in ("单位负责人：", "审核人：", "填表人：", "联系电话：", "填报日期："):
        assert label in main
    assert "校核" not in main and "数字背后的人" not in main
    assert "<small>" not in main and "hx-get" not in main.split("<table")[1], "plain figures, nothing to press"


def test_another_day_beside_the_figures(city, sign_in):
    client = sign_in(city.staff)
    asked = client.get(url("table", "N6", compare="day")).content.decode()
    assert "选一天" in asked and "<small>" not in asked.split("<table")[1].split("</table>")[0]
    page = client.get(url("table", "N6", compare="day", against="2004-12-31")).content.decode()
    assert "比2004年12月31日增减" in page
    total = compute(Asked(DAY, city.staff), [TABLES["N6"]], TABLES)["N6"].values["total", "total"]
    earlier = compute(Asked(datetime.date(2004, 12, 31), city.staff), [TABLES["N6"]], TABLES)["N6"]
    change = total - earlier.values["total", "total"]
    assert re.search(rf"{total}<small>＋{change}</small>", page)
    assert "compare=day" in page and "against=2004-12-31" in page, "the question stays in every address"


@pytest.mark.parametrize("day", ["2017-12-31", "2999-01-01", "1900-01-01", "gestern"])
def test_a_day_that_cannot_be_compared_is_said(city, sign_in, day):
    response = sign_in(city.staff).get(url("table", "N6", compare="day", against=day))
    page = response.content.decode()
    assert response.status_code == 200 and "against_error" in page
    assert cell_of(page, "总计，总数")


def test_shares_beside_the_figures(city, sign_in):
    client = sign_in(city.staff)
    page = client.get(url("table", "N6", share="column", compare="none")).content.decode()
    assert re.search(r"\d+<small>\d+\.\d%</small>", page) and "百分数占本栏总计" in page
    assert "百分数占本行合计" in client.get(url("table", "N6", share="row")).content.decode()
    assert "占本行" not in client.get(url("table", "N1")).content.decode(), "no column of it is a row's total"
    assert "占总计" not in client.get(url("table", "D2")).content.decode(), "it prints its own shares"


def test_whose_part_a_column_is():
    def whole(table: str, key: str) -> str | None:
        column = whole_column(TABLES[table], TABLES[table].column(key))
        return column.key if column else None

    assert whole("N6", "government") == "total" and whole("N6", "total") is None
    assert whole("N6", "institution") == "total"
    assert whole("N2", "party") == "total" and whole("N2", "party_elsewhere") == "party"
    assert whole("D4", "leave_bureau") == "leave" and whole("D4", "leave") is None
    assert whole("N5", "enrolled") is None and whole("N1", "now") is None
    assert {table for table in TABLES if has_shares(TABLES[table])} == {"D1", "D2"}


def test_shares_of_parts_make_a_hundred(db):
    make_city_of(random.Random(11), 60)
    result = compute(Asked(DAY, whole_city=True), [TABLES["N6"]], TABLES)["N6"]
    rows = {row.key: row for row in result.lines}
    bands = [row for key, row in rows.items() if key.startswith("age")]
    column = TABLES["N6"].column("total")
    parts = [Beside(result, share=OF_COLUMN).part(row, column) or 0 for row in bands]
    assert sum(parts) == pytest.approx(100, abs=0.05 * len(parts) + 1e-6)
    natures = [TABLES["N6"].column(key) for key in ("government", "institution", "enterprise", "nature_unknown")]
    parts = [Beside(result, share=OF_ROW).part(rows["total"], nature) or 0 for nature in natures]
    assert sum(parts) == pytest.approx(100, abs=0.25)
    assert Beside(result, share=OF_COLUMN).part(rows["total"], column) is None
    assert Beside(result).part(bands[0], column) is None


def test_the_question_of_the_list_page_reaches_its_downloads(city, sign_in):
    page = sign_in(city.staff).get(url("table_list", organization=str(city.district.pk))).content.decode()
    address = reverse("reports:table_export", args=["all"])
    for kind in ("xlsx", "csv", "json"):
        assert f"{address}?as_of=2017-12-31&amp;organization={city.district.pk}&amp;format={kind}" in page
