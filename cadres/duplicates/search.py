"""Finding pairs of files that may be one person's.

What is found, and how:

* the same number, also as 15 and 18 digits: ``id_digest`` is of the 18-digit form and unique, so two such files cannot
  both be written by the forms or the importer. They exist only where a number was written past them (a take-over from
  an older system); such a number has no digest, and is read, brought to 18 digits and looked up;
* a number one digit or one swap away: forms and importer refuse failing check digits, so a failing number has no
  digest either. All passing numbers one slip away from it (some thirty) are looked up by digest, and failing numbers
  are compared with each other; nothing is missed. A mistyped 15-digit number passes: it is found among people of
  the same name in one unit or of the same birth;
* the same name and birth, whatever the unit; of births without a day only where the numbers do not speak against it;
* names that sound the same, with the same birth and unit.

Not searched: a number with a digit too few or too many, births known by the year only in two units.

The database groups (one sort for each kind); memory grows with the number of pairs found, not with the people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, groupby
from typing import Any, NamedTuple

from django.db import connection

from cadres.duplicates import numbers
from cadres.models import WEIGHTS, Cadre, Reason
from common.bulk import CHUNK, select_in
from common.crypto import digest_many, unseal

_CADRES = Cadre._meta.db_table
_REASONS = tuple(Reason)
Pair = tuple[int, int]


class Person(NamedTuple):
    pk: int
    name: str
    birth: str
    unit: int
    digest: str


def find_pairs() -> Found:
    """All pairs of the city."""
    found = Found()
    _numbers_without_digest(found)
    month = "substr(birth, 1, 7)"
    for group in _groups(f"name, {month}", "birth <> ''"):
        _compare(found, group, _by_birth)
    for group in _groups(f"name_pinyin, unit_id, {month}", "birth <> '' AND name_pinyin <> ''"):
        _compare(found, group, _by_sound)
    for group in _groups("name, unit_id", "id_digest <> ''"):
        found.suspect(combinations(group, 2))
    found.compare_numbers()
    return found


class Found:
    """Pairs with their reasons, one small number each."""

    def __init__(self) -> None:
        self.masks: dict[Pair, int] = {}
        self.suspected: set[Pair] = set()

    def add(self, first: int, second: int, reason: str) -> None:
        pair = (min(first, second), max(first, second))
        self.masks[pair] = self.masks.get(pair, 0) | 1 << _REASONS.index(Reason(reason))

    def suspect(self, pairs: Iterable[tuple[Person, Person]]) -> None:
        """People whose numbers should be looked at; done some thousands at a time."""
        for a, b in pairs:
            self.suspected.add((min(a.pk, b.pk), max(a.pk, b.pk)))
            if len(self.suspected) >= CHUNK:
                self.compare_numbers()

    def compare_numbers(self) -> None:
        """Open the numbers of the suspected pairs and note those one slip apart."""
        pairs, self.suspected = self.suspected, set()
        people = sorted({pk for pair in pairs for pk in pair})
        if not people:
            return
        query = f"SELECT id, id_number FROM {_CADRES} WHERE id {{in}}"
        clear = {pk: unseal(token) for pk, token in select_in(query, people)}
        for first, second in pairs:
            if numbers.close(clear.get(first, ""), clear.get(second, "")):
                self.add(first, second, Reason.ID_CLOSE)
                self.masks[first, second] &= ~(1 << _REASONS.index(Reason.ID_DIFFERS))

    def __len__(self) -> int:
        return len(self.masks)

    def items(self) -> Iterator[tuple[Pair, dict[str, int]]]:
        for pair, mask in self.masks.items():
            reasons = {str(reason): WEIGHTS[reason] for place, reason in enumerate(_REASONS) if mask >> place & 1}
            if sum(reasons.values()) > 0:
                yield pair, reasons


def _groups(keys: str, where: str) -> Iterator[list[Person]]:
    """People who share ``keys`` with somebody else."""
    columns = "id, name, birth, unit_id, id_digest"
    query = (
        f"SELECT {columns}, {keys} FROM (SELECT {columns}, name_pinyin, count(*) OVER (PARTITION BY {keys}) AS times "
        f"FROM {_CADRES} WHERE {where}) AS shared WHERE times > 1 ORDER BY {keys}"
    )
    for _, rows in groupby(_rows(query), key=lambda row: row[5:]):
        yield [Person(*row[:5]) for row in rows]


def _rows(query: str) -> Iterator[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _compare(found: Found, group: list[Person], rule: Callable[[Person, Person], str | None]) -> None:
    for a, b in combinations(group, 2):
        reason = rule(a, b)
        if reason is None:
            continue
        found.add(a.pk, b.pk, reason)
        if a.digest and b.digest and a.digest != b.digest:
            found.add(a.pk, b.pk, Reason.ID_DIFFERS)
            found.suspect([(a, b)])


def _by_birth(a: Person, b: Person) -> str | None:
    if not _same_birth(a.birth, b.birth):
        return None
    if len(a.birth) == len(b.birth) == 10:
        return Reason.NAME_BIRTH
    differ = a.digest and b.digest and a.digest != b.digest
    if (differ or len(min(a.birth, b.birth, key=len)) == 4) and a.unit != b.unit:
        return None
    return Reason.NAME_MONTH


def _by_sound(a: Person, b: Person) -> str | None:
    return Reason.PINYIN if a.name != b.name and _same_birth(a.birth, b.birth) else None


def _same_birth(a: str, b: str) -> bool:
    """Equal, as far as both are known."""
    return a.startswith(b) or b.startswith(a)


def _numbers_without_digest(found: Found) -> None:
    """Numbers that the forms and the importer would have refused, against all others."""
    query = f"SELECT id, id_number FROM {_CADRES} WHERE id_digest = '' AND id_number <> ''"
    clear = {pk: unseal(token) for pk, token in _rows(query)}
    if not clear:
        return
    wanted: dict[str, list[int]] = {}
    reasons: dict[tuple[int, str], str] = {}
    keys: dict[str, list[int]] = {}
    for pk, number in clear.items():
        proper = numbers.whole(number)
        candidates = {proper} if proper else numbers.neighbours(number)
        for candidate, digest in zip(candidates, digest_many("id", [c or "" for c in candidates]), strict=True):
            wanted.setdefault(digest, []).append(pk)
            short = numbers.was_15(number)
            reasons[pk, digest] = (
                (Reason.ID_15_18 if short else Reason.ID_SAME) if candidate == proper else Reason.ID_CLOSE
            )
        for key in numbers.slip_keys(proper or number):
            keys.setdefault(key, []).append(pk)
    query = f"SELECT id_digest, id FROM {_CADRES} WHERE id_digest {{in}}"
    for digest, other in select_in(query, list(wanted)):
        for pk in wanted[digest]:
            found.add(pk, other, reasons[pk, digest])
    for people in keys.values():
        for first, second in combinations(people, 2):
            one, two = (numbers.whole(clear[pk]) or numbers.tidy(clear[pk]) for pk in (first, second))
            if one != two:
                if numbers.close(clear[first], clear[second]):
                    found.add(first, second, Reason.ID_CLOSE)
            else:
                mixed = numbers.was_15(clear[first]) != numbers.was_15(clear[second])
                found.add(first, second, Reason.ID_15_18 if mixed else Reason.ID_SAME)
