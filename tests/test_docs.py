"""The documents name what exists: commands, files they link to, and every model with its Chinese word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class

from scripts.screenshots import FOLDER, SHOTS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
OUR_APPS = ("common", "accounts", "cadres", "visits", "services", "partybranches", "reports")
PICTURES = {FOLDER / f"{shot.name}.png" for shot in SHOTS}

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MAKE = re.compile(r"(?:^|`|\s|&& )make ([a-z][a-z -]*)", re.M)
MANAGE = re.compile(r"manage\.py ([a-z][a-z_]+)([^\n`&#]*)")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_of(path: Path) -> str:
    """Fenced and inline code of a document, where commands stand, without their comments."""
    text = text_of(path)
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.S | re.M)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.S | re.M)
    code = "\n".join([*fenced, *re.findall(r"`([^`\n]+)`", rest)])
    return re.sub(r"\s#\s.*$", "", code, flags=re.M)


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):(?!=)", text_of(ROOT / "Makefile"), re.M))


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text_of(path), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


named = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def test_the_documents_are_found():
    names = {path.name for path in DOCUMENTS}
    assert {"README.md", "README.zh-CN.md", "CONTRIBUTING.md", "manual.zh-CN.md", "glossary.md"} <= names


@named
def test_links_lead_somewhere(path):
    for address in LINK.findall(text_of(path)):
        if address.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = address.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists() or target in PICTURES, f"{path.name}: {address}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{path.name}: {address}"


@named
def test_make_targets_exist(path):
    words = {word for line in MAKE.findall(code_of(path)) for word in line.split() if word != "&&"}
    assert words - make_targets() == set()


@named
def test_management_commands_and_their_options_exist(path):
    known = get_commands()
    for name, rest in MANAGE.findall(code_of(path)):
        assert name in known, f"{path.name}: manage.py {name}"
        app = known[name]
        command = load_command_class(app, name) if isinstance(app, str) else app
        parser = command.create_parser("manage.py", name)
        options = {option for action in parser._actions for option in action.option_strings}
        asked = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest))
        assert asked <= options, f"{path.name}: manage.py {name} {asked - options}"


def test_the_readme_names_commands_at_all():
    found = [name for name, _ in MANAGE.findall(code_of(ROOT / "README.md"))]
    assert {"migrate", "init_city", "import_rosters", "export_figures", "export_tables", "verify_audit"} <= set(found)
    assert {"run", "test", "setup"} <= {
        word for line in MAKE.findall(code_of(ROOT / "README.md")) for word in line.split()
    }


def test_both_readmes_show_only_pictures_that_are_taken():
    for name in ("README.md", "README.zh-CN.md"):
        shown = [ROOT / address for address in LINK.findall(text_of(ROOT / name)) if address.endswith(".png")]
        assert shown and set(shown) <= PICTURES


def test_the_glossary_names_every_model_by_its_own_words():
    lines = [line for line in text_of(ROOT / "docs" / "glossary.md").splitlines() if line.startswith("|")]
    models = [model for model in apps.get_models() if model._meta.app_label in OUR_APPS]
    assert len(models) > 15
    missing = [
        f"{model.__name__} {model._meta.verbose_name}"
        for model in models
        if not any(f"`{model.__name__}`" in line and str(model._meta.verbose_name) in line for line in lines)
    ]
    assert missing == []


def test_the_glossary_names_no_model_that_is_gone():
    """A bare CamelCase name in the first column is a class of ours."""
    first = [
        line.split("|")[1] for line in text_of(ROOT / "docs" / "glossary.md").splitlines() if line.startswith("| `")
    ]
    claimed = {word for cell in first for word in re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`", cell)}
    sources = "\n".join(text_of(path) for app in (*OUR_APPS, "config") for path in (ROOT / app).rglob("*.py"))
    assert claimed
    assert {name for name in claimed if not re.search(rf"^class {name}\b", sources, re.M)} == set()
