"""Handing in rosters: the template's round trip, differences, refusals that leak nothing, states and rights."""

from __future__ import annotations

import datetime
import io

import openpyxl
import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadres import actions as cadre_actions
from cadres.actions import collection as actions
from cadres.actions import hand_ins
from cadres.actions.roster import request_commit
from cadres.models import Cadre, HandInEnd, RosterHandIn, RosterImport, RosterStatus, UnitRoster, UnitRosterState
from cadres.roster_import.preview import Rows
from common.codes import Education, Ethnicity, Health, Living, Marriage, PoliticalStatus, Rank, SelfCare
from common.dates import PartialDate
from common.models import AuditEntry
from tests import factories
from tests.cadres.collection import TODAY, column_of, edited, handed_in, opened, plain, roster_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(datetime.datetime(2026, 11, 22, 4, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def mine(cast) -> UnitRoster:
    return roster_of(opened(cast), cast.unit_a)


def template(cast, roster: UnitRoster) -> bytes:
    return hand_ins.roster_template(actor=cast.liaison_a, unit_roster=roster)


def test_the_template_comes_back_unchanged(cast, mine):
    """Every field that the template shows, filled; a lunar birthday, a resettled person, words with line breaks."""
    factories.make_cadre(
        cast.unit_a, name="帕丽旦·艾山", sex="2", ethnicity="05", birth=PartialDate(1938, 11), education="20", rank="121",
        treatment_rank="121", medical_rank="122", marriage="30", health="4", self_care="3", living="5", phone="0990-6612345",
        relocated=True, relocated_to="江苏南京", party_joined=PartialDate(1960), birthday_calendar="lunar",
        birthday_month=4, birthday_day=9, address="滨河路1号", registered_address="=1+1", native_place="甘肃武威",
        post="局长", title="高级工程师", hobbies="书法、+太极", specialties="@速记", remarks="第一行\n第二行",
        community_name="某社区",
    )  # fmt: skip
    data = template(cast, mine)
    current = handed_in(cast.liaison_a, mine, data)
    counts = current.roster_import.counts
    assert current.roster_import.status == RosterStatus.PREVIEWED, current.returned_words
    changes = [row[-1] for row in Rows(current.roster_import, "changed")[0:9]]
    assert counts["unchanged"] == 2 and not changes and counts["missing"] == counts["rejected"] == 0, (counts, changes)
    assert counts["questions"] == 0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.fixed_dictionaries(
        {
            "ethnicity": st.sampled_from(Ethnicity.values), "education": st.sampled_from(Education.values),
            "political_status": st.sampled_from(PoliticalStatus.values), "rank": st.sampled_from(Rank.values),
            "treatment_rank": st.sampled_from(["", *Rank.values]), "health": st.sampled_from(Health.values),
            "self_care": st.sampled_from(SelfCare.values), "living": st.sampled_from(Living.values),
            "marriage": st.sampled_from(Marriage.values), "retired_on": st.sampled_from(
                [None, PartialDate(2008), PartialDate(2008, 3), PartialDate(2008, 3, 9)]),
        }
    )
)  # fmt: skip
def test_every_code_comes_back_as_it_went(cast, values):
    collection = actions.RosterCollection.objects.first() or opened(cast)
    roster = roster_of(collection, cast.unit_a)
    cadre = Cadre.objects.filter(name="往返").first() or factories.make_cadre(cast.unit_a, name="往返")
    cadre_actions.change_cadre(actor=None, cadre=cadre, values=values)
    current = handed_in(cast.liaison_a, roster, template(cast, roster))
    assert current.roster_import.counts["unchanged"] == 2, list(Rows(current.roster_import, "changed")[0:3])


def test_the_template_is_of_the_collections_day(cast, mine):
    """A change after the cut-off stands neither in the template nor among the differences."""
    with time_machine.travel(datetime.datetime(2026, 11, 25, 4, tzinfo=datetime.UTC)):
        since = datetime.date(2026, 11, 24)
        cadre_actions.change_cadre(actor=None, cadre=cast.cadre_a, values={"health": Health.POOR}, since=since)
        current = handed_in(cast.liaison_a, mine, template(cast, mine))
        assert current.roster_import.counts["unchanged"] == 1, current.roster_import.counts


def test_the_template_is_safe_and_has_lists(cast, mine):
    factories.make_cadre(cast.unit_a, name="=cmd()", address="=HYPERLINK(1)")
    book = openpyxl.load_workbook(io.BytesIO(template(cast, mine)))
    sheet = book.worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    number = sheet.cell(4, column_of(sheet, "身份证号"))
    assert number.value == cast.cadre_a.id_number and number.data_type == "s" and number.number_format == "@"
    listed = {rule.sqref.ranges.__iter__().__next__().min_col for rule in sheet.data_validations.dataValidation}
    assert {column_of(sheet, label) for label in ("性别", "民族", "政治面貌", "级别", "健康状况", "居住状况")} <= listed
    assert sheet.cell(2, 1).value.startswith("填报单位：市水利局")
    assert {rule.sqref.ranges.__iter__().__next__().max_row for rule in sheet.data_validations.dataValidation} == {
        3 + 2 + 60
    }
    assert book["选项"].sheet_state == "hidden" and "填报说明" in book.sheetnames


def test_downloading_whole_numbers_needs_the_right_and_leaves_an_entry(cast, mine):
    template(cast, mine)
    entry = AuditEntry.objects.get(action="roster.template")
    assert entry.actor == cast.liaison_a and entry.target_id == str(mine.pk)
    for user in (cast.liaison_b, cast.leader, cast.community_liaison, cast.nobody):
        with pytest.raises(PermissionDenied):
            hand_ins.roster_template(actor=user, unit_roster=mine)


def test_what_comes_back_shows_the_differences_only(cast, mine):
    factories.make_cadre(cast.unit_a, name="漏填的人")

    def change(sheet):
        sheet.cell(4, column_of(sheet, "健康状况")).value = "较差"
        sheet.delete_rows(5)
        sheet.cell(5, column_of(sheet, "姓名")).value = "新来的"
        sheet.cell(5, column_of(sheet, "身份证号")).value = factories.id_number(datetime.date(1966, 2, 3))
        sheet.cell(5, column_of(sheet, "离退休类型")).value = "退休"

    current = handed_in(cast.liaison_a, mine, edited(template(cast, mine), change))
    job = current.roster_import
    assert [row[3] for row in Rows(job, "created")[0:5]] == ["新来的"]
    assert [row[1] for row in Rows(job, "missing")[0:5]] == ["漏填的人"]
    assert [(row[3], row[8]) for row in Rows(job, "changed")[0:5]] == [("韩松年", [["健康状况", "（空）", "较差", ""]])]
    assert Cadre.objects.get(pk=cast.cadre_a.pk).health == "" and current.state == UnitRosterState.HANDED_IN


def test_nothing_of_another_units_people_leaks(cast, mine):
    """Somebody on record elsewhere, alive or dead: the same sentence, no name, unit or day."""
    dead = factories.make_cadre(cast.unit_b, name="秦望舒", entered_on=datetime.date(2020, 1, 1))
    cadre_actions.decease_cadre(actor=None, cadre=dead, died_on=datetime.date(2024, 5, 3))
    data = plain(("我写的", cast.cadre_b.id_number, "退休", "一般"), ("我写的乙", dead.id_number, "退休", "一般"))
    job = handed_in(cast.liaison_a, mine, data).roster_import
    rows = Rows(job, "rejected")[0:5]
    assert {row[5] for row in rows} == {"unit_out_of_scope"} and len(rows) == 2
    assert {row[6] for row in rows} == {"这个身份证号已在别的单位名下"}
    everything = str(
        [Rows(job, kind)[0:9] for kind in ("created", "changed", "missing", "notes", "groups", "rejected")]
    )
    for secret in ("曾庆和", "秦望舒", "东关区第一中学", "2024", cast.cadre_b.id_number):
        assert secret not in everything
    assert job.counts["created"] == 0


def test_rows_of_other_units_are_refused_for_staff_too(cast, mine):
    from tests.cadres.roster_import.books import workbook

    number = factories.id_number(datetime.date(1955, 1, 1))
    data = workbook([("某人", number, "退休", "东关区第一中学")], head=("姓名", "身份证号", "离退休类型", "单位"))
    for actor in (cast.liaison_a, cast.staff):
        job = handed_in(actor, mine, data).roster_import
        assert [row[5] for row in Rows(job, "rejected")[0:3]] == ["unit_other"], actor


def test_a_liaison_of_two_units_hands_in_for_one_at_a_time(cast, mine):
    wide = factories.make_user("wide", "unit_liaison", cast.city)
    data = plain(("某人", cast.cadre_b.id_number, "退休", "一般"))
    job = handed_in(wide, mine, data).roster_import
    assert [row[5] for row in Rows(job, "rejected")[0:3]] == ["unit_out_of_scope"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lambda cast: plain(("甲", cast.cadre_a.id_number, "离休", ""), unit="东关区第一中学"), "填报单位是“东关区第一中学”"),
        (lambda cast: plain(("甲", cast.cadre_a.id_number, "离休", ""), title="2024年度离退休干部名册"), "2024年"),
        (lambda cast: plain(), "没有读到人"),
        (lambda cast: b"not a workbook", "名册.xlsx"),
    ],
)  # fmt: skip
def test_what_cannot_be_this_roster_goes_back_at_once(cast, mine, data, said):
    current = handed_in(cast.liaison_a, mine, data(cast))
    assert current.state == UnitRosterState.RETURNED and said in current.returned_words, current.returned_words
    assert current.returned_by is None and current.roster_import.status == RosterStatus.FAILED
    attempt = RosterHandIn.objects.get()
    assert attempt.end == HandInEnd.RETURNED and attempt.words == current.returned_words
    again = handed_in(cast.liaison_a, current, template(cast, current))
    assert again.state == UnitRosterState.HANDED_IN


def test_replacing_withdrawing_and_returning_keep_their_history(cast, mine):
    data = template(cast, mine)
    first = handed_in(cast.liaison_a, mine, data).roster_import
    current = handed_in(cast.staff, mine, data)
    first.refresh_from_db()
    assert first.status == RosterStatus.DISCARDED and current.roster_import != first
    current = hand_ins.withdraw(actor=cast.liaison_a, unit_roster=current)
    assert current.state == UnitRosterState.OWED and current.roster_import is None
    with pytest.raises(ValidationError, match="不用撤回"):
        hand_ins.withdraw(actor=cast.liaison_a, unit_roster=current)
    current = handed_in(cast.liaison_a, current, data)
    with pytest.raises(ValidationError, match="写清楚"):
        hand_ins.return_roster(actor=cast.staff, unit_roster=current, words=" ")
    current = hand_ins.return_roster(actor=cast.staff, unit_roster=current, words="少了三个人")
    assert (current.state, current.returned_words) == (UnitRosterState.RETURNED, "少了三个人")
    ends = list(RosterHandIn.objects.order_by("pk").values_list("end", flat=True))
    assert ends == [HandInEnd.REPLACED, HandInEnd.WITHDRAWN, HandInEnd.RETURNED]


def test_only_the_units_liaison_and_staff_act(cast, mine):
    data = template(cast, mine)
    for user in (cast.liaison_b, cast.leader, cast.community_liaison, cast.nobody, cast.system_admin):
        with pytest.raises(PermissionDenied):
            hand_ins.hand_in(actor=user, unit_roster=mine, files=[("a.xlsx", data)])
    current = handed_in(cast.liaison_a, mine, data)
    with pytest.raises(PermissionDenied):
        hand_ins.return_roster(actor=cast.liaison_a, unit_roster=current, words="自己退")
    job = current.roster_import
    with pytest.raises(PermissionDenied):  # the liaison can never commit
        request_commit(actor=cast.liaison_a, roster_import=job, accept_good_rows=True, fingerprint=job.fingerprint)


def test_staff_approve_a_liaisons_roster(cast, mine):
    """Asked for by staff, uploaded by whoever may only hand in; past the reconciliation nothing goes in."""
    from cadres.actions.approval import approve_unit_roster
    from cadres.actions.reconciliation import settle_as_proposed
    from cadres.tasks import commit_roster

    data = edited(
        template(cast, mine), lambda sheet: setattr(sheet.cell(4, column_of(sheet, "健康状况")), "value", "较差")
    )
    job = handed_in(cast.liaison_a, mine, data).roster_import
    with pytest.raises(ValidationError, match="请到核对页"):
        request_commit(actor=cast.staff, roster_import=job, accept_good_rows=True, fingerprint=job.fingerprint)
    roster = UnitRoster.objects.get(pk=mine.pk)
    with pytest.raises(ValidationError, match="没有认定"):
        approve_unit_roster(actor=cast.staff, unit_roster=roster)
    chosen = list(roster.differences.values_list("pk", flat=True))
    assert settle_as_proposed(actor=cast.staff, unit_roster=roster, chosen=chosen).done == 1
    approve_unit_roster(actor=cast.staff, unit_roster=roster)
    commit_roster(job.pk)
    job.refresh_from_db()
    assert job.status == RosterStatus.COMMITTED and Cadre.objects.get(pk=cast.cadre_a.pk).health == Health.POOR
    assert UnitRoster.objects.get(pk=mine.pk).state == UnitRosterState.APPROVED
    with pytest.raises(ValidationError, match="已经核准"):
        hand_ins.withdraw(actor=cast.liaison_a, unit_roster=UnitRoster.objects.get(pk=mine.pk))


def test_undoing_an_approved_roster_gives_it_back(cast, mine):
    """What was taken back has to be handed in again; the liaison reads why."""
    from cadres.actions.approval import approve_unit_roster
    from cadres.actions.reconciliation import settle_as_proposed
    from cadres.actions.roster_undo import request_undo
    from cadres.roster_import.undo import UndoPlan
    from cadres.tasks import commit_roster, undo_roster

    data = edited(
        template(cast, mine), lambda sheet: setattr(sheet.cell(4, column_of(sheet, "健康状况")), "value", "较差")
    )
    roster = handed_in(cast.liaison_a, mine, data)
    chosen = list(roster.differences.values_list("pk", flat=True))
    settle_as_proposed(actor=cast.staff, unit_roster=roster, chosen=chosen)
    approve_unit_roster(actor=cast.staff, unit_roster=roster)
    commit_roster(roster.roster_import_id)
    job = RosterImport.objects.get(pk=roster.roster_import_id)
    fingerprint = UndoPlan(job).fingerprint()
    request_undo(actor=cast.staff, roster_import=job, reason="拿错了年度", fingerprint=fingerprint)
    undo_roster(job.pk)
    again = UnitRoster.objects.get(pk=mine.pk)
    assert again.state == UnitRosterState.RETURNED and "拿错了年度" in again.returned_words
    assert Cadre.objects.get(pk=cast.cadre_a.pk).health != Health.POOR
    handed_in(cast.liaison_a, again, data)
    assert UnitRoster.objects.get(pk=mine.pk).state == UnitRosterState.HANDED_IN


def test_after_approval_and_after_the_end_nothing_moves(cast, mine):
    current = handed_in(cast.liaison_a, mine, template(cast, mine))
    UnitRoster.objects.filter(pk=current.pk).update(state=UnitRosterState.APPROVED)
    files = [("a.xlsx", b"x")]
    for step in (hand_ins.withdraw, lambda **who: hand_ins.hand_in(files=files, **who)):
        with pytest.raises(ValidationError, match="已经核准"):
            step(actor=cast.liaison_a, unit_roster=current)
    UnitRoster.objects.filter(pk=current.pk).update(state=UnitRosterState.HANDED_IN)
    actions.close_collection(actor=cast.staff, collection=current.collection)
    with pytest.raises(ValidationError, match="已经结束"):
        hand_ins.hand_in(actor=cast.liaison_a, unit_roster=current, files=files)


def test_a_roster_may_come_before_its_cut_off(cast):
    collection = opened(cast, as_of=datetime.date(2026, 12, 31), due_on=datetime.date(2027, 1, 10))
    assert collection.day == TODAY
    roster = roster_of(collection, cast.unit_a)
    current = handed_in(cast.liaison_a, roster, template(cast, roster))
    assert current.roster_import.counts["unchanged"] == 1 and current.roster_import.as_of == TODAY
