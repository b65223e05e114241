"""The pages: what each role sees, one click, forms, bulk, taking back, approving."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse

from cadres import tasks
from cadres.models import RosterDifference, Settlement, UnitRoster
from tests.cadres.reconciliation.conftest import differences, hand_in, new_row, row_of

pytestmark = pytest.mark.django_db
BORN = datetime.date(1957, 3, 4)


@pytest.fixture
def waiting(cast, person):
    """Unit A's roster: 马骏 missing, 田素云 changed in two fields, 葛秀云 new."""
    person(cast.unit_a, "马骏")
    changed = person(cast.unit_a, "田素云")
    rows = [
        row_of(cast.cadre_a), row_of(changed, 健康状况="长期卧床", 联系电话="13900001111"),
        new_row(cast.unit_a, "葛秀云", BORN, "2017.03"),
    ]  # fmt: skip
    return hand_in(cast.staff, cast.unit_a, rows)


def page(roster, **query):
    url = reverse("cadres:reconciliation", args=[roster.pk])
    return url + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")


def key_of(response):
    return re.search(r'name="form_key" value="([^"]+)"', response.content.decode())[1]


def test_three_columns_and_a_proposal(cast, waiting, sign_in):
    client = sign_in(cast.staff)
    text = client.get(page(waiting)).content.decode()
    assert "已处理 0/3" in text and "葛秀云" in text and "新办，2017-03-01" in text
    text = client.get(page(waiting, kind="missing")).content.decode()
    assert "马骏" in text and "要您认定" in text and "系统现在" in text
    text = client.get(page(waiting, kind="changed")).content.decode()
    assert "田素云" in text and "不能自理（长期卧床）" in text and "139****1111" in text


@pytest.mark.parametrize("htmx", [True, False])
def test_one_click(cast, waiting, sign_in, htmx):
    row = differences(waiting)["missing", "马骏"]
    headers = {"HX-Request": "true"} if htmx else {}
    client = sign_in(cast.staff)
    url = page(waiting, kind="missing")
    response = client.post(url, {"settle": f"{row.pk}:forgotten"}, headers=headers)
    row.refresh_from_db()
    assert row.decision == Settlement.FORGOTTEN
    if htmx:
        assert response.status_code == 200 and "已处理 1/3" in response.content.decode()
        assert "<html" not in response.content.decode()
    else:
        assert response.status_code == 302 and "kind=missing" in response.url
    again = client.post(url, {"settle": f"{row.pk}:forgotten"}, headers={"HX-Request": "true"}).content.decode()
    assert "要改请先撤回" in again


def test_bulk_takes_what_was_picked_and_all_of_a_kind(cast, waiting, sign_in):
    client, found = sign_in(cast.staff), differences(waiting)
    new, missing = found["new", "葛秀云"], found["missing", "马骏"]
    client.post(page(waiting, kind="new"), {"bulk": "proposed", "pick": [new.pk, missing.pk]})
    new.refresh_from_db()
    missing.refresh_from_db()
    assert new.settled and not missing.settled, "without a proposal it stays open"
    client.post(page(waiting, kind="changed"), {"bulk": "all"})
    assert RosterDifference.objects.filter(decision="").count() == 1
    text = client.post(page(waiting, kind="new"), {"bulk": "proposed"}, follow=True).content.decode()
    assert "先勾选" in text
    client.post(page(waiting), {"bulk": "proposed", "pick": ["x", "99999999"]})


def test_the_form_settles_and_says_what_is_missing(cast, waiting, sign_in):
    client, row = sign_in(cast.staff), differences(waiting)["missing", "马骏"]
    url = reverse("cadres:difference_settle", args=[row.pk])
    opened = client.get(f"{url}?as=died")
    assert 'value="died"' in opened.content.decode()
    response = client.post(url, {"form_key": key_of(opened), "decision": "died", "on": ""})
    assert response.status_code == 422 and "请填去世日期" in response.content.decode()
    sent = {"form_key": key_of(response), "decision": "died", "on": "2017-06-01", "note": "家属来电"}
    response = client.post(url, sent)
    assert response.status_code == 302
    row.refresh_from_db()
    assert (row.decision, row.event.kind, row.event.note) == ("died", "died", "家属来电")
    assert client.post(url, sent).status_code == 302, "sent twice it works once"
    back = reverse("cadres:difference_take_back", args=[row.pk])
    opened = client.get(back)
    client.post(back, {"form_key": key_of(opened), "reason": "搞错了人"})
    row.refresh_from_db()
    assert not row.settled and row.cadre.standing == "present"


def test_field_by_field(cast, waiting, sign_in):
    client, row = sign_in(cast.staff), differences(waiting)["changed", "田素云"]
    url = reverse("cadres:difference_settle", args=[row.pk])
    opened = client.get(url)
    names = [line[0] for line in row.details["changes"]]
    phone = names.index("phone_digest")
    client.post(url, {"form_key": key_of(opened), "decision": "changed", f"field_{phone}": "kept"})
    row.refresh_from_db()
    assert (row.decision, row.choices) == ("changed", {"phone_digest": "kept"})


def test_approving_waits_for_the_last_one(cast, waiting, sign_in, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.commit_roster, "delay", sent.append)
    client, url = sign_in(cast.staff), reverse("cadres:unit_roster_approve", args=[waiting.pk])
    assert "还有 3 处差异没有认定" in client.get(url).content.decode()
    for row in differences(waiting).values():
        word = row.proposal or "forgotten"
        client.post(page(waiting), {"settle": f"{row.pk}:{word}"})
    opened = client.get(url)
    assert "新办：1 人" in opened.content.decode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda call: call())
        response = client.post(url, {"form_key": key_of(opened)})
    assert response.url == reverse("cadres:roster_progress", args=[waiting.roster_import_id])
    assert sent == [waiting.roster_import_id]
    tasks.commit_roster(waiting.roster_import_id)
    assert UnitRoster.objects.get(pk=waiting.pk).state == "approved"
    text = client.get(page(waiting)).content.decode()
    assert "本年核准" in text and "撤回" not in text
    assert "已核准" in client.get(response.url).content.decode()


def test_a_liaison_reads_without_other_units_names(cast, person, sign_in):
    mover = person(cast.unit_a, "马骏")
    comer = person(cast.unit_b, "祁连生")
    first = hand_in(cast.staff, cast.unit_a, [row_of(cast.cadre_a), row_of(comer, 单位=cast.unit_a.name, 隶属="市直")])
    hand_in(cast.staff, cast.unit_b, [row_of(cast.cadre_b), row_of(mover, 单位=cast.unit_b.name, 隶属="东关区")])
    for kind, name in (("missing", "马骏"), ("new", "祁连生")):
        text = sign_in(cast.liaison_a).get(page(first, kind=kind)).content.decode()
        assert name in text and "另一单位" in text and cast.unit_b.name not in text
        assert 'name="settle"' not in text and 'name="pick"' not in text
        assert cast.unit_b.name in sign_in(cast.staff).get(page(first, kind=kind)).content.decode()
    assert sign_in(cast.liaison_b).get(page(first)).status_code == 404
    row = RosterDifference.objects.filter(unit_roster=first).first()
    assert sign_in(cast.liaison_a).post(page(first), {"settle": f"{row.pk}:forgotten"}).status_code == 403
    assert sign_in(cast.liaison_a).get(reverse("cadres:difference_settle", args=[row.pk])).status_code == 403
    assert sign_in(cast.liaison_b).get(reverse("cadres:difference_settle", args=[row.pk])).status_code == 404


def test_the_page_costs_the_same_for_many(cast, person, sign_in, django_assert_max_num_queries):
    people = [person(cast.unit_a, f"马{number}") for number in range(15)]
    rows = [row_of(one, 健康状况="健康") for one in people[:8]]
    roster = hand_in(cast.staff, cast.unit_a, rows)
    client = sign_in(cast.staff)
    client.get(page(roster))
    for kind in ("missing", "changed"):
        with django_assert_max_num_queries(40):
            client.get(page(roster, kind=kind))


def test_the_preview_of_a_unit_s_roster_leads_here(cast, waiting, sign_in):
    client = sign_in(cast.staff)
    url = reverse("cadres:roster_preview", args=[waiting.roster_import_id])
    text = client.get(url).content.decode()
    assert "去核对" in text and "提交入库" not in text.split('class="actbar', 1)[1]
    progress = reverse("cadres:roster_progress", args=[waiting.roster_import_id])
    assert client.get(progress).url == page(waiting)
