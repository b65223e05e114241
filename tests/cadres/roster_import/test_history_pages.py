"""The pages of an import's history, of stopping it and of taking it back."""

from __future__ import annotations

import hashlib
import io

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from cadres import actions, tasks
from cadres.actions import roster
from cadres.models import Cadre, RosterImport, RosterStatus
from cadres.roster_import.progress import progress_of
from common.editing import new_form_key
from common.models import AuditEntry
from tests import factories
from tests.cadres.roster_import.books import person, workbook
from tests.cadres.roster_import.test_undo import committed, undo

pytestmark = pytest.mark.django_db
PAGES = ("roster_history", "roster_undo", "roster_cancel", "roster_again")


@pytest.fixture(autouse=True)
def private_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def url(name, job, **keys):
    return reverse(f"cadres:{name}", kwargs={"pk": job.pk, **keys})


def text_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def content(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_history_tells_who_when_and_to_whom(cast, sign_in, django_assert_max_num_queries):
    committed(cast, person("tian"))
    job = committed(cast, person("tian", 联系电话="13911112222"), person("han", 姓名="韩新民"), person("zeng"))
    client = sign_in(cast.staff)
    with django_assert_max_num_queries(25):
        text = text_of(client, url("roster_history", job))
    assert "李静" in text and "入库" in text and "撤销这次导入" in text and job.files.get().sha256 in text
    assert "曾庆和" in text and "田素云" not in text, "new people first"
    text = text_of(client, url("roster_history", job) + "?tab=changed")
    assert "139****2222" in text and "13911112222" not in text
    assert "没有姓名里带" in text_of(client, url("roster_history", job) + "?tab=created&q=田")
    found = text_of(client, url("roster_history", job) + "?tab=created&q=曾")
    zeng = Cadre.objects.filter(name="曾庆和").latest("pk")
    assert reverse("cadres:cadre_detail", args=[zeng.pk]) in found


def test_history_is_exported(cast, sign_in):
    job = committed(cast, person("tian"), person("zeng"))
    answer = sign_in(cast.staff).get(url("roster_history", job) + "?tab=created&q=田&export=xlsx")
    cells = [cell.value for row in openpyxl.load_workbook(io.BytesIO(content(answer))).active for cell in row]
    assert "田素云" in cells and "曾庆和" not in cells and "姓名" in cells
    assert person("tian")[3] not in map(str, cells)
    assert AuditEntry.objects.get(action="roster.export").target_id == str(job.pk)


def test_the_original_comes_back_as_it_was(cast, sign_in):
    job = committed(cast, person("tian"))
    answer = sign_in(cast.staff).get(url("roster_original", job, position=0))
    assert hashlib.sha256(content(answer)).hexdigest() == job.files.get().sha256
    entry = AuditEntry.objects.get(action="roster.original")
    assert (entry.actor, entry.target_id) == (cast.staff, str(job.pk))


def test_a_lost_original_is_said(cast, sign_in):
    job = committed(cast, person("tian"))
    with open(job.files.get().sealed.path, "r+b") as stored:
        stored.write(b"xx")
    answer = sign_in(cast.staff).get(url("roster_original", job, position=0), follow=True)
    assert "打不开" in answer.content.decode()


def test_undo_shows_first_then_asks_then_does(cast, sign_in, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(tasks.undo_roster, "delay", tasks.undo_roster)
    monkeypatch.setattr(tasks.read_roster, "delay", tasks.read_roster)
    job = committed(cast, person("tian"), person("zeng"))
    actions.change_cadre(actor=cast.staff, cadre=Cadre.objects.get(name="田素云"), values={"hobbies": "书法"})
    client = sign_in(cast.staff)
    page = client.get(url("roster_undo", job))
    text = page.content.decode()
    assert "1 人退回" in text and "田素云" in text and "爱好" in text and "还没有动任何人" in text
    form = page.context["form"]
    data = {"form_key": form["form_key"].value(), "fingerprint": form["fingerprint"].value()}
    assert data["fingerprint"]
    refused = client.post(url("roster_undo", job), {**data, "reason": ""})
    assert refused.status_code == 422 and "撤销的原因" in refused.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url("roster_undo", job), {**data, "reason": "传错了年度"})
    text = client.get(answer.url, follow=True).content.decode()
    assert "已撤销" in text and "传错了年度" in text and "再导入一次" in text
    assert "田素云" in text_of(client, url("roster_history", job) + "?tab=kept")
    assert "已撤销" in text_of(client, reverse("cadres:roster_list"))
    with django_capture_on_commit_callbacks(execute=True):
        again = client.post(url("roster_again", job), {"form_key": new_form_key()})
    fresh = RosterImport.objects.latest("pk")
    assert again.url == url("roster_progress", fresh) and fresh.status == RosterStatus.PREVIEWED


def test_cancel_by_the_button(cast, sign_in):
    job = roster.upload_roster(actor=cast.staff, files=[("名册.xlsx", workbook([person("tian")]))], year=2017)
    client = sign_in(cast.staff)
    text = text_of(client, url("roster_progress", job))
    assert "取消" in text and "还没轮到" in text
    answer = client.post(url("roster_cancel", job), {"form_key": new_form_key()}, follow=True)
    assert "已取消" in answer.content.decode()
    job.refresh_from_db()
    assert job.status == RosterStatus.DISCARDED


def test_a_cancel_that_comes_too_late_says_so(cast, sign_in):
    job = committed(cast, person("tian"))
    answer = sign_in(cast.staff).post(url("roster_cancel", job), {"form_key": new_form_key()}, follow=True)
    assert "来不及取消" in answer.content.decode()


def test_pages_say_where_the_import_stands(cast, sign_in):
    job = committed(cast, person("tian"))
    client = sign_in(cast.staff)
    RosterImport.objects.filter(pk=job.pk).update(status=RosterStatus.UNDOING, words="正在核对")
    assert "正在撤销" in text_of(client, url("roster_progress", job))
    assert "取消撤销" in text_of(client, url("roster_progress", job))
    assert client.get(url("roster_preview", job)).url == url("roster_progress", job)
    assert client.get(url("roster_discard", job)).url == url("roster_progress", job)
    RosterImport.objects.filter(pk=job.pk).update(status=RosterStatus.COMMITTED, words="已取消撤销")
    assert "已取消撤销" in text_of(client, url("roster_progress", job))
    job.refresh_from_db()
    undo(cast, job)
    for name in ("roster_progress", "roster_preview", "roster_discard", "roster_undo"):
        assert client.get(url(name, job)).url == url("roster_history", job), name


def test_home_page_leads_back_to_a_running_job(cast, sign_in):
    job = roster.upload_roster(actor=cast.staff, files=[("名册.xlsx", workbook([person("tian")]))], year=2017)
    text = text_of(sign_in(cast.staff), "/")
    assert "看进度" in text and url("roster_progress", job) in text


def test_the_person_tells_which_import_it_was(cast, sign_in):
    job = committed(cast, person("tian"))
    tian = Cadre.objects.get(name="田素云")
    text = text_of(sign_in(cast.staff), reverse("cadres:cadre_detail", args=[tian.pk]) + "?tab=trail")
    assert url("roster_history", job) in text


def test_others_are_refused(cast, sign_in, client):
    job = committed(cast, person("tian"))
    elsewhere = factories.make_user("dongguan", Role.STAFF, cast.district)
    for user, status in ((cast.liaison_a, 403), (cast.leader, 403), (cast.nobody, 403), (elsewhere, 404)):
        signed = sign_in(user)
        for name in PAGES:
            assert signed.get(url(name, job)).status_code == status, (user, name)
            if name != "roster_history":
                answer = signed.post(url(name, job), {"form_key": new_form_key(), "reason": "试试", "fingerprint": "x"})
                assert answer.status_code == status, (user, name)
        assert signed.get(url("roster_original", job, position=0)).status_code == status
    job.refresh_from_db()
    assert job.status == RosterStatus.COMMITTED


def test_progress_estimates(cast):
    now = timezone.now()
    job = RosterImport(status=RosterStatus.COMMITTING, seconds=10)
    assert progress_of(job, size=0, now=now).percent == 0
    job.claim, job.started_at = "x", now - timezone.timedelta(seconds=8)
    half = progress_of(job, size=0, now=now)
    assert half.percent == 50 and "大约还要 8 秒" in half.words
    job.started_at = now - timezone.timedelta(seconds=900)
    late = progress_of(job, size=0, now=now)
    assert late.percent == 95 and "快好了" in late.words and "15 分钟" in late.words
    job = RosterImport(
        status=RosterStatus.READING, claim="x", done=1, total=4, started_at=now - timezone.timedelta(seconds=3)
    )
    assert progress_of(job, size=10**9, now=now).percent == 25
