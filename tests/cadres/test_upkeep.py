"""Quarterly confirmation, records that lie untouched, and the yearly verification."""

from __future__ import annotations

import datetime
import io
import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadres import actions
from cadres.models import Cadre, LifeVerification, RosterConfirmation
from cadres.querysets.upkeep import needing_verification, stale_people
from cadres.upkeep import Quarter, months_before, verification_due
from tests import factories
from visits.models import Notice
from visits.sending import send_due_notices

days = st.dates(datetime.date(1990, 1, 1), datetime.date(2090, 12, 31))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(days)
def test_a_day_lies_in_its_quarter_and_due_days_do_too(day):
    quarter = Quarter.of(day)
    assert quarter.first <= day <= quarter.last and quarter.first <= quarter.due_on <= quarter.last
    assert quarter.previous.following == quarter and quarter.following.first > quarter.last
    assert (quarter.due_on + datetime.timedelta(days=1)).day == 1


def test_grace_days_move_the_due_day(settings):
    settings.CONFIRMATION_GRACE_DAYS = 10
    assert Quarter(2026, 1).due_on == datetime.date(2026, 2, 10)
    settings.CONFIRMATION_GRACE_DAYS, settings.VERIFICATION_DUE = 999, "02-29"
    assert Quarter(2026, 1).due_on == datetime.date(2026, 3, 31)
    assert verification_due(2026) == datetime.date(2026, 2, 28)


@given(days, st.integers(1, 60))
def test_months_before_goes_back_whole_months(day, months):
    found = months_before(day, months)
    assert (day.year * 12 + day.month) - (found.year * 12 + found.month) == months
    assert found.day == day.day or (found + datetime.timedelta(days=1)).day == 1


# -- confirmation -------------------------------------------------------------------------------------------


def test_confirming_twice_is_one_row(cast):
    row, fresh = actions.confirm_roster(actor=cast.liaison_a, organization=cast.unit_a)
    again, second = actions.confirm_roster(actor=cast.liaison_a, organization=cast.unit_a)
    assert (fresh, second, again) == (True, False, row) and RosterConfirmation.objects.count() == 1
    assert row.people == 1
    for who, unit in (("liaison_a", cast.unit_b), ("community_liaison", cast.unit_a), ("staff", cast.unit_a)):
        with pytest.raises(PermissionDenied):
            actions.confirm_roster(actor=getattr(cast, who), organization=unit)


def test_the_liaison_confirms_and_the_board_tells(cast, sign_in):
    client, url = sign_in(cast.liaison_a), reverse("cadres:roster_confirm")
    assert "本季度还没有确认" in client.get("/").content.decode()
    page = client.get(url)
    assert "韩松年" in page.content.decode() and "曾庆和" not in page.content.decode()
    form = page.context["form"]
    assert client.post(url, {"form_key": form["form_key"].value(), "words": "都对"}).status_code == 302
    assert "本季度还没有确认" not in client.get("/").content.decode()
    board = sign_in(cast.leader).get(reverse("cadres:confirmation_list")).content.decode()
    assert "王海燕" in board and "东关区第一中学" in board and "都对" in board
    owed = sign_in(cast.staff).get(reverse("cadres:confirmation_list") + "?state=owed").content.decode()
    assert "王海燕" not in owed and "东关区第一中学" in owed
    assert sign_in(cast.staff).get(reverse("cadres:confirmation_list") + "?export=xlsx").status_code == 200


# -- untouched ----------------------------------------------------------------------------------------------


def test_an_edit_or_a_confirmation_makes_a_record_fresh(cast, sign_in):
    today = timezone.localdate()
    long_ago = timezone.now() - datetime.timedelta(days=800)
    Cadre.objects.all().update(updated_at=long_ago)
    assert set(stale_people(Cadre.objects.all(), 12, today)) == {cast.cadre_a, cast.cadre_b}
    actions.confirm_roster(actor=cast.liaison_a, organization=cast.unit_a)
    assert RosterConfirmation.objects.get().stale == 1
    assert list(stale_people(Cadre.objects.all(), 12, today)) == [cast.cadre_b]
    assert list(stale_people(Cadre.objects.all(), 36, today)) == []
    url = reverse("cadres:stale_list")
    assert "曾庆和" in sign_in(cast.staff).get(url).content.decode()
    assert "曾庆和" not in sign_in(cast.liaison_a).get(url).content.decode()
    assert "曾庆和" not in sign_in(cast.staff).get(url + "?months=36").content.decode()
    actions.change_cadre(actor=cast.staff, cadre=cast.cadre_b, values={"hobbies": "书法"})
    assert not stale_people(Cadre.objects.all(), 12, today).exists()


# -- verification -------------------------------------------------------------------------------------------


def verify(cast, cadre, who="liaison_a", **values):
    told = {"done_on": timezone.localdate(), "way": "video", "result": "alive", **values}
    return actions.record_verification(actor=getattr(cast, who), cadre=cadre, values=told)


@pytest.fixture
def away(cast):
    return factories.make_cadre(cast.unit_a, name="郭远行", away=True, away_to="广东深圳")


def test_who_is_verified(cast, away):
    settled = factories.make_cadre(cast.unit_b, relocated=True)
    survivor = factories.make_cadre(cast.unit_b, category="survivor")
    gone = factories.make_cadre(cast.unit_b, relocated=True)
    actions.decease_cadre(actor=None, cadre=gone, died_on=timezone.localdate())
    assert set(needing_verification(Cadre.objects.all())) == {away, settled, survivor}
    assert list(needing_verification(Cadre.objects.visible_to(cast.liaison_a))) == [away]


def test_once_a_year_then_it_is_changed(cast, away):
    row = verify(cast, away, result="lost", note="电话停机")
    with pytest.raises(ValidationError):
        verify(cast, away)
    changed = actions.change_verification(actor=cast.staff, verification=row, values={"result": "alive"}, version=1)
    assert (changed.result, changed.version, changed.done_by) == ("alive", 2, cast.staff)
    with pytest.raises(ValidationError):
        before = row.done_on.replace(year=row.done_on.year - 1, day=1)
        actions.change_verification(actor=cast.staff, verification=row, values={"done_on": before})
    with pytest.raises(PermissionDenied):
        verify(cast, away, who="liaison_b")


@pytest.mark.parametrize(
    "values",
    [
        {"done_on": None},
        {"done_on": timezone.localdate() + datetime.timedelta(days=1)},
        {"result": "lost", "note": ""},
        {"way": "telepathy"},
    ],
)
def test_bad_verifications_are_refused(cast, away, values):
    with pytest.raises(ValidationError):
        verify(cast, away, **values)
    assert not LifeVerification.objects.exists()


def test_nobody_lives_after_a_recorded_death(cast, away):
    died = timezone.localdate() - datetime.timedelta(days=10)
    actions.change_cadre(actor=None, cadre=away, values={"retired_on": None})
    actions.decease_cadre(actor=None, cadre=away, died_on=died)
    with pytest.raises(ValidationError):
        verify(cast, away)
    assert verify(cast, away, done_on=died - datetime.timedelta(days=1)).pk or True


def test_many_by_certificate(cast, away):
    other = factories.make_cadre(cast.unit_a, relocated=True)
    foreign = factories.make_cadre(cast.unit_b, relocated=True)
    verify(cast, away)
    keys = [away.pk, other.pk, foreign.pk, cast.cadre_a.pk]
    count, left = actions.record_many(actor=cast.liaison_a, cadres=keys, done_on=timezone.localdate())
    assert (count, left) == (1, ["郭远行"])
    assert LifeVerification.objects.get(cadre=other).way == "certificate"


def test_the_due_list_and_the_form(cast, sign_in, away):
    client, url = sign_in(cast.liaison_a), reverse("cadres:verification_list")
    assert "郭远行" in client.get(url).content.decode()
    assert "郭远行" not in sign_in(cast.liaison_b).get(url).content.decode()
    form_url = reverse("cadres:verification_record", args=[away.pk])
    form = client.get(form_url).context["form"]
    data = {"form_key": form["form_key"].value(), "result": "deceased", "way": "phone", "done_on": timezone.localdate()}
    answer = client.post(form_url, data)
    assert answer.url.startswith(reverse("cadres:proposal_death", args=[away.pk]))
    assert "核实生存状况（电话）时得知" in client.get(answer.url).content.decode()
    assert "郭远行" not in client.get(url).content.decode()
    assert "郭远行" in client.get(url + "?view=deceased").content.decode()
    row = LifeVerification.objects.get()
    assert client.get(form_url).url == reverse("cadres:verification_change", args=[row.pk])
    assert client.get(url + "?view=all&export=xlsx").status_code == 200
    coverage = sign_in(cast.leader).get(reverse("cadres:verification_coverage")).content.decode()
    assert "市水利局" in coverage and "100.0%" in coverage
    assert "市直" in client.get(reverse("cadres:verification_coverage") + "?by=district").content.decode()


def test_many_from_the_list(cast, sign_in, away):
    client, url = sign_in(cast.liaison_a), reverse("cadres:verification_bulk")
    ahead = timezone.localdate() + datetime.timedelta(days=2)
    for data, words in (
        ({}, "还没有勾选"),
        ({"pk": away.pk, "way": "video"}, "请填核实的日期"),
        ({"pk": away.pk, "way": "video", "done_on": ahead}, "核实日期还没到"),
        ({"pk": away.pk, "way": "video", "done_on": timezone.localdate()}, "1 人核实为健在"),
    ):
        assert words in client.post(url, data, follow=True).content.decode()
    assert LifeVerification.objects.count() == 1


# -- reminders ----------------------------------------------------------------------------------------------


def test_verifications_falling_due_are_listed_and_told_to_liaisons_once(cast, away):
    def listed() -> list[str]:
        out = io.StringIO()
        call_command("list_due", on=datetime.date(2026, 6, 20), days=15, format="json", stdout=out)
        return [row["name"] for row in json.loads(out.getvalue()) if row["kind"] == "verification"]

    assert listed() == ["郭远行"]
    send_due_notices(on=datetime.date(2026, 6, 20))
    send_due_notices(on=datetime.date(2026, 6, 21))
    told = Notice.objects.filter(kind="verification")
    assert [notice.reader for notice in told] == [cast.liaison_a]
    LifeVerification.objects.create(
        cadre=away, year=2026, done_on=datetime.date(2026, 3, 1), way="phone", result="alive", done_by=cast.staff
    )
    assert listed() == []


def test_the_maker_is_told_what_became_of_a_proposal(cast, sign_in):
    proposal = actions.make_proposal(
        actor=cast.liaison_a, kind="change", cadre=cast.cadre_a, values={"hobbies": "书法"}, reason="本人来电"
    )
    actions.return_proposal(actor=cast.staff, proposal=proposal, words="写清楚")
    send_due_notices(on=timezone.localdate())
    notice = Notice.objects.get(kind="proposal")
    assert notice.reader == cast.liaison_a and "已退回" in notice.words
    assert "看提议" in sign_in(cast.liaison_a).get(reverse("visits:notice_list")).content.decode()
