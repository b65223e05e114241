"""The derived attributes of many new people at once: the same as `cadres.derive.derived` gives for each."""

from __future__ import annotations

from typing import Any

from cadres.derive import id_conflict
from common.codes import Category
from common.crypto import digest_many
from common.dates import PartialDate, revolution_period
from common.pinyin import pinyin_of


def derived_columns(people: dict[str, Any], numbers: list[str], lunar: list[Any]) -> dict[str, list[Any]]:
    """Columns that follow from ``people`` (database form) and the ID numbers; ``lunar``: declared lunar birthdays."""
    count = len(numbers)
    pinyin = list(map(pinyin_of, people["name"]))
    result: dict[str, Any] = {
        "name_pinyin": [full[:120] for full, _ in pinyin],
        "name_initials": [initials[:30] for _, initials in pinyin],
        "id_tail_digest": _tails(numbers),
        "period": _periods(people),
        "birthday_calendar": ["lunar" if day else "solar" for day in lunar],
        "birthday_leap": [bool(day and day.leap) for day in lunar],
    }
    months: list[int | None] = [None] * count
    days: list[int | None] = [None] * count
    for index, (birth, number, declared) in enumerate(zip(people["birth"], numbers, lunar, strict=True)):
        if declared:
            months[index], days[index] = declared.month, declared.day
        elif len(birth) == 10:
            months[index], days[index] = int(birth[5:7]), int(birth[8:])
        elif number and (not birth or (birth[:4] == number[6:10] and birth[5:7] in ("", number[10:12]))):
            months[index], days[index] = int(number[10:12]), int(number[12:14])
        elif len(birth) >= 7:
            months[index] = int(birth[5:7])
    result["birthday_month"], result["birthday_day"] = months, days
    result["sex"] = [
        own or ("2" if number[16] in "02468" else "1") if number else own
        for own, number in zip(people["sex"], numbers, strict=True)
    ]
    result["id_conflict"] = list(map(id_conflict, numbers, people["birth"], result["sex"]))
    return result


def _tails(numbers: list[str]) -> list[str]:
    """Only ten thousand different tails exist, so each is digested once."""
    distinct = list({number[-4:] for number in numbers if number})
    known = dict(zip(distinct, digest_many("id-tail", distinct), strict=True))
    return [known[number[-4:]] if number else "" for number in numbers]


def _periods(people: dict[str, Any]) -> list[str]:
    known: dict[str, str] = {"": ""}
    found = []
    leave = Category.LEAVE.value
    for category, joined, work in zip(
        people["category"], people["revolution_joined"], people["work_started"], strict=True
    ):
        day = (joined or work) if category == leave else ""
        if day not in known:
            known[day] = str(revolution_period(PartialDate.parse_iso(day)) or "")
        found.append(known[day])
    return found
