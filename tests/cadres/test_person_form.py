"""Creating and editing a person in the browser: two editors, double clicks, checks, sentences."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cadres import actions
from cadres.models import Cadre, CadreState, StatusEvent
from cadres.widgets import label_of
from common.dates import PartialDate
from common.editing import new_form_key
from common.models import AuditEntry
from tests import factories

CREATE = reverse("cadres:cadre_create")


def change_url(cadre) -> str:
    return reverse("cadres:cadre_change", args=[cadre.pk])


def new_data(cast, **extra) -> dict:
    return {
        "name": "祁连生", "category": "retiree", "unit": label_of(cast.unit_a), "birth": "1950.5", "counted": "on",
        "kind": "enrolled", "retired_on": "2010年6月", "form_key": new_form_key(), **extra,
    }  # fmt: skip


def opened(client, cadre) -> dict:
    """What a browser would send back from the form as it was opened."""
    form = client.get(change_url(cadre)).context["form"]
    data = {}
    for bound in form:
        value = bound.value()
        if value not in (None, "", False):
            data[bound.html_name] = "on" if value is True else str(value)
    return data


def test_staff_creates_a_file(cast, sign_in):
    response = sign_in(cast.staff).post(CREATE, new_data(cast))
    cadre = Cadre.objects.get(name="祁连生")
    assert response["Location"] == reverse("cadres:cadre_detail", args=[cadre.pk])
    assert (cadre.unit, cadre.birth, cadre.nature) == (cast.unit_a, PartialDate(1950, 5), "gov")
    event = StatusEvent.objects.get(cadre=cadre)
    assert (event.kind, event.on) == ("enrolled", datetime.date(2010, 6, 1))
    assert AuditEntry.objects.filter(action="cadre.create", target_id=cadre.pk).exists()


def test_one_who_was_handed_over_comes_in_on_that_day(cast, sign_in):
    data = new_data(cast, kind="moved_in", entered_on="2026-03-01", other_place="外省某市")
    sign_in(cast.staff).post(CREATE, data)
    event = StatusEvent.objects.get(cadre__name="祁连生")
    assert (event.kind, event.on, event.other_place) == ("moved_in", datetime.date(2026, 3, 1), "外省某市")


def test_a_double_click_makes_one_record(cast, sign_in):
    client, data = sign_in(cast.staff), new_data(cast)
    first, second = client.post(CREATE, data), client.post(CREATE, data)
    assert first["Location"] == second["Location"]
    assert Cadre.objects.filter(name="祁连生").count() == 1


@pytest.mark.parametrize("user", ["liaison_a", "community_liaison", "leader", "system_admin"])
def test_others_may_not_create(cast, sign_in, user):
    client = sign_in(getattr(cast, user))
    assert client.get(CREATE).status_code == 403
    assert client.post(CREATE, new_data(cast)).status_code == 403
    assert not Cadre.objects.filter(name="祁连生").exists()


def test_errors_are_named_and_what_was_typed_stays(cast, sign_in):
    response = sign_in(cast.staff).post(CREATE, new_data(cast, name="", birth="05.1", address="河湾路 3 号"))
    text = response.content.decode()
    assert response.status_code == 422
    assert "还有 2 处要改" in text
    assert "请填写姓名" in text
    assert "河湾路 3 号" in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [("没有的单位", "名单里没有这个单位"), ("第一中学", ""), ("市水利局（999）", "名单里没有这个单位")],
)
def test_unit_by_name_or_code(cast, sign_in, typed, said):
    response = sign_in(cast.staff).post(CREATE, new_data(cast, unit=typed))
    if said:
        assert said in response.content.decode()
    else:
        assert Cadre.objects.get(name="祁连生").unit == cast.unit_b


def test_a_name_of_several_units_is_asked_about(cast, sign_in):
    factories.make_organization("西山区第一中学", parent=cast.district)
    response = sign_in(cast.staff).post(CREATE, new_data(cast, unit="第一中学"))
    assert "不止一个单位对得上" in response.content.decode()


def test_district_staff_cannot_put_a_person_into_a_foreign_unit(cast, sign_in):
    clerk = factories.make_user("clerk", "staff", cast.district)
    response = sign_in(clerk).post(CREATE, new_data(cast, unit=label_of(cast.unit_a)))
    assert "名单里没有这个单位" in response.content.decode()


def test_suggestions_only_name_units_in_scope(cast, sign_in):
    url = reverse("cadres:organization_suggest")
    assert "市水利局" in sign_in(cast.staff).get(url, {"kinds": "unit", "unit": "水利"}).content.decode()
    assert "市水利局" not in sign_in(cast.liaison_b).get(url, {"kinds": "unit", "unit": "水利"}).content.decode()
    assert "滨河社区" not in sign_in(cast.staff).get(url, {"kinds": "unit", "unit": "滨河"}).content.decode()


def test_bad_id_number_is_explained(cast, sign_in):
    number = cast.cadre_a.id_number[:-1] + ("0" if cast.cadre_a.id_number[-1] != "0" else "1")
    response = sign_in(cast.staff).post(CREATE, new_data(cast, id_number=number))
    assert response.status_code == 422
    assert response.context["form"]["id_number"].errors


def test_a_second_file_is_refused_with_a_link(cast, sign_in):
    response = sign_in(cast.staff).post(CREATE, new_data(cast, id_number=cast.cadre_a.id_number, birth=""))
    text = response.content.decode()
    assert reverse("cadres:cadre_detail", args=[cast.cadre_a.pk]) in text
    assert "已经有档案" in text


def test_a_second_file_elsewhere_is_refused_without_telling_where(cast, sign_in):
    clerk = factories.make_user("clerk", "staff", cast.district)
    elsewhere = factories.make_cadre(cast.unit_a, name="韩松年")
    data = new_data(cast, unit=label_of(cast.unit_b), id_number=elsewhere.id_number, birth="")
    text = sign_in(clerk).post(CREATE, data).content.decode()
    assert "已经有档案" in text
    assert "韩松年" not in text
    assert "水利" not in text


def test_changing_to_a_taken_number_is_refused(cast, sign_in):
    client = sign_in(cast.staff)
    data = opened(client, cast.cadre_b) | {"id_number": cast.cadre_a.id_number, "confirm_birth": "on"}
    assert client.post(change_url(cast.cadre_b), data).status_code == 422


def test_birth_against_the_id_number_is_asked_not_refused(cast, sign_in):
    client = sign_in(cast.staff)
    number = factories.id_number(datetime.date(1950, 7, 2))
    data = new_data(cast, id_number=number)
    response = client.post(CREATE, data)
    assert response.status_code == 422
    assert "以人事档案为准" in response.content.decode()
    client.post(CREATE, {**data, "form_key": new_form_key(), "confirm_birth": "on"})
    assert Cadre.objects.get(name="祁连生").birth == PartialDate(1950, 5)


def test_an_edit_as_change_begins_a_new_state(cast, sign_in):
    client = sign_in(cast.staff)
    data = opened(client, cast.cadre_a) | {"health": "5", "how": "change", "since": "2026-02-03"}
    client.post(change_url(cast.cadre_a), data)
    states = list(CadreState.objects.filter(cadre=cast.cadre_a).order_by("valid_from"))
    assert [state.health for state in states] == ["", "5"]
    assert states[1].valid_from == datetime.date(2026, 2, 3)


def test_an_edit_as_correction_mends_the_state(cast, sign_in):
    client = sign_in(cast.staff)
    data = opened(client, cast.cadre_a) | {"rank": "121", "how": "correct"}
    client.post(change_url(cast.cadre_a), data)
    state = CadreState.objects.get(cadre=cast.cadre_a)
    assert state.rank == "121"
    assert StatusEvent.objects.filter(cadre=cast.cadre_a, kind="corrected", on=timezone.localdate()).exists()


def test_numbers_stay_when_left_blank_and_go_when_asked(cast, sign_in):
    client, number = sign_in(cast.staff), cast.cadre_a.id_number
    data = opened(client, cast.cadre_a)
    assert "id_number" not in data
    client.post(change_url(cast.cadre_a), data | {"native_place": "莱阳", "phone": "清空"})
    cast.cadre_a.refresh_from_db()
    assert (cast.cadre_a.id_number, cast.cadre_a.phone) == (number, "")


def test_form_shows_masks_only(cast, sign_in):
    text = sign_in(cast.staff).get(change_url(cast.cadre_a)).content.decode()
    assert cast.cadre_a.masked_id in text
    assert cast.cadre_a.id_number not in text
    assert cast.cadre_a.phone not in text


def test_two_editors_the_second_sees_what_changed_and_keeps_what_was_typed(cast, sign_in):
    client, cadre = sign_in(cast.staff), cast.cadre_a
    data = opened(client, cadre)
    other = factories.make_user("other", "staff", cast.city, display_name="贺处长")
    actions.change_cadre(actor=other, cadre=cadre, values={"post": "调研员", "education": "20"}, since=None)
    response = client.post(change_url(cadre), data | {"post": "副局长", "hobbies": "书法", "how": "correct"})
    text = response.content.decode()
    assert response.status_code == 409
    assert "现在是“调研员”" in text
    assert "贺处长" in text
    form = response.context["form"]
    assert (form["post"].value(), form["hobbies"].value(), form["education"].value()) == ("副局长", "书法", "20")
    cadre.refresh_from_db()
    assert (cadre.post, cadre.hobbies) == ("调研员", "")
    again = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "", False)}
    assert client.post(change_url(cadre), again).status_code == 302
    cadre.refresh_from_db()
    assert (cadre.post, cadre.hobbies, cadre.education) == ("副局长", "书法", "20")


def test_two_who_clear_the_same_kind_of_thing_lose_nothing(cast, sign_in):
    """A choice made by the other editor in a box that this one left alone is taken over, not overwritten."""
    client, cadre = sign_in(cast.staff), cast.cadre_a
    data = opened(client, cadre)
    actions.change_cadre(actor=None, cadre=cadre, values={"unit": cast.unit_b, "relocated": True}, since=None)
    response = client.post(change_url(cadre), data | {"hobbies": "太极", "how": "correct"})
    assert response.status_code == 409
    form = response.context["form"]
    assert form["unit"].value() == label_of(cast.unit_b)
    again = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "", False, "False")}
    assert client.post(change_url(cadre), again).status_code == 302
    cadre.refresh_from_db()
    assert (cadre.unit, cadre.relocated, cadre.hobbies) == (cast.unit_b, True, "太极")


def test_a_lapsed_form_keeps_what_was_typed(cast, sign_in):
    with time_machine.travel(datetime.datetime(2026, 5, 1, 1, 0, tzinfo=datetime.UTC)):
        data = new_data(cast)
    with time_machine.travel(datetime.datetime(2026, 5, 3, 1, 0, tzinfo=datetime.UTC)):
        response = sign_in(cast.staff).post(CREATE, data)
    assert "这张表打开太久" in response.content.decode()
    assert "祁连生" in response.content.decode()
    assert not Cadre.objects.filter(name="祁连生").exists()


def test_lunar_birthday_needs_its_day(cast, sign_in):
    response = sign_in(cast.staff).post(CREATE, new_data(cast, birthday_calendar="lunar", birthday_month="4"))
    assert "请填是农历几日" in response.content.decode()
    sign_in(cast.staff).post(CREATE, new_data(cast, birthday_calendar="lunar", birthday_month="4", birthday_day="9"))
    cadre = Cadre.objects.get(name="祁连生")
    assert (cadre.birthday_calendar, cadre.birthday_month, cadre.birthday_day) == ("lunar", 4, 9)


def test_not_counting_somebody_needs_a_reason(cast, sign_in):
    data = new_data(cast)
    del data["counted"]
    assert "不计入统计要写明原因" in sign_in(cast.staff).post(CREATE, data).content.decode()
