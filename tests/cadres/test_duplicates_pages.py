"""The pages of suspected duplicates, as each of the cast finds them."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse

from accounts.roles import Role
from cadres import actions
from cadres.duplicates import compare
from cadres.models import Cadre, CadreMerge, DuplicatePair, PairState
from common.dates import PartialDate
from common.editing import new_form_key
from common.models import AuditEntry
from tests import factories
from tests.cadres.test_duplicates_merge import twin

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(cast) -> DuplicatePair:
    """曾庆和 twice, in two districts' eyes: unit B of 东关区 and unit A of the city."""
    twin(cast, phone="13900002222", hobbies="书法，太极拳")
    actions.find_duplicates()
    return DuplicatePair.objects.get()


def url(name: str, pk: int) -> str:
    return reverse(f"cadres:{name}", args=[pk])


def sent(pair: DuplicatePair, keep: str = "low", **values) -> dict:
    """The form as a browser sends it, with what is proposed."""
    low, high = pair.low, pair.high
    form = {
        "form_key": new_form_key(), "keep": keep, "reason": "",
        "low_version": low.version, "high_version": high.version,
        **{f"of_{name}": compare.proposal(low, high, name) for name in compare.differing(low, high)},
    }  # fmt: skip
    return {**form, **values}


def test_queue_shows_masked_numbers_and_filters(cast, pair, sign_in):
    client = sign_in(cast.staff)
    page = client.get(reverse("cadres:duplicate_list")).content.decode()
    assert page.count("曾庆和") >= 2 and "姓名、出生日期相同" in page
    assert cast.cadre_b.id_number not in page and cast.cadre_b.masked_id in page
    for query, found in (
        ("reason=name_birth", 1), ("reason=id_same", 0), (f"district={cast.district.pk}", 1), ("state=different", 0),
        ("state=any", 1), ("q=zengqing", 1), ("q=曾庆", 1), ("q=张", 0), ("reason=junk", 1),
    ):  # fmt: skip
        page = client.get(f"{reverse('cadres:duplicate_list')}?{query}").content.decode()
        assert ("去核对" in page) == bool(found), query
    sheet = client.get(f"{reverse('cadres:duplicate_list')}?export=csv")
    text = (b"".join(sheet.streaming_content)).decode()
    assert "曾庆和" in text and cast.cadre_b.id_number not in text
    assert AuditEntry.objects.filter(action="duplicate.export").exists()


def test_district_staff_see_only_pairs_wholly_theirs(cast, pair, sign_in):
    east = sign_in(factories.make_user("east", Role.STAFF, cast.district))
    assert "去核对" not in east.get(reverse("cadres:duplicate_list")).content.decode()
    assert east.get(url("duplicate", pair.pk)).status_code == 404
    factories.make_cadre(cast.unit_b, name="曾庆和", birth=PartialDate(1945, 3, 2), id_number="")
    actions.find_duplicates()
    page = east.get(reverse("cadres:duplicate_list")).content.decode()
    assert page.count("去核对</a>") == 1 and "市水利局" not in page
    for user in (cast.liaison_a, cast.liaison_b, cast.leader):
        assert sign_in(user).get(reverse("cadres:duplicate_list")).status_code == 403
        assert "可能与另一份" not in sign_in(user).get("/cadres/?q=曾庆和").content.decode()


def test_home_menu_and_person_tell_of_it(cast, pair, sign_in):
    client = sign_in(cast.staff)
    home = client.get("/").content.decode()
    assert "等着核对" in home and re.search(r'疑似重复<span class="c owe">', home)
    banner = "可能与另一份档案重复"
    address = url("cadre_detail", cast.cadre_b.pk)
    assert banner in client.get(address).content.decode()
    assert banner not in sign_in(cast.liaison_b).get(address).content.decode()
    assert "疑似重复" not in sign_in(cast.liaison_b).get("/").content.decode()


def test_merging_on_the_page(cast, pair, sign_in):
    client = sign_in(cast.staff)
    page = client.get(url("duplicate", pair.pk)).content.decode()
    assert "139****2222" in page and "13900002222" not in page and cast.cadre_b.id_number not in page
    answer = client.post(url("duplicate", pair.pk), sent(pair, of_hobbies="high"))
    assert answer.status_code == 302 and answer.url == url("cadre_detail", pair.low_id)
    kept = Cadre.objects.get(pk=pair.low_id)
    assert kept.hobbies == "书法，太极拳"
    gone = url("cadre_detail", pair.high_id)
    assert client.get(gone).url == url("cadre_detail", kept.pk)
    assert client.get(url("duplicate", pair.pk)).url == url("cadre_detail", kept.pk)
    assert sign_in(cast.liaison_a).get(gone).status_code == 404  # the kept file is not theirs
    assert client.get("/cadres/?q=曾庆和").content.decode().count('class="name"') == 1
    merge = CadreMerge.objects.get()
    assert "撤销合并" in client.get(reverse("cadres:merge_list")).content.decode()
    undo = {"form_key": new_form_key(), "reason": ""}
    assert client.post(url("merge_undo", merge.pk), undo).status_code == 422
    answer = client.post(url("merge_undo", merge.pk), {"form_key": new_form_key(), "reason": "是两个人"})
    assert answer.url == gone and client.get(gone).status_code == 200
    assert "已撤销" in client.get(reverse("cadres:merge_list")).content.decode()
    assert DuplicatePair.objects.get().state == PairState.OPEN


def test_an_edit_meanwhile_stops_the_merge_and_keeps_what_was_typed(cast, pair, sign_in):
    client = sign_in(cast.staff)
    form = sent(pair, reason="看过身份证原件", of_hobbies="high")
    actions.change_cadre(actor=None, cadre=cast.cadre_b, values={"phone": "13700003333"})
    answer = client.post(url("duplicate", pair.pk), form)
    page = answer.content.decode()
    assert answer.status_code == 422 and "被别人改过" in page and "137****3333" in page and "看过身份证原件" in page
    assert Cadre.objects.filter(pk=pair.high_id).exists()
    version = Cadre.objects.get(pk=cast.cadre_b.pk).version
    assert re.search(rf'name="low_version" value="{version}"', page)


@pytest.mark.parametrize(
    "junk", [{"keep": "both"}, {"keep": ""}, {"of_hobbies": "x"}, {"low_version": "a"}, {"form_key": ""}]
)
def test_bad_input_merges_nothing(cast, pair, sign_in, junk):
    answer = sign_in(cast.staff).post(url("duplicate", pair.pk), sent(pair, **junk))
    assert answer.status_code == 422
    assert Cadre.objects.filter(pk__in=[pair.low_id, pair.high_id]).count() == 2


def test_two_whole_numbers_must_be_chosen_and_explained(cast, sign_in):
    twin(cast, id_number=factories.id_number(datetime.date(1945, 3, 2), serial=321))
    actions.find_duplicates()
    pair = DuplicatePair.objects.get()
    client = sign_in(cast.staff)
    form = sent(pair)
    assert form["of_id_number"] == ""
    page = client.post(url("duplicate", pair.pk), form).content.decode()
    assert "“身份证号”两份不同，请选一个" in page
    page = client.post(url("duplicate", pair.pk), sent(pair, of_id_number="high")).content.decode()
    assert "请写明怎么核对的" in page
    answer = client.post(url("duplicate", pair.pk), sent(pair, of_id_number="high", reason="看过身份证原件"))
    assert answer.status_code == 302


def test_not_the_same_and_back(cast, pair, sign_in):
    client = sign_in(cast.staff)
    address = url("duplicate_different", pair.pk)
    assert client.post(address, {"form_key": new_form_key(), "words": "问过本人"}).status_code == 302
    assert "去核对" not in client.get(reverse("cadres:duplicate_list")).content.decode()
    page = client.get(url("duplicate", pair.pk)).content.decode()
    assert "认定不是同一人：问过本人" in page and "合成一份" not in page
    answer = client.post(url("duplicate", pair.pk), sent(pair))
    assert answer.status_code == 422 and Cadre.objects.filter(pk=pair.high_id).exists()
    assert client.post(address, {"form_key": new_form_key()}).status_code == 302
    assert DuplicatePair.objects.get().state == PairState.OPEN


def test_a_roster_with_the_old_number_finds_its_person(cast):
    number = cast.cadre_b.id_number
    old = number[:6] + number[8:17]
    for typed in (number, old):
        assert Cadre.objects.with_id_number(typed).get() == cast.cadre_b
    assert not Cadre.objects.with_id_number(number[:17]).exists()
    assert Cadre.objects.search(old).get() == cast.cadre_b
    with pytest.raises(Exception, match="已经有档案"):
        twin(cast, id_number=old)


def test_the_list_reads_a_fixed_number_of_tables(cast, pair, sign_in, django_assert_max_num_queries):
    for index in range(6):
        twin(cast, phone=f"1390000{index:04d}")
    actions.find_duplicates()
    client = sign_in(cast.staff)
    with django_assert_max_num_queries(16):
        client.get(reverse("cadres:duplicate_list"))
