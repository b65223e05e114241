"""名册导入 in the browser: each page works, is refused to others, and costs a constant number of queries."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from cadres import tasks
from cadres.actions import roster
from cadres.models import Cadre, RosterImport, RosterStatus
from cadres.roster.annotate import REFUSED
from tests import factories
from tests.cadres.roster_import.books import HEAD, person, workbook

pytestmark = pytest.mark.django_db
PAGES = ("roster_progress", "roster_mapping", "roster_preview", "roster_commit", "roster_discard", "roster_report")


@pytest.fixture(autouse=True)
def private_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def worker(monkeypatch, django_capture_on_commit_callbacks):
    """The worker's work is done at once."""
    monkeypatch.setattr(tasks.read_roster, "delay", tasks.read_roster)
    monkeypatch.setattr(tasks.commit_roster, "delay", tasks.commit_roster)


def make_job(cast, *rows, head=HEAD, user=None):
    files = [("名册.xlsx", workbook(rows, head=head))]
    job = roster.upload_roster(actor=user or cast.staff, files=files, year=2017, create_organizations=True)
    tasks.read_roster(job.pk)
    job.refresh_from_db()
    return job


def hidden(client, url, name="form_key"):
    page = client.get(url)
    form = page.context.get("form") or page.context["commit_form"]
    return form[name].value()


def test_upload_reads_and_shows_the_preview(cast, sign_in, worker, django_capture_on_commit_callbacks):
    client = sign_in(cast.staff)
    url = reverse("cadres:roster_upload")
    data = {
        "form_key": hidden(client, url),
        "files": [
            SimpleUploadedFile("甲.xlsx", workbook([person("tian")])),
            SimpleUploadedFile("乙.xlsx", workbook([person("han")])),
        ],
        "year": "2017",
        "create_organizations": "on",
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url, data)
    job = RosterImport.objects.get()
    assert answer.url == reverse("cadres:roster_progress", args=[job.pk])
    preview = client.get(answer.url, follow=True)
    assert "入库前逐条看一遍" in preview.content.decode() and "田素云" in preview.content.decode()
    for file in data["files"]:
        file.seek(0)
    assert client.post(url, data).url == answer.url and RosterImport.objects.count() == 1, "sent twice, made once"


def test_upload_says_what_is_missing(cast, sign_in):
    answer = sign_in(cast.staff).post(reverse("cadres:roster_upload"), {"form_key": "", "year": "2017"})
    assert answer.status_code == 422 and "请选择名册文件" in answer.content.decode()


def test_commit_by_the_button_works_once(cast, sign_in, worker, django_capture_on_commit_callbacks):
    job = make_job(cast, person("tian"), person("han", 姓名=""))
    client = sign_in(cast.staff)
    page = client.get(reverse("cadres:roster_preview", args=[job.pk]))
    text = page.content.decode()
    assert "只入库没有问题的行" in text and "没有姓名" in text and "拒收 1 行" in text
    data = {"form_key": page.context["commit_form"]["form_key"].value(), "fingerprint": job.fingerprint, "accept": "on"}
    url = reverse("cadres:roster_commit", args=[job.pk])
    with django_capture_on_commit_callbacks(execute=True):
        first = client.post(url, data)
    second = client.post(url, data)
    assert first.url == second.url == reverse("cadres:roster_progress", args=[job.pk])
    result = client.get(first.url).content.decode()
    assert "已入库" in result and "补报拒收的 1 行" in result
    assert Cadre.objects.filter(name="田素云").count() == 1


def test_stale_preview_is_not_committed(cast, sign_in):
    job = make_job(cast, person("tian"))
    client = sign_in(cast.staff)
    data = {"form_key": hidden(client, reverse("cadres:roster_preview", args=[job.pk])), "fingerprint": "older"}
    answer = client.post(reverse("cadres:roster_commit", args=[job.pk]), data, follow=True)
    assert "请再看一遍" in answer.content.decode()
    job.refresh_from_db()
    assert job.status == RosterStatus.PREVIEWED


@pytest.mark.parametrize("tab", ["created", "changed", "unchanged", "duplicate", "rejected", "missing", "notes", "bad"])
def test_every_tab_shows_and_masks(cast, sign_in, tab, django_assert_max_num_queries):
    job = make_job(cast, person("tian"), person("tian"), person("han", 级别="科级及以下"), person("han", 姓名=""))
    client = sign_in(cast.staff)
    with django_assert_max_num_queries(30):
        page = client.get(reverse("cadres:roster_preview", args=[job.pk]), {"tab": tab})
    assert page.status_code == 200
    for key in ("tian", "han"):
        assert person(key)[3] not in page.content.decode()


def test_changes_are_shown_field_by_field(cast, sign_in):
    values = {"健康状况": "较差", "联系电话": "13900000009"}
    make_job(cast, person("tian"))
    client = sign_in(cast.staff)
    job = RosterImport.objects.get()
    roster.request_commit(actor=cast.staff, roster_import=job, accept_good_rows=False, fingerprint=job.fingerprint)
    tasks.commit_roster(job.pk)
    again = make_job(cast, person("tian", **values))
    text = client.get(reverse("cadres:roster_preview", args=[again.pk])).content.decode()
    assert "较差" in text and "139****0009" in text and "13900000009" not in text and "（空）" in text


def test_columns_are_asked_and_answered(cast, sign_in, worker, django_capture_on_commit_callbacks):
    head = ["待遇" if name == "级别" else name for name in HEAD]
    job = make_job(cast, person("tian", 级别="正科级"), head=head)
    client = sign_in(cast.staff)
    url = reverse("cadres:roster_mapping", args=[job.pk])
    page = client.get(url)
    assert "请定" in page.content.decode() and "现享受待遇" in page.content.decode()
    form = page.context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    asked = next(row["name"] for row in form.rows if row["asked"])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {**data, asked: "treatment_rank", "remember": "on"})
    job.refresh_from_db()
    assert job.status == RosterStatus.PREVIEWED and list(job.answers.values()) == [
        {asked.split("-")[-1]: "treatment_rank"}
    ]


def test_discard_asks_first(cast, sign_in):
    job = make_job(cast, person("tian"))
    client = sign_in(cast.staff)
    url = reverse("cadres:roster_discard", args=[job.pk])
    assert "退回这批名册？" in client.get(url).content.decode()
    client.post(url, {"form_key": hidden(client, url)})
    job.refresh_from_db()
    assert job.status == RosterStatus.DISCARDED


def test_downloads(cast, sign_in):
    job = make_job(cast, person("tian"), person("han", 姓名=""), person("zeng", 离退休类型=""))
    client = sign_in(cast.staff)
    report = client.get(reverse("cadres:roster_report", args=[job.pk]))
    assert json.loads(b"".join(report.streaming_content))["totals"]["rejected"] == 2
    answer = client.get(reverse("cadres:roster_annotated", args=[job.pk, 0]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    last = sheet.max_column
    assert sheet.cell(1, last).value == "错误信息"
    assert "没有姓名" in sheet.cell(3, last).value and "没有写离休还是退休" in sheet.cell(4, last).value
    assert sheet.cell(3, 1).fill.fgColor.rgb.endswith(REFUSED)


def test_list_is_history_and_empty_says_what_to_do(cast, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.staff)
    url = reverse("cadres:roster_list")
    assert "还没有导入过名册" in client.get(url).content.decode()
    for key in ("tian", "han", "zeng"):
        make_job(cast, person(key))
    with django_assert_max_num_queries(20):
        text = client.get(url).content.decode()
    assert text.count("看预览") == 3


def test_progress_polls_and_then_leads_on(cast, sign_in):
    files = [("名册.xlsx", workbook([person("tian")]))]
    job = roster.upload_roster(actor=cast.staff, files=files, year=2017)
    client = sign_in(cast.staff)
    url = reverse("cadres:roster_progress", args=[job.pk])
    text = client.get(url).content.decode()
    assert 'http-equiv="refresh"' in text and "hx-get" in text
    tasks.read_roster(job.pk)
    answer = client.get(url, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("cadres:roster_preview", args=[job.pk])


def test_others_are_refused(cast, sign_in, client):
    job = make_job(cast, person("tian"))
    urls = [reverse("cadres:roster_list"), reverse("cadres:roster_upload")]
    urls += [reverse(f"cadres:{name}", args=[job.pk]) for name in PAGES]
    urls.append(reverse("cadres:roster_annotated", args=[job.pk, 0]))
    for user in (cast.liaison_a, cast.community_liaison, cast.leader, cast.system_admin, cast.audit_admin, cast.nobody):
        signed = sign_in(user)
        for url in urls:
            assert signed.get(url).status_code == 403, (user.username, url)
            assert signed.post(url, {}).status_code in {403, 405}, (user.username, url)
    for url in urls:
        assert client.get(url).status_code == 302 and reverse("accounts:signin") in client.get(url).url


def test_another_districts_import_is_absent(cast, sign_in):
    job = make_job(cast, person("tian"))
    other = sign_in(factories.make_user("district_staff", Role.STAFF, cast.district))
    for name in PAGES:
        url = reverse(f"cadres:{name}", args=[job.pk])
        absent = reverse(f"cadres:{name}", args=[job.pk + 999])
        assert other.get(url).status_code == other.get(absent).status_code == 404, name
    assert other.post(reverse("cadres:roster_commit", args=[job.pk]), {"form_key": "x"}).status_code == 404
