"""One person's page: who sees what, the timeline, the trail, revealing a number, the printed form, the photo."""

from __future__ import annotations

import datetime
import io
import re

import pytest
from django.urls import reverse
from PIL import Image

from cadres import actions
from common.editing import new_form_key
from common.models import AuditEntry
from tests import factories


def page(cadre, name="cadre_detail"):
    return reverse(f"cadres:{name}", args=[cadre.pk])


def without_token(response) -> str:
    return re.sub(r'name="csrf-token" content="\w+"', "", response.content.decode())


def test_the_page_shows_the_person_and_leaves_an_entry(cast, sign_in):
    response = sign_in(cast.liaison_a).get(page(cast.cadre_a))
    text = response.content.decode()
    assert "韩松年" in text
    assert "1928年5月18日" in text
    assert cast.cadre_a.id_number not in text
    entry = AuditEntry.objects.order_by("-number").first()
    assert (entry.action, entry.target_id, entry.actor) == ("cadre.view", str(cast.cadre_a.pk), cast.liaison_a)


def test_foreign_and_absent_are_the_same(cast, sign_in):
    client = sign_in(cast.liaison_b)
    for name in ("cadre_detail", "cadre_change", "cadre_form", "cadre_photo", "cadre_reveal", "cadre_decease"):
        foreign = client.get(page(cast.cadre_a, name))
        absent = client.get(reverse(f"cadres:{name}", args=[999_999]))
        assert foreign.status_code == absent.status_code == 404, name
        assert without_token(foreign) == without_token(absent), name


@pytest.mark.parametrize("user", ["system_admin", "security_admin", "audit_admin", "nobody"])
def test_admins_read_no_person(cast, sign_in, user):
    for name in ("cadre_detail", "cadre_change", "cadre_form", "cadre_photo", "cadre_reveal"):
        assert sign_in(getattr(cast, user)).get(page(cast.cadre_a, name)).status_code == 403


def test_leader_reads_but_does_not_change(cast, sign_in):
    client = sign_in(cast.leader)
    text = client.get(page(cast.cadre_a)).content.decode()
    assert "改资料" not in text
    assert "看全号" not in text
    for name in ("cadre_change", "cadre_decease", "cadre_move_out", "cadre_reveal", "family_create"):
        assert client.get(page(cast.cadre_a, name)).status_code == 403
    assert client.post(page(cast.cadre_a, "cadre_change"), {"name": "改名"}).status_code == 403


def test_signed_out_is_sent_to_sign_in(client, cast):
    assert client.get(page(cast.cadre_a))["Location"].startswith(reverse("accounts:signin"))


def test_timeline_tells_events_changes_and_corrections(cast, sign_in):
    cadre = cast.cadre_a
    actions.change_cadre(actor=cast.staff, cadre=cadre, values={"living": "2"}, since=datetime.date(2025, 1, 6))
    actions.change_cadre(actor=cast.staff, cadre=cadre, values={"living": "3"}, since=datetime.date(2026, 1, 6))
    actions.change_cadre(actor=cast.staff, cadre=cadre, values={"native_place": "山东莱阳"}, since=None)
    text = sign_in(cast.staff).get(page(cadre)).content.decode()
    assert "变动：居住状态由“空巢”改为“与子女同住”" in text
    assert "更正：籍贯填为“山东莱阳”" in text
    assert "新办离休，进入市水利局名册" in text


def test_trail_is_for_those_who_may_change(cast, sign_in):
    actions.change_cadre(actor=cast.staff, cadre=cast.cadre_a, values={"phone": "13911112222"}, since=None)
    sign_in(cast.liaison_a).get(page(cast.cadre_a))
    text = sign_in(cast.staff).get(page(cast.cadre_a), {"tab": "trail"}).content.decode()
    assert "查看档案" in text
    assert "王海燕" in text
    assert "139****2222" in text
    assert "13911112222" not in text
    assert "查看档案" not in sign_in(cast.liaison_a).get(page(cast.cadre_a), {"tab": "trail"}).content.decode()


@pytest.mark.parametrize("tab", ["", "facts", "family", "trail"])
def test_every_tab_opens_with_a_steady_number_of_queries(cast, sign_in, django_assert_max_num_queries, tab):
    for number in range(12):
        actions.add_family_member(actor=None, cadre=cast.cadre_a, values={"name": f"家属{number}"})
        actions.change_cadre(actor=cast.staff, cadre=cast.cadre_a, values={"hobbies": f"书法{number}"}, since=None)
    client = sign_in(cast.staff)
    with django_assert_max_num_queries(30):
        assert client.get(page(cast.cadre_a), {"tab": tab}).status_code == 200


# -- revealing a number ------------------------------------------------------------------------------------


def test_reveal_asks_for_the_reason_first(cast, sign_in):
    text = sign_in(cast.liaison_a).get(page(cast.cadre_a, "cadre_reveal"), {"field": "phone"}).content.decode()
    assert "看韩松年的完整联系电话" in text
    assert cast.cadre_a.phone not in text
    assert not AuditEntry.objects.filter(action="cadre.reveal").exists()


def test_reveal_writes_the_entry_and_shows_the_number_once(cast, sign_in):
    client = sign_in(cast.liaison_a)
    data = {"field": "id_number", "reason": "核对医保报销", "form_key": new_form_key()}
    response = client.post(page(cast.cadre_a, "cadre_reveal"), data)
    assert cast.cadre_a.id_number in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    entry = AuditEntry.objects.get(action="cadre.reveal")
    assert (entry.reason, entry.actor, list(entry.changes)) == ("核对医保报销", cast.liaison_a, ["id_number"])
    again = client.post(page(cast.cadre_a, "cadre_reveal"), data)
    assert again.status_code == 302
    assert AuditEntry.objects.filter(action="cadre.reveal").count() == 1


@pytest.mark.parametrize("reason", ["", " ", "看"])
def test_no_reason_no_number(cast, sign_in, reason):
    data = {"field": "phone", "reason": reason, "form_key": new_form_key()}
    response = sign_in(cast.staff).post(page(cast.cadre_a, "cadre_reveal"), data)
    assert response.status_code == 422
    assert cast.cadre_a.phone not in response.content.decode()
    assert not AuditEntry.objects.filter(action="cadre.reveal").exists()


def test_only_kept_numbers_are_revealed(cast, sign_in):
    data = {"field": "address", "reason": "核对", "form_key": new_form_key()}
    assert sign_in(cast.staff).post(page(cast.cadre_a, "cadre_reveal"), data).status_code == 404


# -- the printed form and the photo ------------------------------------------------------------------------


def test_printed_form_is_masked_and_leaves_an_entry(cast, sign_in):
    actions.add_family_member(actor=None, cadre=cast.cadre_a, values={"name": "韩敏", "kinship": "32"})
    text = sign_in(cast.liaison_a).get(page(cast.cadre_a, "cadre_form")).content.decode()
    assert "离休干部登记表" in text
    assert "韩敏" in text
    assert cast.cadre_a.masked_id in text
    assert cast.cadre_a.id_number not in text
    assert AuditEntry.objects.filter(action="cadre.view", target_id=cast.cadre_a.pk).exists()


def picture(size=(1200, 1600), fmt="JPEG") -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", size, "grey").save(file, fmt)
    file.seek(0)
    file.name = f"photo.{fmt.lower()}"
    return file


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(client, cadre, file, **data):
    return client.post(page(cadre, "cadre_photo_change"), {"photo": file, "form_key": new_form_key(), **data})


def test_photo_is_made_anew_small_and_scoped(cast, sign_in, media, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert upload(sign_in(cast.staff), cast.cadre_a, picture()).status_code == 302
    cast.cadre_a.refresh_from_db()
    assert "photo." not in cast.cadre_a.photo.name
    image = Image.open(cast.cadre_a.photo.path)
    assert (image.format, image.size) == ("JPEG", (720, 960))
    response = sign_in(cast.liaison_a).get(page(cast.cadre_a, "cadre_photo"))
    assert response["Content-Type"] == "image/jpeg"
    assert sign_in(cast.liaison_b).get(page(cast.cadre_a, "cadre_photo")).status_code == 404
    assert AuditEntry.objects.filter(action="cadre.photo_change").count() == 1


def test_old_photo_goes(cast, sign_in, media, django_capture_on_commit_callbacks):
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            upload(sign_in(cast.staff), cast.cadre_a, picture(fmt="PNG"))
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1
    with django_capture_on_commit_callbacks(execute=True):
        client = sign_in(cast.staff)
        client.post(page(cast.cadre_a, "cadre_photo_change"), {"remove": "on", "form_key": new_form_key()})
    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "content", [b"not a picture", b"GIF89a" + b"\0" * 50, b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_what_is_no_photo_is_refused(cast, sign_in, media, content):
    file = io.BytesIO(content)
    file.name = "photo.jpg"
    response = upload(sign_in(cast.staff), cast.cadre_a, file)
    assert response.status_code == 422
    assert "这不是能打开的照片" in response.content.decode()
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_a_photo_of_more_than_ten_megabytes_is_refused(cast, sign_in, media):
    file = io.BytesIO(picture().getvalue() + b"\0" * (10 * 1024 * 1024))
    file.name = "photo.jpg"
    assert "超过 10 MB" in upload(sign_in(cast.staff), cast.cadre_a, file).content.decode()


def test_birthday_within_a_month_is_announced(cast, sign_in):
    today = datetime.date.today() + datetime.timedelta(days=3)  # noqa: DTZ011 -- three days either way
    cadre = factories.make_cadre(cast.unit_a, name="寿星")
    values = {"birthday_month": today.month, "birthday_day": today.day}
    type(cadre).objects.filter(pk=cadre.pk).update(**values)
    assert "祝寿" in sign_in(cast.staff).get(page(cadre)).content.decode()
