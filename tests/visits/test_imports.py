"""Visit records out of a workbook: checked first, then recorded, never twice."""

from __future__ import annotations

import datetime
import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common.editing import new_form_key
from visits import imports, staging
from visits.models import Visit

URL = "/visits/import/"
HEAD = ["日期", "姓名", "单位", "身份证号", "缘由", "方式", "谁去的", "慰问金（元）", "慰问品", "情况"]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def workbook(*rows: list, title: bool = True) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    if title:
        sheet.append(["2026年春节走访慰问登记表"])
    sheet.append(HEAD)
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def good(cadre, **more) -> list:
    row = {"day": "2026-02-10", "name": cadre.name, "unit": "", "id": "", "occasion": "春节", "manner": "登门", **more}
    return [
        row["day"],
        row["name"],
        row["unit"],
        row["id"],
        row["occasion"],
        row["manner"],
        "王海燕",
        500,
        "米面油",
        "好",
    ]


def send(client, content: bytes, name: str = "走访.xlsx"):
    return client.post(URL, {"form_key": new_form_key(), "file": SimpleUploadedFile(name, content)})


def token_of(response) -> str:
    return re.search(r'name="token" value="([0-9a-f]{32})"', response.content.decode())[1]


def test_preview_changes_nothing_and_confirming_records_once(cast, sign_in, media):
    client = sign_in(cast.liaison_a)
    content = workbook(
        good(cast.cadre_a),
        good(cast.cadre_a, day=datetime.date(2026, 2, 11), id=cast.cadre_a.id_number, name="", occasion="中秋节"),
        good(cast.cadre_a),  # the first row again
        good(cast.cadre_b),  # another unit's person
        good(cast.cadre_a, day="2026年2月"),
        good(cast.cadre_a, occasion="随便看看"),
        good(cast.cadre_a, day="2099-01-01"),
        ["", "", "", "", "", "", "", "", "", ""],
    )
    response = send(client, content)
    page = response.content.decode()
    assert response.status_code == 200 and not Visit.objects.exists()
    for words in (
        "只记入没问题的 2 次",
        "您联系的人里没有这个姓名",
        "日期要写到哪一天",
        "不在字典里",
        "走访日期还没到",
    ):
        assert words in page
    assert re.search(r'<td class="r">6</td><td class="nw">曾庆和</td>', page)
    stored = next(media.rglob("*.sealed")).read_bytes()
    assert b"PK" not in stored[:60]
    data = {"form_key": new_form_key(), "token": token_of(response)}
    assert client.post(URL, data)["Location"] == client.post(URL, data)["Location"] == "/visits/"
    assert sorted(Visit.objects.values_list("occasion", flat=True)) == ["mid_autumn", "spring"]
    assert list(media.rglob("*.sealed")) == []
    again = send(client, content).content.decode()
    assert "只记入" not in again and "<b>3</b> 次早已登记" in again


def test_a_preview_belongs_to_its_uploader(cast, sign_in):
    token = token_of(send(sign_in(cast.liaison_a), workbook(good(cast.cadre_a))))
    assert staging.fetch(cast.staff, token) is None and staging.fetch(cast.liaison_a, "../../etc/passwd") is None
    response = sign_in(cast.staff).post(URL, {"form_key": new_form_key(), "token": token}, follow=True)
    assert "已过期，没有记入任何走访" in response.content.decode() and not Visit.objects.exists()


def test_rights_are_checked_again_when_confirming(cast, sign_in):
    client = sign_in(cast.liaison_a)
    token = token_of(send(client, workbook(good(cast.cadre_a))))
    cast.liaison_a.role_grants.all().delete()
    assert client.post(URL, {"form_key": new_form_key(), "token": token}).status_code == 403
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"not a workbook", "走访.xlsx", "再"),
        (b"MZ" + b"\0" * 500, "走访.xlsx", "再"),
        (b"", "走访.xlsx", "文件是空的"),
    ],
)
def test_unreadable_files_are_refused_in_words(cast, sign_in, content, name, words):
    response = send(sign_in(cast.liaison_a), content, name)
    assert response.status_code == 422 and words in response.content.decode()


def test_a_file_without_header_is_refused(cast, sign_in):
    book = openpyxl.Workbook()
    book.active.append(["甲", "乙"])
    target = io.BytesIO()
    book.save(target)
    response = send(sign_in(cast.liaison_a), target.getvalue())
    assert response.status_code == 422 and "没找到栏目名这一行" in response.content.decode()


def test_the_template_is_read_and_its_example_ignored(cast, sign_in):
    client = sign_in(cast.liaison_a)
    content = b"".join(client.get("/visits/import/template/").streaming_content)
    assert len(imports.read_dataset(content, "模板.xlsx")) == 0


def test_namesakes_need_their_unit(cast):
    from tests import factories

    factories.make_cadre(cast.unit_b, name="韩松年")
    dataset = imports.read_dataset(workbook(good(cast.cadre_a), good(cast.cadre_a, unit="市水利局")), "a.xlsx")
    found = imports.check(cast.staff, dataset)
    assert (found["fresh"], found["refused"]) == (1, 1)
    assert "同名的不止一位" in found["problems"][0]["message"]


def test_what_was_exported_can_be_read_back(cast, sign_in):
    client = sign_in(cast.liaison_a)
    response = send(client, workbook(good(cast.cadre_a)))
    client.post(URL, {"form_key": new_form_key(), "token": token_of(response)})
    exported = b"".join(client.get("/visits/?export=xlsx").streaming_content)
    found = imports.check(cast.liaison_a, imports.read_dataset(exported, "导出.xlsx"))
    assert (found["fresh"], found["skipped"], found["refused"]) == (0, 1, 0)
