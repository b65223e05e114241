"""基本情况: sentences, figures, wording, Word."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.urls import reverse
from docx import Document
from docx.shared import Mm, Pt

from accounts.roles import Role
from cadres import actions as cadre_actions
from common.audit import verify
from common.codes import Category, Rank
from common.dates import PartialDate
from common.editing import StaleEdit
from reports import actions
from reports.declarations import TABLES
from reports.engine.compute import compute
from reports.engine.scope import Asked
from reports.models import NarrativeWording
from reports.narrative.compose import compose, names_in, problems_of, sentences
from reports.narrative.figures import FIGURES, WORDS, Each, Told, Worked, _refs
from reports.narrative.sentences import SECTIONS, SENTENCES
from tests import factories

D2017 = datetime.date(2017, 12, 31)


@pytest.fixture
def city(cast):
    """Three 离休 of A (one died in 2017), four retired of B."""
    for year in (1926, 1928, 1930):
        cadre = factories.make_cadre(
            cast.unit_a, category=Category.LEAVE, birth=PartialDate(year, 5), retired_on=PartialDate(1985, 5)
        )
        if year == 1930:
            cadre_actions.decease_cadre(actor=None, cadre=cadre, died_on=datetime.date(2017, 3, 4))
    for rank in (Rank.BUREAU_CHIEF, Rank.COUNTY_CHIEF, Rank.COUNTY_CHIEF, Rank.STAFF):
        factories.make_cadre(cast.unit_b, retired_on=PartialDate(2010, 3), rank=rank, birth=PartialDate(1950, 1))
    return cast


def text_of(asked: Asked) -> str:
    return "\n".join(section.text for section in compose(asked).sections)


def test_every_shipped_sentence_names_known_figures():
    assert len({sentence.key for sentence in SENTENCES}) == len(SENTENCES)
    for sentence in SENTENCES:
        assert problems_of(sentence.text) == [], sentence.key
        assert sentence.section in SECTIONS


def test_every_figure_is_a_cell_or_waits_for_its_table(city):
    told = Told(Asked(D2017, whole_city=True))
    for name, source in FIGURES.items():
        for ref in _refs(source):
            if ref.table not in TABLES or isinstance(source, Each):
                continue
            keys = {row.key for row in TABLES[ref.table].lines(told.asked.districts)}
            assert ref.row in keys, name
            assert TABLES[ref.table].column(ref.column) is not None, name


def test_the_text_is_written_from_the_cells(city):
    asked = Asked(D2017, whole_city=True)
    told = text_of(asked)
    results = compute(asked, TABLES.values(), TABLES)
    leave, died = results["D1"].values["leave", "number"], results["N1"].values["total", "died"]
    assert f"全市共有离休干部{leave}人" in told
    assert f"本年去世{died}人" in told and died == 1
    assert "截至2017年12月31日" in told
    assert f"平均年龄{results['D1'].values['leave_age_mean', 'number']}岁" in told
    county = sum(results["D1"].values[f"retiree_rank{rank}", "number"] for rank in ("131", "132"))
    assert "正地级1人" in told and f"，县级{county}人" in told and county >= 2


def test_each_run_prints_its_cell(city):
    asked = Asked(D2017, whole_city=True)
    results = compute(asked, TABLES.values(), TABLES)
    worked = {cell for source in FIGURES.values() if isinstance(source, Worked) for cell in source.cells}
    seen = 0
    for section in compose(asked).sections:
        for run in section.runs:
            if run.cell is None or run.cell in worked:
                continue
            value = results[run.cell.table].values[run.cell.row, run.cell.column] or 0
            assert float(run.text) == pytest.approx(float(value)), run
            seen += 1
    assert seen > 20


def test_a_sentence_without_its_figures_is_left_out_and_listed(city):
    told = compose(Asked(D2017, whole_city=True))
    left = {item.sentence.key: item.names for item in told.left_out}
    assert left["party_branches"] == ("党支部总数",)
    assert left["visits"] == ("走访人数", "走访人次")
    assert "党支部" not in "".join(section.text for section in told.sections)
    # Nobody to take a mean of: the sentence about ages goes too.
    empty = compose(Asked(datetime.date(1981, 12, 31), whole_city=True))
    assert "离休平均年龄" in {name for item in empty.left_out for name in item.names}


def test_wording_is_the_staffs_without_code(city):
    staff = city.staff
    actions.save_wording(actor=staff, key="leave_total", text="{范围}现有离休老同志{离休总数}名。")
    actions.save_wording(actor=staff, key="leave_level", text="不用", used=False)
    own = actions.save_wording(actor=staff, section="leave", text="其中中共党员{离休党员}名。")
    told = text_of(Asked(D2017, whole_city=True))
    assert "全市现有离休老同志" in told and "其中中共党员" in told
    assert "按隶属关系分" not in told
    keys = [sentence.key for sentence in sentences()]
    assert keys.index(own.key) < keys.index("retiree_total")
    actions.restore_wording(actor=staff, key="leave_total")
    actions.restore_wording(actor=staff, key=own.key)
    assert "共有离休干部" in text_of(Asked(D2017, whole_city=True))
    assert list(NarrativeWording.objects.values_list("key", flat=True)) == ["leave_level"]
    assert not list(verify())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("共有{离休人头}人。", "没有这个数字：离休人头"),
        ("共有{离休总数人。", "花括号要成对"),
        ("共有离休总数}人。", "花括号要成对"),
        ("。", "这一句是空的"),
    ],
)
def test_wordings_that_cannot_be(cast, text, words):
    with pytest.raises(ValidationError) as caught:
        actions.save_wording(actor=cast.staff, key="leave_total", text=text)
    assert words in "".join(caught.value.messages)
    assert not NarrativeWording.objects.exists()


def test_who_may_word_it(cast):
    district_staff = factories.make_user("district", Role.STAFF, cast.district)
    for user in (district_staff, cast.leader, cast.liaison_a, cast.audit_admin):
        with pytest.raises(PermissionDenied):
            actions.save_wording(actor=user, key="leave_total", text="共有{离休总数}人。")
    row = actions.save_wording(actor=cast.staff, key="leave_total", text="共有{离休总数}人。")
    with pytest.raises(StaleEdit):
        actions.save_wording(actor=cast.staff, key="leave_total", text="别的。", version=row.version + 1)


def test_the_pages(city, sign_in):
    client = sign_in(city.staff)
    page = client.get(reverse("reports:narrative"), {"as_of": "2017-12-31"}).content.decode()
    assert "离退休干部基本情况" in page and "没有写进去的" in page and "缺：党支部总数" in page
    assert f"{reverse('reports:table', args=['D1'])}?as_of=2017-12-31&amp;row=leave&amp;column=number" in page
    form = client.get(reverse("reports:wording_change", args=["leave_total"]))
    assert "离休总数" in form.content.decode()
    key = form.context["form"]["form_key"].value()
    data = {"form_key": key, "version": "", "text": "共有{没有}人。", "used": "on"}
    refused = client.post(reverse("reports:wording_change", args=["leave_total"]), data)
    assert refused.status_code == 422 and "没有这个数字：没有" in refused.content.decode()
    saved = client.post(
        reverse("reports:wording_change", args=["leave_total"]), {**data, "text": "{范围}有{离休总数}位离休老同志。"}
    )
    assert saved.status_code == 302
    assert "位离休老同志" in client.get(reverse("reports:narrative")).content.decode()
    restored = client.post(reverse("reports:wording_change", args=["leave_total"]), {"restore": "1"})
    assert restored.status_code == 302 and not NarrativeWording.objects.exists()
    assert client.get(reverse("reports:wording_change", args=["nothing"])).status_code == 404


def test_the_word_document(city, sign_in):
    response = sign_in(city.staff).get(reverse("reports:narrative_export"), {"as_of": "2017-12-31"})
    assert response["Content-Type"].endswith("wordprocessingml.document")
    document = Document(io.BytesIO(b"".join(response.streaming_content)))
    page = document.sections[0]
    sizes = (page.page_width, page.page_height, page.top_margin, page.left_margin, page.right_margin)
    assert [round(size / Mm(1)) for size in sizes] == [210, 297, 37, 28, 26]
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[0] == "2017年度离退休干部基本情况"
    assert "一、离休干部" in texts
    told = compose(Asked(D2017, city.staff))
    assert [section.text for section in told.sections] == [
        text for text in texts if text in {s.text for s in told.sections}
    ]
    body = next(paragraph for paragraph in document.paragraphs if paragraph.text == told.sections[0].text)
    assert body.runs[0].font.name == "仿宋_GB2312" and body.runs[0].font.size == Pt(16)
    assert body.paragraph_format.line_spacing == Pt(28)


def test_the_command(city, tmp_path, capsys):
    path = tmp_path / "基本情况.docx"
    call_command("write_narrative", "--year", "2017", "--output", str(path))
    document = Document(str(path))
    assert any("全市共有离休干部" in paragraph.text for paragraph in document.paragraphs)
    assert "没有写：" in capsys.readouterr().err


def test_only_the_readers_own_people_are_told(city, sign_in):
    district_staff = factories.make_user("district", Role.STAFF, city.district)
    told = compose(Asked(D2017, district_staff))
    assert "离休干部0人" in told.sections[0].text  # A's are the city's
    assert sign_in(city.community_liaison).get(reverse("reports:narrative")).status_code == 403


def test_names_are_read_as_typed():
    assert names_in("{甲}和{乙}") == ["甲", "乙"]
    assert set(WORDS).isdisjoint(FIGURES)
