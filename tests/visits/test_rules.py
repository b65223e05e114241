"""Rules of a visit, and its writes through the actions."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from common import audit
from common.editing import StaleEdit
from common.models import AuditEntry
from visits import actions
from visits.codes import Manner, Occasion
from visits.models import Visit
from visits.rules import visit_problems

D = datetime.date
TODAY = D(2026, 5, 20)


def problems(**values):
    facts = {
        "visited_on": TODAY, "occasion": Occasion.ORDINARY, "gift_money": None, "gift_reason": "",
        "died_on": None, "today": TODAY, **values,
    }  # fmt: skip
    return visit_problems(**facts)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"visited_on": D(2026, 5, 21)}, "visited_on"),
        ({"died_on": D(2026, 5, 1)}, "occasion"),
        ({"gift_money": Decimal("1000.01")}, "gift_reason"),
        ({"gift_money": Decimal("1000.01"), "gift_reason": " "}, "gift_reason"),
        ({"gift_money": Decimal("-1")}, "gift_money"),
        ({"gift_money": Decimal("3001"), "occasion": Occasion.DEATH}, "gift_reason"),
    ],
)
def test_what_is_refused(values, field):
    assert list(problems(**values)) == [field]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"visited_on": D(2026, 1, 1)},
        {"died_on": D(2026, 5, 20)},
        {"died_on": D(2026, 5, 1), "occasion": Occasion.DEATH},
        {"died_on": D(2026, 5, 1), "visited_on": D(2026, 4, 30), "occasion": Occasion.HOSPITAL},
        {"gift_money": Decimal("1000")},
        {"gift_money": Decimal("5000"), "gift_reason": "重病住院，局长办公会同意"},
        {"gift_money": Decimal("3000"), "occasion": Occasion.DEATH},
    ],
)
def test_what_is_taken(values):
    assert problems(**values) == {}


def test_standards_are_settings(settings):
    settings.VISIT_GIFT_STANDARDS = {"default": 200}
    assert list(problems(gift_money=Decimal("201"))) == ["gift_reason"]


def values(**more):
    return {"visited_on": timezone.localdate(), "occasion": Occasion.ORDINARY, "manner": Manner.HOME, **more}


def test_a_visit_is_recorded_with_its_entry(cast):
    visit = actions.create_visit(actor=cast.liaison_a, cadre=cast.cadre_a, values=values(words="精神尚可"))
    assert (visit.visitors, visit.recorded_by) == ("王海燕", cast.liaison_a)
    entry = AuditEntry.objects.order_by("number").last()
    assert (entry.action, entry.target_id) == ("visit.create", str(visit.pk))
    assert list(audit.verify()) == []


def test_words_are_sealed_in_the_database(cast):
    from django.db import connection

    visit = actions.create_visit(actor=cast.liaison_a, cadre=cast.cadre_a, values=values(words="心内科十二床"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM visits_visit WHERE id = %s", [visit.pk])
        stored = cursor.fetchone()[0]
    assert stored.startswith("k1:") and "心内科" not in stored
    assert Visit.objects.get(pk=visit.pk).words == "心内科十二床"


@pytest.mark.parametrize("name", ["liaison_b", "leader", "system_admin", "nobody", "disabled"])
def test_whoever_may_not_log_is_refused(cast, name):
    with pytest.raises(PermissionDenied):
        actions.create_visit(actor=getattr(cast, name), cadre=cast.cadre_a, values=values())
    assert not Visit.objects.exists()


def test_a_change_by_two_editors_is_noticed(cast):
    visit = actions.create_visit(actor=cast.liaison_a, cadre=cast.cadre_a, values=values())
    actions.change_visit(actor=cast.staff, visit=visit, values={"gifts": "牛奶"}, version=1)
    with pytest.raises(StaleEdit) as caught:
        actions.change_visit(actor=cast.liaison_a, visit=visit, values={"gifts": "水果"}, version=1)
    assert caught.value.current.gifts == "牛奶"
    assert Visit.objects.get(pk=visit.pk).gifts == "牛奶"


def test_others_of_the_same_scope_may_not_change_it(cast):
    visit = actions.create_visit(actor=cast.liaison_a, cadre=cast.cadre_a, values=values())
    with pytest.raises(PermissionDenied):
        actions.change_visit(actor=cast.community_liaison, visit=visit, values={"gifts": "水果"})
    with pytest.raises(PermissionDenied):
        actions.remove_visit(actor=cast.community_liaison, visit=visit, reason="不是我记的")


def test_withdrawing_within_ten_minutes_and_later(cast):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        visit = actions.create_visit(actor=cast.liaison_a, cadre=cast.cadre_a, values=values())
        late = actions.create_visit(actor=cast.liaison_a, cadre=cast.cadre_a, values=values())
    with time_machine.travel(start + datetime.timedelta(minutes=10), tick=False):
        actions.remove_visit(actor=cast.liaison_a, visit=visit)
    with time_machine.travel(start + datetime.timedelta(minutes=10, seconds=1), tick=False):
        with pytest.raises(PermissionDenied):
            actions.remove_visit(actor=cast.liaison_a, visit=late, reason="记错了人")
        with pytest.raises(ValidationError, match="原因"):
            actions.remove_visit(actor=cast.staff, visit=late)
        actions.remove_visit(actor=cast.staff, visit=late, reason="记错了人")
    visit.refresh_from_db()
    late.refresh_from_db()
    assert visit.removed_by == cast.liaison_a and late.removed_reason == "记错了人"
    assert not Visit.objects.visible_to(cast.liaison_a).current().exists()
    with pytest.raises(PermissionDenied):
        actions.remove_visit(actor=cast.staff, visit=late, reason="再撤一次")


def test_after_a_death_only_that_occasion_is_taken(cast):
    from cadres.actions import decease_cadre

    decease_cadre(actor=None, cadre=cast.cadre_a, died_on=D(2026, 1, 5))
    with time_machine.travel(datetime.datetime(2026, 1, 20, 3, tzinfo=datetime.UTC)):
        with pytest.raises(ValidationError) as caught:
            actions.create_visit(actor=cast.liaison_a, cadre=cast.cadre_a, values=values(occasion=Occasion.SPRING))
        assert "2026年1月5日去世" in caught.value.message_dict["occasion"][0]
        visit = actions.create_visit(actor=cast.liaison_a, cadre=cast.cadre_a, values=values(occasion=Occasion.DEATH))
    assert visit.pk
