"""What follows from a person's own data: search keys, digests, period, the birthday that is celebrated.

Pure functions on a dict of attribute values (unit and district excepted), used by single edits and by the roster
import alike, so that both give the same person.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from cadres.models import BirthdayCalendar, IdConflict
from common.codes import Category, Level, Sex
from common.crypto import digest
from common.dates import PartialDate, revolution_period
from common.idcard import IdNumber, parse_id
from common.pinyin import pinyin_of

#: Attributes that `derived` may return.
DERIVED_FIELDS = (
    "name_pinyin",
    "name_initials",
    "id_digest",
    "id_tail_digest",
    "id_conflict",
    "phone_digest",
    "bank_digest",
    "sex",
    "period",
    "birthday_month",
    "birthday_day",
)


def derived(values: dict[str, Any], parsed_id: IdNumber | None = None) -> dict[str, Any]:
    """Derived attributes of ``values`` (a full set of Cadre attributes). ``parsed_id`` saves parsing it again."""
    number = values.get("id_number") or ""
    if number and parsed_id is None:
        parsed_id = parse_id(number)
    full, initials = pinyin_of(values.get("name") or "")
    phone, bank = values.get("phone") or "", values.get("bank_account") or ""
    result: dict[str, Any] = {
        "name_pinyin": full[:120],
        "name_initials": initials[:30],
        "id_digest": digest("id", parsed_id.number) if parsed_id else "",
        "id_tail_digest": digest("id-tail", parsed_id.number[-4:]) if parsed_id else "",
        "phone_digest": digest("phone", phone) if phone else "",
        "bank_digest": digest("bank", bank) if bank else "",
    }
    if not values.get("sex") and parsed_id:
        result["sex"] = parsed_id.sex
    birth, sex = values.get("birth"), values.get("sex") or ""
    number_text = parsed_id.number if parsed_id else ""
    result["id_conflict"] = id_conflict(number_text, birth.isoformat() if birth else "", sex)
    joined = values.get("revolution_joined") or values.get("work_started")
    is_leave = values.get("category") == Category.LEAVE
    result["period"] = (revolution_period(joined) or "") if joined and is_leave else ""
    if values.get("birthday_calendar", BirthdayCalendar.SOLAR) == BirthdayCalendar.SOLAR:
        result["birthday_month"], result["birthday_day"] = _solar_birthday(birth, parsed_id)
    return result


def id_conflict(number: str, birth: str, sex: str) -> str:
    """What an 18-digit number (or blank) says otherwise than a birth date 1932, 1932-05 … and a sex (or blank)."""
    if not number:
        return ""
    dated = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    other_birth = bool(birth) and not dated.startswith(birth)
    other_sex = bool(sex) and sex != (Sex.FEMALE if number[16] in "02468" else Sex.MALE)
    if other_birth and other_sex:
        return IdConflict.BOTH.value
    return IdConflict.BIRTH.value if other_birth else IdConflict.SEX.value if other_sex else ""


def _solar_birthday(birth: Any, parsed_id: IdNumber | None) -> tuple[int | None, int | None]:
    """The recorded day; where the roster gives only the month, the ID card's day if it agrees on that month."""
    if birth and birth.day:
        return birth.month, birth.day
    if parsed_id:
        same = birth is None or (birth.year == parsed_id.birth.year and birth.month in (None, parsed_id.birth.month))
        if same:
            return parsed_id.birth.month, parsed_id.birth.day
    return (birth.month, None) if birth else (None, None)


def place_of_unit(unit: Any) -> dict[str, Any]:
    """隶属 of whoever is paid by ``unit``: {"level", "district_id", "nature"} (an Organization)."""
    return {
        "level": unit.level or Level.MUNICIPAL,
        "district_id": unit.district_id,
        "nature": unit.nature,
    }


def entry_of(retired_on: PartialDate | None, fallback: datetime.date | None = None) -> datetime.date:
    """The day a person enters the count: the 离退休时间 (an unknown day is the first), else ``fallback`` or today."""
    if retired_on:
        return min(retired_on.first(), timezone.localdate())
    return fallback or timezone.localdate()
