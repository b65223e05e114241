"""Making the plan: rows of the workbooks against the database, step by step. Reads only."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, Final

from accounts.models import Organization
from cadres.models import COUNTED_COLUMNS, Standing, ValueAlias
from cadres.roster import WorkbookReading
from cadres.roster_import import matching
from cadres.roster_import.frame import CODES, DATES, MAPPABLE, TEXTS, Frame
from cadres.roster_import.plan import (
    CHANGED,
    CREATED,
    DIGESTS,
    DUPLICATE,
    REFUSED,
    SECRETS,
    UNCHANGED,
    Matches,
    Plan,
)
from cadres.roster_import.states import base_on
from cadres.roster_import.units import Directory, Refusal
from common.codes import Category
from common.crypto import digest_many
from common.models import AuditHead

_COMPARED: Final = (
    *TEXTS, *DATES, *CODES, "relocated", "away", "unit_id", "community_id", "managing_unit_id", "phone_digest",
    "bank_digest",
)  # fmt: skip


def make_plan(
    readings: Sequence[WorkbookReading],
    *,
    actor: Any,
    as_of: datetime.date,
    create_organizations: bool,
    target: Organization | None = None,
    right: str = "roster.import",
    only: Organization | None = None,
    matched: Matches | None = None,
) -> Plan:
    """``actor`` None is the system itself (command, demo city) and may import for every unit. ``right`` and ``only``:
    see Directory."""
    head = AuditHead.objects.filter(pk=1).values_list("count", flat=True).first() or 0
    frame = Frame(readings)
    titles = [sheet.layout.title for _, sheet in frame.sheets if sheet.layout]
    directory = Directory(
        actor=actor, create=create_organizations, titles=titles, target=target, right=right, only=only
    )
    plan = Planner(frame, directory, as_of, matched or {}).run()
    plan.chain = head
    return plan


def _plain(text: str) -> str:
    return " ".join(text.split())


class Planner:
    def __init__(self, frame: Frame, directory: Directory, as_of: datetime.date, matched: Matches) -> None:
        self.frame, self.directory, self.matched = frame, directory, matched
        self.unplaced: dict[int, Refusal] = {}
        count = len(frame)
        self.plan = Plan(
            frame, directory, as_of, bytearray(count), [0] * count, [None] * count, [None] * count,
            {name: [None] * count for name in DIGESTS},
        )  # fmt: skip

    def run(self) -> Plan:
        self._aliases()
        self._units()
        self._digests()
        self._duplicates()
        self._places()
        self._match()
        self._new_people()
        self._words()
        for index, refused in enumerate(self.frame.refused):
            if refused:
                self.plan.outcome[index] = REFUSED
        return self.plan

    # -- words of no dictionary ---------------------------------------------------------------------------------
    def _aliases(self) -> None:
        """Words that somebody has explained already are taken as explained."""
        if not self.frame.raw:
            return
        known = {
            (name, text): code
            for name, text, code in ValueAlias.objects.exclude(code="").values_list("field", "text", "code")
        }
        if not known:
            return
        for index, texts in list(self.frame.raw.items()):
            for name in [name for name, text in texts.items() if (name, text[:100]) in known]:
                self.frame.columns[name][index] = known[name, texts[name][:100]]

    def _words(self) -> None:
        for index, texts in self.frame.raw.items():
            if self.plan.outcome[index] in (DUPLICATE, REFUSED) or self.frame.refused[index]:
                continue
            for name, text in texts.items():
                if name in MAPPABLE and self.frame.columns[name][index] is None:
                    key = (name, text[:100])
                    self.plan.words[key] = self.plan.words.get(key, 0) + 1

    # -- places -------------------------------------------------------------------------------------------------
    def _units(self) -> None:
        frame, units, directory = self.frame, self.plan.units, self.directory
        columns = frame.columns
        known: dict[tuple[Any, Any], int | Refusal] = {}
        layouts = [sheet.layout for _, sheet in frame.sheets]
        own = [directory.reporting_unit(layout.own_unit) if layout else None for layout in layouts]
        district = [layout.district or None if layout else None for layout in layouts]
        rows = zip(columns["affiliation"], columns["unit_name"], columns["nature"], frame.sheet_of, strict=True)
        for index, (affiliation, name, nature, sheet) in enumerate(rows):
            if not name and directory.only is None:
                name, affiliation = own[sheet], affiliation or (district[sheet] if own[sheet] else None)
            ref = known.get((affiliation, name))
            if ref is None:
                ref = known[affiliation, name] = directory.unit(affiliation, name, nature)
            if isinstance(ref, Refusal) and not name and frame.community[sheet]:
                self.unplaced[index] = ref  # a community need not know who pays: only a new person needs a unit
            elif isinstance(ref, Refusal):
                frame.refuse(index, ref.field, ref.code, ref.message, ref.hint, name or "")
            else:
                units[index] = ref

    def _places(self) -> None:
        frame, plan, directory = self.frame, self.plan, self.directory
        columns = frame.columns
        if any(columns["community_name"]):
            known: dict[tuple[Any, ...], int | None] = {}
            for index, name in enumerate(columns["community_name"]):
                if name is None or frame.refused[index] or not plan.units[index]:
                    continue
                district = directory.places[plan.units[index]].district
                key = (district, columns["street_name"][index], name)
                if key not in known:
                    known[key] = directory.community(plan.units[index], key[1], name)
                plan.communities[index] = known[key]
        for index, name in enumerate(columns["managing_unit"]):
            if name is None or frame.refused[index]:
                continue
            ref = directory.managing(name)
            if ref is None:
                frame.raw.setdefault(index, {})["managing_unit"] = name[:200]
            plan.managing[index] = ref

    # -- who is who -----------------------------------------------------------------------------------------------
    def _digests(self) -> None:
        for name, source in DIGESTS.items():
            column = self.frame.columns[source]
            filled = [index for index, value in enumerate(column) if value]
            if not filled:
                continue
            purpose = "bank" if name == "bank_digest" else name.removesuffix("_digest")
            target = self.plan.digests[name]
            for index, value in zip(filled, digest_many(purpose, [column[i] for i in filled]), strict=True):
                target[index] = value

    def _duplicates(self) -> None:
        """The same person earlier in this import: by number, else by name, birth and unit."""
        frame, plan = self.frame, self.plan
        columns, refused = frame.columns, frame.refused
        seen: dict[Any, int] = {}
        names, births, units = columns["name"], columns["birth"], plan.units
        for index, digest in enumerate(plan.digests["id_digest"]):
            if refused[index]:
                continue
            key = digest or (names[index], births[index], units[index])
            first = seen.setdefault(key, index)
            if first != index:
                plan.outcome[index] = DUPLICATE
                plan.first_of[index] = first
                if columns["community_name"][first] is None and columns["community_name"][index] is not None:
                    columns["community_name"][first] = columns["community_name"][index]
                    columns["street_name"][first] = columns["street_name"][index]

    def _match(self) -> None:
        frame, plan = self.frame, self.plan
        wanted = {
            digest: index
            for index, digest in enumerate(plan.digests["id_digest"])
            if digest and not frame.refused[index] and plan.outcome[index] != DUPLICATE
        }
        recognised = self._recognised()
        taken = set(recognised.values())
        wanted = {digest: index for digest, index in wanted.items() if index not in taken}
        people = matching.People()
        people.add(matching.people_by("id_digest", list(wanted)))
        indexes = [wanted[digest] for digest in people.columns["id_digest"]]
        people.add(matching.people_by("id", list(recognised)))
        indexes += [recognised[person] for person in people.columns["id"][len(indexes) :]]
        pairs = self._match_without_number(set(indexes))
        people.add(row for _, row in pairs)
        indexes += [index for index, _ in pairs]
        if not indexes:
            return
        order = sorted(range(people.count), key=indexes.__getitem__)
        people.arrange(order)
        self._compare([indexes[position] for position in order], people.columns)

    def _recognised(self) -> dict[int, int]:
        """Person -> row, where somebody said who a row is."""
        if not self.matched:
            return {}
        found = {}
        for index, number in enumerate(self.frame.sheet_of):
            file, sheet = self.frame.sheets[number]
            person = self.matched.get((file, sheet.sheet[:100], int(self.frame.rows[index])))
            if person is not None and not self.frame.refused[index] and self.plan.outcome[index] != DUPLICATE:
                found[person] = index
        return found

    def _match_without_number(self, matched: set[int]) -> list[tuple[int, tuple[Any, ...]]]:
        """Where the row or the person on record has no number: exact name, birth and unit."""
        frame, plan = self.frame, self.plan
        columns = frame.columns
        numbered = plan.digests["id_digest"]
        rest = [
            index
            for index in range(len(frame))
            if index not in matched and not frame.refused[index] and plan.outcome[index] != DUPLICATE
            and columns["birth"][index] and plan.units[index] > 0
        ]  # fmt: skip
        if not matching.anyone_without_number():
            rest = [index for index in rest if not numbered[index]]
        if not rest:
            return []
        candidates: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        at = {name: matching.READ.index(name) for name in ("name", "birth", "unit_id", "id_digest", "id")}
        for row in matching.people_by("name", list({columns["name"][index] for index in rest})):
            key = (row[at["name"]], row[at["birth"]], row[at["unit_id"]])
            candidates.setdefault(key, []).append(row)
        pairs = []
        for index in rest:
            key = (columns["name"][index], columns["birth"][index], plan.units[index])
            rows = candidates.get(key, [])
            if numbered[index]:
                rows = [row for row in rows if not row[at["id_digest"]]]
            if len(rows) == 1:
                pairs.append((index, rows[0]))
            elif rows:
                frame.refuse(
                    index, "id_number", "person_ambiguous",
                    f"没有身份证号，本单位有 {len(rows)} 人同名同生日，认不出是哪一位", "照证件补上身份证号",
                )  # fmt: skip
        return pairs

    # -- field by field ---------------------------------------------------------------------------------------------
    def _compare(self, indexes: list[int], old: dict[str, list[Any]]) -> None:
        frame, plan = self.frame, self.plan
        plan.people = dict(zip(indexes, old["id"], strict=True))
        plan.versions = dict(zip(indexes, old["version"], strict=True))
        self._dated_facts(indexes, old)
        new = {
            name: [frame.columns[name][i] for i in indexes] for name in (*TEXTS, *DATES, *CODES, "relocated", "away")
        }
        new["unit_id"] = [plan.units[i] for i in indexes]
        new["community_id"] = [plan.communities[i] for i in indexes]
        new["managing_unit_id"] = [plan.managing[i] for i in indexes]
        for name in DIGESTS:
            new[name] = [plan.digests[name][i] for i in indexes]
        for position, index in enumerate(indexes):
            if frame.community[frame.sheet_of[index]]:  # a community does not say who pays the pension
                new["unit_id"][position] = new["nature"][position] = None
        communities = {ref: self.directory.places[ref].name for ref in set(old["community_id"]) - {None}}
        found: dict[int, dict[str, tuple[Any, Any]]] = {}
        for name in (*_COMPARED, "id_digest"):
            less_exact = name in DATES
            for position, (value, was) in enumerate(zip(new[name], old[name], strict=True)):
                if value is None or value == was or (less_exact and was and was.startswith(value)):
                    continue
                if name in TEXTS and was and value == _plain(was):
                    continue  # the same words, kept with line breaks
                if name == "community_name" and value == communities.get(old["community_id"][position]):
                    continue  # the registered community by its name
                if name == "birth" and was and frame.columns["birth_from_id"][indexes[position]]:
                    continue  # the roster did not say: the number's date does not replace the recorded one
                found.setdefault(position, {})[name] = (was, value)
        self._lunar(indexes, old, found)
        for position, changes in found.items():
            if "unit_id" in changes:
                place = self.directory.places[changes["unit_id"][1]]
                follows = {"level": place.level, "district_id": place.district}
                if new["nature"][position] is None and place.nature:
                    follows["nature"] = place.nature
                for name, value in follows.items():
                    if value != old[name][position]:
                        changes[name] = (old[name][position], value)
        everyone = list(plan.people.values())
        self._beside(indexes, everyone)
        outsiders = self._outsiders(indexes, old, found)
        for position, index in enumerate(indexes):
            if frame.refused[index]:
                continue
            if position in outsiders:
                self._refuse_outsider(index)
                continue
            changes = found.get(position, {})
            if changes:
                plan.changes[index] = changes
                plan.before[index] = {name: column[position] for name, column in old.items()}
            touched = changes or index in plan.family or index in plan.texts
            plan.outcome[index] = CHANGED if touched else UNCHANGED
        secret = [plan.people[i] for i, changes in plan.changes.items() if DIGESTS.keys() & changes.keys()]
        plan.clear = matching.sealed_of(secret, SECRETS)
        self._missing(indexes)

    def _outsiders(self, indexes: list[int], old: dict[str, list[Any]], found: dict[int, Any]) -> set[int]:
        """People on record of whom the uploader holds nothing, or who would be drawn over from a unit not theirs."""
        allowed = self.directory.allowed
        if allowed is None:
            return set()
        places = zip(old["unit_id"], old["community_id"], old["managing_unit_id"], strict=True)
        return {
            position
            for position, refs in enumerate(places)
            if not allowed.intersection(refs) or (refs[0] not in allowed and "unit_id" in found.get(position, {}))
        }

    def _refuse_outsider(self, index: int) -> None:
        """Says nothing of the person on record: the uploader may not see them."""
        if self.directory.submitting:
            message, hint = "这个身份证号已在别的单位名下", "核对号码；号码没错的，请向市局核对，由市局办转入"
            self.frame.refuse(index, "id_number", "unit_out_of_scope", message, hint)
        else:
            message = "这个人现在不在您管的单位名下，不能改"
            self.frame.refuse(index, "unit_name", "unit_out_of_scope", message, "请交给管他的单位办转入转出")

    def _dated_facts(self, indexes: list[int], old: dict[str, list[Any]]) -> None:
        """Compare with what was true on the roster's day, and refuse whoever had left by then."""
        plan = self.plan
        spans = matching.dated_states(list(plan.people.values()), plan.as_of)
        plan.spans = spans
        foreign = self._outsiders(indexes, old, {})
        for position, index in enumerate(indexes):
            person = old["id"][position]
            if person not in spans:
                continue
            base = base_on(spans[person], plan.as_of)
            if base is None and position in foreign:
                self._refuse_outsider(index)
                continue
            if base is None:
                self._gone(index, old["standing"][position], old["died_on"][position])
                continue
            for name in COUNTED_COLUMNS:
                if name in old:
                    old[name][position] = spans[person][base].facts[name]

    def _gone(self, index: int, standing: str, died_on: Any) -> None:
        if standing == Standing.DECEASED:
            day = matching.day_of(died_on)
            self.frame.refuse(
                index, "name", "person_deceased",
                f"库里已登记去世（{day.year}年{day.month}月{day.day}日），名册里还有这个人",
                "核对；去世登记错了的，先到这个人的页面撤销去世登记",
            )  # fmt: skip
        else:
            self.frame.refuse(
                index, "name", "person_moved_out", "库里已登记转出，名册里还有这个人",
                "核对；确实回来了的，先在这个人的页面登记转入",
            )  # fmt: skip

    def _lunar(self, indexes: list[int], old: dict[str, list[Any]], found: dict[int, dict[str, Any]]) -> None:
        column = self.frame.columns["lunar_birthday"]
        for position, index in enumerate(indexes):
            day = column[index]
            if day is None:
                continue
            wanted = {
                "birthday_calendar": "lunar",
                "birthday_month": day.month,
                "birthday_day": day.day,
                "birthday_leap": day.leap,
            }
            for name, value in wanted.items():
                if value != old[name][position]:
                    found.setdefault(position, {})[name] = (old[name][position], value)

    def _beside(self, indexes: list[int], everyone: list[int]) -> None:
        """Original texts and relatives of people on record that the roster adds or changes."""
        frame, plan = self.frame, self.plan
        people = plan.people
        with_text = [index for index in indexes if frame.raw.get(index)]
        if with_text:
            known = matching.original_texts([people[index] for index in with_text])
            for index in with_text:
                for name, text in frame.raw[index].items():
                    pk, was = known.get((people[index], name), (None, ""))
                    if was != text[:200]:
                        plan.texts.setdefault(index, {})[name] = (pk, was, text[:200])
        with_family = [index for index in indexes if frame.columns["family"][index]]
        if with_family:
            members = matching.families([people[index] for index in with_family])
            for index in with_family:
                for relative in dict.fromkeys(frame.columns["family"][index]):
                    pk, kinship, phone = members.get((people[index], relative.name), (None, "", ""))
                    same_kin = not relative.kinship or relative.kinship == kinship
                    same_phone = not relative.phone or relative.phone == phone
                    if pk is None or not (same_kin and same_phone):
                        merged = relative._replace(kinship=relative.kinship or kinship, phone=relative.phone or phone)
                        plan.family.setdefault(index, []).append((pk, merged))

    def _missing(self, indexes: list[int]) -> None:
        """People on the roll of an imported unit that day whom the roster does not name."""
        frame, plan = self.frame, self.plan
        units = {
            unit
            for unit, sheet in zip(plan.units, frame.sheet_of, strict=True)
            if unit > 0 and not frame.community[sheet]
        }
        named = set(plan.people.values())
        plan.missing = sorted(set(matching.people_of_units(list(units), plan.as_of)) - named)

    def _new_people(self) -> None:
        """Whoever is not on record becomes a new person, for which 离休 or 退休 must be known."""
        frame, plan = self.frame, self.plan
        category = frame.columns["category"]
        for index in range(len(frame)):
            if plan.outcome[index] != CREATED or frame.refused[index] or index in plan.people:
                continue
            if index in self.unplaced:
                ref = self.unplaced[index]
                frame.refuse(index, ref.field, ref.code, ref.message, ref.hint)
            elif category[index] is None:
                hint = f"填“{Category.LEAVE.label}”或“{Category.RETIREE.label}”"
                typed = frame.raw.get(index, {}).get("category", "")
                message = f"“{typed}”看不出是离休还是退休" if typed else "新登记的人没有写离休还是退休"
                frame.refuse(index, "category", "category_missing", message, hint, typed)
