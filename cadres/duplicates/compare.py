"""Two files side by side: what differs, which value is the better guess, and what hangs on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cadres.duplicates import ledger, numbers
from cadres.lists import community_name
from cadres.models import Cadre, Standing
from common.dates import PartialDate
from common.editing import display_of

LOW, HIGH = "low", "high"
#: What may be chosen -> the fields that go together. Unit, standing and dates of entry stay with the kept file.
CHOICES: dict[str, tuple[str, ...]] = {
    name: (name,)
    for name in (
        "name", "sex", "birth", "id_number", "photo", "ethnicity", "native_place", "education", "marriage",
        "political_status", "party_joined", "category", "rank", "post", "title", "work_started", "revolution_joined",
        "retired_on", "treatment_rank", "treatment_approved", "treatment_document", "medical_rank", "bank_account",
        "managing_unit", "survivor_of", "phone", "health", "self_care", "living", "address", "registered_address",
        "hobbies", "specialties", "remarks",
    )
} | {
    "birthday_calendar": ("birthday_calendar", "birthday_month", "birthday_day", "birthday_leap"),
    "community": ("community", "community_name"),
    "relocated": ("relocated", "relocated_to"),
    "counted": ("counted", "counted_reason"),
}  # fmt: skip
#: Follows the file that is kept.
FIXED = ("unit", "nature", "standing")
LABELS = {"birthday_calendar": "过的生日", "birth": "出生年月"}


@dataclass(frozen=True)
class Line:
    """One field of both: ``proposed`` is low, high or blank where nobody but a person can tell."""

    name: str
    label: str
    low: str
    high: str
    proposed: str

    @property
    def differs(self) -> bool:
        return bool(self.proposed) or self.low != self.high


def raw(cadre: Cadre, name: str) -> tuple[Any, ...]:
    return tuple(ledger.plain(getattr(cadre, ledger.column_of(Cadre, field))) for field in CHOICES[name])


def same(low: Cadre, high: Cadre, name: str) -> bool:
    if name == "id_number" and low.id_number and high.id_number:
        one, two = (numbers.whole(cadre.id_number) for cadre in (low, high))
        return one == two if one and two else low.id_number == high.id_number
    return raw(low, name) == raw(high, name)


def differing(low: Cadre, high: Cadre) -> list[str]:
    return [name for name in CHOICES if not same(low, high, name)]


def two_numbers(low: Cadre, high: Cadre) -> bool:
    """Both have a number that passes its check digit, and they are not one number."""
    one, two = numbers.whole(low.id_number), numbers.whole(high.id_number)
    return bool(one and two and one != two)


def proposed_file(low: Cadre, high: Cadre) -> str:
    """The file to keep: on the roll before gone; else the one with more filled in; else the older."""
    if (low.standing == Standing.PRESENT) != (high.standing == Standing.PRESENT):
        return LOW if low.standing == Standing.PRESENT else HIGH
    return HIGH if _filled(high) > _filled(low) else LOW


def _filled(cadre: Cadre) -> int:
    return sum(1 for name in CHOICES if any(raw(cadre, name)))


def proposal(low: Cadre, high: Cadre, name: str) -> str:
    """The fuller value, else the one edited later. Blank: two whole ID numbers, nobody guesses."""
    one, two = getattr(low, name), getattr(high, name)
    if name == "id_number":
        if two_numbers(low, high):
            return ""
        good = [bool(numbers.whole(cadre.id_number)) for cadre in (low, high)]
        if good[0] != good[1]:
            return LOW if good[0] else HIGH
    if name == "community":
        one, two = community_name(low), community_name(high)
    if bool(one) != bool(two):
        return LOW if one else HIGH
    if isinstance(one, PartialDate) and isinstance(two, PartialDate):
        one, two = one.isoformat(), two.isoformat()
    if isinstance(one, str) and isinstance(two, str) and one != two:
        if one in two:
            return HIGH
        if two in one:
            return LOW
    return HIGH if high.updated_at > low.updated_at else LOW


def words_of(cadre: Cadre, name: str) -> str:
    if name == "photo":
        return "有照片" if cadre.photo else "（空）"
    if name == "community":
        return community_name(cadre) or "（空）"
    if name == "birthday_calendar":
        day = f"{cadre.birthday_month}月{cadre.birthday_day}日" if cadre.birthday_month and cadre.birthday_day else ""
        return f"{cadre.get_birthday_calendar_display()}{'闰' if cadre.birthday_leap else ''}{day}"
    return display_of(cadre, name)


def lines(low: Cadre, high: Cadre) -> tuple[list[Line], list[Line], list[Line]]:
    """(what differs, what is the same and not blank, what stays with the kept file)."""
    differ, equal = [], []
    for name in CHOICES:
        first, second = words_of(low, name), words_of(high, name)
        label = label_of(name)
        if same(low, high, name):
            if first != "（空）":
                equal.append(Line(name, label, first, second, ""))
        else:
            differ.append(Line(name, label, first, second, proposal(low, high, name)))
    fixed = [Line(name, label_of(name), words_of(low, name), words_of(high, name), "") for name in FIXED]
    return differ, equal, fixed


def label_of(name: str) -> str:
    return LABELS.get(name) or str(Cadre._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def attached(low: Cadre, high: Cadre) -> list[tuple[str, int, int]]:
    """(what, how many of the one, of the other) of everything that hangs on either; pairs and merges left out."""
    counts: dict[str, list[int]] = {}
    for link in ledger.links():
        if link.model._meta.label_lower in OWN:
            continue
        of = link.model._base_manager.filter(**{f"{link.name}__in": [low.pk, high.pk]})
        label = "遗属" if link.model is Cadre else str(link.model._meta.verbose_name)
        both = counts.setdefault(label, [0, 0])
        for pk in of.values_list(link.attname, flat=True):
            both[pk == high.pk] += 1
    return [(label, first, second) for label, (first, second) in counts.items() if first or second]


#: Rows of this feature itself, which are not things of a person.
OWN = frozenset({"cadres.duplicatepair", "cadres.cadremerge"})
