"""From sentences and figures to the text: runs of words with the cells they print, and what had to be left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reports.engine.scope import Asked
from reports.models import NarrativeWording
from reports.narrative.figures import FIGURES, WORDS, Run, Told
from reports.narrative.sentences import SECTIONS, SENTENCES, Sentence
from reports.official import chinese_day

NAME = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class LeftOut:
    """A sentence that could not be written, and the figures that are missing for it."""

    sentence: Sentence
    names: tuple[str, ...]


@dataclass
class Section:
    title: str
    runs: list[Run] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass
class Narrative:
    title: str
    organization: str
    date: str
    sections: list[Section]
    left_out: list[LeftOut]


def names_in(text: str) -> list[str]:
    return NAME.findall(text)


def problems_of(text: str) -> list[str]:
    """What is wrong with a wording, in sentences for whoever typed it."""
    found = []
    if NAME.sub("", text).strip("。；，、 \n") == "" and not names_in(text):
        found.append("这一句是空的，请写上内容；不要这一句，就勾“不用这一句”")
    if "{" in NAME.sub("", text) or "}" in NAME.sub("", text):
        found.append("花括号要成对，写成 {离休总数} 这样")
    unknown = [name for name in names_in(text) if name not in FIGURES and name not in WORDS]
    if unknown:
        found.append(f"没有这个数字：{'、'.join(dict.fromkeys(unknown))}，请从下面的名单里挑")
    return found


def sentences() -> list[Sentence]:
    """Shipped sentences as staff have worded them, and the sentences staff have added, section by section."""
    wordings = {wording.key: wording for wording in NarrativeWording.objects.order_by("pk")}
    found = []
    for section in SECTIONS:
        for sentence in SENTENCES:
            if sentence.section != section:
                continue
            wording = wordings.get(sentence.key)
            if wording is None:
                found.append(sentence)
            elif wording.used:
                found.append(Sentence(sentence.key, section, wording.text))
        found += [
            Sentence(wording.key, section, wording.text)
            for wording in wordings.values()
            if wording.own and wording.used and wording.section == section
        ]
    return found


def compose(asked: Asked) -> Narrative:
    """The text as of the day asked for, of the reader's scope or the organization asked for."""
    told = Told(asked)
    sections: dict[str, Section] = {}
    left_out = []
    for sentence in sentences():
        runs, missing = _write(sentence.text, told)
        if missing:
            left_out.append(LeftOut(sentence, tuple(missing)))
        else:
            section = sections.setdefault(sentence.section, Section(SECTIONS[sentence.section]))
            section.runs += runs
    scope = "" if asked.organization is None else asked.organization.name
    return Narrative(
        f"{scope}{asked.day.year}年度离退休干部基本情况",
        asked.name,
        chinese_day(asked.day),
        list(sections.values()),
        left_out,
    )


def _write(text: str, told: Told) -> tuple[list[Run], list[str]]:
    runs, missing, at = [], [], 0
    for match in NAME.finditer(text):
        if match.start() > at:
            runs.append(Run(text[at : match.start()]))
        figure = told.runs(match[1])
        if figure is None:
            missing.append(match[1])
        else:
            runs += figure
        at = match.end()
    if at < len(text):
        runs.append(Run(text[at:]))
    return runs, missing
