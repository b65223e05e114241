"""Writing a plan: rows built in memory, bulk statements, one chained audit entry. Runs in the caller's transaction."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils import timezone

from cadres.derive import derived, entry_of
from cadres.models import (
    COUNTED_COLUMNS,
    FOREVER,
    Cadre,
    CadreState,
    EventKind,
    FamilyMember,
    OriginalText,
    StatusEvent,
    ValueAlias,
)
from cadres.roster_import import matching
from cadres.roster_import.columns import derived_columns
from cadres.roster_import.effects import Effects
from cadres.roster_import.frame import CODES, DATES, TEXTS
from cadres.roster_import.organizations import create_organizations
from cadres.roster_import.plan import CHANGED, CREATED, DIGESTS, Plan
from cadres.roster_import.states import apply_since, facts_on, mend
from cadres.roster_import.values import audit_changes
from common import audit
from common.bulk import insert_columns, inserting_beside, reserve_ids, update_rows
from common.crypto import seal, seal_many
from common.dates import PartialDate
from common.idcard import parse_id

#: New people written at a time: while PostgreSQL takes these, the next are sealed and derived.
CHUNK: Final = 6000
#: Facts an event carries.
_EVENT_FACTS: Final = ("category", "unit_id", "nature", "level", "district_id", "rank")


#: What `id_conflict` is about.
_BESIDE_NUMBER: Final = frozenset({"id_digest", "birth", "sex"})


class Committer:
    """Writes one plan; ``run`` returns the number of the audit entry."""

    def __init__(self, plan: Plan, *, actor: Any, target_type: str = "", target_id: str = "") -> None:
        self.plan, self.frame, self.actor = plan, plan.frame, actor
        self.target = (target_type, target_id)
        self.now = timezone.now()
        self.today = timezone.localdate()
        self.details: list[audit.Detail] = []
        self.refs: dict[int, int] = {}
        self.numbers: dict[int, str] = {}
        self.effects = Effects()

    def run(self) -> int:
        plan = self.plan
        created = [i for i, outcome in enumerate(plan.outcome) if outcome == CREATED]
        changed = [i for i, outcome in enumerate(plan.outcome) if outcome == CHANGED]
        self.refs, organizations = create_organizations(plan.directory, self._used(created + changed), self.now)
        self.details += organizations
        self.effects.made_organizations(self.refs.values())
        with inserting_beside():
            ids = list(reserve_ids(Cadre, len(created)))
            self.effects.made_people(ids)
            for start in range(0, len(created), CHUNK):
                end = start + CHUNK
                self._create(created[start:end], ids[start:end])
            self._change(changed)
            self._queue_words()
            entry = audit.record(
                actor=self.actor,
                action="roster.commit",
                target_type=self.target[0],
                target_id=self.target[1],
                changes={"as_of": [None, plan.as_of.isoformat()], **{k: [None, v] for k, v in plan.counts.items()}},
                details=self.details,
            )
        return entry.number

    def _used(self, rows: Iterable[int]) -> set[int]:
        plan = self.plan
        used: set[int] = set()
        for index in rows:
            used.add(plan.units[index])
            if (community := plan.communities[index]) is not None:
                used.add(community)
        return {ref for ref in used if ref < 0}

    def _ref(self, ref: int | None) -> int | None:
        return self.refs[ref] if ref is not None and ref < 0 else ref

    # -- new people -------------------------------------------------------------------------------------------
    def _create(self, rows: list[int], ids: list[int]) -> None:
        plan, frame, count = self.plan, self.frame, len(rows)
        everyone = count == len(frame)

        def take(column: list[Any]) -> list[Any]:
            return column if everyone else [column[index] for index in rows]

        def text(name: str) -> list[str]:
            return [value or "" for value in take(frame.columns[name])]

        places = {ref: plan.directory.places[ref] for ref in set(take(plan.units))}
        units = take(plan.units)
        people: dict[str, Any] = {name: text(name) for name in (*TEXTS, *DATES, *CODES)}
        people["nature"] = [own or places[ref].nature for own, ref in zip(people["nature"], units, strict=True)]
        people |= {
            "unit_id": [self._ref(ref) for ref in units],
            "level": [places[ref].level for ref in units],
            "district_id": [self._ref(places[ref].district) for ref in units],
            "relocated": [bool(value) for value in take(frame.columns["relocated"])],
            "away": [bool(value) for value in take(frame.columns["away"])],
            "counted": True,
            "community_id": [self._ref(ref) for ref in take(plan.communities)],
            "managing_unit_id": [self._ref(ref) for ref in take(plan.managing)],
        }
        for digest, name in DIGESTS.items():
            people[name] = seal_many(text(name))
            people[digest] = [value or "" for value in take(plan.digests[digest])]
        numbers = text("id_number")
        people |= derived_columns(people, numbers, take(frame.columns["lunar_birthday"]))
        insert_columns(Cadre, count, {"id": ids, **people, **self._constants()})
        entered = self._entered(people["retired_on"])
        kinds, more = self._settled_entries(rows, entered)
        facts = {name: people[name] for name in COUNTED_COLUMNS}
        insert_columns(CadreState, count, {"cadre_id": ids, "valid_from": entered, "valid_to": FOREVER, **facts})
        self._events(ids, kinds, entered, {name: people[name] for name in _EVENT_FACTS}, **more)
        self._beside_new(dict(zip(rows, ids, strict=True)))
        self.details += [audit.Detail("cadre.create", "cadres.cadre", str(pk)) for pk in ids]

    def _constants(self) -> dict[str, Any]:
        given = {
            "version": 1,
            "created_at": self.now,
            "updated_at": self.now,
            "standing": "present",
            "photo": "",
            "treatment_approved": "",
            "treatment_document": "",
            "counted_reason": "",
            "died_on": None,
            "survivor_of_id": None,
        }
        return given

    def _entered(self, retired: list[str]) -> list[datetime.date]:
        """新办 on the 离退休时间; without one, on the roster's day."""
        known = {
            text: entry_of(PartialDate.parse_iso(text) if text else None, self.plan.as_of) for text in set(retired)
        }
        return [known[text] for text in retired]

    def _settled_entries(self, rows: list[int], entered: list[datetime.date]) -> tuple[Any, dict[str, Any]]:
        """(kind of each event, its other columns) of rows of which somebody said how they came in; days go into
        ``entered``."""
        entries = self.plan.entries
        if not entries:
            return EventKind.ENROLLED, {}
        for position, index in enumerate(rows):
            if index in entries:
                entered[position] = entries[index].on
        found = [entries.get(index) for index in rows]
        kinds = [str(entry.kind if entry else EventKind.ENROLLED) for entry in found]
        return kinds, {
            "other_place": [entry.place if entry else "" for entry in found],
            "note": [entry.note if entry else "" for entry in found],
        }

    def _events(self, people: list[int], kind: Any, on: Any, facts: dict[str, Any], **more: Any) -> None:
        columns = {
            "cadre_id": people,
            "kind": kind if isinstance(kind, list) else str(kind),
            "on": on,
            **facts,
            "other_unit_id": None,
            "other_place": "",
            "note": "",
            "recorded_by_id": self.actor.pk if self.actor is not None else None,
            "recorded_at": self.now,
            **more,
        }
        insert_columns(StatusEvent, len(people), columns)

    def _beside_new(self, people: dict[int, int]) -> None:
        """Original texts and relatives of new people."""
        texts = [
            (people[index], name, text[:200])
            for index, found in self.frame.raw.items()
            if index in people
            for name, text in found.items()
        ]
        self._insert(OriginalText, ("cadre_id", "field", "text"), texts)
        members = [
            (pk, relative.name, relative.kinship, seal(relative.phone))
            for index, pk in people.items()
            for relative in dict.fromkeys(self.frame.columns["family"][index] or ())
        ]
        self._insert_family(members)

    def _insert(self, model: Any, names: Sequence[str], rows: Sequence[Sequence[Any]], **constants: Any) -> None:
        if rows:
            columns = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
            insert_columns(model, len(rows), {**columns, **constants})

    def _insert_family(self, rows: list[tuple[int, str, str, str]]) -> None:
        self._insert(
            FamilyMember, ("cadre_id", "name", "kinship", "phone"), rows,
            work="", emergency=False, version=1, created_at=self.now, updated_at=self.now,
        )  # fmt: skip

    # -- people on record -------------------------------------------------------------------------------------
    def _change(self, rows: list[int]) -> None:
        plan = self.plan
        if not rows:
            return
        self.numbers = self._numbers_on_record(rows)
        self.effects.look([plan.people[index] for index in rows])
        with_facts = [index for index in rows if self._facts_changed(index)]
        spans = dict(plan.spans.items())
        simple = [plan.people[index] for index in with_facts if plan.people[index] not in spans]
        spans |= matching.open_states(simple)
        updates: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        states = _StateWrites()
        for index in rows:
            values = self._new_values(index)
            facts = {name: values.pop(name) for name in COUNTED_COLUMNS if name in values}
            if facts:
                person = plan.people[index]
                always = {name: facts[name] for name in plan.corrected.get(index, ()) if name in facts}
                since = {name: value for name, value in facts.items() if name not in always}
                after = apply_since(mend(spans[person], plan.as_of, always), plan.as_of, since)
                states.take(person, spans[person], after)
                today = facts_on(after, self.today)
                before = facts_on(spans[person], self.today)
                values |= {name: today[name] for name in facts if today and before and today[name] != before[name]}
            if values:
                names = tuple(sorted(values))
                row = (*(values[name] for name in names), self.now, plan.versions[index] + 1, plan.people[index])
                updates.setdefault(names, []).append(row)
        for names, found in updates.items():
            update_rows(Cadre, ("id",), (*names, "updated_at", "version"), found)
        states.write()
        self._transfers(rows)
        self._corrections()
        self._beside_changed(rows)
        self._details_of(rows)

    def _numbers_on_record(self, rows: list[int]) -> dict[int, str]:
        """Person -> ID number, where birth or sex changes and the roster itself has no number."""
        plan, typed = self.plan, self.frame.columns["id_number"]
        people = [plan.people[i] for i in rows if not typed[i] and _BESIDE_NUMBER & set(plan.changes.get(i, ()))]
        return {pk: number for pk, (number,) in matching.sealed_of(people, ("id_number",)).items()} if people else {}

    def _facts_changed(self, index: int) -> bool:
        return any(name in COUNTED_COLUMNS for name in self.plan.changes.get(index, ()))

    def _new_values(self, index: int) -> dict[str, Any]:
        """Column -> new value, with what follows from it (cadres.derive)."""
        plan, columns = self.plan, self.frame.columns
        changes = plan.changes.get(index)
        if not changes:
            return {}
        values: dict[str, Any] = {name: new for name, (_, new) in changes.items()}
        for name in ("unit_id", "district_id", "community_id", "managing_unit_id"):
            if name in values:
                values[name] = self._ref(values[name])
        for digest, name in DIGESTS.items():
            if digest in values:
                values[name] = seal(columns[name][index])
        return values | self._derived(index, set(changes))

    def _derived(self, index: int, changed: set[str]) -> dict[str, Any]:
        """Only what hangs on a changed field is taken over."""
        wanted: set[str] = set()
        if "name" in changed:
            wanted |= {"name_pinyin", "name_initials"}
        if "id_digest" in changed:
            wanted |= {"id_tail_digest", "birthday_month", "birthday_day"}
        if changed & _BESIDE_NUMBER:
            wanted.add("id_conflict")
        if changed & {"category", "revolution_joined", "work_started"}:
            wanted.add("period")
        if "birth" in changed and "birthday_calendar" not in changed:
            wanted |= {"birthday_month", "birthday_day"}
        if not wanted:
            return {}
        before, changes = self.plan.before[index], self.plan.changes[index]
        full = {name: changes[name][1] if name in changes else before[name] for name in matching.READ}
        for name in DATES:
            full[name] = PartialDate.parse_iso(full[name]) if full[name] else None
        number = self.frame.columns["id_number"][index] or self.numbers.get(self.plan.people[index])
        parsed = parse_id(number) if number else None
        found = derived({**full, "id_number": number or "", "phone": "", "bank_account": ""}, parsed)
        return {name: value for name, value in found.items() if name in wanted}

    def _transfers(self, rows: list[int]) -> None:
        """A unit that changed is a 转出 and a 转入 on the roster's day, as if registered by hand."""
        plan = self.plan
        moved = [index for index in rows if "unit_id" in plan.changes.get(index, ())]
        if not moved:
            return
        people = [plan.people[index] for index in moved]
        taken = set(
            StatusEvent.objects.filter(
                cadre_id__in=people, on=plan.as_of, kind__in=[EventKind.MOVED_OUT, EventKind.MOVED_IN]
            ).values_list("cadre_id", flat=True)
        )
        moved = [index for index in moved if plan.people[index] not in taken]
        people = [plan.people[index] for index in moved]
        old = {name: [plan.before[index][name] for index in moved] for name in _EVENT_FACTS}
        new = self._facts_after(moved)
        note = "按名册"
        self._events(people, EventKind.MOVED_OUT, plan.as_of, old, other_unit_id=new["unit_id"], note=note)
        self._events(people, EventKind.MOVED_IN, plan.as_of, new, other_unit_id=old["unit_id"], note=note)

    def _facts_after(self, rows: list[int]) -> dict[str, list[Any]]:
        plan = self.plan
        return {
            name: [
                self._ref(plan.changes[index][name][1])
                if name in plan.changes[index] and name.endswith("_id")
                else plan.changes[index].get(name, (None, plan.before[index][name]))[1]
                for index in rows
            ]
            for name in _EVENT_FACTS
        }

    def _corrections(self) -> None:
        """A 更正 on the roster's day for everybody of whom something had been recorded wrongly."""
        plan = self.plan
        rows = [index for index in plan.corrected if plan.changes.get(index)]
        if not rows:
            return
        same_day = StatusEvent.objects.filter(
            cadre_id__in=[plan.people[index] for index in rows], on=plan.as_of, kind=EventKind.CORRECTED
        )
        known = set(same_day.values_list("cadre_id", flat=True))
        rows = [index for index in rows if plan.people[index] not in known]
        people = [plan.people[index] for index in rows]
        self._events(people, EventKind.CORRECTED, plan.as_of, self._facts_after(rows), note="按名册更正")

    def _beside_changed(self, rows: list[int]) -> None:
        plan = self.plan
        texts, members = [], []
        for index in rows:
            for name, (pk, _, text) in plan.texts.get(index, {}).items():
                if pk is None:
                    texts.append((plan.people[index], name, text))
                else:
                    update_rows(OriginalText, ("id",), ("text",), [(text, pk)])
            for pk, relative in plan.family.get(index, ()):
                if pk is None:
                    members.append((plan.people[index], relative.name, relative.kinship, seal(relative.phone)))
                else:
                    row = (relative.kinship, seal(relative.phone), self.now, pk)
                    update_rows(FamilyMember, ("id",), ("kinship", "phone", "updated_at"), [row])
        self._insert(OriginalText, ("cadre_id", "field", "text"), texts)
        self._insert_family(members)

    def _details_of(self, rows: list[int]) -> None:
        plan = self.plan
        for index in rows:
            changes = audit_changes(plan, index, self.refs)
            self.details.append(audit.Detail("cadre.change", "cadres.cadre", str(plan.people[index]), changes))

    # -- words ------------------------------------------------------------------------------------------------
    def _queue_words(self) -> None:
        """Words no dictionary knows wait for somebody to say what they mean."""
        ValueAlias.objects.bulk_create(
            [ValueAlias(field=name, text=text) for name, text in sorted(self.plan.words)], ignore_conflicts=True
        )


class _StateWrites:
    """Collects what happens to state rows, to be written in a few statements."""

    def __init__(self) -> None:
        self.mended: list[tuple[Any, ...]] = []
        self.added: list[tuple[Any, ...]] = []

    def take(self, person: int, before: list[Any], after: list[Any]) -> None:
        known = {span.pk: span for span in before}
        for span in after:
            if span.pk is None:
                self.added.append((person, span.start, span.end, *(span.facts[name] for name in COUNTED_COLUMNS)))
            elif span is not known[span.pk]:
                self.mended.append((span.end, *(span.facts[name] for name in COUNTED_COLUMNS), span.pk))

    def write(self) -> None:
        update_rows(CadreState, ("id",), ("valid_to", *COUNTED_COLUMNS), self.mended)
        if self.added:
            names = ("cadre_id", "valid_from", "valid_to", *COUNTED_COLUMNS)
            columns = {name: list(column) for name, column in zip(names, zip(*self.added, strict=True), strict=True)}
            insert_columns(CadreState, len(self.added), columns)
