"""Rules of the code base that a machine can hold: scope cannot be forgotten, what exists is listed and documented."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from common.audit import ACTIONS

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "common", "accounts", "cadres", "visits", "services", "partybranches", "reports")
#: Modules that show or move data: they only ever get querysets narrowed to the reader.
NARROWED = ("views", "forms", "filters", "imports", "exports", "tasks", "templatetags", "tables", "pages")
#: Commands run by the operating system's administrator, who has the database anyway.
SOURCES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


def narrowed_sources() -> list[Path]:
    return [path for path in SOURCES if any(part in NARROWED for part in (*path.parts, path.stem))]


def raw_manager_uses(path: Path) -> list[str]:
    """Lines that reach a model's manager other than by ``.objects.visible_to(``."""
    tree = ast.parse(path.read_text())
    allowed = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "visible_to"
        and isinstance(node.value, ast.Attribute)
        and node.value.attr in {"objects", "_default_manager"}
    }
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_base_manager", "_default_manager"}
        and id(node) not in allowed
    ]


@pytest.mark.parametrize("path", narrowed_sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_forms_and_jobs_only_read_what_the_reader_may_see(path):
    assert raw_manager_uses(path) == []


def test_the_ban_on_raw_managers_can_fail(tmp_path):
    path = ROOT / "cadres" / "querysets" / "people.py"
    found = tmp_path / "views.py"
    found.write_text("Cadre.objects.filter(pk=1)\nCadre.objects.visible_to(user)\n")
    tree_lines = [
        node.lineno
        for node in ast.walk(ast.parse(found.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "objects"
    ]
    assert tree_lines == [1, 2]
    assert path in SOURCES


def test_floors_hold():
    result = subprocess.run(
        [str(Path(__import__("sys").executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def test_every_audit_code_is_used_somewhere():
    text = "\n".join(path.read_text() for path in SOURCES if path.name != "audit.py")
    unused = [code for code in ACTIONS if f'"{code}"' not in text]
    assert unused == []


def test_no_app_uses_signals():
    users = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(
            r"from django\.(db\.models|core|dispatch)[\w.]* import .*\b(post_save|pre_save|receiver|Signal)\b",
            path.read_text(),
        )
    ]
    assert users == []


def test_templates_fetch_nothing_from_elsewhere():
    hits = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r'(src|href|action)="(https?:)?//', path.read_text())
    ]
    assert hits == []


def test_every_setting_of_the_environment_is_documented():
    settings = (ROOT / "config" / "settings.py").read_text()
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert names - set(re.findall(r"`([A-Z_]+)`", operations)) == set()
