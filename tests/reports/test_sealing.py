"""A year goes up, is sealed, and stays as it was sealed, whatever happens to people, units and declarations."""

from __future__ import annotations

import dataclasses
import datetime
import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import actions as account_actions
from accounts.models import OrganizationKind
from accounts.roles import Role
from cadres import actions as cadre_actions
from cadres import sealed as cadres_sealed
from cadres.models import Cadre
from common.dates import PartialDate
from common.models import AuditEntry
from reports import actions
from reports.actions import submissions as steps
from reports.assessment import active_rules, ranked
from reports.declarations import TABLES
from reports.engine.people import behind
from reports.models import ReportingYear, SealedPerson, SealedTable, Sealing, Submission, SubmissionState
from reports.sealing.later import behind_figure, changed_figures, differing_people
from reports.sealing.reading import ask, results_for, tables_of
from reports.transitions import TRANSITIONS, allowed
from tests import factories
from visits.models import Notice

pytestmark = pytest.mark.django_db

DAY = datetime.date(2025, 12, 31)
REASON = "漏报一名去世人员，需要更正后重报"


def open_year(**values) -> ReportingYear:
    days = {"unit_due": datetime.date(2026, 1, 10), "district_due": datetime.date(2026, 1, 20)}
    return actions.open_year(actor=None, year=2025, as_of=DAY, **{**days, **values})


def explain_everything(submission: Submission, actor=None) -> int:
    found = steps.unexplained(submission, steps.figures_of(submission))
    for table, check in found:
        actions.explain_check(
            actor=actor, submission=submission, table_id=table, check=check, words="正在核实，下月补齐"
        )
    return len(found)


def sealed_year(cast) -> Sealing:
    year = open_year()
    explain_everything(year.submissions.get(organization=cast.city))
    return actions.seal_year(actor=cast.staff, year=year, words="单位都已核对")


def download(client, pk: str = "all", **query) -> bytes:
    address = reverse("reports:table_export", args=[pk])
    response = client.get(address, {"as_of": DAY.isoformat(), **query})
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def change_everything(cast, monkeypatch) -> None:
    """People die, are corrected, renamed and removed; units are renamed and moved; tables are declared anew."""
    cadre_actions.decease_cadre(actor=None, cadre=cast.cadre_a, died_on=datetime.date(2025, 6, 1))
    Cadre.objects.filter(pk=cast.cadre_a.pk).update(name="改了名字", birth=PartialDate(1950, 1, 1), sex="2")
    cast.cadre_b.states.all().delete()
    cast.cadre_b.events.all().delete()
    cast.cadre_b.delete()
    account_actions.change_organization(actor=None, organization=cast.unit_a, values={"name": "市水务局"})
    account_actions.move_organization(actor=None, organization=cast.unit_b, parent=cast.city)
    account_actions.change_organization(actor=None, organization=cast.district, values={"name": "东关新区"})
    for key, table in list(TABLES.items()):
        changed = dataclasses.replace(table, title=f"新{table.title}", rows=table.rows[1:], checks=())
        monkeypatch.setitem(TABLES, key, changed)


def test_the_sealed_year_is_reproduced_byte_for_byte(cast, sign_in, monkeypatch):
    sealed_year(cast)
    client = sign_in(cast.staff)
    questions = [
        {"pk": "all"}, {"pk": "N6"}, {"pk": "N6", "format": "csv"}, {"pk": "N1", "format": "json"},
        {"pk": "all", "organization": cast.unit_a.pk}, {"pk": "D1", "organization": cast.district.pk},
        {"pk": "all", "organization": cast.district.pk},
    ]  # fmt: skip
    before = [download(client, **question) for question in questions]
    page = client.get(reverse("reports:table", args=["N1"]), {"as_of": DAY.isoformat()}).content.decode()
    change_everything(cast, monkeypatch)
    assert [download(client, **question) for question in questions] == before
    again = client.get(reverse("reports:table", args=["N1"]), {"as_of": DAY.isoformat()}).content.decode()
    table = page[page.index('<table class="st') : page.index("</table>")]
    assert table == again[again.index('<table class="st') : again.index("</table>")]
    # what is not kept whole is counted from the frozen people by the frozen declarations, and comes out the same
    asked = ask(cast.staff, DAY, None)
    SealedTable.objects.all().delete()
    counted = results_for(asked)
    data = json.loads(before[3])
    assert {row["key"] for row in data["rows"]} >= {row.key for row in counted["N1"].lines}
    values = {row["key"]: row["cells"] for row in data["rows"]}
    for row in counted["N1"].lines:
        for column in counted["N1"].columns:
            assert counted["N1"].shown(row.key, column.key) == values[row.key][column.key]


def test_lists_of_a_sealed_year_tell_the_names_of_that_time(cast, sign_in, monkeypatch):
    sealed_year(cast)
    change_everything(cast, monkeypatch)
    asked = ask(cast.staff, DAY, None)
    people = behind(asked, tables_of(asked)["D1"], "total", "number")
    assert {line.name for line in people.iterator()} == {"韩松年", "曾庆和"}
    assert {line.unit for line in people.iterator()} == {"市水利局", "东关区第一中学"}
    assert len(people) == results_for(asked)["D1"].values["total", "number"]
    own = ask(cast.liaison_a, DAY, None)
    assert [line.name for line in behind(own, tables_of(own)["D1"], "total", "number").iterator()] == ["韩松年"]
    assert results_for(own)["D1"].values["total", "number"] == 1
    page = sign_in(cast.liaison_b).get(
        reverse("reports:table_people", args=["D1"]), {"as_of": DAY.isoformat(), "row": "total", "column": "number"}
    )
    assert "韩松年" not in page.content.decode() and "曾庆和" in page.content.decode()


def test_what_became_known_later_is_listed_with_its_people(cast, sign_in):
    sealed_year(cast)
    sealed, live = ask(cast.staff, DAY, None), ask(cast.staff, DAY, None, wish="live")
    assert changed_figures(sealed, live) == [] and differing_people(sealed, live) == set()
    cadre_actions.decease_cadre(actor=cast.staff, cadre=cast.cadre_a, died_on=datetime.date(2025, 6, 1))
    changes = {(c.table.id, c.row, c.column): c.difference for c in changed_figures(sealed, live)}
    assert changes["D1", "total", "number"] == "−1" and changes["N1", "total", "died"] == "＋1"
    assert differing_people(sealed, live) == {cast.cadre_a.pk}
    assert behind_figure(sealed, live, "D1", "total", "number") == {cast.cadre_a.pk}
    address = reverse("reports:later", args=[2025])
    body = sign_in(cast.staff).get(address).content.decode()
    assert "韩松年" in body and "去世（后来登记）" in body and "登记去世（李静" in body
    assert "韩松年" not in sign_in(cast.liaison_b).get(address).content.decode()
    exported = sign_in(cast.staff).get(address, {"export": "xlsx", "of": "people"})
    assert exported.status_code == 200 and exported["Content-Disposition"].startswith("attachment")


def test_what_happens_after_the_cut_off_changes_nothing_behind_it(cast):
    sealed_year(cast)
    cadre_actions.decease_cadre(actor=None, cadre=cast.cadre_a, died_on=datetime.date(2026, 2, 1))
    cadre_actions.change_cadre(actor=None, cadre=cast.cadre_b, values={"rank": "131"}, since=datetime.date(2026, 3, 1))
    sealed, live = ask(cast.staff, DAY, None), ask(cast.staff, DAY, None, wish="live")
    assert changed_figures(sealed, live) == [] and differing_people(sealed, live) == set()


def test_reopening_keeps_the_earlier_sealing(cast, sign_in):
    first = sealed_year(cast)
    year = first.reporting_year
    client = sign_in(cast.staff)
    before = download(client, "all")
    with pytest.raises(ValidationError):
        actions.reopen_year(actor=cast.staff, year=year, words="改一下")
    for stranger in (cast.liaison_a, cast.leader):
        with pytest.raises(PermissionDenied):
            actions.reopen_year(actor=stranger, year=year, words=REASON)
    actions.reopen_year(actor=cast.staff, year=year, words=REASON)
    entry = AuditEntry.objects.filter(action="report.reopen").get()
    assert entry.reason == REASON and entry.actor == cast.staff
    assert set(Submission.objects.values_list("state", flat=True)) == {SubmissionState.DRAFT}
    cadre_actions.decease_cadre(actor=None, cadre=cast.cadre_a, died_on=datetime.date(2025, 6, 1))
    explain_everything(year.submissions.get(organization=cast.city))
    second = actions.seal_year(actor=cast.staff, year=year, words="重新封存")
    assert (first.number, second.number) == (1, 2)
    assert download(client, "all", seal="1") == before != download(client, "all")
    assert SealedPerson.objects.filter(sealing=first).count() == 2


def test_only_one_of_two_sealings_counts(cast):
    year = open_year()
    explain_everything(year.submissions.get(organization=cast.city))
    stale = ReportingYear.objects.get(pk=year.pk)
    actions.seal_year(actor=cast.staff, year=year, words="都核对过了")
    with pytest.raises(ValidationError, match="已经封存"):
        actions.seal_year(actor=cast.staff, year=stale, words="都核对过了")
    assert Sealing.objects.count() == 1


def test_statements_do_not_grow_with_units_or_people(cast):
    def cost() -> int:
        year = ReportingYear.objects.first() or open_year()
        actions.add_missing_units(actor=None, year=year)
        explain_everything(year.submissions.get(organization=cast.city))
        with CaptureQueriesContext(connection) as queries:
            actions.seal_year(actor=None, year=year, words="测算语句数")
        actions.reopen_year(actor=None, year=year, words=REASON)
        return len(queries)

    factories.make_cadre(factories.make_organization("单位零", parent=cast.city))
    few = cost()
    for number in range(6):
        unit = factories.make_organization(f"单位{number}号", parent=cast.city if number % 2 else cast.district)
        for _ in range(2):
            factories.make_cadre(unit)
    assert Submission.objects.count() == 5
    assert cost() == few
    assert Submission.objects.count() == 11


def test_a_failing_check_is_explained_before_handing_in_and_printed(cast, sign_in):
    Cadre.objects.filter(pk=cast.cadre_a.pk).update(rank="")
    cast.cadre_a.states.update(rank="")
    year = open_year()
    report = year.submissions.get(organization=cast.unit_a)
    with pytest.raises(ValidationError, match="校核不平又没有说明"):
        actions.submit(actor=cast.liaison_a, submission=report)
    assert explain_everything(report, cast.liaison_a) > 0
    body = sign_in(cast.liaison_a).get(
        reverse("reports:table", args=["N2"]), {"as_of": DAY.isoformat(), "organization": cast.unit_a.pk}
    )
    assert "正在核实，下月补齐" in body.content.decode()
    data = json.loads(download(sign_in(cast.liaison_a), "N2", organization=cast.unit_a.pk, format="json"))
    assert "正在核实，下月补齐" in [check["explanation"] for check in data["checks"]]
    actions.submit(actor=cast.liaison_a, submission=report)
    report.refresh_from_db()
    assert report.state == SubmissionState.SUBMITTED
    # other sums need other words
    actions.return_submission(actor=cast.staff, submission=report, words="级别要补齐再报")
    other = factories.make_cadre(cast.unit_a, category="leave", nature="gov")
    other.states.update(rank="")
    with pytest.raises(ValidationError, match="校核不平又没有说明"):
        actions.submit(actor=cast.liaison_a, submission=report)


def test_one_liaison_sees_nothing_of_anothers_report(cast, sign_in):
    year = open_year()
    theirs = year.submissions.get(organization=cast.unit_b)
    client = sign_in(cast.liaison_a)
    for step in ("", "explain/", "submit/", "withdraw/"):
        assert client.get(f"/reports/submissions/{theirs.pk}/{step}").status_code == 404
    assert cast.unit_b.name not in client.get(reverse("reports:year", args=[2025])).content.decode()
    with pytest.raises(PermissionDenied):
        actions.submit(actor=cast.liaison_a, submission=theirs)
    before = Notice.objects.count()
    assert actions.remind(actor=cast.liaison_a, submissions=[theirs]) == 0
    assert Notice.objects.count() == before


def test_a_district_reviews_its_own_units_only(cast):
    office = factories.make_user("district", Role.STAFF, cast.district)
    year = open_year()
    a, b = (year.submissions.get(organization=unit) for unit in (cast.unit_a, cast.unit_b))
    district = year.submissions.get(organization=cast.district)
    for report, liaison in ((a, cast.liaison_a), (b, cast.liaison_b)):
        explain_everything(report)
        actions.submit(actor=liaison, submission=report)
    actions.approve_submission(actor=office, submission=b)
    with pytest.raises(PermissionDenied):
        actions.approve_submission(actor=office, submission=a)
    explain_everything(district)
    actions.submit(actor=office, submission=district)
    with pytest.raises(PermissionDenied):  # nobody approves their own
        actions.approve_submission(actor=office, submission=district)
    with pytest.raises(PermissionDenied):
        actions.seal_year(actor=office, year=year, words="区里封存")
    actions.approve_submission(actor=cast.staff, submission=district)


def test_a_district_that_does_not_wait_says_why(cast):
    year = open_year()
    district = year.submissions.get(organization=cast.district)
    explain_everything(district)
    with pytest.raises(ValidationError, match="没有审核通过"):
        actions.submit(actor=cast.staff, submission=district)
    actions.submit(actor=cast.staff, submission=district, words="中学停电，明天补")


def test_reminders_reach_the_units_liaison_once_a_day(cast):
    year = open_year()
    rows = list(year.submissions.all())
    assert actions.remind(actor=cast.staff, submissions=rows) == 3  # both units and the district
    actions.remind(actor=cast.staff, submissions=rows)
    assert [n.words for n in Notice.objects.filter(reader=cast.liaison_a, kind="report")] == [
        "市水利局2025年度统计表还没有上报，期限1月10日"
    ]


def test_the_person_page_says_that_the_day_is_sealed(cast, sign_in):
    assert cadres_sealed.hint() == ""
    sealed_year(cast)
    assert cadres_sealed.sealed_until() == DAY
    body = sign_in(cast.staff).get(reverse("cadres:cadre_decease", args=[cast.cadre_a.pk])).content.decode()
    assert "封存后变动" in body


@pytest.mark.parametrize("seed", range(12))
def test_only_declared_paths_are_taken_and_each_leaves_its_line(cast, seed):
    import random

    rng = random.Random(seed)
    year = open_year()
    report = year.submissions.get(organization=cast.unit_a)
    explain_everything(report)
    do = {
        "submit": lambda **k: actions.submit(**k),
        "withdraw": lambda **k: actions.withdraw(**k),
        "return": lambda **k: actions.return_submission(**k),
        "approve": lambda **k: actions.approve_submission(**k),
    }
    taken = []
    for _ in range(12):
        action = rng.choice(list(do))
        who = rng.choice([cast.staff, cast.liaison_a, cast.liaison_b, cast.leader])
        words = rng.choice(["", "请把级别补齐后再报"])
        report.refresh_from_db()
        before, step = report.state, TRANSITIONS[action]
        may = who is cast.staff or (who is cast.liaison_a and step.side.name == "OWN")
        expected = may and allowed(action, before) and (len(words) >= step.words)
        try:
            do[action](actor=who, submission=report, words=words)
            done = True
        except (PermissionDenied, ValidationError):
            done = False
        report.refresh_from_db()
        assert done == expected, (action, before, who.username, words)
        assert report.state == (step.target if done else before)
        taken += [(action, before, report.state)] if done else []
    assert list(report.events.values_list("action", "from_state", "to_state")) == taken
    assert AuditEntry.objects.filter(target_type="reports.submission", action__startswith="report.").exclude(
        action="report.explain"
    ).count() == len(taken)


def test_new_units_are_listed_later(cast):
    year = open_year()
    factories.make_cadre(factories.make_organization("新单位", OrganizationKind.UNIT, cast.district))
    assert actions.add_missing_units(actor=cast.staff, year=year) == 1
    assert year.submissions.get(organization__name="新单位").reviewer == cast.district
    assert actions.add_missing_units(actor=cast.staff, year=year) == 0


def test_the_page_of_a_districts_unit_fails_no_check_that_handing_in_does_not(cast):
    """The people of a district's unit stand in the district's row, though its liaison does not see the district."""
    factories.make_cadre(cast.unit_b, category="leave", nature="gov", retired_on=PartialDate(1990, 5))
    report = open_year().submissions.get(organization=cast.unit_b)
    counted = {(key, check.name) for key, check in steps.failing(steps.figures_of(report))}
    for organization in (cast.unit_b, None):
        shown = results_for(ask(cast.liaison_b, DAY, organization))
        assert {(key, check.name) for key, check in steps.failing(shown)} == counted


def test_the_ranking_tells_the_place_among_all_but_names_only_ones_own(cast, sign_in):
    year = open_year(unit_due=datetime.date(2199, 1, 1), district_due=datetime.date(2199, 1, 2))
    for unit in (cast.unit_a, cast.unit_b):
        explain_everything(year.submissions.get(organization=unit))
    actions.submit(actor=cast.liaison_b, submission=year.submissions.get(organization=cast.unit_b))
    mine = ranked(cast.liaison_a, year, active_rules())
    assert [(item["row"].organization, item["place"]) for item in mine] == [(cast.unit_a, 2)]
    everything = ranked(cast.staff, year, active_rules())
    assert everything[0]["row"].organization == cast.unit_b and everything[0]["total"] == everything[1]["total"] + 10
    body = sign_in(cast.liaison_a).get(reverse("reports:ranking", args=[2025])).content.decode()
    assert cast.unit_a.name in body and cast.unit_b.name not in body
    book = sign_in(cast.leader).get(reverse("reports:ranking", args=[2025]), {"export": "xlsx"})
    assert book.status_code == 200


def test_next_years_opening_is_weighed_against_what_was_sealed(cast, sign_in):
    """A death of the sealed year that is learnt later: this year's 上年末 is one short of what was handed up."""
    late = factories.make_cadre(cast.unit_a, name="迟报", retired_on=PartialDate(2011, 3))
    sealed_year(cast)
    year_end = datetime.date(2026, 12, 31)
    name = "上年末总数与上年封存数相等"

    def closing(organization):
        results = results_for(ask(cast.staff, year_end, organization))
        return next(check for check in results["N5"].checks if check.name == name)

    assert closing(cast.city).ok and closing(cast.unit_a).ok
    cadre_actions.decease_cadre(actor=None, cadre=late, died_on=datetime.date(2025, 6, 1))
    for organization in (cast.city, cast.unit_a):
        found = closing(organization)
        assert not found.ok and found.right - found.left == 1
    assert closing(cast.unit_b).ok
    page = sign_in(cast.staff).get(reverse("reports:table", args=["N5"]), {"as_of": year_end.isoformat()})
    links = [link for item in page.context["failed"] if item["check"].name == name for link in item["links"]]
    assert len(links) == 2 and f"as_of={DAY.isoformat()}" in links[1]["url"]
    people = [sign_in(cast.staff).get(link["url"]).context["people"].count() for link in links]
    assert people[1] - people[0] == 1
    # Of a year before which nothing was sealed, nobody asks.
    names = [check.name for check in results_for(ask(cast.staff, DAY, cast.city))["N5"].checks]
    assert name not in names
