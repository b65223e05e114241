"""The manual: its small Markdown, its chapters by role, and that it names only what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.roles import Role
from common import manual
from config.navigation import HOME_OF_LEADERS, HOME_OF_OTHERS, MENU, TABS
from scripts.screenshots import SHOTS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / manual.PATH).read_text(encoding="utf-8")
#: Where buttons and field labels of the pages are written.
FOLDERS = ("templates", "accounts", "cadres", "common", "visits", "reports", "static/js")
SOURCES = [
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".html", ".py", ".js"} and path != ROOT / "common" / "manual.py"
]


def chapter(body: str) -> manual.Chapter:
    return manual.parse(f"# 手册\n## 一章\n{body}\n")[0]


# -- the renderer -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", ["{}", "- {}", "1. {}", "### {}", "#### {}", "| 甲 |\n|---|\n| {} |", "**{}**", "`{}`"]
)
def test_everything_is_escaped(place):
    evil = "<script>alert('x')</script> & \"<b>\""
    html = chapter(place.format(evil)).html
    assert "<script" not in html and '<b>"' not in html
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;" in html


def test_blocks():
    html = chapter(
        "先说\n一句。\n\n1. 甲\n2. 乙\n   还有\n\n- 丙\n- **丁**和`zs`\n\n### 一节\n再说。\n\n| 话 | 改 |\n|---|---|\n| 少 | 补 |\n"
    ).html
    assert "<p>先说一句。</p>" in html
    assert "<ol><li>甲</li><li>乙还有</li></ol>" in html
    assert "<ul><li>丙</li><li><b>丁</b>和<code>zs</code></li></ul>" in html
    assert '<h3 id="chapter-1-1">一节</h3>\n<p>再说。</p>' in html
    assert (
        '<th scope="col">话</th><th scope="col">改</th></tr></thead><tbody><tr><td>少</td><td>补</td></tr></tbody>'
        in html
    )
    assert html.count("<tr>") == 2 and "---" not in html


def test_code_is_left_as_it_stands():
    assert manual.inline("`**a**` **b**") == "<code>**a**</code> <b>b</b>"


def test_pictures_are_left_out_of_the_page_but_found():
    body = "![登录](screenshots/signin.png)\n\n字。"
    assert chapter(body).html == "<p>字。</p>"
    assert manual.pictures(body) == ["screenshots/signin.png"]


def test_readers_and_sections():
    found = manual.parse("# 名\n前言\n## 甲\n<!-- for: staff leader -->\n### 一\n### 二\n## 乙\n字\n")
    assert [one.title for one in found] == ["甲", "乙"]
    assert found[0].readers == {"staff", "leader"}
    assert [section.title for section in found[0].sections] == ["一", "二"]
    assert len({section.anchor for section in found[0].sections}) == 2
    assert found[0].is_for({"leader"}) and not found[0].is_for({"audit_admin"}) and not found[0].is_for(set())
    assert found[1].is_for(set())
    assert "for:" not in found[0].html


# -- the manual itself --------------------------------------------------------------------------------


def labels() -> set[str]:
    found = {HOME_OF_LEADERS.label, HOME_OF_OTHERS.label, *(tab.label for tab in TABS)}
    for entry in MENU:
        found |= {entry.label, *(child.label for child in entry.children)}
    return found


def test_every_menu_named_exists():
    named = set(re.findall(r"「([^」]+)」", manual._PICTURE.sub("", TEXT)))
    assert len(named) > 15
    assert named - labels() == set()


def test_every_menu_entry_is_explained():
    leaves = {child.label for entry in MENU for child in (entry.children or (entry,))}
    assert leaves - set(re.findall(r"「([^」]+)」", TEXT)) == set()


def test_every_button_and_label_named_is_written_on_a_page():
    """Bold is kept for what the reader sees on the screen; a bold sentence head ends in 。."""
    words = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    named = {word for word in re.findall(r"\*\*(.+?)\*\*", TEXT) if not word.endswith("。")} - {"粗体"}
    assert len(named) > 60
    assert {word for word in named if word not in words} == set()


def test_every_picture_is_taken_by_the_screenshots_script():
    names = {f"screenshots/{shot.name}.png" for shot in SHOTS}
    used = manual.pictures(TEXT)
    assert len(used) == len(set(used)) > 15
    assert set(used) - names == set()
    assert len(names) == len(SHOTS)


def test_wording():
    assert not re.search(r"[！!]", re.sub(r"!\[|<!--", "", TEXT))
    assert not re.search(r"您好|哦|用户", TEXT)


@pytest.mark.parametrize("role", Role.values)
def test_every_role_has_its_chapter(role):
    own = [one for one in manual.chapters_for({role}) if manual.EVERYONE not in one.readers]
    assert len(own) == 1
    assert own[0].sections or "<p>" in own[0].html


def test_chapters_name_only_roles_that_are():
    named = {reader for one in manual.parse(TEXT) for reader in one.readers}
    assert named == {*Role.values, manual.EVERYONE}


# -- the page -----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "title"),
    [
        ("staff", "局工作人员"), ("liaison_a", "联络员"), ("community_liaison", "联络员"), ("leader", "领导"),
        ("system_admin", "系统管理员"), ("security_admin", "安全管理员"), ("audit_admin", "审计管理员"),
    ],
)  # fmt: skip
def test_the_page_shows_the_readers_chapters(cast, sign_in, who, title):
    text = sign_in(getattr(cast, who)).get(reverse("help")).content.decode()
    titles = re.findall(r'<h2 id="chapter-\d+">[一二三四五六七八]、(\w+)</h2>', text)
    assert titles == ["开始用", title, "常见问题"]
    targets = set(re.findall(r'href="#(chapter-[\d-]+)"', text))
    assert targets and targets <= set(re.findall(r'id="(chapter-[\d-]+)"', text))
    assert "<img" not in text.split('<main class="sh-main"')[1]


@pytest.mark.django_db
def test_whoever_has_no_role_reads_the_general_chapters(cast, sign_in):
    text = sign_in(cast.nobody).get(reverse("help")).content.decode()
    assert "开始用</h2>" in text and "局工作人员</h2>" not in text


@pytest.mark.django_db
def test_signed_out_goes_to_sign_in_and_the_menu_leads_to_the_page(cast, client, sign_in):
    assert client.get(reverse("help")).status_code == 302
    home = sign_in(cast.audit_admin).get("/").content.decode()
    assert f'href="{reverse("help")}"' in home and "帮助与手册" in home


@pytest.mark.django_db
def test_newcomers_find_their_page_from_sign_in(client):
    signin = client.get(reverse("accounts:signin")).content.decode()
    address = reverse("accounts:welcome")
    assert f'href="{address}"' in signin and f'href="{address}#forgotten"' in signin
    page = client.get(address)
    assert page.status_code == 200
    assert 'id="forgotten"' in page.content.decode() and "安全管理员" in page.content.decode()
    assert client.post(address).status_code in {403, 405}


@pytest.mark.django_db
def test_the_welcome_page_opens_before_the_first_password_is_changed(cast, sign_in):
    cast.staff.must_change_password = True
    cast.staff.save()
    assert sign_in(cast.staff).get(reverse("accounts:welcome")).status_code == 200
