"""Whom to offer on the visit page: birthdays coming up first, then whom one saw last, then one's own people."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cadres.models import Cadre, Standing
from cadres.querysets import CadreQuerySet
from common.dates import full_age
from common.scope import scope_of
from visits.codes import Occasion
from visits.models import Visit
from visits.querysets import birthdays_between, kept_on, lunar_display, turning_of

RIGHT = "visit.log"
LOOK_AHEAD = datetime.timedelta(days=7)
FOUND, DUE, RECENT, OFFERED = 8, 3, 1, 4
#: Whoever looks after more people than this finds them by searching.
KNOWN_BY_NAME = 500


@dataclass
class Pick:
    """One line of the list: who, why, and how soon."""

    pk: int
    name: str
    facts: str
    why: str = ""
    soon: str = ""
    checked: bool = False


def _own(user: Any) -> CadreQuerySet:
    return Cadre.objects.visible_to(user, RIGHT)


def own_count(user: Any) -> int | None:
    """How many people a liaison looks after; None for whoever sees the whole city."""
    return None if scope_of(user, RIGHT).everything else _own(user).present().count()


def _pick(cadre: Cadre, today: datetime.date, **more: Any) -> Pick:
    facts = [f"{full_age(cadre.birth, today)}岁"] if cadre.birth and cadre.standing == Standing.PRESENT else []
    facts.append(cadre.get_category_display())
    if cadre.standing != Standing.PRESENT:
        facts.append(cadre.get_standing_display())
    more.setdefault("why", cadre.unit.short_name or cadre.unit.name)
    return Pick(cadre.pk, cadre.name, " · ".join(facts), **more)


def _soon(on: datetime.date, today: datetime.date) -> str:
    days = (on - today).days
    return {0: "今天", 1: "明天", 2: "后天"}.get(days, f"还有 {days} 天")


def _due(user: Any, today: datetime.date) -> list[Pick]:
    """Birthdays of the next days that nobody went to yet."""
    congratulated = (
        Visit.objects.visible_to(user)
        .current()
        .filter(cadre=OuterRef("pk"), occasion=Occasion.BIRTHDAY, visited_on__gte=today - 2 * LOOK_AHEAD)
    )
    people = (
        birthdays_between(_own(user), today, today + LOOK_AHEAD)
        .filter(~Exists(congratulated))
        .select_related("unit")
        .order_by("kept_after", "pk")[:DUE]
    )
    picks = []
    for cadre in people:
        on = kept_on(cadre, today)
        turned = turning_of(cadre, on)
        lunar = lunar_display(cadre.birthday_calendar, cadre.birthday_month, cadre.birthday_day, cadre.birthday_leap)
        words = [
            "祝寿",
            *([turned.milestone] if turned and turned.milestone else []),
            lunar or f"{on.month}月{on.day}日",
        ]
        picks.append(_pick(cadre, today, why=" · ".join(words), soon=_soon(on, today)))
    return picks


def _recent(user: Any, today: datetime.date, known: set[int]) -> list[Pick]:
    """Whom the user recorded last."""
    visits = (
        Visit.objects.visible_to(user, RIGHT)
        .current()
        .recorded_by_user(user)
        .filter(cadre__standing=Standing.PRESENT)
        .select_related("cadre__unit")[:20]
    )
    picks: list[Pick] = []
    for visit in visits:
        if visit.cadre_id not in known and len(picks) < RECENT:
            known.add(visit.cadre_id)
            last = f"上次{visit.get_manner_display()} {visit.visited_on.month}月{visit.visited_on.day}日"
            picks.append(_pick(visit.cadre, today, why=last))
    return picks


def people_to_visit(user: Any, *, own: int | None, picked: str = "", text: str = "") -> list[Pick]:
    """The lines to choose from, the picked person first. ``own``: `own_count`; ``text``: a search among them."""
    today = timezone.localdate()
    chosen: list[Pick] = []
    if picked.isdigit() and len(picked) < 19:
        chosen = [_pick(cadre, today) for cadre in _own(user).filter(pk=int(picked)).select_related("unit")]
    if text.strip():
        found = _own(user).search(text.strip()).exclude(standing=Standing.MOVED_OUT).select_related("unit")
        picks = [_pick(cadre, today) for cadre in found.order_by("standing", "name_pinyin", "pk")[:FOUND]]
        picks.sort(key=lambda pick: "已去世" in pick.facts)
    else:
        picks = _due(user, today)
        known = {pick.pk for pick in picks}
        picks += _recent(user, today, known)
        if len(picks) < OFFERED and own is not None and own <= KNOWN_BY_NAME:
            rest = _own(user).present().exclude(pk__in=known).select_related("unit")
            picks += [_pick(cadre, today) for cadre in rest.order_by("name_pinyin", "pk")[: OFFERED - len(picks)]]
    if chosen:
        same = next((pick for pick in picks if pick.pk == chosen[0].pk), chosen[0])
        same.checked = True
        picks = [same, *(pick for pick in picks if pick.pk != same.pk)]
    return picks
