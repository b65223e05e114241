"""Death and its undoing, transfers, relatives: one confirm page each, once, in scope."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse

from cadres import actions
from cadres.models import CadreState, FamilyMember, StatusEvent
from cadres.widgets import label_of
from common.editing import new_form_key
from common.models import AuditEntry


def url(name, pk):
    return reverse(f"cadres:{name}", args=[pk])


def send(client, route, pk, /, **data):
    return client.post(url(route, pk), {"form_key": new_form_key(), **data})


def test_death_is_asked_with_its_consequences(cast, sign_in):
    text = sign_in(cast.staff).get(url("cadre_decease", cast.cadre_a.pk)).content.decode()
    assert "登记韩松年去世？" in text
    assert "少 1 人" in text
    assert "还没有登记家属" in text


def test_death_ends_the_count_that_day(cast, sign_in):
    response = send(sign_in(cast.staff), "cadre_decease", cast.cadre_a.pk, on="2026-03-05", note="因病")
    assert response["Location"] == url("cadre_detail", cast.cadre_a.pk)
    cast.cadre_a.refresh_from_db()
    assert (cast.cadre_a.standing, cast.cadre_a.died_on) == ("deceased", datetime.date(2026, 3, 5))
    assert CadreState.objects.get(cadre=cast.cadre_a).valid_to == datetime.date(2026, 3, 5)
    assert StatusEvent.objects.get(cadre=cast.cadre_a, kind="died").note == "因病"


def test_death_twice_sent_is_recorded_once(cast, sign_in):
    client = sign_in(cast.staff)
    data = {"form_key": new_form_key(), "on": "2026-03-05"}
    first = client.post(url("cadre_decease", cast.cadre_a.pk), data)
    second = client.post(url("cadre_decease", cast.cadre_a.pk), data)
    assert first["Location"] == second["Location"]
    assert StatusEvent.objects.filter(kind="died").count() == 1
    assert client.get(url("cadre_decease", cast.cadre_a.pk)).status_code == 404


@pytest.mark.parametrize(("on", "said"), [("2999-01-01", "还没到"), ("1920-01-01", "早于出生"), ("", "请填写去世日期")])
def test_impossible_days_are_refused_in_words(cast, sign_in, on, said):
    response = send(sign_in(cast.staff), "cadre_decease", cast.cadre_a.pk, on=on)
    assert response.status_code == 422
    assert said in response.content.decode()


def test_a_mistaken_death_is_undone_with_a_reason(cast, sign_in):
    actions.decease_cadre(actor=cast.staff, cadre=cast.cadre_a, died_on=datetime.date(2026, 3, 5))
    client = sign_in(cast.staff)
    assert send(client, "cadre_undo_death", cast.cadre_a.pk, reason="").status_code == 422
    send(client, "cadre_undo_death", cast.cadre_a.pk, reason="同名，登记错人")
    cast.cadre_a.refresh_from_db()
    assert cast.cadre_a.standing == "present"
    assert AuditEntry.objects.order_by("-number").filter(action="cadre.correct").first().reason == "同名，登记错人"


def test_transfer_inside_the_city(cast, sign_in):
    client = sign_in(cast.staff)
    send(client, "cadre_move_out", cast.cadre_a.pk, on="2026-02-01", to_unit=label_of(cast.unit_b))
    cast.cadre_a.refresh_from_db()
    assert cast.cadre_a.unit == cast.unit_b
    events = StatusEvent.objects.filter(cadre=cast.cadre_a, on=datetime.date(2026, 2, 1))
    assert set(events.values_list("kind", "unit__name")) == {("moved_out", "市水利局"), ("moved_in", "东关区第一中学")}
    assert sign_in(cast.liaison_a).get(url("cadre_detail", cast.cadre_a.pk)).status_code == 404
    assert sign_in(cast.liaison_b).get(url("cadre_detail", cast.cadre_a.pk)).status_code == 200


def test_out_of_the_city_and_back(cast, sign_in):
    client = sign_in(cast.staff)
    assert send(client, "cadre_move_out", cast.cadre_b.pk, on="2026-02-01").status_code == 422
    send(client, "cadre_move_out", cast.cadre_b.pk, on="2026-02-01", to_place="外省某市")
    cast.cadre_b.refresh_from_db()
    assert cast.cadre_b.standing == "moved_out"
    send(client, "cadre_move_in", cast.cadre_b.pk, on="2026-06-01", unit=label_of(cast.unit_a), from_place="外省某市")
    cast.cadre_b.refresh_from_db()
    assert (cast.cadre_b.standing, cast.cadre_b.unit) == ("present", cast.unit_a)


@pytest.mark.parametrize("name", ["cadre_decease", "cadre_move_out", "family_create", "cadre_photo_change"])
@pytest.mark.parametrize(("user", "status"), [("liaison_a", 403), ("leader", 403), ("liaison_b", 404), ("nobody", 403)])
def test_only_staff_takes_steps(cast, sign_in, name, user, status):
    client = sign_in(getattr(cast, user))
    assert client.get(url(name, cast.cadre_a.pk)).status_code == status
    response = send(client, name, cast.cadre_a.pk, on="2026-03-05", to_place="外地", name="韩敏")
    assert response.status_code == status
    cast.cadre_a.refresh_from_db()
    assert cast.cadre_a.standing == "present"
    assert not FamilyMember.objects.exists()


# -- relatives ---------------------------------------------------------------------------------------------


def test_a_relative_is_added_changed_and_removed(cast, sign_in):
    client = sign_in(cast.staff)
    send(client, "family_create", cast.cadre_a.pk, name="韩敏", kinship="32", phone="13600000921", emergency="on")
    member = FamilyMember.objects.get(cadre=cast.cadre_a)
    assert (member.name, member.emergency, member.phone) == ("韩敏", True, "13600000921")
    text = client.get(url("family_change", member.pk)).content.decode()
    assert "136****0921" in text
    assert "13600000921" not in text
    send(client, "family_change", member.pk, name="韩敏", kinship="32", work="市第一小学", version="1")
    member.refresh_from_db()
    assert (member.work, member.phone, member.emergency) == ("市第一小学", "13600000921", False)
    assert "移除" in client.get(url("family_remove", member.pk)).content.decode()
    response = send(client, "family_remove", member.pk)
    assert response["Location"] == url("cadre_detail", cast.cadre_a.pk) + "?tab=family"
    assert not FamilyMember.objects.exists()
    codes = [entry.action for entry in AuditEntry.objects.filter(action__startswith="family.").order_by("number")]
    assert codes == ["family.create", "family.change", "family.remove"]


def test_a_relative_of_somebody_elsewhere_is_not_found(cast, sign_in):
    member = actions.add_family_member(actor=None, cadre=cast.cadre_a, values={"name": "韩敏"})
    client = sign_in(cast.liaison_b)
    for name in ("family_change", "family_remove"):
        assert client.get(url(name, member.pk)).status_code == 404
        assert send(client, name, member.pk, name="改名").status_code == 404
    assert sign_in(cast.leader).get(url("family_change", member.pk)).status_code == 403


def test_two_editors_of_a_relative(cast, sign_in):
    member = actions.add_family_member(actor=None, cadre=cast.cadre_a, values={"name": "韩敏"})
    client = sign_in(cast.staff)
    form = client.get(url("family_change", member.pk)).context["form"]
    actions.change_family_member(actor=cast.staff, member=member, values={"work": "市第一小学"})
    data = {"form_key": form["form_key"].value(), "version": form["version"].value(), "name": "韩敏敏"}
    response = client.post(url("family_change", member.pk), data)
    assert response.status_code == 409
    assert response.context["form"]["work"].value() == "市第一小学"
    assert response.context["form"]["name"].value() == "韩敏敏"
