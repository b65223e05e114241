"""The official workbook, read back cell by cell; JSON, CSV, figures and documentation."""

from __future__ import annotations

import datetime
import io
import json
import random
import re
import shutil
import subprocess

import openpyxl
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from common.codes import Category, Level, Nature
from common.dates import PartialDate
from reports.declarations import TABLES
from reports.engine.compute import compute
from reports.engine.model import heads
from reports.engine.scope import Asked
from reports.handbook import text as handbook
from reports.official import FOOTER, HEAD_ROW, HEAD_SIZE, footer, paper_of, workbook_bytes
from reports.paper import ROOMY, TIGHT, USUAL, Paper, lines_of
from tests import factories
from tests.reports.people import make_city_of

DAY = datetime.date(2017, 12, 31)


@pytest.fixture
def results(db):
    make_city_of(random.Random(7), 40)
    return compute(Asked(DAY, whole_city=True), TABLES.values(), TABLES)


def read(results):
    content = workbook_bytes(list(results.values()), made_at=datetime.datetime(2018, 1, 8, 9, 0))  # noqa: DTZ001
    return openpyxl.load_workbook(io.BytesIO(content))


def test_every_cell_of_every_sheet(results):
    book = read(results)
    assert book.sheetnames == ["目录", *(table.number for table in TABLES.values())]
    for result in results.values():
        table, sheet = result.table, book[result.table.number]
        merged = {str(area) for area in sheet.merged_cells.ranges}
        assert sheet.cell(1, 1).value == table.number
        assert sheet.cell(2, 1).value == table.title
        above = [cell.value for cell in sheet[3] if cell.value]
        assert above == ["填报单位（盖章）：青岚市委老干部局", "截止日期：2017年12月31日　　计量单位：人"]
        levels = heads(table.columns, [column.key for column in result.columns])
        for level in levels:
            for head in level:
                cell = sheet.cell(1 + HEAD_ROW + head.row, 2 + head.column)
                assert cell.value == head.label.replace("|", "\n")
                if head.rowspan > 1 or head.colspan > 1:
                    corner = sheet.cell(cell.row + head.rowspan - 1, cell.column + head.colspan - 1)
                    assert f"{cell.coordinate}:{corner.coordinate}" in merged
        numbers = 1 + HEAD_ROW + len(levels)
        assert sheet.cell(numbers, 1).value == "甲"
        for place, column in enumerate(result.columns, start=1):
            assert sheet.cell(numbers, 1 + place).value == place
            for line, row in enumerate(result.lines, start=1):
                cell = sheet.cell(numbers + line, 1 + place)
                assert cell.value == result.shown(row.key, column.key), (table.id, row.key, column.key)
                assert cell.value != 0 and cell.border.left.style == "thin"
        labels = [sheet.cell(numbers + line, 1).value.split("（岁）")[0] for line in range(1, len(result.lines) + 1)]
        assert labels == [row.label for row in result.lines]
        below = sheet.iter_rows(min_row=numbers + len(result.lines) + 1)
        assert [cell.value for row in below for cell in row if cell.value] == list(FOOTER)


def test_paper_and_fonts(results):
    book = read(results)
    for result in results.values():
        sheet = book[result.table.number]
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation == ("landscape" if result.table.layout.landscape else "portrait")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.print_title_rows
        assert sheet.cell(2, 1).font.name == "方正小标宋简体" and sheet.cell(1 + HEAD_ROW, 1).font.name == "黑体"
        assert sheet.freeze_panes


def points_of(sheet) -> tuple[float, float]:
    """Width and height of what is printed, in points, read back from the file."""
    last = sheet.max_column
    widths = {
        at: dimension.width
        for dimension in sheet.column_dimensions.values()
        for at in range(dimension.min, dimension.max + 1)
    }
    # the file keeps a width with its padding: pixels / 7
    width = sum(widths[at] * 7 * 0.75 for at in range(1, last + 1))
    usual = sheet.sheet_format.defaultRowHeight  # a row of the usual height says nothing in the file
    return width, sum(sheet.row_dimensions[row].height or usual for row in range(1, sheet.max_row + 1))


def test_every_table_fits_its_page_in_letters_that_can_be_read(results):
    """Width and height from the file itself: one page, shrunk to no less than 8 points."""
    book = read(results)
    for result in results.values():
        sheet = book[result.table.number]
        # a file that leaves out how many pages wide and tall means one
        short, long = 595.3, 841.9
        page = (long, short) if sheet.page_setup.orientation == "landscape" else (short, long)
        margins = sheet.page_margins
        room = (page[0] - 72 * (margins.left + margins.right), page[1] - 72 * (margins.top + margins.bottom))
        width, height = points_of(sheet)
        scale = min(1.0, room[0] / width, room[1] / height)
        assert sheet.page_setup.fitToHeight in (None, 1), result.table.id
        assert scale * sheet.cell(sheet.max_row, 1).font.size >= 8, result.table.id
        assert sheet.print_area.endswith(f"${sheet.max_row}")


def test_heads_are_high_enough_for_their_words(results):
    book = read(results)
    for result in results.values():
        sheet = book[result.table.number]
        for level in heads(result.table.columns, [column.key for column in result.columns]):
            for head in level:
                rows = range(1 + HEAD_ROW + head.row, 1 + HEAD_ROW + head.row + head.rowspan)
                height = sum(sheet.row_dimensions[row].height or sheet.sheet_format.defaultRowHeight for row in rows)
                width = head.colspan * result.table.layout.column_width
                label = head.label.replace("|", "\n")
                assert lines_of(label, width, HEAD_SIZE) == 1 + label.count("\n"), (result.table.id, label)
                assert height >= 14 * (1 + label.count("\n")), (result.table.id, label)


def test_a_table_too_long_for_its_page_goes_on_to_the_next():
    short = Paper(landscape=False, widths=[34, 14, 14, 14, 14], fixed=200, lines=45)
    assert short.one_page and short.line_height == TIGHT
    assert Paper(landscape=True, widths=[22, 15], fixed=200, lines=5).line_height == ROOMY
    long = Paper(landscape=False, widths=[34, 14, 14, 14, 14], fixed=200, lines=90)
    assert not long.one_page and long.line_height == USUAL


def test_the_footer_has_room_to_sign(results):
    for result in results.values():
        widths = paper_of(result).widths
        lines = footer(widths)
        assert [label for line in lines for label, *_ in line] == list(FOOTER)
        for line in lines:
            for label, first, last in line:
                assert sum(widths[first : last + 1]) >= len(label) * 2 + 4, (result.table.id, label)


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed: nothing to render with"
)
def test_libreoffice_prints_every_table_on_one_page(results, tmp_path):
    content = workbook_bytes(list(results.values()), made_at=datetime.datetime(2018, 1, 8, 9, 0))  # noqa: DTZ001
    (tmp_path / "tables.xlsx").write_bytes(content)
    subprocess.run(
        [
            "soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
            "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "tables.xlsx"),
        ],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    printed = (tmp_path / "tables.pdf").read_bytes()
    boxes = re.findall(rb"/Type\s*/Page\b(?!s).*?/MediaBox\s*\[([^\]]+)\]", printed, re.DOTALL)
    lying = [float(box.split()[2]) > float(box.split()[3]) for box in boxes]
    assert lying == [True, *(result.table.layout.landscape for result in results.values())]


def test_names_that_look_like_formulas_stay_text(db):
    city = factories.make_city("=1+1")
    district = factories.make_organization("+县", "district_bureau", city)
    factories.make_cadre(district, category=Category.LEAVE, nature=Nature.GOVERNMENT)
    book = read(compute(Asked(DAY, whole_city=True), TABLES.values(), TABLES))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "+县" in [cell.value for cell in cells]


def test_export_tables(results, tmp_path, capsys):
    call_command("export_tables", year=2017, fmt="json", output=tmp_path)
    for table_id, result in results.items():
        data = json.loads((tmp_path / f"{table_id}.json").read_text(encoding="utf-8"))
        assert {"id", "title", "as_of", "organization", "columns", "rows", "checks"} <= data.keys()
        assert data["as_of"] == "2017-12-31" and [c["key"] for c in data["columns"]] == [c.key for c in result.columns]
        for row in data["rows"]:
            for key, value in row["cells"].items():
                assert value == result.shown(row["key"], key)
        assert {"name", "ok", "left", "right"} <= data["checks"][0].keys()
    call_command("export_tables", "--year", "2017", "--as-of", "2017-06-30", "--output", str(tmp_path))
    book = openpyxl.load_workbook(tmp_path / "年度统计表-2017-06-30.xlsx")
    assert len(book.sheetnames) == 1 + len(TABLES)
    call_command("export_tables", year=2017, fmt="csv", output=tmp_path, table=["N6"])
    assert (tmp_path / "N6.csv").read_text(encoding="utf-8-sig").startswith("项目,总数")
    with pytest.raises(CommandError):
        call_command("export_tables", "--year", "2017", "--as-of", "2018-01-01", "--output", str(tmp_path))


def test_export_figures(db, tmp_path):
    city = factories.make_city()
    district = factories.make_organization("东关区", "district_bureau", city)
    zone = factories.make_organization("松山新区", "district_bureau", city)
    assert zone.level == Level.ZONE
    for unit, year, number in ((city, 1927, 2), (district, 1930, 1), (zone, 1940, 1)):
        for _ in range(number):
            factories.make_cadre(
                unit, category=Category.LEAVE, nature=Nature.ENTERPRISE, birth=PartialDate(year), education="30"
            )
    for year in (1957, 1956, 1947, 1946):
        factories.make_cadre(
            district, birth=PartialDate(year), education="20", nature=Nature.INSTITUTION, political_status="13"
        )
    path = tmp_path / "figures.json"
    call_command("export_figures", "--year", "2017", "--output", str(path))
    found = json.loads(path.read_text(encoding="utf-8"))
    expected = {
        "retired_leave.total": 4, "retired_leave.municipal": 2, "retired_leave.districts": 1,
        "retired_leave.district.东关区": 1, "retired_leave.district.松山新区": 1,
        "retired_leave.nature.机关": 0, "retired_leave.nature.事业": 0, "retired_leave.nature.企业": 4,
        "retired_leave.age.mean": 86.0, "retired_leave.age.min": 77, "retired_leave.age.max": 90,
        "retired_leave.age.80plus": 3, "retired_leave.age.80plus_share": 75.0, "retired_leave.share_of_all": 50.0,
        "retired_leave.relocated": 0, "retired_leave.rank.副县处级": 4, "retired_leave.rank.正厅局级": 0,
        "retirees.total": 4, "retirees.nature.事业": 4, "retirees.rank.副县处级": 4, "retirees.age.50-60": 1,
        "retirees.age.61-70": 2, "retirees.age.71plus": 1, "retirees.education.大学本科": 4, "retirees.education.研究生": 0,
        "party.retired_leave": 4, "party.retirees": 0,
    }  # fmt: skip
    assert {key: found.get(key) for key in expected} == expected


def test_the_handbook_is_current_and_complete():
    written = (settings.BASE_DIR / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert written == handbook(), "run manage.py write_statistics_docs"
    for table in TABLES.values():
        assert f"## {table.id} {table.number} {table.title}" in written
        for column in table.leaves:
            assert f"`{column.key}`" in written
