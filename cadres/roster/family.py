"""Family members: parallel lists in one cell each, and columns for spouse and children."""

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from cadres.roster.parsers import WARNING, Issue, split_list
from common.codes import Kinship, lookup

if TYPE_CHECKING:
    from cadres.roster.rows import SheetReader


class Relative(NamedTuple):
    """``kinship`` is the national code, or empty where the word is not certain; then ``word`` holds it."""

    name: str
    kinship: str
    word: str
    phone: str


_PAIR = re.compile(r"([^:：]{1,6})[:：]\s*(.+)")


def family_of(reader: "SheetReader") -> None:
    """Fold the family's columns into ``values["family"]``, a tuple of ``Relative`` per person."""
    values = reader.values
    lists = {
        key: values.pop(key, None)
        for key in ("family_names", "family_kinships", "family_phones", "children_names", "children_phones")
    }
    spouses, spouse_phones = values.pop("spouse_name", None), values.pop("spouse_phone", None)
    family: list[tuple[Relative, ...] | None] = []
    for index in range(len(reader.people)):
        cell = {key: column[index] or "" if column else "" for key, column in lists.items()}
        members = []
        if spouses and spouses[index]:
            phone = spouse_phones[index] or "" if spouse_phones else ""
            members.append(Relative(spouses[index], Kinship.SPOUSE.value, "", phone))
        if cell["children_names"]:
            members += _parallel(reader, index, "children_names", cell["children_names"], "", cell["children_phones"])
        if cell["family_names"]:
            kin = cell["family_kinships"]
            members += _parallel(reader, index, "family_names", cell["family_names"], kin, cell["family_phones"])
        family.append(_once(members) or None)
    values["family"] = family


def _once(members: list[Relative]) -> tuple[Relative, ...]:
    """Somebody named both as 配偶 or 子女 and among the 家庭成员 is one relative, with the closer word."""
    found: dict[str, Relative] = {}
    for member in members:
        known = found.get(member.name)
        if known is None:
            found[member.name] = member
            continue
        closer = member if member.kinship and not known.kinship else known
        found[member.name] = closer._replace(phone=known.phone or member.phone)
    return tuple(found.values())


def _parallel(reader: "SheetReader", index: int, field: str, names: str, kinships: str, phones: str) -> list[Relative]:
    """Lists of one length go together; where lengths differ nothing is matched and the text is kept."""
    people, kin, numbers = _split(names), _split(kinships), _split(phones)
    if (kin and len(kin) != len(people)) or (numbers and len(numbers) != len(people)):
        message = f"家庭成员姓名 {len(people)} 个、关系 {len(kin)} 个、电话 {len(numbers)} 个，对不上"
        hint = "同一格里用逗号隔开，三列的个数和顺序要一致；没有的留空位"
        reader.problem(index, field, Issue("family_mismatch", WARNING, message, hint, ""))
        texts = [text for text in (names, kinships, phones) if text]
        reader.raw.setdefault(index, {})[field] = "；".join(texts)[:300]
        if kin or len(people) != 1:
            return []
    answer = []
    for number, name in enumerate(people):
        word = kin[number] if number < len(kin) else "子女" if field == "children_names" else ""
        pair = _PAIR.fullmatch(name)
        if pair and not kin:
            word, name = pair[1].strip(), pair[2]
        if not name:
            continue
        member = lookup(Kinship, word)
        phone = numbers[number] if len(numbers) == len(people) else ""
        answer.append(Relative(name[:60], str(member.value) if member else "", "" if member else word[:20], phone))
    return answer


def _split(text: str) -> list[str]:
    return split_list(unicodedata.normalize("NFKC", text)) if text else []
