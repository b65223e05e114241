"""增减变动, 字典外的值, and the tree of units with its plain import."""

from __future__ import annotations

import datetime
import io

import openpyxl
import pytest
from django.urls import reverse

from accounts.models import Organization
from cadres import actions
from cadres.models import OriginalText, ValueAlias
from cadres.widgets import label_of
from common.editing import new_form_key
from common.models import AuditEntry
from tests import factories

EVENTS = reverse("cadres:event_list")
VALUES = reverse("cadres:value_list")
UNITS = reverse("cadres:organization_list")
IMPORT = reverse("cadres:organization_import")


def rows(response) -> list:
    return list(response.context["table"].data)


def test_events_are_listed_by_year_kind_and_unit(cast, sign_in):
    actions.decease_cadre(actor=cast.staff, cadre=cast.cadre_b, died_on=datetime.date(2026, 1, 5))
    client = sign_in(cast.staff)
    assert [event.kind for event in rows(client.get(EVENTS, {"year": "2026"}))] == ["died"]
    assert {event.cadre.name for event in rows(client.get(EVENTS, {"kind": "enrolled"}))} == {"韩松年", "曾庆和"}
    assert {event.cadre.name for event in rows(client.get(EVENTS, {"unit": cast.unit_a.code}))} == {"韩松年"}


def test_events_keep_to_the_unit_where_they_happened(cast, sign_in):
    actions.move_out(actor=cast.staff, cadre=cast.cadre_a, on=datetime.date(2026, 2, 1), to_unit=cast.unit_b)
    old = sign_in(cast.liaison_a).get(EVENTS)
    assert {event.kind for event in rows(old)} == {"enrolled", "moved_out"}
    assert reverse("cadres:cadre_detail", args=[cast.cadre_a.pk]) not in old.content.decode()
    assert {event.kind for event in rows(sign_in(cast.liaison_b).get(EVENTS))} == {"moved_in", "enrolled"}


def test_events_are_exported_and_the_export_audited(cast, sign_in):
    response = sign_in(cast.staff).get(EVENTS, {"export": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    head, *lines = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    assert head[:3] == ["日期", "事项", "姓名"]
    assert {line[2] for line in lines} == {"韩松年", "曾庆和"}
    assert AuditEntry.objects.filter(action="cadre.export").count() == 1
    assert sign_in(cast.leader).get(EVENTS, {"export": "xlsx"}).status_code == 403


@pytest.fixture
def alias(cast):
    cast.cadre_a.rank = ""
    cast.cadre_a.save(update_fields=["rank"])
    OriginalText.objects.create(cadre=cast.cadre_a, field="rank", text="科级及以下")
    return ValueAlias.objects.create(field="rank", text="科级及以下")


def test_words_wait_for_their_meaning(cast, sign_in, alias):
    client = sign_in(cast.staff)
    assert [(row.text, row.people) for row in rows(client.get(VALUES))] == [("科级及以下", 1)]
    page = client.get(reverse("cadres:value_map", args=[alias.pk]))
    assert "韩松年" in page.content.decode()
    data = {"code": "142", "form_key": new_form_key()}
    assert client.post(reverse("cadres:value_map", args=[alias.pk]), data)["Location"] == VALUES
    cast.cadre_a.refresh_from_db()
    assert cast.cadre_a.rank == "142"
    assert rows(client.get(VALUES)) == []
    assert [row.code for row in rows(client.get(VALUES, {"state": "done"}))] == ["142"]


@pytest.mark.parametrize("user", ["liaison_a", "leader", "system_admin", "nobody"])
def test_only_staff_maps_words(cast, sign_in, alias, user):
    client = sign_in(getattr(cast, user))
    assert client.get(VALUES).status_code == 403
    assert client.post(reverse("cadres:value_map", args=[alias.pk]), {"code": "142"}).status_code == 403


# -- units -------------------------------------------------------------------------------------------------


def test_units_one_level_at_a_time_with_people_counted_below(cast, sign_in):
    response = sign_in(cast.staff).get(UNITS)
    assert [unit.name for unit in rows(response)] == ["东关区", "市水利局"]
    table = response.context["table"]
    assert table.below[cast.district.pk] == 3
    assert table.people_of == {cast.district.pk: 1, cast.unit_a.pk: 1}
    below = sign_in(cast.staff).get(UNITS, {"under": cast.district.pk})
    assert {unit.name for unit in rows(below)} == {"东关区第一中学", "滨河街道"}


def test_search_looks_everywhere_below(cast, sign_in):
    assert [unit.name for unit in rows(sign_in(cast.staff).get(UNITS, {"q": "社区"}))] == ["滨河社区"]


def test_a_liaison_sees_the_own_unit_only(cast, sign_in):
    response = sign_in(cast.liaison_b).get(UNITS, {"q": "水利"})
    assert rows(response) == []
    client = sign_in(cast.liaison_b)
    assert client.get(reverse("cadres:organization_detail", args=[cast.unit_a.pk])).status_code == 404
    assert client.get(reverse("cadres:organization_detail", args=[cast.unit_b.pk])).status_code == 200
    assert client.get(reverse("cadres:organization_change", args=[cast.unit_b.pk])).status_code == 403


def test_admins_see_units_without_people(cast, sign_in):
    client = sign_in(cast.system_admin)
    assert "在册" not in client.get(UNITS).content.decode()
    text = client.get(reverse("cadres:organization_detail", args=[cast.unit_a.pk])).content.decode()
    assert "管理责任" not in text.replace("单位与管理责任", "")


def test_who_manages_whom_by_rank(cast, sign_in):
    factories.make_cadre(cast.unit_a, rank="121")
    factories.make_cadre(cast.unit_a, rank="150")
    response = sign_in(cast.staff).get(reverse("cadres:organization_detail", args=[cast.unit_a.pk]))
    counts = response.context["responsibility"]
    assert (counts["total"], counts["bureau"], counts["county"], counts["others"]) == (3, 1, 1, 1)


def test_many_units_take_no_more_queries(cast, sign_in, django_assert_max_num_queries):
    for number in range(60):
        factories.make_organization(f"单位{number}", parent=cast.city)
    client = sign_in(cast.staff)
    with django_assert_max_num_queries(17):
        client.get(UNITS)


def test_a_unit_is_added_changed_and_moved(cast, sign_in):
    client = sign_in(cast.system_admin)
    data = {
        "parent": label_of(cast.city),
        "name": "市审计局",
        "kind": "unit",
        "nature": "gov",
        "form_key": new_form_key(),
    }
    client.post(reverse("cadres:organization_create"), data)
    unit = Organization.objects.get(name="市审计局")
    change = reverse("cadres:organization_change", args=[unit.pk])
    form = client.get(change).context["form"]
    data = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "", False)}
    assert client.post(change, {**data, "short_name": "审计局"}).status_code == 302
    assert client.post(change, {**data, "form_key": new_form_key(), "name": "改名"}).status_code == 409
    move = reverse("cadres:organization_move", args=[unit.pk])
    client.post(move, {"parent": label_of(cast.district), "form_key": new_form_key()})
    unit.refresh_from_db()
    assert (unit.short_name, unit.parent, unit.district) == ("审计局", cast.district, cast.district)


def test_a_unit_cannot_hang_below_itself(cast, sign_in):
    move = reverse("cadres:organization_move", args=[cast.district.pk])
    response = sign_in(cast.staff).post(move, {"parent": label_of(cast.street), "form_key": new_form_key()})
    assert response.status_code == 422
    assert "不能把单位挂到自己" in response.content.decode()


def workbook(*lines) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.active.append(["单位代码", "名称", "简称", "类别", "上级代码", "性质", "隶属"])
    for line in lines:
        book.active.append(line)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "单位名单.xlsx"
    return file


def test_import_previews_then_writes(cast, sign_in):
    file = workbook(
        ["900", "市审计局", "审计局", "单位", cast.city.code, "机关", ""],
        [cast.unit_a.code, "市水务局", "", "单位", cast.city.code, "机关", ""],
        [cast.unit_b.code, "东关区第一中学", "", "单位", cast.district.code, "事业", ""],
        ["901", "市统计局", "", "机构", cast.city.code, "", ""],
        ["902", "市体育局", "", "单位", "没有", "", ""],
    )
    client = sign_in(cast.staff)
    before = Organization.objects.count(), AuditEntry.objects.count()
    page = client.post(IMPORT, {"file": file, "form_key": new_form_key()})
    assert page.context["counts"] == {"new": 1, "changed": 1, "unchanged": 1, "refused": 2}
    assert "类别“机构”认不出" in page.content.decode()
    assert (Organization.objects.count(), AuditEntry.objects.count()) == before
    data = {"rows": page.context["rows"], "form_key": page.context["form_key"]}
    assert client.post(IMPORT, data)["Location"] == UNITS
    client.post(IMPORT, data)
    assert Organization.objects.get(code="900").nature == "gov"
    cast.unit_a.refresh_from_db()
    assert cast.unit_a.name == "市水务局"
    assert AuditEntry.objects.filter(action="organization.import").count() == 1


def test_import_keeps_to_the_scope(cast, sign_in):
    clerk = factories.make_user("clerk", "staff", cast.district)
    file = workbook([cast.unit_a.code, "改名", "", "单位", cast.district.code, "", ""])
    page = sign_in(clerk).post(IMPORT, {"file": file, "form_key": new_form_key()})
    assert page.context["counts"]["refused"] == 1
    assert sign_in(cast.liaison_a).post(IMPORT, {"file": file}).status_code == 403


def test_a_file_that_is_no_list_is_refused_in_words(cast, sign_in):
    file = io.BytesIO(b"nothing")
    file.name = "单位名单.xlsx"
    response = sign_in(cast.staff).post(IMPORT, {"file": file, "form_key": new_form_key()})
    assert response.status_code == 422
    assert response.context["form"]["file"].errors


def test_an_altered_preview_is_not_taken(cast, sign_in):
    response = sign_in(cast.staff).post(IMPORT, {"rows": "forged", "form_key": new_form_key()})
    assert response["Location"] == IMPORT
    assert not AuditEntry.objects.filter(action="organization.import").exists()
