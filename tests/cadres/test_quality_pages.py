"""The pages of data quality: who sees what, the lists behind the figures, and deciding rules."""

from __future__ import annotations

import datetime
import io

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from cadres import actions
from cadres.models import QualityRule, QualityScore
from cadres.quality.rules import RULES
from cadres.querysets.quality import worsened_or_critical
from common.editing import StaleEdit, new_form_key
from common.models import AuditEntry
from tests import factories

LIST = reverse("cadres:quality_list")
RULES_PAGE = reverse("cadres:quality_rules")


@pytest.fixture
def scored(cast):
    """One person of unit A without an ID number; everybody scored."""
    factories.make_cadre(cast.unit_a, name="陶静仪", id_number="", phone="13800001234")
    actions.compute_scores()
    return cast


def unit_page(organization) -> str:
    return reverse("cadres:quality_detail", args=[organization.pk])


def people_page(organization, rule="no_id") -> str:
    return f"{reverse('cadres:quality_people', args=[organization.pk])}?rule={rule}"


def names(response) -> set[str]:
    return {str(row.organization) for row in response.context["table"].data}


def test_everybody_sees_the_scores_of_their_own(scored, sign_in):
    assert names(sign_in(scored.liaison_a).get(LIST)) == {"市水利局"}
    assert names(sign_in(scored.liaison_b).get(LIST)) == {"东关区第一中学"}
    assert names(sign_in(scored.community_liaison).get(LIST)) == {"滨河社区"}
    everything = {"青岚市委老干部局", "东关区", "市水利局", "东关区第一中学", "滨河社区"}
    assert names(sign_in(scored.leader).get(LIST)) == names(sign_in(scored.staff).get(LIST)) == everything


def test_units_are_listed_worst_first_and_filtered(scored, sign_in):
    client = sign_in(scored.staff)
    scores = [row.score for row in client.get(LIST).context["table"].data]
    assert scores == sorted(scores)
    assert names(client.get(LIST, {"kind": "unit"})) == {"市水利局", "东关区第一中学"}
    assert names(client.get(LIST, {"district": str(scored.district.pk), "kind": "unit"})) == {"东关区第一中学"}
    assert names(client.get(LIST, {"district": "none", "q": "水利"})) == {"市水利局"}
    assert client.get(LIST, {"district": "99999999999", "kind": "?"}).status_code == 200


def test_a_rule_opens_its_people_and_mending_takes_them_off(scored, sign_in):
    client = sign_in(scored.staff)
    page = client.get(unit_page(scored.unit_a)).content.decode()
    assert "没有身份证号" in page and people_page(scored.unit_a) in page
    people = client.get(people_page(scored.unit_a))
    assert [row.name for row in people.context["table"].data] == ["陶静仪"]
    cadre = people.context["table"].data[0]
    assert reverse("cadres:cadre_change", args=[cadre.pk]) in people.content.decode()
    values = {"id_number": factories.id_number(cadre.birth.first(), cadre.sex)}
    actions.change_cadre(actor=scored.staff, cadre=cadre, values=values)
    assert list(client.get(people_page(scored.unit_a)).context["table"].data) == []


def test_a_liaison_reads_the_list_but_is_not_offered_to_change(scored, sign_in):
    body = sign_in(scored.liaison_a).get(people_page(scored.unit_a)).content.decode()
    assert "陶静仪" in body and "/change/" not in body and "请告诉局里" in body
    assert sign_in(scored.liaison_b).get(people_page(scored.unit_a)).status_code == 404
    assert sign_in(scored.liaison_b).get(unit_page(scored.unit_a)).status_code == 404


def test_numbers_are_masked_on_page_and_paper(scored, sign_in):
    for _ in range(4):
        factories.make_cadre(scored.unit_a, phone="13912345678")
    client = sign_in(scored.staff)
    body = client.get(people_page(scored.unit_a, "phone_shared")).content.decode()
    assert "139****5678" in body and "13912345678" not in body
    response = client.get(people_page(scored.unit_a, "phone_shared") + "&export=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row]
    assert any("139****5678" in cell for cell in cells) and not any("13912345678" in cell for cell in cells)
    assert AuditEntry.objects.filter(action="cadre.export").count() == 1
    assert sign_in(scored.leader).get(people_page(scored.unit_a) + "&export=xlsx").status_code == 403


def test_scores_are_exported_as_filtered(scored, sign_in):
    response = sign_in(scored.leader).get(LIST, {"kind": "unit", "export": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    assert rows[0][:4] == ["单位", "类别", "区县", "得分"] and len(rows) == 3
    assert AuditEntry.objects.filter(action="quality.export").count() == 1


def test_no_such_rule_is_not_found(scored, sign_in):
    client = sign_in(scored.staff)
    assert client.get(people_page(scored.unit_a, "nothing")).status_code == 404
    assert client.get(reverse("cadres:quality_people", args=[scored.unit_a.pk])).status_code == 404
    assert client.get(reverse("cadres:quality_rule", args=["nothing"])).status_code == 404


def test_before_the_first_night_the_pages_say_so(cast, sign_in):
    client = sign_in(cast.staff)
    assert "还没有分数" in client.get(LIST).content.decode()
    assert "还没有分数" in client.get(unit_page(cast.unit_a)).content.decode()


def test_computing_now_is_for_ones_own(scored, sign_in):
    url = reverse("cadres:quality_compute", args=[scored.unit_a.pk])
    assert sign_in(scored.liaison_a).post(url).status_code == 302
    assert AuditEntry.objects.filter(action="quality.compute").count() == 1
    assert sign_in(scored.liaison_b).post(url).status_code == 404
    assert sign_in(scored.leader).post(url).status_code == 403
    with pytest.raises(PermissionDenied):
        actions.compute_score(actor=scored.liaison_b, organization=scored.unit_a)


def test_a_big_unit_waits_for_the_night(scored, sign_in, monkeypatch):
    monkeypatch.setattr("cadres.actions.quality.AT_ONCE", 1)
    url = reverse("cadres:quality_compute", args=[scored.unit_a.pk])
    assert "每天夜里自动重算" in sign_in(scored.staff).post(url, follow=True).content.decode()
    with pytest.raises(ValidationError):
        actions.compute_score(actor=scored.staff, organization=scored.unit_a)


# -- rules --------------------------------------------------------------------------------------------


def send(client, code, **data):
    data = {"form_key": new_form_key(), "version": "1", **data}
    return client.post(reverse("cadres:quality_rule", args=[code]), data)


def test_a_rule_is_decided_audited_and_used_from_then_on(scored, sign_in):
    client = sign_in(scored.staff)
    before = QualityScore.objects.current().get(organization=scored.unit_a)
    assert send(client, "no_id", weight="5").status_code == 302  # active is not ticked
    rule = QualityRule.objects.get(code="no_id")
    assert (rule.active, rule.changed_by, rule.version) == (False, scored.staff, 2)
    assert AuditEntry.objects.get(action="quality.rule").changes == {"active": ["True", "False"]}
    page = client.get(unit_page(scored.unit_a)).content.decode()
    assert "改过规则" in page and "没有身份证号" in page
    actions.compute_scores()
    after = QualityScore.objects.current().get(organization=scored.unit_a)
    assert "no_id" not in after.counts and after.score > before.score
    assert "改过规则" not in client.get(unit_page(scored.unit_a)).content.decode()
    assert "停用" in client.get(RULES_PAGE).content.decode()


def test_bad_weights_and_second_editors_are_told(scored, sign_in):
    client = sign_in(scored.staff)
    assert send(client, "no_id", weight="9", active="on").status_code == 422
    assert send(client, "no_id", weight="", active="on").status_code == 422
    assert not QualityRule.objects.exists()
    assert send(client, "no_id", weight="2", active="on").status_code == 302
    stale = send(client, "no_id", weight="3", active="on")
    assert stale.status_code == 409 and "被别人改过" in stale.content.decode()
    with pytest.raises(StaleEdit):
        actions.change_rule(actor=scored.staff, code="no_id", values={"weight": 1, "active": True}, version=1)


def test_one_rule_must_stay(scored):
    for code in list(RULES)[1:]:
        actions.change_rule(actor=scored.staff, code=code, values={"weight": 1, "active": False})
    with pytest.raises(ValidationError, match="至少要留一条"):
        actions.change_rule(actor=scored.staff, code=next(iter(RULES)), values={"weight": 1, "active": False})
    actions.compute_scores()
    assert set(QualityScore.objects.current().first().counts) == {next(iter(RULES))}


def test_rules_belong_to_the_city(scored, sign_in):
    district = factories.make_user("district_staff", "staff", scored.district)
    assert sign_in(district).get(RULES_PAGE).status_code == 403
    assert RULES_PAGE not in sign_in(district).get(LIST).content.decode()
    with pytest.raises(PermissionDenied):
        actions.change_rule(actor=district, code="no_id", values={"weight": 1, "active": True})


# -- trend and home -----------------------------------------------------------------------------------


def past(organization, day, score):
    QualityScore.objects.create(
        organization=organization, day=day, current=False, people=2, findings=1, critical=0, lost=1, possible=10,
        score=score, computed_at=timezone.now(),
    )  # fmt: skip


def test_the_trend_takes_the_last_score_of_each_year(scored, sign_in):
    year = timezone.localdate().year
    past(scored.unit_a, datetime.date(year - 1, 6, 30), 11)
    past(scored.unit_a, datetime.date(year - 1, 12, 31), 22)
    past(scored.unit_a, datetime.date(year - 2, 12, 31), 33)
    response = sign_in(scored.liaison_a).get(unit_page(scored.unit_a))
    assert [(point.label, point.score) for point in response.context["years"]][1:] == [
        (f"{year - 1}年末", 22), (f"{year - 2}年末", 33),
    ]  # fmt: skip
    row = sign_in(scored.liaison_a).get(LIST).context["table"].data[0]
    assert row.before == 22


def test_home_tells_of_critical_findings_and_of_a_fall(scored, sign_in):
    today = timezone.localdate()
    assert "数据质量" in sign_in(scored.liaison_a).get("/").content.decode()
    QualityScore.objects.update(critical=0)
    assert worsened_or_critical(scored.liaison_a, today) == []
    past(scored.unit_a, today - datetime.timedelta(days=8), 100)
    found = worsened_or_critical(scored.liaison_a, today)
    assert [row.organization for row in found] == [scored.unit_a] and found[0].before == 100
    assert "比一个星期前降了" in sign_in(scored.liaison_a).get("/").content.decode()
    assert worsened_or_critical(scored.liaison_b, today) == []


def test_pages_take_a_steady_number_of_queries(scored, sign_in, django_assert_max_num_queries):
    for number in range(15):
        unit = factories.make_organization(f"市属第{number}厂", parent=scored.city)
        factories.make_cadre(unit, id_number="")
    actions.compute_scores()
    client = sign_in(scored.staff)
    for url in (LIST, unit_page(scored.city), people_page(scored.city), RULES_PAGE):
        with django_assert_max_num_queries(18):
            client.get(url)
