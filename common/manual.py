"""The user manual inside the application: chapters of docs/manual.zh-CN.md for the reader's roles.

A small subset of Markdown, all output escaped: headings, paragraphs, lists, tables, bold, code. Pictures stay in the
document. A chapter begins with `## `; a comment `<!-- for: staff leader -->` below it names its readers' roles
(``all``: everyone).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

PATH = Path("docs") / "manual.zh-CN.md"
EVERYONE = "all"

_READERS = re.compile(r"<!--\s*for:\s*([\w\s]+?)\s*-->")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"(#{1,4})\s+(.+)")
_BULLET = re.compile(r"-\s+(.+)")
_NUMBERED = re.compile(r"\d+\.\s+(.+)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_RULE = re.compile(r"\|?[\s:|-]+\|?")
_CODE = re.compile(r"(`[^`]+`)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True)
class Section:
    """A `### ` heading of a chapter: where the table of contents leads."""

    title: str
    anchor: str


@dataclass(frozen=True)
class Chapter:
    title: str
    anchor: str
    readers: frozenset[str]
    html: SafeString
    sections: tuple[Section, ...]

    def is_for(self, roles: Iterable[str]) -> bool:
        return EVERYONE in self.readers or not self.readers.isdisjoint(roles)


def inline(text: str) -> SafeString:
    """One line's words: everything escaped, then `code` and **bold**."""
    parts = []
    for part in _CODE.split(_PICTURE.sub("", text)):
        if _CODE.fullmatch(part):
            parts.append(f"<code>{escape(part[1:-1])}</code>")
        else:
            parts.append(_BOLD.sub(r"<b>\1</b>", escape(part)))
    return mark_safe("".join(parts))  # every part was escaped above


def pictures(text: str) -> list[str]:
    """The addresses of all pictures of a text."""
    return [address for _, address in _PICTURE.findall(text)]


@dataclass
class _Writer:
    """Blocks of one chapter, line by line."""

    anchor: str
    out: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    paragraph: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    list_tag: str = ""
    title: str = ""

    def line(self, line: str) -> None:
        text = line.strip()
        if text.startswith("|"):
            self._leave("table")
            self.rows.append([cell.strip() for cell in text.strip("|").split("|")])
            return
        if item := _BULLET.match(text) or _NUMBERED.match(text):
            tag = "ul" if text.startswith("-") else "ol"
            self._leave(tag)
            self.list_tag = tag
            self.items.append(item[1])
            return
        if heading := _HEADING.match(text):
            self.finish()
            self._heading(len(heading[1]), heading[2])
            return
        if not text or _PICTURE.fullmatch(text):
            self.finish()
        elif self.items and line.startswith("  "):
            self.items[-1] += text
        else:
            self._leave("p")
            self.paragraph.append(text)

    def finish(self) -> None:
        self._leave("")

    def _leave(self, kind: str) -> None:
        """Close whatever block is open, unless it is of this kind."""
        if self.paragraph and kind != "p":
            self.out.append(f"<p>{inline(''.join(self.paragraph))}</p>")
            self.paragraph = []
        if self.items and kind != self.list_tag:
            lines = "".join(f"<li>{inline(item)}</li>" for item in self.items)
            self.out.append(f"<{self.list_tag}>{lines}</{self.list_tag}>")
            self.items = []
        if self.rows and kind != "table":
            self.out.append(self._table())
            self.rows = []

    def _heading(self, level: int, words: str) -> None:
        self.title = words
        if level == 3:
            section = Section(words, f"{self.anchor}-{len(self.sections) + 1}")
            self.sections.append(section)
            self.out.append(f'<h3 id="{section.anchor}">{inline(words)}</h3>')
        else:
            self.out.append(f"<h4>{inline(words)}</h4>")

    def _table(self) -> str:
        head, *body = self.rows
        if body and all(_RULE.fullmatch(cell or "-") for cell in body[0]):
            body = body[1:]
        heads = "".join(f'<th scope="col">{inline(cell)}</th>' for cell in head)
        lines = "".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>" for row in body)
        caption = escape(self.title)
        return (
            f'<div class="tb-wrap" tabindex="0" role="region" aria-label="{caption}"><table class="tb">'
            f'<caption class="vh">{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
        )


def parse(text: str) -> list[Chapter]:
    """The chapters of a manual; what stands before the first `## ` is its title page and left out."""
    return [_chapter(number, *part) for number, part in enumerate(_split(text), 1)]


def _split(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        yield title.strip(), body


def _chapter(number: int, title: str, body: str) -> Chapter:
    named = _READERS.search(body)
    readers = frozenset(named[1].split()) if named else frozenset({EVERYONE})
    writer = _Writer(f"chapter-{number}", title=title)
    for line in _COMMENT.sub("", body).splitlines():
        writer.line(line)
    writer.finish()
    html = mark_safe("\n".join(writer.out))  # built of escaped words only
    return Chapter(title, writer.anchor, readers, html, tuple(writer.sections))


@lru_cache(maxsize=2)
def _read(path: Path, changed: float) -> tuple[Chapter, ...]:
    return tuple(parse(path.read_text(encoding="utf-8")))


def chapters_for(roles: Iterable[str]) -> list[Chapter]:
    """What somebody with these roles reads, in the manual's order."""
    path = Path(settings.BASE_DIR) / PATH
    known = set(roles)
    return [chapter for chapter in _read(path, path.stat().st_mtime) if chapter.is_for(known)]
