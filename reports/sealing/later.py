"""封存后变动: how the sealed figures differ from what is known today of the same day, and who is behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from accounts.models import Organization
from cadres.models import Cadre, CadreState, EventKind, StatusEvent
from common.audit import ACTIONS
from common.models import AuditEntry
from common.scope import scope_of
from reports.declarations import TABLES
from reports.engine.model import Table
from reports.engine.people import behind
from reports.engine.scope import Asked
from reports.engine.show import text
from reports.models import SealedEvent, SealedPerson, SealedState
from reports.sealing.asked import SealedAsked
from reports.sealing.freeze import EVENT_COLUMNS, STATE_COLUMNS, clipped, window
from reports.sealing.reading import results_for, tables_of

#: Facts of the person itself that tables count by.
PERSON_FACTS = ("sex", "ethnicity", "birth", "education", "period")
TOO_MANY = 2000  # people named on the page and in the export


@dataclass(frozen=True)
class Change:
    """One figure that would be another today."""

    table: Table
    row: str
    column: str
    place: str
    sealed: str
    live: str
    difference: str


def changed_figures(sealed: SealedAsked, live: Asked) -> list[Change]:
    """Every cell of the tables that are still declared, where both differ."""
    now = results_for(live, checks=False)
    found: list[Change] = []
    for key, then in results_for(sealed).items():
        other = now.get(key)
        if other is None:
            continue
        rows = {row.key: row for row in (*then.lines, *other.lines)}
        columns = {column.key: column for column in (*then.columns, *other.columns)}
        for row in rows.values():
            for column in columns.values():
                before, after = then.shown(row.key, column.key), other.shown(row.key, column.key)
                if before == after:
                    continue
                measure = TABLES[key].measure(row, column)
                gap = round((after or 0) - (before or 0), 1)
                found.append(
                    Change(
                        other.table, row.key, column.key, f"{row.label} · {column.label}",
                        text(before, measure) or "空", text(after, measure) or "空",
                        f"{'＋' if gap > 0 else '−'}{abs(gap):,g}",
                    )
                )  # fmt: skip
    return found


@dataclass(frozen=True)
class Person:
    """Somebody behind the changes: what differs, and which entries were made after the sealing."""

    person_id: int
    name: str
    unit: str
    what: str
    entries: str


def _minus(left: QuerySet, right: QuerySet) -> set[int]:
    return {row[0] for row in left.difference(right)}


def _plain(rows: QuerySet, first: str, names: tuple[str, ...], **clip: Any) -> QuerySet:
    """(person, unit, facts …) of the rows, without an order, so that two of them can be laid against each other."""
    unit = "unit__organization_id" if "cadre__person_id" in first else "unit_id"
    chosen = {"x_person": F(first), "x_unit": F(unit), **{f"x_{n}": clip.get(n, F(n)) for n in names}}
    return rows.order_by().annotate(**chosen).values_list(*chosen)


def differing_people(sealed: SealedAsked, live: Asked) -> set[int]:
    """Numbers of the files whose counted states, events or counted facts are not what was sealed."""
    dates = ("valid_from", "valid_to")
    now = _plain(_visible(window(live), live), "cadre_id", (*STATE_COLUMNS, *dates), **clipped(live))
    frozen = SealedState.objects.visible_to(sealed.user, sealed.right)
    then = _plain(sealed._narrowed(frozen), "cadre__person_id", (*STATE_COLUMNS, *dates))
    found = _minus(now, then) | _minus(then, now)
    events = _plain(live.events(), "cadre_id", EVENT_COLUMNS)
    frozen_events = _plain(
        sealed._narrowed(SealedEvent.objects.visible_to(sealed.user, sealed.right)), "cadre__person_id", EVENT_COLUMNS
    )
    found |= _minus(events, frozen_events) | _minus(frozen_events, events)
    own = sealed._narrowed(frozen).values("cadre_id")
    kept = SealedPerson.objects.filter(pk__in=own).order_by().values_list("person_id", *PERSON_FACTS)
    files = Cadre.objects.filter(pk__in=SealedPerson.objects.filter(pk__in=own).values("person_id"))
    return found | _minus(kept, files.order_by().values_list("pk", *PERSON_FACTS))


def _visible(rows: QuerySet, live: Asked) -> QuerySet:
    mine = CadreState.objects.visible_to(live.user, live.right).values("pk")
    if scope_of(live.user, live.right).everything:
        mine = None
    rows = rows if mine is None else rows.filter(pk__in=mine)
    return live._within(rows)


def behind_figure(sealed: SealedAsked, live: Asked, table: str, row: str, column: str) -> set[int]:
    """Numbers of the files that are in one of both lists of a figure and not in the other."""

    def numbers(asked: Asked, tables: dict[str, Table]) -> Counter[int]:
        people = behind(asked, tables[table], row, column) if table in tables else None
        return Counter(line.cadre_id for line in people.iterator()) if people is not None else Counter()

    then, now = numbers(sealed, tables_of(sealed)), numbers(live, TABLES)
    return {number for number in {*then, *now} if then[number] != now[number]}


def people_behind(sealed: SealedAsked, ids: set[int]) -> list[Person]:
    """Who they are and what was entered about them after the sealing; a few statements for all of them."""
    numbers = sorted(ids)[:TOO_MANY]
    kept = {
        row.person_id: row
        for row in SealedPerson.objects.filter(sealing=sealed.sealing, person_id__in=numbers).select_related("unit")
    }
    files = {row.pk: row for row in Cadre.objects.filter(pk__in=numbers).select_related("unit")}
    entries = _entries(sealed, numbers)
    events = _events(sealed, numbers)
    people: list[Person] = []
    for number in numbers:
        then, now = kept.get(number), files.get(number)
        facts: Any = then or now
        if facts is None:
            continue
        unit = facts.unit.name if facts.unit else ""
        what = "；".join([*_differences(then, now), *events.get(number, [])]) or "状态有更正"
        people.append(Person(number, facts.name, unit, what, "；".join(entries.get(number, []))))
    return people


def _differences(then: SealedPerson | None, now: Cadre | None) -> Iterator[str]:
    if then is None:
        yield "封存时不在册，后来补登"
    elif now is None:
        yield "档案已不在"
    else:
        for name in (*PERSON_FACTS, "rank"):
            before, after = getattr(then, name), getattr(now, name)
            if before != after:
                field = Cadre._meta.get_field(name)
                words = dict(getattr(field, "choices", None) or ())
                shown = [str(words.get(v, v) or "没有填") for v in (before, after)]
                yield f"{field.verbose_name}：{shown[0]} → {shown[1]}"  # type: ignore[union-attr]


def _events(sealed: SealedAsked, numbers: list[int]) -> dict[int, list[str]]:
    """Events of the sealed time that were recorded after the sealing."""
    rows = StatusEvent.objects.filter(
        cadre_id__in=numbers, on__lte=sealed.day, recorded_at__gt=sealed.sealing.sealed_at
    ).order_by("on", "pk")
    found: dict[int, list[str]] = {}
    for cadre_id, kind, on in rows.values_list("cadre_id", "kind", "on"):
        found.setdefault(cadre_id, []).append(f"{on:%Y-%m-%d} {EventKind(kind).label}（后来登记）")
    return found


def _entries(sealed: SealedAsked, numbers: list[int]) -> dict[int, list[str]]:
    """登记去世（李静，2026-03-02) of everything that was written about them since."""
    rows = AuditEntry.objects.filter(
        target_type="cadres.cadre",
        target_id__in=[str(number) for number in numbers],
        at__gt=sealed.sealing.sealed_at,
        action__in=["cadre.create", "cadre.change", "cadre.correct", "cadre.transfer", "cadre.decease"],
    ).order_by("number")
    found: dict[int, list[str]] = {}
    for target, action, by, at in rows.values_list("target_id", "action", "actor_name", "at"):
        found.setdefault(int(target), []).append(f"{ACTIONS[action]}（{by}，{at:%Y-%m-%d}）")
    return found


def later_of(user: Any, sealed: SealedAsked, organization: Organization | None) -> Asked:
    """Today's answer to the question that was sealed."""
    return Asked(sealed.day, user, organization, right=sealed.right)
