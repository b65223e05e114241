"""The rule of dated facts: what a roster as of day D says has been true since D.

The state valid on D is cut there; a state that begins only after D is mended instead. A fact that later states took
over unchanged follows; one that was changed later stays as it was changed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """One state row: ``pk`` None is a new one. ``start <= day < end``."""

    pk: int | None
    start: datetime.date
    end: datetime.date
    facts: Mapping[str, Any]


def base_on(spans: list[Span], day: datetime.date) -> int | None:
    """Index of the state that a roster as of ``day`` is compared with: the one valid then, else the first later."""
    for index, span in enumerate(spans):
        if day < span.end:
            return index
    return None


def apply_since(spans: list[Span], day: datetime.date, changes: Mapping[str, Any]) -> list[Span]:
    """The states after ``changes`` became true on ``day``; unchanged spans are returned as they are."""
    index = base_on(spans, day)
    if index is None or not changes:
        return spans
    base = spans[index]
    mended = {**base.facts, **changes}
    result = spans[:index]
    if base.start < day:
        result += [replace(base, end=day), Span(None, day, base.end, mended)]
    else:
        result.append(replace(base, facts=mended))
    following = dict(changes)
    for span in spans[index + 1 :]:
        following = {name: value for name, value in following.items() if span.facts[name] == base.facts[name]}
        result.append(replace(span, facts={**span.facts, **following}) if following else span)
    return result


def mend(spans: list[Span], day: datetime.date, changes: Mapping[str, Any]) -> list[Span]:
    """The states after ``changes`` turned out to have been true all along: the state of ``day`` is mended in place,
    a later one follows where it took the fact over unchanged."""
    index = base_on(spans, day)
    if index is None or not changes:
        return spans
    base = spans[index]
    result = [*spans[:index], replace(base, facts={**base.facts, **changes})]
    following = dict(changes)
    for span in spans[index + 1 :]:
        following = {name: value for name, value in following.items() if span.facts[name] == base.facts[name]}
        result.append(replace(span, facts={**span.facts, **following}) if following else span)
    return result


def facts_on(spans: list[Span], day: datetime.date) -> Mapping[str, Any] | None:
    """The facts valid on a day; of someone no longer on the roll, the last ones."""
    for span in spans:
        if span.start <= day < span.end:
            return span.facts
    return spans[-1].facts if spans else None
