"""The look as files: templates the policy allows, icons that exist, readable colours, old browsers."""

from __future__ import annotations

import json
import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import build_frontend  # noqa: E402

from config.navigation import MENU  # noqa: E402

TEMPLATES = sorted(
    path
    for folder in [ROOT / "templates", *ROOT.glob("*/templates")]
    if "node_modules" not in folder.parts and ".venv" not in folder.parts
    for path in folder.rglob("*.html")
)
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
ICONS = set(build_frontend.icon_names((ROOT / "static" / "icons.txt").read_text(encoding="utf-8")))

COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}|<!--.*?-->", re.S)


def markup(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def css(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)


def named(paths: list[Path]) -> list:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


# -- templates under the content security policy -----------------------------------------------------


def test_there_are_templates_styles_and_scripts() -> None:
    assert len(TEMPLATES) > 20
    assert len(STYLES) > 10
    assert len(SCRIPTS) > 5


@pytest.mark.parametrize("path", named(TEMPLATES))
def test_template_has_nothing_inline(path: Path) -> None:
    text = markup(path)
    assert not re.search(r"<[a-zA-Z][^<>]*\sstyle\s*=", text), "style= is refused by the policy"
    assert not re.search(r"<style[\s>]", text), "<style> is refused by the policy"
    handlers = re.search(r"<[a-zA-Z][^<>]*\s(?:on[a-z]+|hx-on[:a-z-]*)\s*=", text)
    assert not handlers, "on…= is refused by the policy"
    assert "javascript:" not in text
    for attributes in re.findall(r"<script\b([^>]*)>", text):
        assert "src=" in attributes or "application/json" in attributes, "only files and data blocks"


@pytest.mark.parametrize("path", named(TEMPLATES))
def test_template_fetches_nothing_from_elsewhere(path: Path) -> None:
    for address in re.findall(r"""(?:src|href|action)=["'](https?:)?//""", markup(path)):
        pytest.fail(f"{path.name} points to another host ({address})")


@pytest.mark.parametrize("path", named(TEMPLATES))
def test_icons_exist(path: Path) -> None:
    used = set(re.findall(r"""\{%\s*icon\s+["']([^"']+)["']""", markup(path)))
    used |= set(re.findall(r"""icon\.*\|default:["']([^"']+)["']""", markup(path)))
    assert used <= ICONS, f"not in static/icons.txt: {sorted(used - ICONS)}"


def test_icons_named_in_python_exist() -> None:
    """The menu, and whatever passes icon="…" or "icon": "…" to a component."""
    entries = [entry for top in MENU for entry in (top, *top.children)]
    used = {entry.icon for entry in entries if entry.icon}
    assert used, "the menu has icons"
    for path in ROOT.glob("*/*.py"):
        if not path.parent.name.startswith("."):
            text = path.read_text(encoding="utf-8")
            used |= set(re.findall(r"""\bicon["']?\s*[=:]\s*["']([a-z0-9-]+)["']""", text))
    assert used <= ICONS, f"not in static/icons.txt: {sorted(used - ICONS)}"


def test_error_page_needs_nothing() -> None:
    text = (ROOT / "templates" / "500.html").read_text(encoding="utf-8")
    assert "{%" not in text
    assert "{{" not in text
    for address in re.findall(r'href="/static/(css/[^"]+)"', text):
        assert (ROOT / "static" / address).is_file()


def test_every_style_and_script_is_loaded_by_a_template() -> None:
    loaded = "".join(markup(path) for path in TEMPLATES)
    for path in [*STYLES, *SCRIPTS]:
        assert f"{path.parent.name}/{path.name}" in loaded, f"{path.name} is loaded nowhere"


def test_loaded_files_exist() -> None:
    built = {f"vendor/{name}" for name in (*build_frontend.COPIES, "icons.svg")}
    for path in TEMPLATES:
        for name in re.findall(r"""\{%\s*static\s+["']([^"']+)["']""", markup(path)):
            assert name in built or (ROOT / "static" / name).is_file(), f"{path.name} loads {name}"


# -- browsers from Chromium 90 on ----------------------------------------------------------------------

TOO_NEW_CSS = {
    r":has\(": ":has()",
    r"@container\b": "container queries",
    r"@layer\b": "cascade layers",
    r"\bcolor-mix\(": "color-mix()",
    r"\boklch\(|\boklab\(|\blch\(|\blab\(": "new colour spaces",
    r"\blight-dark\(": "light-dark()",
    r"\baccent-color\s*:": "accent-color",
    r"\b\d*\.?\d+(?:dvh|svh|lvh|dvw|cqw|cqi)\b": "new viewport units",
    r"\bsubgrid\b": "subgrid",
    r"@media[^{]*[<>]": "range media queries",
    r"\binert\b": "inert",
    r"\btext-wrap\s*:": "text-wrap",
    r"\b(?:rotate|scale|translate)\s*:": "single transforms",
    r"&": "nesting",
}


@pytest.mark.parametrize("path", named(STYLES))
def test_css_runs_in_old_browsers(path: Path) -> None:
    text = css(path)
    found = [label for pattern, label in TOO_NEW_CSS.items() if re.search(pattern, text)]
    assert not found


@pytest.mark.parametrize("path", named(STYLES))
def test_css_is_whole(path: Path) -> None:
    """Braces in balance and no rule inside another (only at-rules may hold rules)."""
    stack: list[str] = []
    start = 0
    text = css(path)
    for index, sign in enumerate(text):
        if sign == "{":
            stack.append(text[start:index].strip())
            assert len(stack) == 1 or stack[-2].startswith("@"), f"nested: {stack[-1]}"
            start = index + 1
        elif sign == "}":
            assert stack, "a brace too many"
            stack.pop()
            start = index + 1
        elif sign == ";":
            start = index + 1
    assert not stack


@pytest.mark.parametrize("path", named(STYLES))
def test_css_uses_only_known_tokens(path: Path) -> None:
    tokens = set(re.findall(r"(--[a-z0-9-]+)\s*:", "".join(css(style) for style in STYLES)))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", css(path))) <= tokens


TOO_NEW_JS = [
    r"\.at\(",
    r"\bstructuredClone\(",
    r"\.replaceAll\(",
    r"\bObject\.hasOwn\(",
    r"\.findLast(?:Index)?\(",
    r"\.toSorted\(",
    r"\.showModal\(",
    r"\?\?=|\|\|=|&&=",
    r"\beval\(|new Function\(",
]


@pytest.mark.parametrize("path", named(SCRIPTS))
def test_js_runs_in_old_browsers_and_under_the_policy(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not [pattern for pattern in TOO_NEW_JS if re.search(pattern, text)]
    assert not re.search(r"""setAttribute\(\s*["'](?:style|on[a-z]+)["']""", text)


# -- colours --------------------------------------------------------------------------------------------


def tokens_of(selector: str) -> dict[str, str]:
    """The hex colours set by every block of tokens.css whose selector list holds the given one."""
    found: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css(ROOT / "static" / "css" / "tokens.css")):
        if selector in [part.strip() for part in selectors.split(",")]:
            found |= dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})\b", body))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[start:end], 16) / 255 for start, end in pairwise((1, 3, 5, 7))]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


THEMES = {"light": tokens_of('[data-bs-theme="light"]'), "dark": tokens_of('[data-bs-theme="dark"]')}
GROUNDS = ("paper", "sheet", "sunken", "hover", "row-sel", "row-zebra")
TEXT_PAIRS = [
    *((text, ground) for text in ("ink", "ink-2", "ink-3") for ground in GROUNDS),
    *((role, ground) for role in ("pine", "cin", "ochre", "indigo") for ground in (*GROUNDS, f"{role}-soft")),
    *((text, f"{role}-soft") for text in ("ink", "ink-2") for role in ("pine", "cin", "ochre", "indigo")),
    *(("on-pine", f"pine-fill{state}") for state in ("", "-hover", "-down")),
    *(("on-cin", f"cin-fill{state}") for state in ("", "-hover")),
    *((text, ground) for text in ("on-band", "on-band-2") for ground in ("band", "band-2")),
]
EDGE_PAIRS = [
    *(("line-ctl", ground) for ground in ("paper", "sheet")),
    *(("focus", ground) for ground in ("paper", "sheet")),
    ("focus-band", "band"),
    *((f"c{number}", "sheet") for number in (1, 3, 4, 6)),
    ("c-owed", "sheet"),
]


def test_contrast_formula() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_is_readable(theme: str, text: str, ground: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGE_PAIRS)
def test_edges_and_marks_are_seen(theme: str, edge: str, ground: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours[edge], colours[ground]) >= 3


def test_both_themes_set_the_same_colours() -> None:
    assert set(THEMES["light"]) == set(THEMES["dark"])


def test_no_text_below_fourteen_pixels() -> None:
    for path in STYLES:
        if path.name == "print.css":
            continue
        for size in re.findall(r"font(?:-size)?:[^;{}]*?(?<![\d.])(\d*\.?\d+)rem", css(path)):
            assert float(size) >= 0.875, f"{path.name}: {size}rem"


# -- libraries and the sprite -----------------------------------------------------------------------------


def test_lock_file_names_no_download_addresses() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert '"resolved"' not in text
    assert "://" not in re.sub(r'"(?:url|funding)":\s*(?:"[^"]*"|\{[^}]*\})', "", text)
    assert all("integrity" in entry for name, entry in packages.items() if name)


def test_lock_file_matches_package_json() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"][""]
    assert locked["dependencies"] == wanted["dependencies"]
    assert locked["devDependencies"] == wanted["devDependencies"]


def test_icon_list_reads_names_and_comments() -> None:
    assert build_frontend.icon_names("# head\nhome\n\n bell # the band\nhome\n") == ["bell", "home"]


def test_sprite_holds_each_icon_once() -> None:
    bell = [["path", {"d": "M1 1"}]]
    nodes = {"home": [["path", {"d": "M5 12l-2 0"}], ["path", {"d": 'a"b'}]], "bell": bell}
    sprite = build_frontend.build_sprite(["bell", "home"], nodes)
    assert re.findall(r'<symbol id="i-([a-z]+)"', sprite) == ["bell", "home"]
    assert '<path d="M5 12l-2 0"/>' in sprite
    assert "d='a\"b'" in sprite


def test_sprite_refuses_unknown_icons() -> None:
    with pytest.raises(build_frontend.BuildError, match="no-such-icon"):
        build_frontend.build_sprite(["no-such-icon"], {})


def test_source_maps_are_dropped() -> None:
    assert build_frontend.without_source_map(b"a{}\n/*# sourceMappingURL=a.css.map */") == b"a{}\n"
