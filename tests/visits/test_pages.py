"""The pages of visits, as their readers use them."""

from __future__ import annotations

import datetime
import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cadres.models import BirthdayCalendar
from common.dates import PartialDate
from common.editing import new_form_key
from common.models import AuditEntry
from tests import factories
from tests.visits.test_photos import picture
from visits import actions, sending
from visits.models import Notice, Visit

CREATE = "/visits/new/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def log(user, cadre, **values) -> Visit:
    facts = {"visited_on": timezone.localdate(), "occasion": "ordinary", "manner": "home", **values}
    return actions.create_visit(actor=user, cadre=cadre, values=facts)


def form_data(person, /, **values) -> dict:
    return {
        "form_key": new_form_key(), "cadre": person.pk, "manner": "home", "when": "today",
        "occasion": "ordinary", **values,
    }  # fmt: skip


def text(response) -> str:
    return response.content.decode()


# -- who may open what --------------------------------------------------------------------------------------

PAGES = ["visit_list", "visit_create", "birthday_list", "notice_list", "visit_import", "visit_import_template"]


@pytest.mark.parametrize("name", PAGES)
def test_the_signed_out_are_sent_to_sign_in(client, db, name):
    response = client.get(reverse(f"visits:{name}"))
    assert response.status_code == 302 and "signin" in response["Location"]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", ["system_admin", "security_admin", "audit_admin", "nobody"])
def test_admins_see_no_page_about_people(cast, sign_in, name, who):
    assert sign_in(getattr(cast, who)).get(reverse(f"visits:{name}")).status_code == 403


@pytest.mark.parametrize("who", ["staff", "liaison_a", "community_liaison"])
@pytest.mark.parametrize("name", PAGES)
def test_readers_open_every_page(cast, sign_in, name, who):
    assert sign_in(getattr(cast, who)).get(reverse(f"visits:{name}")).status_code == 200


def test_a_leader_reads_and_does_not_write(cast, sign_in):
    visit, client = log(cast.liaison_a, cast.cadre_a), sign_in(cast.leader)
    assert client.get(reverse("visits:visit_detail", args=[visit.pk])).status_code == 200
    for name in ("visit_change", "visit_remove"):
        url = reverse(f"visits:{name}", args=[visit.pk])
        assert client.get(url).status_code == client.post(url, {}).status_code == 403
    assert client.get(CREATE).status_code == client.post(CREATE, form_data(cast.cadre_a)).status_code == 403
    assert client.get("/visits/?export=xlsx").status_code == 403
    assert client.get("/visits/birthdays/?export=xlsx").status_code == 403
    assert "记一次走访" not in text(client.get("/visits/"))
    assert Visit.objects.count() == 1


@pytest.mark.parametrize("name", ["visit_detail", "visit_change", "visit_remove"])
def test_another_units_visit_is_as_absent_as_no_visit(cast, sign_in, name):
    foreign, client = log(cast.liaison_b, cast.cadre_b), sign_in(cast.liaison_a)
    answers = [client.get(reverse(f"visits:{name}", args=[pk])) for pk in (foreign.pk, 999999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert client.post(reverse(f"visits:{name}", args=[foreign.pk]), {}).status_code in (404, 405)
    assert client.get(reverse("visits:cadre_tab", args=[cast.cadre_b.pk])).status_code == 404


# -- list ---------------------------------------------------------------------------------------------------


def test_the_list_shows_own_peoples_visits_only(cast, sign_in):
    log(cast.liaison_a, cast.cadre_a, words="问起活动中心")
    log(cast.liaison_b, cast.cadre_b, words="乙单位的话")
    page = text(sign_in(cast.liaison_a).get("/visits/"))
    assert "韩松年" in page and "问起活动中心" in page
    assert "曾庆和" not in page and "乙单位的话" not in page
    assert "曾庆和" in text(sign_in(cast.staff).get("/visits/"))


def test_filters_and_their_chips(cast, sign_in):
    log(cast.liaison_a, cast.cadre_a, occasion="hospital", manner="hospital", visitors="周局长、王海燕")
    log(cast.liaison_a, cast.cadre_a, visited_on=datetime.date(2020, 2, 1), occasion="spring")
    client = sign_in(cast.liaison_a)

    def rows(query: str) -> int:
        return text(client.get(f"/visits/?{query}")).count("看这次")

    assert rows("") == 2
    assert rows("occasion=spring") == rows("manner=hospital") == rows("who=周局长") == 1
    assert rows("since=2021-01-01") == rows("until=2021-01-01") == 1
    assert rows("q=hsn") == rows("unit=水利") == 2
    assert rows("q=曾庆和") == rows("unit=没有这个单位") == 0
    page = text(client.get("/visits/?occasion=spring&since=2019-01-01"))
    assert "从哪一天 2019-01-01" in page and "/visits/?since=2019-01-01" in page
    part = text(client.get("/visits/?occasion=spring", headers={"HX-Request": "true"}))
    assert "<html" not in part and "看这次" in part


def test_withdrawn_visits_leave_list_and_person(cast, sign_in):
    visit = log(cast.liaison_a, cast.cadre_a)
    actions.remove_visit(actor=cast.liaison_a, visit=visit)
    client = sign_in(cast.liaison_a)
    assert "看这次" not in text(client.get("/visits/"))
    assert "还没有走访过" in text(client.get(reverse("visits:cadre_tab", args=[cast.cadre_a.pk])))
    assert "撤回，不再计入" in text(client.get(reverse("visits:visit_detail", args=[visit.pk])))


def test_export_holds_what_is_filtered_and_no_identity(cast, sign_in):
    log(cast.liaison_a, cast.cadre_a, gift_money="500", gifts="=cmd()", words="一切都好")
    log(cast.liaison_b, cast.cadre_b)
    response = sign_in(cast.liaison_a).get("/visits/?occasion=ordinary&export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows[0][:6] == ("日期", "姓名", "单位", "人员类别", "缘由", "方式") and len(rows) == 2
    record = dict(zip(rows[0], rows[1], strict=True))
    assert record["姓名"] == "韩松年" and record["慰问金"] == 500 and record["慰问品"] == "=cmd()"
    assert record["日期"].date() == timezone.localdate()
    assert sheet.cell(3, 10).data_type != "f"
    entry = AuditEntry.objects.get(action="visit.export")
    assert entry.changes["rows"] == [None, 1]


def test_queries_of_the_list_do_not_grow(cast, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.liaison_a)
    log(cast.liaison_a, cast.cadre_a)
    client.get("/visits/")
    for _ in range(15):
        log(cast.liaison_a, cast.cadre_a)
    with django_assert_max_num_queries(9):
        assert text(client.get("/visits/")).count("看这次") == 16
    with django_assert_max_num_queries(16):
        client.get(CREATE)


# -- entry --------------------------------------------------------------------------------------------------


def test_a_visit_is_recorded_from_the_phone_page(cast, sign_in):
    photo = SimpleUploadedFile("a.jpg", picture(exif=True), "image/jpeg")
    data = form_data(cast.cadre_a, when="yesterday", words="精神尚可", gift_money="500", photos=[photo])
    response = sign_in(cast.liaison_a).post(CREATE, data)
    visit = Visit.objects.get()
    assert response["Location"] == reverse("visits:visit_detail", args=[visit.pk])
    assert visit.visited_on == timezone.localdate() - datetime.timedelta(days=1)
    assert (visit.words, visit.gift_money, visit.photos.count()) == ("精神尚可", 500, 1)


def test_a_double_tap_makes_one_visit(cast, sign_in):
    client, data = sign_in(cast.liaison_a), form_data(cast.cadre_a)
    first, second = client.post(CREATE, data), client.post(CREATE, data)
    assert first["Location"] == second["Location"] and Visit.objects.count() == 1
    assert client.post(CREATE, form_data(cast.cadre_a)).status_code == 302
    assert Visit.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"cadre": ""}, "请先选看望的是谁"),
        ({"when": "other"}, "请填走访是哪一天"),
        ({"when": "other", "visited_on": "2099-01-01"}, "走访日期还没到"),
        ({"gift_money": "1000.5"}, "超过每次 1000 元的标准"),
        ({"gift_money": "-5"}, "不能是负数"),
        ({"gift_money": "五百"}, "只填数字"),
        ({"form_key": "forged"}, "内容都还在"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(cast, sign_in, values, words):
    data = form_data(cast.cadre_a, words="问起活动中心", **values)
    response = sign_in(cast.liaison_a).post(CREATE, data)
    page = text(response)
    assert response.status_code == 422 and words in page
    assert "问起活动中心" in page and "还有 1 处要改" in page
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"MZ" + b"\0" * 2000, "不是照片"), (b"\xff\xd8" + b"\0" * (30 << 20), "不超过 10 MB")],
)
def test_no_photo_is_refused_in_chinese(cast, sign_in, content, words):
    data = form_data(cast.cadre_a, photos=[SimpleUploadedFile("照片.jpg", content, "image/jpeg")])
    response = sign_in(cast.liaison_a).post(CREATE, data)
    assert response.status_code == 422 and words in text(response) and "照片没有留住" in text(response)
    assert not Visit.objects.exists()


def test_another_units_person_cannot_be_submitted(cast, sign_in):
    response = sign_in(cast.liaison_a).post(CREATE, form_data(cast.cadre_b))
    assert response.status_code == 422 and "曾庆和" not in text(response)
    assert not Visit.objects.exists()


def test_people_are_offered_and_found_among_ones_own(cast, sign_in):
    today = timezone.localdate()
    factories.make_cadre(
        cast.unit_a, name="快过生日", birth=PartialDate(1946, today.month, min(today.day, 28)),
        birthday_calendar=BirthdayCalendar.SOLAR,
    )  # fmt: skip
    client = sign_in(cast.liaison_a)
    page = text(client.get(CREATE))
    assert "我联系的 2 人" in page and page.index("快过生日") < page.index("韩松年") and "曾庆和" not in page
    found = text(client.get(f"{CREATE}?q=hsn", headers={"HX-Request": "true"}))
    assert "韩松年" in found and "<html" not in found and "快过生日" not in found
    assert "没找到" in text(client.get(f"{CREATE}?q=曾庆和"))
    picked = text(client.get(f"{CREATE}?cadre={cast.cadre_a.pk}&occasion=birthday"))
    assert re.search(rf'value="{cast.cadre_a.pk}" checked', picked)
    assert '<option value="birthday" selected' in picked
    assert 'checked><label for="person' not in text(client.get(f"{CREATE}?cadre={cast.cadre_b.pk}"))


def test_staff_of_the_city_find_anybody(cast, sign_in):
    page = text(sign_in(cast.staff).get(f"{CREATE}?q=zqh"))
    assert "曾庆和" in page and "我联系的" not in page


def test_the_page_holds_no_inline_code(cast, sign_in):
    visit = log(cast.liaison_a, cast.cadre_a)
    client = sign_in(cast.liaison_a)
    for url in (CREATE, "/visits/", "/visits/birthdays/", "/visits/notices/", f"/visits/{visit.pk}/"):
        page = text(client.get(url))
        assert not re.search(r"\son[a-z]+=|\sstyle=|<style|<script(?![^>]*(src=|application/json))", page), url


# -- one visit ----------------------------------------------------------------------------------------------


def test_a_visit_is_changed_by_whoever_recorded_it(cast, sign_in):
    visit, client = log(cast.liaison_a, cast.cadre_a, gifts="米面油"), sign_in(cast.liaison_a)
    url = reverse("visits:visit_change", args=[visit.pk])
    assert "米面油" in text(client.get(url))
    data = {
        "form_key": new_form_key(), "version": 1, "manner": "phone", "when": "other", "occasion": "hospital",
        "visited_on": "2026-01-05", "gifts": "牛奶",
    }  # fmt: skip
    assert client.post(url, data).status_code == 302
    visit.refresh_from_db()
    assert (visit.gifts, visit.manner, visit.version, visit.cadre) == ("牛奶", "phone", 2, cast.cadre_a)
    assert AuditEntry.objects.filter(action="visit.change").get().changes["gifts"] == ["米面油", "牛奶"]
    assert sign_in(cast.community_liaison).get(url).status_code == 403


def test_the_second_editor_sees_what_the_first_changed(cast, sign_in):
    visit, client = log(cast.liaison_a, cast.cadre_a), sign_in(cast.liaison_a)
    key = new_form_key()
    actions.change_visit(actor=cast.staff, visit=visit, values={"gifts": "牛奶"})
    data = {
        "form_key": key, "version": 1, "manner": "home", "when": "other", "occasion": "ordinary",
        "visited_on": timezone.localdate().isoformat(), "words": "我写的话", "visitors": "王海燕",
    }  # fmt: skip
    response = client.post(reverse("visits:visit_change", args=[visit.pk]), data)
    page = text(response)
    assert response.status_code == 409 and "别人改过这次走访" in page
    assert "我写的话" in page and "牛奶" in page and "李静" in page


def test_withdrawing(cast, sign_in):
    visit, client = log(cast.liaison_a, cast.cadre_a), sign_in(cast.liaison_a)
    url = reverse("visits:visit_remove", args=[visit.pk])
    assert "撤回的原因" not in text(client.get(url))
    data = {"form_key": new_form_key(), "version": 1}
    first, again = client.post(url, data), client.post(url, data)
    assert first["Location"] == again["Location"] == reverse("visits:visit_detail", args=[visit.pk])
    visit.refresh_from_db()
    assert visit.removed and AuditEntry.objects.filter(action="visit.remove").count() == 1


def test_staff_give_a_reason(cast, sign_in):
    visit, client = log(cast.liaison_a, cast.cadre_a), sign_in(cast.staff)
    url = reverse("visits:visit_remove", args=[visit.pk])
    assert "撤回的原因" in text(client.get(url))
    bare = client.post(url, {"form_key": new_form_key(), "version": 1})
    assert bare.status_code == 422 and "请写明撤回的原因" in text(bare)
    client.post(url, {"form_key": new_form_key(), "version": 1, "reason": "登记错了人"})
    visit.refresh_from_db()
    assert visit.removed_reason == "登记错了人"


def test_the_persons_part_and_page(cast, sign_in):
    log(cast.liaison_a, cast.cadre_a, words="一切都好")
    client, url = sign_in(cast.community_liaison), reverse("visits:cadre_tab", args=[cast.cadre_a.pk])
    whole, part = text(client.get(url)), text(client.get(url, headers={"HX-Request": "true"}))
    assert "<html" in whole and "<html" not in part
    assert "一切都好" in part and f"?cadre={cast.cadre_a.pk}" in part
    assert "记一次走访" not in text(sign_in(cast.leader).get(url, headers={"HX-Request": "true"}))


# -- birthdays ----------------------------------------------------------------------------------------------


def test_birthdays_by_month(cast, sign_in):
    factories.make_cadre(
        cast.unit_a, name="闰六月生", birth=PartialDate(1941, 7, 28), birthday_calendar=BirthdayCalendar.LUNAR,
        birthday_month=6, birthday_day=5, birthday_leap=True,
    )  # fmt: skip
    client = sign_in(cast.liaison_a)
    may = text(client.get("/visits/birthdays/?month=2026-05"))
    assert "韩松年" in may and "5月18日" in may and " 周一" in may and "虚岁99大寿" in may and "闰六月生" not in may
    july = text(client.get("/visits/birthdays/?month=2026-07"))
    assert "闰六月生" in july and "7月18日" in july and "农历闰六月初五" in july
    assert "曾庆和" not in text(client.get("/visits/birthdays/?month=2026-03"))
    assert "这个月没有人过生日" in text(client.get("/visits/birthdays/?month=2026-05&great=1&category=retiree"))
    assert client.get("/visits/birthdays/?month=nonsense").status_code == 200
    assert client.get("/visits/birthdays/").status_code == 200


def test_great_birthdays_alone(cast, sign_in):
    factories.make_cadre(cast.unit_a, name="七十九", birth=PartialDate(1947, 5, 3))
    page = text(sign_in(cast.liaison_a).get("/visits/birthdays/?month=2026-05&great=1"))
    assert "韩松年" in page and "七十九" not in page


def test_birthday_export(cast, sign_in):
    response = sign_in(cast.liaison_a).get("/visits/birthdays/?month=2026-05&export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows[0] == ("生日", "历法", "姓名", "性别", "人员类别", "单位", "周岁", "虚岁", "大寿")
    assert rows[1][1:] == ("公历", "韩松年", "男", "离休", "市水利局", 98, 99, "虚岁99大寿")
    assert rows[1][0].date() == datetime.date(2026, 5, 18) and len(rows) == 2
    assert AuditEntry.objects.filter(action="birthday.export").count() == 1


# -- inbox --------------------------------------------------------------------------------------------------


def test_the_inbox_and_its_marks(cast, sign_in):
    sending.send_due_notices(on=datetime.date(2026, 5, 11))
    client = sign_in(cast.liaison_a)
    page = text(client.get("/visits/notices/"))
    assert "韩松年" in page and "虚岁99大寿" in page and "登记祝寿" in page
    mine, others = Notice.objects.get(reader=cast.liaison_a), Notice.objects.get(reader=cast.staff)
    assert client.get(reverse("visits:notice_read", args=[mine.pk])).status_code == 405
    assert client.post(reverse("visits:notice_read", args=[others.pk])).status_code == 404
    assert client.post(reverse("visits:notice_read", args=[mine.pk])).status_code == 302
    assert "没有新的提醒" in text(client.get("/visits/notices/"))
    assert "韩松年" in text(client.get("/visits/notices/?seen=1"))
    staff = sign_in(cast.staff)
    assert staff.post(reverse("visits:notice_read_all")).status_code == 302
    assert not Notice.objects.filter(reader=cast.staff, read_at=None).exists()
    assert sign_in(cast.audit_admin).post(reverse("visits:notice_read_all")).status_code == 403


def test_a_leaders_inbox_offers_no_entry(cast, sign_in):
    sending.send_due_notices(on=datetime.date(2026, 5, 11))
    page = text(sign_in(cast.leader).get("/visits/notices/"))
    assert "韩松年" in page and "登记祝寿" not in page
