"""What an import does to people: the rules of matching, changing, refusing."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Organization, OrganizationKind
from cadres import actions
from cadres.actions.roster import import_files
from cadres.derive import derived
from cadres.models import (
    FOREVER,
    Cadre,
    CadreState,
    EventKind,
    FamilyMember,
    OriginalText,
    RosterFile,
    RosterImport,
    Standing,
    StatusEvent,
    ValueAlias,
)
from common import audit
from common.codes import Level
from common.dates import PartialDate
from common.models import AuditEntry, AuditHead
from tests.cadres.roster_import.books import HEAD, person, with_check_digit, workbook

pytestmark = pytest.mark.django_db
DAY = datetime.date(2017, 12, 31)


def run(*rows, commit=True, create=True, year=2017, name="名册.xlsx", head=HEAD, title="", **options):
    files = [(name, workbook(rows, head=head, title=title))]
    report, _ = import_files(files=files, year=year, create_organizations=create, commit=commit, **options)
    return report


def totals(report):
    return {key: value for key, value in report["totals"].items() if value and key != "rows"}


def codes(report):
    return [row["code"] for file in report["files"] for sheet in file["sheets"] for row in sheet["rejected"]]


def test_first_import_makes_people_units_states_and_events():
    report = run(person("han"), person("zeng"), person("tian"))
    assert totals(report) == {"created": 3} and report["committed"]
    zeng = Cadre.objects.get(name="曾庆和")
    assert (zeng.unit.name, zeng.level, zeng.district.name) == ("东关区第一中学", Level.DISTRICT, "东关区")
    assert zeng.community.name == "滨河社区" and zeng.community.parent == zeng.district
    assert (zeng.name_initials, zeng.phone, zeng.nature) == ("zqh", "13800000002", "inst")
    state = zeng.states.get()
    assert (state.valid_from, state.valid_to, state.rank) == (datetime.date(2005, 3, 1), FOREVER, "141")
    event = zeng.events.get()
    assert (event.kind, event.on) == (EventKind.ENROLLED, datetime.date(2005, 3, 1))
    han = Cadre.objects.get(name="韩松年")
    assert han.unit.parent.kind == OrganizationKind.CITY_BUREAU and han.district is None
    assert list(audit.verify()) == []
    entry = AuditEntry.objects.get(action="roster.commit")
    assert entry.details.filter(action="cadre.create").count() == 3


def test_imported_person_is_what_single_creation_makes():
    run(person("zeng"))
    imported = Cadre.objects.get()
    values = {field.attname: getattr(imported, field.attname) for field in Cadre._meta.concrete_fields}
    for name, value in derived(values).items():
        assert getattr(imported, name) == value, name
    imported.full_clean(exclude=["id_digest"])
    single = actions.create_cadre(
        actor=None,
        values={
            "name": "曾庆和", "sex": "1", "birth": PartialDate(1945, 3), "phone": "13800000002", "category": "retiree",
            "id_number": with_check_digit("990101194503020033"), "unit": imported.unit, "nature": "inst", "rank": "141",
            "health": "1", "retired_on": PartialDate(2005, 3), "community": imported.community,
            "community_name": "滨河社区",
        },
    )  # fmt: skip
    single.refresh_from_db()
    differing = {
        field.name
        for field in Cadre._meta.concrete_fields
        if getattr(single, field.attname) != getattr(imported, field.attname)
    }
    assert differing <= {"id", "created_at", "updated_at", "id_number", "id_digest", "id_tail_digest"}


def test_dry_run_changes_nothing_at_all():
    before = [model.objects.count() for model in (Cadre, Organization, ValueAlias, RosterImport, AuditHead)]
    report = run(person("han", 级别="科级及以下"), commit=False)
    assert totals(report) == {"created": 1} and not report["committed"]
    assert [m.objects.count() for m in (Cadre, Organization, ValueAlias, RosterImport, AuditHead)] == before


def test_second_run_is_all_unchanged():
    rows = (person("han", 级别="科级及以下"), person("zeng"), person("tian"))
    run(*rows)
    versions = list(Cadre.objects.order_by("pk").values_list("version", flat=True))
    assert totals(run(*rows)) == {"unchanged": 3}
    assert list(Cadre.objects.order_by("pk").values_list("version", flat=True)) == versions
    assert CadreState.objects.count() == StatusEvent.objects.count() == 3


def test_fifteen_digits_are_the_same_person_and_the_later_row_is_a_duplicate():
    old = person("tian")[3]
    community = person("tian", 身份证号=old[:6] + old[8:17], 社区="南桥社区")
    files = [
        ("社区名册.xlsx", workbook([community], title="社区登记离退休干部名册")),
        ("市直名册.xlsx", workbook([person("tian"), person("han")])),
    ]
    report, plan = import_files(files=files, year=2017, create_organizations=True, commit=True)
    assert totals(report) == {"created": 2, "duplicates": 1}
    assert report["files"][0]["sheets"][0]["duplicates"] == 1, "the unit's row counts, whatever the order of files"
    tian = Cadre.objects.get(name="田素云")
    assert tian.community_name == "南桥社区" and tian.id_number == old
    again, _ = import_files(files=files, year=2017, create_organizations=True, commit=True)
    assert totals(again) == {"unchanged": 2, "duplicates": 1}
    assert "市直名册.xlsx" in plan.frame.place(next(iter(plan.first_of.values())))


def test_change_is_true_from_the_rosters_day_and_blank_cells_erase_nothing():
    run(person("han"), as_of=datetime.date(2016, 12, 31), year=2016)
    report = run(person("han", 健康状况="较差", 联系电话="", 出生年月="1928"))
    assert totals(report) == {"updated": 1}
    han = Cadre.objects.get()
    assert (han.health, han.phone, han.birth, han.version) == ("3", "13800000001", PartialDate(1928, 5), 2)
    first, second = han.states.order_by("valid_from")
    assert (first.valid_to, first.health) == (DAY, "2") and (second.valid_from, second.health) == (DAY, "3")
    detail = AuditEntry.objects.filter(action="roster.commit").first().details.get()
    assert detail.changes == {"health": ["2", "3"]}


def test_phone_change_is_sealed_found_again_and_masked_in_the_trail():
    run(person("han"))
    run(person("han", 联系电话="13900000009"))
    han = Cadre.objects.search("13900000009").get()
    assert han.phone == "13900000009"
    detail = AuditEntry.objects.filter(action="roster.commit").first().details.get()
    assert detail.changes == {"phone": ["138****0001", "139****0009"]}


def test_roster_of_the_past_does_not_undo_what_changed_later():
    run(person("han"))
    han = Cadre.objects.get()
    actions.change_cadre(actor=None, cadre=han, values={"health": "4"}, since=datetime.date(2019, 5, 1))
    assert totals(run(person("han"))) == {"unchanged": 1}
    run(person("han", 健康状况="较差"))
    han.refresh_from_db()
    assert han.health == "4"
    assert CadreState.objects.as_of(DAY).get().health == "3"


def test_person_who_entered_after_the_day_is_mended():
    run(person("zeng", 离退休时间="2018.03"))
    run(person("zeng", 离退休时间="2018.03", 级别="副县处级"))
    state = CadreState.objects.get()
    assert (state.valid_from, state.rank) == (datetime.date(2018, 3, 1), "132")
    assert Cadre.objects.get().rank == "132"


def test_another_unit_is_a_transfer_but_a_community_list_moves_nobody():
    run(person("tian"), person("han", 单位="市农业局"))
    community = workbook([person("tian", 单位="市农业局")], title="社区登记名册")
    report, _ = import_files(files=[("社区.xlsx", community)], year=2017, commit=True)
    assert totals(report) == {"unchanged": 1}
    assert totals(run(person("tian", 单位="市农业局"))) == {"updated": 1}
    tian = Cadre.objects.get(name="田素云")
    assert tian.unit.name == "市农业局"
    kinds = list(tian.events.filter(on=DAY).order_by("kind").values_list("kind", "unit__name", "other_unit__name"))
    assert kinds == [("moved_in", "市农业局", "市水利局"), ("moved_out", "市水利局", "市农业局")]
    assert [s.unit.name for s in tian.states.order_by("valid_from")] == ["市水利局", "市农业局"]


def test_the_dead_and_the_moved_are_refused_never_revived():
    run(person("han"), person("tian"))
    actions.decease_cadre(actor=None, cadre=Cadre.objects.get(name="韩松年"), died_on=datetime.date(2017, 6, 1))
    actions.move_out(actor=None, cadre=Cadre.objects.get(name="田素云"), on=datetime.date(2017, 6, 1), to_place="外省")
    report = run(person("han", 健康状况="较差"), person("tian"))
    assert codes(report) == ["person_deceased", "person_moved_out"] and totals(report) == {"rejected": 2}
    assert set(Cadre.objects.values_list("standing", flat=True)) == {Standing.DECEASED, Standing.MOVED_OUT}


def test_death_after_the_rosters_day_is_no_conflict():
    run(person("han"))
    actions.decease_cadre(actor=None, cadre=Cadre.objects.get(), died_on=datetime.date(2018, 2, 1))
    assert totals(run(person("han"))) == {"unchanged": 1}


def test_bad_rows_are_refused_and_the_good_ones_go_in():
    report = run(
        person("han"), person("zeng", 身份证号="990101194503020012!"), person("tian", 姓名=""),
        person("tian", 离退休类型=""),
    )  # fmt: skip
    assert totals(report) == {"created": 1, "rejected": 3}
    rows = report["files"][0]["sheets"][0]["rejected"]
    assert [(row["row"], row["column"], row["code"]) for row in rows] == [
        (3, "D", "id_checksum"), (4, "A", "name_missing"), (5, "F", "category_missing"),
    ]  # fmt: skip


def test_unknown_unit_is_refused_unless_units_may_be_made():
    run(person("han"))
    report = run(person("zeng"), person("tian", 单位="没有的局"), create=False)
    assert codes(report) == ["unit_unknown", "unit_unknown"]
    assert not Organization.objects.filter(name="没有的局").exists()


def test_zone_is_counted_beside_the_districts():
    run(person("zeng", 隶属="松山新区", 单位="松山新区中学"))
    assert Cadre.objects.get().level == Level.ZONE


def test_words_of_no_dictionary_are_kept_queued_and_applied_once_explained():
    run(person("han", 级别="科级及以下"))
    assert ValueAlias.objects.get().text == "科级及以下"
    assert OriginalText.objects.get().field == "rank"
    actions.map_value(actor=None, alias=ValueAlias.objects.get(), code="150")
    assert Cadre.objects.get().rank == "150"
    report = run(person("han", 级别="科级及以下"), person("tian", 级别="科级及以下"))
    assert totals(report) == {"created": 1, "unchanged": 1}
    assert Cadre.objects.get(name="田素云").rank == "150"


def test_without_number_name_birth_and_unit_decide():
    rows = (person("han", 身份证号=""), person("tian", 身份证号=""))
    assert totals(run(*rows)) == {"created": 2}
    assert totals(run(*rows)) == {"unchanged": 2}
    assert totals(run(person("han"))) == {"updated": 1}, "the number is filled in, nobody is made twice"
    assert Cadre.objects.with_id_number(person("han")[3]).get().name == "韩松年"


def test_family_is_added_once():
    head = (*HEAD, "配偶姓名", "配偶电话")
    row = [*person("han"), "李秀英", "13700000001"]
    run(row, head=head)
    member = FamilyMember.objects.get()
    assert (member.name, member.kinship, member.phone) == ("李秀英", "10", "13700000001")
    assert totals(run(row, head=head)) == {"unchanged": 1}
    assert totals(run([*person("han"), "李秀英", "13700000002"], head=head)) == {"updated": 1}
    assert FamilyMember.objects.get().phone == "13700000002"


def test_open_question_about_a_needed_column_stops_the_sheet_and_others_are_skipped():
    head = [*HEAD[:5], "某某栏", *HEAD[6:]]
    report = run(person("han"), head=head)
    sheet = report["files"][0]["sheets"][0]
    assert sheet["skipped"] and next(row["code"] for row in sheet["rejected"]) in {"column_unknown", "category_missing"}
    extra = run([*person("han"), "某种内容"], head=[*HEAD, "某某栏"])
    assert totals(extra) == {"created": 1}
    assert any("某某栏" in notice for notice in extra["files"][0]["sheets"][0]["notices"])


def test_commit_keeps_the_file_sealed_and_the_history():
    run(person("han"))
    file = RosterFile.objects.get()
    with file.sealed.open("rb") as stored:
        content = stored.read()
    assert content.startswith(b"k1:") and b"PK\x03\x04" not in content[:40]
    assert RosterImport.objects.get().counts["created"] == 1


def test_the_day_may_not_lie_ahead():
    with pytest.raises(ValidationError):
        run(person("han"), as_of=datetime.date(2999, 1, 1))


def test_uploader_may_only_import_their_own_part(cast):
    from accounts.roles import Role
    from tests import factories

    district_staff = factories.make_user("district_staff", Role.STAFF, cast.district)
    report = run(person("han"), person("zeng"), actor=district_staff)
    assert codes(report) == ["unit_out_of_scope"] and totals(report) == {"created": 1, "rejected": 1}
    assert Cadre.objects.filter(name="曾庆和", unit=cast.unit_b).count() == 2  # the cast's and the imported one
    moved = run(
        person("han", 单位="东关区第一中学", 隶属="东关区", 身份证号=cast.cadre_a.id_number), actor=district_staff
    )
    assert codes(moved) == ["unit_out_of_scope"], "a person of another unit is not drawn over"
