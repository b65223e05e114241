"""The yearly collection: opening, owing units, reminders, heaps of workbooks, pages of each role."""

from __future__ import annotations

import datetime
import io
import zipfile

import openpyxl
import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cadres import actions as cadre_actions
from cadres import tasks
from cadres.actions import batches, hand_ins
from cadres.actions import collection as actions
from cadres.models import RosterCollection, RosterImport, RosterStatus, UnitRoster, UnitRosterState
from common.editing import StaleEdit
from tests import factories
from tests.cadres.collection import DUE, handed_in, opened, plain, roster_of

pytestmark = pytest.mark.django_db
D = datetime.date


@pytest.fixture(autouse=True)
def november(tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(tasks.read_roster, "delay", tasks.read_roster)
    monkeypatch.setattr(tasks, "tell_liaisons", lambda: None)
    with time_machine.travel(datetime.datetime(2026, 11, 22, 4, tzinfo=datetime.UTC), tick=False):
        yield


def hidden(client, url):
    return client.get(url).context["form"]["form_key"].value()


# -- opening -----------------------------------------------------------------------------------------------------
def test_units_with_people_on_the_day_owe(cast):
    empty = factories.make_organization("市空局", parent=cast.city)
    center = factories.make_organization("市管理中心", "center", cast.city)
    later = factories.make_organization("市新局", parent=cast.city)
    factories.make_cadre(center)
    factories.make_cadre(later, entered_on=D(2026, 11, 21))
    factories.make_cadre(cast.district, name="区局自己的人")
    gone = factories.make_organization("市撤局", parent=cast.city)
    dead = factories.make_cadre(gone, entered_on=D(2020, 1, 1))
    cadre_actions.decease_cadre(actor=None, cadre=dead, died_on=D(2025, 1, 1))
    names = set(opened(cast).rosters.values_list("organization__name", flat=True))
    assert names == {"市水利局", "东关区第一中学", "市管理中心"}, (names, empty)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"due_on": D(2026, 11, 19)}, "due_on"),
        ({"year": 2025}, "as_of"),
        ({"year": 1980, "as_of": D(1980, 1, 1)}, "year"),
        ({"year": 2028, "as_of": D(2028, 1, 1), "due_on": D(2028, 2, 1)}, "year"),
    ],
)
def test_bad_dates_are_refused(cast, values, field):
    good = {"year": 2026, "as_of": D(2026, 11, 20), "due_on": DUE}
    with pytest.raises(ValidationError) as problem:
        actions.open_collection(actor=cast.staff, **{**good, **values})
    assert set(problem.value.message_dict) == {field} and not RosterCollection.objects.exists()


def test_a_year_is_collected_once_and_by_the_whole_citys_staff_only(cast):
    opened(cast)
    with pytest.raises(ValidationError, match="已经发起过"):
        opened(cast)
    district = factories.make_user("quju", "staff", cast.district)
    for user in (district, cast.leader, cast.liaison_a, cast.nobody):
        with pytest.raises(PermissionDenied):
            actions.open_collection(actor=user, year=2025, as_of=D(2025, 12, 31), due_on=DUE)


def test_nobody_to_ask_opens_nothing(cast):
    for cadre in (cast.cadre_a, cast.cadre_b):
        cadre_actions.decease_cadre(actor=None, cadre=cadre, died_on=D(2026, 11, 21))
    with time_machine.travel(datetime.datetime(2026, 11, 23, 4, tzinfo=datetime.UTC)), pytest.raises(ValidationError):
        opened(cast, as_of=D(2026, 11, 23))
    assert not RosterCollection.objects.exists()


def test_changing_closing_and_reopening(cast):
    collection = opened(cast)
    changed = actions.change_collection(
        actor=cast.staff, collection=collection, due_on=D(2026, 12, 20), words="延期", version=1
    )
    assert changed.due_on == D(2026, 12, 20) and changed.version == 2
    with pytest.raises(StaleEdit):
        actions.change_collection(actor=cast.staff, collection=collection, due_on=DUE, words="", version=1)
    with pytest.raises(ValidationError, match="不能早于"):
        actions.change_collection(actor=cast.staff, collection=collection, due_on=D(2026, 1, 1), words="")
    actions.close_collection(actor=cast.staff, collection=collection)
    with pytest.raises(ValidationError, match="已经结束"):
        actions.remind(actor=cast.staff, collection=collection)
    with pytest.raises(ValidationError, match="已经结束"):
        actions.close_collection(actor=cast.staff, collection=collection)
    assert actions.close_collection(actor=cast.staff, collection=collection, reopen=True).closed_at is None


def test_adding_and_removing_a_unit(cast):
    collection = opened(cast)
    new = factories.make_organization("市新局", parent=cast.city)
    added = actions.add_unit(actor=cast.staff, collection=collection, organization=new)
    with pytest.raises(ValidationError, match="已经在"):
        actions.add_unit(actor=cast.staff, collection=collection, organization=new)
    with pytest.raises(ValidationError, match="不用报"):
        actions.add_unit(actor=cast.staff, collection=collection, organization=cast.community)
    district = factories.make_user("quju", "staff", cast.district)
    with pytest.raises(PermissionDenied):
        actions.remove_unit(actor=district, unit_roster=added)
    actions.remove_unit(actor=cast.staff, unit_roster=added)
    mine = roster_of(collection, cast.unit_a)
    mine = handed_in(cast.liaison_a, mine, hand_ins.roster_template(actor=cast.liaison_a, unit_roster=mine))
    hand_ins.withdraw(actor=cast.liaison_a, unit_roster=mine)
    with pytest.raises(ValidationError, match="报送记录"):
        actions.remove_unit(actor=cast.staff, unit_roster=mine)


# -- reminders ---------------------------------------------------------------------------------------------------
def test_reminding_the_chosen_and_the_late(cast):
    collection = opened(cast)
    a, b = roster_of(collection, cast.unit_a), roster_of(collection, cast.unit_b)
    with pytest.raises(ValidationError, match="没有要催的"):
        actions.remind(actor=cast.staff, collection=collection)  # nobody is late yet
    assert actions.remind(actor=cast.staff, collection=collection, units=[a.pk]) == 1
    handed_in(cast.liaison_a, a, hand_ins.roster_template(actor=cast.liaison_a, unit_roster=a))
    with time_machine.travel(datetime.datetime(2026, 12, 12, 4, tzinfo=datetime.UTC)):
        district = factories.make_user("quju", "staff", cast.district)
        assert actions.remind(actor=district, collection=collection) == 1
        b.refresh_from_db()
        assert b.reminded_at is not None and b.days_late == 2
    with pytest.raises(ValidationError):
        actions.remind(actor=cast.liaison_a, collection=collection, units=[a.pk])


# -- heaps of workbooks ------------------------------------------------------------------------------------------
def batch(cast, collection, *files):
    job = batches.upload_batch(actor=cast.staff, collection=collection, files=files)
    tasks.read_roster(job.pk)
    job.refresh_from_db()
    return job


def test_a_heap_is_given_to_its_units(cast):
    collection = opened(cast)
    twin = factories.make_organization("第三小学", parent=cast.city)
    other = factories.make_organization("第三小学", parent=cast.district)
    for unit in (twin, other):
        factories.make_cadre(unit)
        actions.add_unit(actor=cast.staff, collection=collection, organization=unit)
    person = ("甲", factories.id_number(D(1950, 1, 1)), "退休", "一般")
    by_column = io.BytesIO()
    book = openpyxl.Workbook()
    for row in (("姓名", "身份证号", "离退休类型", "单位"), (person[0], person[1], "退休", "东关区第一中学")):
        book.active.append(row)
    book.save(by_column)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("水利.xlsx", plain(person, unit="市水利局"))
        archive.writestr("中学.xlsx", by_column.getvalue())
    job = batch(
        cast, collection, ("全部.zip", packed.getvalue()), ("无名.xlsx", plain(person)), ("去年.xlsx", plain(person, unit="市水利局", title="2025年度离退休干部名册")),
        ("同名.xlsx", plain(person, unit="第三小学")), ("生的.xlsx", plain(person, unit="某某厂")), ("坏的.xlsx", b"no"),
    )  # fmt: skip
    assert job.status == RosterStatus.SORTED and job.counts == {"matched": 2, "units": 2, "unmatched": 5}
    codes = {file.name: file.refusal[0] for file in job.files.all()}
    assert codes["无名.xlsx"] == "unit_unnamed" and codes["去年.xlsx"] == "other_year"
    assert codes["同名.xlsx"] == "unit_ambiguous" and codes["生的.xlsx"] == "unit_unknown" and "坏的.xlsx" in codes
    for unit, name in ((cast.unit_a, "水利.xlsx"), (cast.unit_b, "中学.xlsx")):
        roster = roster_of(collection, unit)
        assert roster.state == UnitRosterState.HANDED_IN and roster.handed_in_by == cast.staff
        own = roster.roster_import
        assert own.organization == unit and own.status == RosterStatus.PREVIEWED
        assert [file.name for file in own.files.all()] == [name]


def test_a_heap_replaces_nothing_approved_and_reaches_no_foreign_unit(cast):
    collection = opened(cast)
    a = roster_of(collection, cast.unit_a)
    handed_in(cast.liaison_a, a, hand_ins.roster_template(actor=cast.liaison_a, unit_roster=a))
    UnitRoster.objects.filter(pk=a.pk).update(state=UnitRosterState.APPROVED)
    person = ("甲", factories.id_number(D(1950, 1, 1)), "退休", "一般")
    job = batch(cast, collection, ("水利.xlsx", plain(person, unit="市水利局")))
    assert [file.refusal[0] for file in job.files.all()] == ["approved"]
    district = factories.make_user("quju", "staff", cast.district)
    job = batches.upload_batch(
        actor=district, collection=collection, files=[("水利.xlsx", plain(person, unit="市水利局"))]
    )
    tasks.read_roster(job.pk)
    assert [file.refusal[0] for file in job.files.all()] == ["unit_unknown"]
    for user in (cast.liaison_a, cast.leader):
        with pytest.raises(PermissionDenied):
            batches.upload_batch(actor=user, collection=collection, files=[("a.xlsx", b"x")])


# -- pages -------------------------------------------------------------------------------------------------------
def test_the_board_tells_progress_by_district(cast, sign_in, django_assert_max_num_queries):
    collection = opened(cast)
    a = roster_of(collection, cast.unit_a)
    handed_in(cast.liaison_a, a, hand_ins.roster_template(actor=cast.liaison_a, unit_roster=a))
    for number in range(12):
        unit = factories.make_organization(f"东关区第{number}小学", parent=cast.district)
        actions.add_unit(actor=cast.staff, collection=collection, organization=unit)
    url = reverse("cadres:collection_board", args=[collection.pk])
    with time_machine.travel(datetime.datetime(2026, 12, 12, 4, tzinfo=datetime.UTC)):
        client = sign_in(cast.staff)
        with django_assert_max_num_queries(32):
            page = client.get(url)
        text = page.content.decode()
        assert "催报逾期的 13 个" in text and "贺晓梅" in text and "没有联络员" in text
        lines = {line["name"]: (line["done"], line["total"]) for line in page.context["districts"]}
        assert lines == {"市直": (1, 1), "东关区": (0, 13)}
        assert "市水利局" not in client.get(url, {"late": "1"}).content.decode()
        assert client.get(url, {"state": "handed_in"}).context["count"] == 1
        assert client.get(url, {"district": "city"}).context["count"] == 1
        own = sign_in(factories.make_user("quju", "staff", cast.district)).get(url)
        assert own.context["count"] == 13 and "市水利局" not in own.content.decode()
        reader = sign_in(cast.leader).get(url).content.decode()
        assert "市水利局" in reader and "催报逾期的" not in reader and "成批收名册" not in reader
        answer = client.get(url, {"export": "xlsx"})
        rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
        assert rows[1][:4] == ("区县", "单位", "进展", "逾期天数") and len(rows) == 2 + 14


def test_a_liaison_does_the_whole_of_it_in_the_browser(cast, sign_in, django_capture_on_commit_callbacks):
    collection = opened(cast)
    roster = roster_of(collection, cast.unit_a)
    client = sign_in(cast.liaison_a)
    home = client.get(reverse("home")).content.decode()
    detail = reverse("cadres:unit_roster_detail", args=[roster.pk])
    assert "2026年度名册" in home and "12月10日前报" in home and "未报" in home and detail in home
    assert "市水利局" in client.get(reverse("cadres:duty_list")).content.decode()
    page = client.get(detail).content.decode()
    assert "下载本单位现有名册" in page and "有疑问找李静" in page
    data = b"".join(client.get(reverse("cadres:unit_roster_template", args=[roster.pk])).streaming_content)
    url = reverse("cadres:hand_in", args=[roster.pk])
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url, {"form_key": hidden(client, url), "files": [SimpleUploadedFile("名册.xlsx", data)]})
    assert answer.url == detail
    page = client.get(detail).content.decode()
    assert "没有变化的 1 人" in page and "撤回" in page and "退回</a>" not in page
    roster.refresh_from_db()
    assert roster.state == UnitRosterState.HANDED_IN
    assert client.get(reverse("cadres:roster_preview", args=[roster.roster_import_id])).status_code == 403
    marked = client.get(reverse("cadres:unit_roster_marked", args=[roster.pk, 0]))
    assert marked.status_code == 200
    different = client.get(reverse("cadres:unit_roster_differences", args=[roster.pk])).content.decode()
    assert "只列不一样的" in different and cast.cadre_a.id_number not in different
    staff = sign_in(cast.staff)
    back = reverse("cadres:unit_roster_return", args=[roster.pk])
    assert staff.post(back, {"form_key": hidden(staff, back), "words": ""}).status_code == 422
    staff.post(back, {"form_key": hidden(staff, back), "words": "少了两个人"})
    for address in (reverse("home"), detail, reverse("cadres:duty_list")):
        assert "少了两个人" in client.get(address).content.decode(), address


def test_a_handed_in_roster_is_not_committed_from_the_imports(cast, sign_in):
    roster = roster_of(opened(cast), cast.unit_a)
    job = handed_in(
        cast.liaison_a, roster, plain(("新来的", factories.id_number(D(1966, 2, 3)), "退休", ""))
    ).roster_import
    client = sign_in(cast.staff)
    page = client.get(reverse("cadres:roster_preview", args=[job.pk]))
    data = {"form_key": page.context["commit_form"]["form_key"].value(), "fingerprint": job.fingerprint}
    answer = client.post(reverse("cadres:roster_commit", args=[job.pk]), data, follow=True)
    job.refresh_from_db()
    assert "打开这个单位核对" in answer.content.decode() and job.status == RosterStatus.PREVIEWED


def test_refused_uploads_say_why_and_keep_the_page(cast, sign_in):
    roster = roster_of(opened(cast), cast.unit_a)
    client = sign_in(cast.liaison_a)
    url = reverse("cadres:hand_in", args=[roster.pk])
    answer = client.post(url, {"form_key": hidden(client, url)})
    assert answer.status_code == 422 and "请选择填好的名册" in answer.content.decode()
    UnitRoster.objects.filter(pk=roster.pk).update(state="approved", roster_import=RosterImport.objects.create(year=2026, as_of=DUE, organization=cast.unit_a))  # fmt: skip
    file = SimpleUploadedFile("名册.xlsx", b"x")
    answer = client.post(url, {"form_key": answer.context["form"]["form_key"].value(), "files": [file]})
    assert answer.status_code == 422 and "已经核准" in answer.content.decode()
    assert "已经核准" in client.get(url, follow=True).content.decode()


def test_staff_see_the_late_on_their_first_page(cast, sign_in):
    collection = opened(cast)
    with time_machine.travel(datetime.datetime(2026, 12, 12, 4, tzinfo=datetime.UTC)):
        text = sign_in(cast.staff).get(reverse("home")).content.decode()
        assert "2 个单位逾期未报" in text and reverse("cadres:collection_board", args=[collection.pk]) in text
        remind = reverse("cadres:collection_remind", args=[collection.pk])
        client = sign_in(cast.staff)
        page = client.get(remind).content.decode()
        assert "催报 2 个单位？" in page and "没有联络员" not in page
        answer = client.post(remind, {"form_key": hidden(client, remind), "units": ""}, follow=True)
        assert "已催报 2 个单位" in answer.content.decode()
        assert UnitRoster.objects.exclude(reminded_at=None).count() == 2


def test_the_form_opens_a_collection_once(cast, sign_in):
    client = sign_in(cast.staff)
    url = reverse("cadres:collection_open")
    data = {"form_key": hidden(client, url), "year": "2026", "as_of": "2026-12-31", "due_on": "2026-12-10"}
    answer = client.post(url, data)
    assert answer.status_code == 422 and "不能早于截至日期" in answer.content.decode()
    data = {
        "form_key": answer.context["form"]["form_key"].value(),
        "year": "2026",
        "as_of": "2026-11-30",
        "due_on": "2026-12-10",
    }
    first, second = client.post(url, data), client.post(url, data)
    assert first.url == second.url == reverse("cadres:collection_board", args=[RosterCollection.objects.get().pk])
    assert sign_in(factories.make_user("quju", "staff", cast.district)).get(url).status_code == 403
