"""The list of people: scope, search, filters, views, columns, export."""

from __future__ import annotations

import datetime
import io
import re

import openpyxl
import pytest
import time_machine
from django.urls import reverse

from cadres import actions
from cadres.lists import old_enough
from cadres.models import Cadre
from common.codes import Category, Living, Rank
from common.dates import PartialDate, full_age
from common.models import AuditEntry, ColumnChoice
from tests import factories

LIST = reverse("cadres:cadre_list")
SEARCH = reverse("cadres:search")


def names(response) -> set[str]:
    return {record.name for record in response.context["table"].data}


def test_staff_sees_everybody_on_the_roll(cast, sign_in):
    assert names(sign_in(cast.staff).get(LIST)) == {"韩松年", "曾庆和"}


@pytest.mark.parametrize(
    ("user", "seen"),
    [
        ("liaison_a", {"韩松年"}),
        ("liaison_b", {"曾庆和"}),
        ("community_liaison", {"韩松年"}),
        ("leader", {"韩松年", "曾庆和"}),
    ],
)
def test_liaisons_see_their_own_people_only(cast, sign_in, user, seen):
    response = sign_in(getattr(cast, user)).get(LIST)
    assert names(response) == seen
    assert response.context["views"][0]["count"] == len(seen)


@pytest.mark.parametrize("user", ["system_admin", "security_admin", "audit_admin", "nobody"])
def test_admins_see_no_people(cast, sign_in, user):
    assert sign_in(getattr(cast, user)).get(LIST).status_code == 403


def test_signed_out_is_sent_to_sign_in(client, cast):
    response = client.get(LIST)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:signin"))


def test_numbers_are_masked(cast, sign_in):
    text = sign_in(cast.staff).get(LIST).content.decode()
    assert cast.cadre_a.masked_id in text
    assert cast.cadre_a.id_number not in text
    assert cast.cadre_a.phone not in text


@pytest.mark.parametrize("text", ["松年", "hsn", "hansong", "水利"])
def test_search_finds_by_name_pinyin_and_unit(cast, sign_in, text):
    assert names(sign_in(cast.staff).get(LIST, {"q": text})) == {"韩松年"}


def test_search_finds_by_id_tail_full_id_and_phone(cast, sign_in):
    client = sign_in(cast.staff)
    for text in (cast.cadre_a.id_number[-4:], cast.cadre_a.id_number, cast.cadre_a.phone):
        assert "韩松年" in names(client.get(LIST, {"q": text}, follow=True))
        assert "韩松年" not in names(sign_in(cast.liaison_b).get(LIST, {"q": text}, follow=True))


def test_surname_is_read_as_a_surname(cast, sign_in):
    assert names(sign_in(cast.staff).get(LIST, {"q": "zengqing"})) == {"曾庆和"}


def test_band_search_goes_straight_to_the_only_hit(cast, sign_in):
    response = sign_in(cast.staff).get(SEARCH, {"q": "hsn"})
    assert response["Location"] == reverse("cadres:cadre_detail", args=[cast.cadre_a.pk])


def test_band_search_lists_several_and_says_when_nobody(cast, sign_in):
    factories.make_cadre(cast.unit_b, name="韩松林")
    client = sign_in(cast.staff)
    response = client.get(SEARCH, {"q": "韩松"})
    assert response["Location"].startswith(LIST)
    assert names(client.get(response["Location"])) == {"韩松年", "韩松林"}
    assert "没有找到这个人" in client.get(SEARCH, {"q": "没有这个"}).content.decode()


def test_band_search_is_narrowed_by_scope(cast, sign_in):
    response = sign_in(cast.liaison_b).get(SEARCH, {"q": "韩松年"})
    assert response.status_code == 200
    assert "没有找到" in response.content.decode()


def test_band_suggestions_by_htmx(cast, sign_in):
    text = sign_in(cast.staff).get(SEARCH, {"q": "h"}, headers={"HX-Request": "true"}).content.decode()
    assert "韩松年" in text
    assert "<html" not in text
    other = sign_in(cast.liaison_b).get(SEARCH, {"q": "h"}, headers={"HX-Request": "true"}).content.decode()
    assert "韩松年" not in other


def test_views_count_and_narrow(cast, sign_in):
    factories.make_cadre(cast.unit_a, name="独居甲", living=Living.ALONE, rank=Rank.BUREAU_DEPUTY)
    response = sign_in(cast.staff).get(LIST, {"view": "alone"})
    assert names(response) == {"独居甲"}
    counts = {view["label"]: view["count"] for view in response.context["views"]}
    assert counts == {"全部": 3, "离休": 1, "退休": 2, "局管地级": 1, "独居·空巢": 1}


def test_unit_filter_includes_what_lies_below(cast, sign_in):
    client = sign_in(cast.staff)
    assert names(client.get(LIST, {"unit": "东关区"})) == {"曾庆和"}
    assert names(client.get(LIST, {"unit": f"市水利局（{cast.unit_a.code}）"})) == {"韩松年"}
    assert names(client.get(LIST, {"unit": "没有这个单位"})) == set()


def test_unit_filter_only_knows_units_in_scope(cast, sign_in):
    assert names(sign_in(cast.liaison_b).get(LIST, {"unit": cast.unit_a.code})) == set()


def test_conditions_show_as_removable_chips(cast, sign_in):
    response = sign_in(cast.staff).get(LIST, {"age": "80-89", "party": "1", "sort": "-age"})
    chips = {chip["label"]: chip["url"] for chip in response.context["chosen"]}
    assert set(chips) == {"80至89岁", "中共党员：是"}
    assert "age=" not in chips["80至89岁"]
    assert "party=1" in chips["80至89岁"]
    assert response.context["order"] == "年龄（倒）"


def test_who_left_is_listed_only_when_asked(cast, sign_in):
    actions.decease_cadre(actor=cast.staff, cadre=cast.cadre_b, died_on=datetime.date(2026, 1, 5))
    client = sign_in(cast.staff)
    assert names(client.get(LIST)) == {"韩松年"}
    assert names(client.get(LIST, {"standing": "deceased"})) == {"曾庆和"}
    assert names(client.get(LIST, {"standing": "any"})) == {"韩松年", "曾庆和"}


@pytest.mark.parametrize("birth", [(1946,), (1946, 6), (1946, 6, 15), (1946, 6, 16), (1946, 5), (1946, 7), (1945,)])
@pytest.mark.parametrize("today", [datetime.date(2026, 6, 15), datetime.date(2026, 6, 30), datetime.date(2026, 12, 31)])
def test_age_filter_agrees_with_the_age_shown(cast, birth, today):
    cadre = cast.cadre_a
    cadre.birth = PartialDate(*birth)
    cadre.save(update_fields=["birth"])
    age = full_age(cadre.birth, today)
    people = Cadre.objects.filter(pk=cadre.pk)
    assert people.filter(old_enough(age, today)).exists()
    assert not people.filter(old_enough(age + 1, today)).exists()


def test_chosen_columns_are_kept_for_the_reader(cast, sign_in):
    client = sign_in(cast.staff)
    response = client.post(reverse("cadres:cadre_columns"), {"column": ["education", "nonsense"], "next": LIST})
    assert response["Location"] == LIST
    text = client.get(LIST).content.decode()
    assert "文化程度</a>" in text
    assert cast.cadre_a.masked_id not in text
    assert cast.cadre_a.masked_id in sign_in(cast.leader).get(LIST).content.decode()
    client.post(reverse("cadres:cadre_columns"), {"reset": "1"})
    assert not ColumnChoice.objects.exists()


def test_column_choice_does_not_lead_elsewhere(cast, sign_in):
    response = sign_in(cast.staff).post(reverse("cadres:cadre_columns"), {"next": "https://example.com/"})
    assert response["Location"] == LIST


@pytest.mark.parametrize("column", ["name", "age", "unit", "rank", "-rank", "category", "health"])
def test_every_order_works(cast, sign_in, column):
    assert names(sign_in(cast.staff).get(LIST, {"sort": column})) == {"韩松年", "曾庆和"}


def test_oldest_first_when_sorted_by_age_downwards(cast, sign_in):
    rows = sign_in(cast.staff).get(LIST, {"sort": "-age"}).context["table"].data
    assert [row.name for row in rows] == ["韩松年", "曾庆和"]


def exported(response) -> list[list]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]


def test_export_is_what_is_filtered_in_the_chosen_columns(cast, sign_in):
    client = sign_in(cast.staff)
    client.post(reverse("cadres:cadre_columns"), {"column": ["sex", "id_number", "phone", "birth"]})
    head, *rows = exported(client.get(LIST, {"q": "hsn", "export": "xlsx"}))
    assert head == ["姓名", "身份证号", "联系电话", "性别", "出生年月"]
    assert rows == [["韩松年", cast.cadre_a.masked_id, cast.cadre_a.masked_phone, "男", "1928-05-18"]]
    entry = AuditEntry.objects.order_by("-number").first()
    assert (entry.action, entry.changes["rows"]) == ("cadre.export", [None, 1])


def test_export_of_the_selected_keeps_to_the_scope(cast, sign_in):
    picked = {"pk": [cast.cadre_a.pk, cast.cadre_b.pk], "export": "xlsx", "standing": "any"}
    _, *rows = exported(sign_in(cast.liaison_b).get(LIST, picked))
    assert [row[0] for row in rows] == ["曾庆和"]


def test_leader_may_not_export(cast, sign_in):
    client = sign_in(cast.leader)
    assert client.get(LIST, {"export": "xlsx"}).status_code == 403
    assert "data-pick" not in client.get(LIST).content.decode()


def test_names_that_look_like_formulas_stay_text(cast, sign_in):
    factories.make_cadre(cast.unit_a, name="=1+1")
    text = b"".join(sign_in(cast.staff).get(LIST, {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert re.search(r"^'=1\+1,", text, re.MULTILINE)


def test_query_count_does_not_grow_with_the_people(cast, sign_in, django_assert_max_num_queries):
    for _ in range(30):
        factories.make_cadre(cast.unit_a, community=cast.community, managing_unit=cast.unit_b)
    client = sign_in(cast.staff)
    with django_assert_max_num_queries(15):  # one of them counts the waiting duplicates of the menu
        client.get(LIST, {"per_page": "50"})


def test_list_partial_for_htmx(cast, sign_in):
    text = sign_in(cast.staff).get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert text.lstrip().startswith('<div id="list">')
    assert "韩松年" in text


@time_machine.travel(datetime.datetime(2026, 3, 1, 4, 0, tzinfo=datetime.UTC))
def test_empty_city_says_what_to_do(db, sign_in):
    city = factories.make_city()
    staff = factories.make_user("only", "staff", city)
    assert "名册里还没有人" in sign_in(staff).get(LIST).content.decode()


def test_survivors_have_a_view_of_their_own(cast, sign_in):
    factories.make_cadre(cast.unit_a, name="遗属甲", category=Category.SURVIVOR)
    assert names(sign_in(cast.staff).get(LIST, {"view": "survivor"})) == {"遗属甲"}


def test_a_whole_number_is_found_but_never_stays_in_an_address(cast, sign_in):
    client = sign_in(cast.staff)
    number = cast.cadre_a.id_number
    posted = client.post(SEARCH, {"q": number})
    assert posted.status_code == 302 and posted["Location"] == reverse("cadres:cadre_detail", args=[cast.cadre_a.pk])
    listed = client.get(reverse("cadres:cadre_list"), {"q": number, "view": "leave"})
    assert listed.status_code == 302
    assert number not in listed["Location"] and f"pk={cast.cadre_a.pk}" in listed["Location"]
    page = client.get(listed["Location"])
    assert cast.cadre_a.name in page.content.decode()
    foreign = sign_in(cast.liaison_b).get(reverse("cadres:cadre_list"), {"q": number})
    assert foreign["Location"].endswith("pk=0")
