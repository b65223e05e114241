"""Telling liaisons of the rosters that their units owe."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadres.actions import collection as actions
from cadres.models import UnitRoster, UnitRosterState
from tests import factories
from tests.cadres.collection import DUE, opened, roster_of
from visits.models import Notice
from visits.rosters import reminds_on, send_roster_notices

D = datetime.date
DAY = datetime.timedelta(days=1)


@given(left=st.integers(-400, 400))
def test_the_days_on_which_a_roster_is_reminded_of(left):
    told = reminds_on(DUE - left * DAY, DUE)
    assert told == (left in {14, 7, 3, 1} if left >= 0 else (-left - 1) % 7 == 0)


@pytest.mark.django_db
class TestNotices:
    @pytest.fixture
    def collection(self, cast):
        return opened(cast, due_on=DUE)

    def told(self, user):
        return list(Notice.objects.visible_to(user).filter(reader=user).order_by("pk").values_list("words", flat=True))

    def test_only_the_units_liaisons_are_told_and_once(self, cast, collection):
        assert send_roster_notices(on=DUE - 8 * DAY) == 0
        assert send_roster_notices(on=DUE - 7 * DAY) == 2 and send_roster_notices(on=DUE - 7 * DAY) == 0
        assert self.told(cast.liaison_a) == ["市水利局2026年度名册还没有报，请在12月10日前报送，还有 7 天"]
        assert "东关区第一中学" in self.told(cast.liaison_b)[0]
        for user in (cast.staff, cast.leader, cast.community_liaison, cast.disabled):
            assert not Notice.objects.filter(reader=user).exists(), user

    def test_late_every_week_until_it_is_in(self, cast, collection):
        assert [send_roster_notices(on=DUE + days * DAY) for days in (0, 1, 2, 7, 8)] == [0, 2, 0, 0, 2]
        assert "已逾期 8 天" in self.told(cast.liaison_a)[-1]
        actions.close_collection(actor=cast.staff, collection=collection)
        assert send_roster_notices(on=DUE + 15 * DAY) == 0

    def test_the_staffs_reminder_and_a_returned_roster_are_told_the_same_day(self, cast, collection, settings):
        from django.utils import timezone

        settings.NOTICE_ROSTER_DAYS = []
        today = timezone.localdate()
        UnitRoster.objects.filter(organization=cast.unit_a).update(reminded_at=timezone.now())
        actions.change_collection(
            actor=cast.staff, collection=collection, due_on=max(today, collection.as_of) + 5 * DAY, words=""
        )
        assert send_roster_notices() == 1 and "还没有报" in self.told(cast.liaison_a)[0]
        UnitRoster.objects.filter(organization=cast.unit_a).update(
            state=UnitRosterState.RETURNED, returned_at=timezone.now(), roster_import=self._job(cast)
        )
        assert send_roster_notices() == 1 and "被退回" in self.told(cast.liaison_a)[1]

    def _job(self, cast):
        from cadres.models import RosterImport

        return RosterImport.objects.create(year=2026, as_of=DUE, organization=cast.unit_a)

    def test_a_liaison_who_moved_on_reads_nothing_of_it(self, cast, collection, sign_in):
        send_roster_notices(on=DUE - 7 * DAY)
        page = sign_in(cast.liaison_a).get("/visits/notices/").content.decode()
        assert "市水利局" in page and "去报名册" in page
        cast.liaison_a.role_grants.update(organization=cast.unit_b)
        fresh = type(cast.liaison_a).objects.get(pk=cast.liaison_a.pk)
        assert self.told(fresh) == []

    def test_a_city_costs_few_queries(self, cast, collection, django_assert_max_num_queries):
        for number in range(30):
            unit = factories.make_organization(f"市第{number}局", parent=cast.city)
            actions.add_unit(actor=cast.staff, collection=collection, organization=unit)
            factories.make_user(f"u{number}", "unit_liaison", unit)
        with django_assert_max_num_queries(8):
            assert send_roster_notices(on=DUE + DAY) == 32
        assert roster_of(collection, cast.unit_a).state == UnitRosterState.OWED
