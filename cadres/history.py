"""What happened to one person: the timeline that every reader sees, and the trail of changes and looks."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from cadres.models import (
    COUNTED_FIELDS,
    FOREVER,
    Cadre,
    CadreMerge,
    CadreState,
    EventKind,
    FamilyMember,
    RosterImport,
    StatusEvent,
)
from common.audit import ACTIONS
from common.codes import Category
from common.dates import PartialDate
from common.models import AuditDetail, AuditEntry

CHANGE_ACTIONS = ("cadre.change", "cadre.correct")
ICONS = {
    EventKind.ENROLLED: "user-plus",
    EventKind.MOVED_IN: "arrow-right",
    EventKind.MOVED_OUT: "arrow-left",
    EventKind.DIED: "candle",
    EventKind.CORRECTED: "edit",
}
CATEGORY_WORDS = {value: str(label) for value, label in Category.choices}
#: Facts that follow from others; telling of them twice helps nobody.
SILENT = ("nature", "level", "district")


@dataclass(frozen=True)
class Change:
    """One field as people read it."""

    label: str
    before: str
    after: str


@dataclass
class Line:
    """One line of the trail (改动与查看记录)."""

    at: datetime.datetime
    actor: str
    action: str
    reason: str = ""
    changes: list[Change] = field(default_factory=list)
    roster: int | None = None  # the import that did it


class Words:
    """Turns the raw values of states and audit entries into words; unit names are read once for all of them."""

    def __init__(self, changes: Iterable[dict[str, Any]]) -> None:
        ids: set[int] = set()
        for change in changes:
            for name, pair in change.items():
                if name in ORGANIZATION_FIELDS:
                    ids.update(int(value) for value in pair if str(value or "").isdigit())
        self.organizations = {row.pk: row.name for row in Organization.objects.filter(pk__in=ids)} if ids else {}

    def value(self, model: type, name: str, value: Any) -> str:
        if value in (None, "", "None"):
            return "（空）"
        if name in ORGANIZATION_FIELDS and str(value).isdigit():
            return self.organizations.get(int(value), "（已不在）")
        model_field = _field(model, name)
        choices = dict(getattr(model_field, "choices", None) or ())
        if value in choices:
            return str(choices[value])
        if str(value) in {"True", "False"}:
            return "是" if str(value) == "True" else "否"
        if type(model_field).__name__ == "PartialDateField":
            try:
                return PartialDate.parse_iso(str(value)).display()
            except ValueError:
                return str(value)
        return str(value)

    def changes(self, model: type, raw: dict[str, Any], skip: Iterable[str] = ()) -> list[Change]:
        found = []
        for name, pair in raw.items():
            if name in skip or not isinstance(pair, list) or len(pair) != 2:
                continue
            short = name.removeprefix("family.")
            owner = FamilyMember if short != name else model
            label = LABELS.get(short) or str(getattr(_field(owner, short), "verbose_name", short))
            prefix = "家庭成员 " if short != name else ""
            found.append(Change(prefix + label, self.value(owner, short, pair[0]), self.value(owner, short, pair[1])))
        return found


ORGANIZATION_FIELDS = ("unit", "district", "community", "managing_unit")
LABELS = {"photo": "照片", "form": "打印", "standing": "在册情况", "died_on": "去世日期", "absorbed": "并入的档案编号",
          "high": "另一份档案编号", "state": "核对情况"}  # fmt: skip


def _field(model: type, name: str) -> Any:
    try:
        return model._meta.get_field(name)  # type: ignore[attr-defined]
    except FieldDoesNotExist:
        return None


def _keys(cadre: Cadre) -> list[str]:
    """The keys under which the trail knows the person: this file's and those of files merged into it."""
    merged = CadreMerge.objects.standing().filter(kept=cadre).values_list("absorbed_pk", flat=True)
    return [str(cadre.pk), *map(str, merged)]


def timeline(cadre: Cadre) -> list[dict[str, Any]]:
    """Groups by year for components/timeline.html, newest first. Reads six tables, whatever the length of the life."""
    events = list(
        StatusEvent.objects.filter(cadre=cadre).select_related("unit", "other_unit", "recorded_by").order_by("on", "pk")
    )
    states = list(CadreState.objects.filter(cadre=cadre).select_related("unit").order_by("valid_from"))
    entries = list(
        AuditEntry.objects.filter(
            target_type=Cadre._meta.label_lower, target_id__in=_keys(cadre), action__in=CHANGE_ACTIONS
        ).order_by("number")
    )
    raw = [entry.changes for entry in entries]
    steps = list(_state_steps(states, {event.on for event in events if event.kind == EventKind.MOVED_IN}))
    words = Words([*raw, *(step for _, step in steps)])
    items: list[tuple[datetime.date, int, dict[str, Any]]] = []
    for event in events:
        if event.kind != EventKind.CORRECTED:
            items.append((event.on, event.pk, _event_item(event)))
    for day, step in steps:
        text = _sentence(words.changes(CadreState, step, skip=SILENT))
        if text:
            items.append((day, 0, {"icon": "arrows-exchange", "title": f"变动：{text}", "who": ""}))
    for entry, change in zip(entries, raw, strict=True):
        corrected = entry.action == "cadre.correct"
        skip = () if corrected else COUNTED_FIELDS
        found = words.changes(Cadre, change, skip=(*skip, *SILENT))
        if found:
            day = timezone.localtime(entry.at).date()
            title, text = "更正" if corrected else "改资料", _sentence(found)
            title, text = (f"{title}：{text}", "") if len(found) == 1 else (f"{title} {len(found)} 项", text)
            who = f"{entry.actor_name}登记"
            items.append((day, entry.number, {"icon": "edit", "title": title, "text": text, "who": who}))
    items.sort(key=lambda item: item[:2], reverse=True)
    groups: list[dict[str, Any]] = []
    for day, _, item in items:
        year = f"{day.year}年"
        if not groups or groups[-1]["year"] != year:
            groups.append({"year": year, "items": []})
        groups[-1]["items"].append({"when": f"{day.month}月{day.day}日", **item})
    return groups


def _event_item(event: StatusEvent) -> dict[str, Any]:
    other = event.other_unit.name if event.other_unit else event.other_place
    title = {
        EventKind.ENROLLED: f"新办{CATEGORY_WORDS.get(event.category, '')}，进入{event.unit.name}名册",
        EventKind.MOVED_IN: f"转入{event.unit.name}" + (f"，来自{other}" if other else ""),
        EventKind.MOVED_OUT: f"转出{event.unit.name}" + (f"，去往{other}" if other else ""),
        EventKind.DIED: "去世",
    }[EventKind(event.kind)]
    who = f"{event.recorded_by}登记" if event.recorded_by else "随名册登记"
    return {"icon": ICONS[EventKind(event.kind)], "title": title, "text": event.note, "who": who}


def _state_steps(states: list[CadreState], moved: set[datetime.date]) -> Iterable[tuple[datetime.date, dict[str, Any]]]:
    """(day, {field: [before, after]}) between states that follow each other without a gap."""
    for earlier, later in itertools.pairwise(states):
        if earlier.valid_to != later.valid_from:
            continue
        step = {}
        for name in COUNTED_FIELDS:
            if name == "unit" and later.valid_from in moved:
                continue
            column = f"{name}_id" if name in ORGANIZATION_FIELDS else name
            before, after = getattr(earlier, column), getattr(later, column)
            if before != after:
                step[name] = ["" if value in (None, "") else str(value) for value in (before, after)]
        if step:
            yield later.valid_from, step


def _sentence(changes: list[Change]) -> str:
    parts = []
    for change in changes:
        if change.before == "（空）":
            parts.append(f"{change.label}填为“{change.after}”")
        elif change.after == "（空）":
            parts.append(f"{change.label}“{change.before}”去掉")
        else:
            parts.append(f"{change.label}由“{change.before}”改为“{change.after}”")
    return "，".join(parts)


def trail(cadre: Cadre, limit: int = 100) -> list[Line]:
    """Who looked at the file and who changed it, newest first; for those who may change the person."""
    own, members, keys = Cadre._meta.label_lower, FamilyMember._meta.label_lower, _keys(cadre)
    relatives = [str(pk) for pk in FamilyMember.objects.filter(cadre=cadre).values_list("pk", flat=True)]
    entries = list(
        AuditEntry.objects.filter(
            Q(target_type=own, target_id__in=keys) | Q(target_type=members, target_id__in=relatives)
        ).order_by("-number")[:limit]
    )
    details = list(
        AuditDetail.objects.filter(target_type=own, target_id__in=keys)
        .select_related("entry")
        .order_by("-entry__number")[:limit]
    )
    words = Words([*(entry.changes for entry in entries), *(detail.changes for detail in details)])
    lines = [
        Line(
            entry.at,
            entry.actor_name,
            entry.action_label,
            entry.reason,
            words.changes(FamilyMember if entry.target_type == members else Cadre, entry.changes),
        )
        for entry in entries
    ]
    lines += [
        Line(
            row.entry.at,
            row.entry.actor_name,
            f"{row.entry.action_label}：{ACTIONS.get(row.action, row.action)}",
            "",
            words.changes(Cadre, row.changes),
            int(row.entry.target_id) if row.entry.target_type == RosterImport._meta.label_lower else None,
        )
        for row in details
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]


def open_state(cadre: Cadre) -> CadreState | None:
    """The state that is still true, None for whoever left the roll."""
    return CadreState.objects.filter(cadre=cadre, valid_to=FOREVER).first()
