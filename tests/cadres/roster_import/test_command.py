"""manage.py import_rosters."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organization
from cadres.models import Cadre, RosterImport
from common.models import AuditEntry
from tests.cadres.roster_import.books import person, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    rosters = tmp_path / "rosters"
    rosters.mkdir()
    (rosters / "甲.xlsx").write_bytes(workbook([person("tian"), person("han", 姓名="")]))
    (rosters / "乙.xlsx").write_bytes(workbook([person("zeng")], title="青岚市直单位离退休干部花名册"))
    (rosters / "说明.txt").write_text("不是表格")
    return rosters


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("import_rosters", *map(str, args), stdout=out)
    return out.getvalue()


def test_dry_run_and_report(folder, tmp_path):
    report = tmp_path / "report.json"
    said = run(folder, "--year", "2017", "--create-organizations", "--report", report)
    assert "预演，什么也没有改" in said and "新增 2 人" in said and "拒收 1 行" in said
    found = json.loads(report.read_text())
    assert found["totals"] == {
        "rows": 3, "created": 2, "updated": 0, "unchanged": 0, "duplicates": 0, "rejected": 1,
    }  # fmt: skip
    assert (found["year"], found["as_of"], found["committed"]) == (2017, "2017-12-31", False)
    (sheet,) = next(file for file in found["files"] if file["file"] == "甲.xlsx")["sheets"]
    assert sheet["skipped"] is None
    assert sheet["rejected"] == [{"row": 3, "column": "A", "code": "name_missing", "message": "没有姓名"}]
    assert not (Cadre.objects.exists() or Organization.objects.exists() or AuditEntry.objects.exists())


def test_commit_names_the_city_from_the_titles(folder):
    assert "已入库" in run(folder, "--year", "2017", "--create-organizations", "--commit")
    assert Organization.objects.root().name == "青岚市"
    assert Cadre.objects.count() == 2 and RosterImport.objects.get().uploaded_by is None
    assert "没有变化 2 人" in run(folder, "--year", "2017", "--create-organizations", "--commit")


def test_zip(folder, tmp_path):
    packed = tmp_path / "rosters.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.glob("*.xlsx"):
            archive.write(file, file.name)
    assert "新增 2 人" in run(packed, "--year", "2017", "--create-organizations")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent.xlsx", "--year", "2017"], "没有这个文件"),
        (["{folder}", "--year", "2017", "--as-of", "2999-01-01"], "截至日期还没到"),
        (["{empty}", "--year", "2017"], "没有找到表格文件"),
    ],
)
def test_wrong_calls_are_answered_in_words(folder, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    places = {"folder": folder, "empty": tmp_path / "empty"}
    with pytest.raises(CommandError, match=words):
        run(*(argument.format(**places) for argument in arguments))
