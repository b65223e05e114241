"""Resident ID numbers (GB 11643): reading what a roster holds, and masks for every surface.

A number that a spreadsheet has damaged is refused, never repaired, and no message holds a whole number.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from django.utils import timezone

from common.codes import Sex

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"

_SCIENTIFIC = re.compile(r"\d(?:\.\d*)?E[+-]?\d+")
_SHAPE = re.compile(r"[0-9]+X?")
_NOISE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\ufeff]+")
_AROUND = " '‘’`\"“”()[]【】,，.。;；、:="
_SEPARATED = re.compile(r"(\d{6})[-./](\d{8})[-./](\d{3}[\dX])")
_BLANK = frozenset(
    {"", "无", "暂无", "-", "--", "—", "——", "/", "不详", "未知", "待补", "缺", "暂缺", "没有", "空", "未办"}
)
_MALE, _FEMALE = Sex.MALE, Sex.FEMALE
_EARLIEST_YEAR = 1880
_SURELY_PAST = datetime.now(UTC).year - 1  # years up to this one need no look at the clock


class IdProblem(ValueError):
    """Why a text is no ID number: ``message`` says what is wrong, ``hint`` how to mend it."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class IdNumber(NamedTuple):
    number: str
    birth: date
    sex: Sex
    was_15: bool


def check_digit(first17: str) -> str:
    """The 18th character that belongs to seventeen ASCII digits."""
    total = _weigh(first17[:6], 0) + _weigh(first17[6:14], 6) + _weigh(first17[14:], 14)
    return _CHECK_DIGITS[total % 11]


@lru_cache(maxsize=65536)
def _weigh(digits: str, offset: int) -> int:
    """Region, birth date and order number are weighed apart: in a city they repeat, so most are known."""
    return sum(map(mul, map(int, digits), _WEIGHTS[offset:]))


def parse_id(value: object, *, today: date | None = None) -> IdNumber | None:
    """Read an ID number of 18 or 15 digits; None for a blank cell, IdProblem for anything else.

    The region is not checked: the codes of abolished regions live on in people's numbers.
    """
    if value is None:
        return None
    text = _from_number(value) if isinstance(value, int | float) else str(value)
    if len(text) != 18 or not (text.isascii() and text[:17].isdigit()):
        text = _clean(text)
        if text in _BLANK:
            return None
        _check_shape(text)
    elif text[17] == "x":
        text = text.upper()
    elif text[17] not in _CHECK_DIGITS:
        text = _clean(text)
        _check_shape(text)
    was_15 = len(text) == 15
    if was_15:
        text = f"{text[:6]}19{text[6:]}"
    birth = _date(text[6:14])
    if birth is None:
        raise IdProblem(
            "id_date",
            "身份证号中的出生日期不存在",
            "照证件核对第7至14位（老证第7至12位）的年月日",
        )
    if (today is not None or birth.year > _SURELY_PAST) and birth > (today or timezone.localdate()):
        raise IdProblem("id_date", "身份证号中的出生日期在今天之后", "照证件核对第7至14位的年月日")
    expected = check_digit(text[:17])
    if was_15:
        text += expected
    elif text[17] != expected:
        hint = "照证件核对；多半是错了一位"
        if text.endswith("000"):
            hint = "末三位是 000，多半被表格软件改坏了；把单元格设为“文本”，照证件重新录入"
        raise IdProblem("id_checksum", f"身份证号末位校验不对，按规则末位应是 {expected}", hint)
    return IdNumber(text, birth, _FEMALE if text[16] in "02468" else _MALE, was_15)


def _from_number(value: float) -> str:
    """Excel keeps 15 digits of a number: an old number survives in a numeric cell, a new one never does."""
    if isinstance(value, bool) or value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value >= 10**15:
        raise _scientific()
    return str(int(value)) if value == int(value) else str(value)


def _scientific() -> IdProblem:
    return IdProblem(
        "id_scientific",
        "身份证号被表格软件当成数字，后几位已经丢失",
        "先把该列单元格格式设为“文本”，再照证件重新录入，不要在原数上补位",
    )


def _clean(text: str) -> str:
    text = _NOISE.sub("", unicodedata.normalize("NFKC", text)).strip(_AROUND).upper()
    if len(text) == 18 and text[17] in "×Х✕" and text[:17].isdigit():
        return text[:17] + "X"  # other signs for the same letter; the check digit still decides
    return _SEPARATED.sub(r"\1\2\3", text)


def _check_shape(text: str) -> None:
    if _SCIENTIFIC.fullmatch(text):
        raise _scientific()
    if not _SHAPE.fullmatch(text) or (len(text) == 15 and text.endswith("X")):
        raise IdProblem(
            "id_characters",
            "身份证号里有数字以外的字符",
            "身份证号只能是数字，只有18位号码的末位可以是 X；照证件重新录入",
        )
    if len(text) not in (15, 18):
        raise IdProblem(
            "id_length",
            f"身份证号是{len(text)}位，应为18位（老证15位）",
            "照证件核对，看是漏了还是多了数字",
        )


@lru_cache(maxsize=65536)
def _date(digits: str) -> date | None:
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return found if found.year >= _EARLIEST_YEAR else None


_MOBILE = re.compile(r"1\d{10}")
_LANDLINE = re.compile(r"(0\d{2,3}-?)?\d{4,5}(\d{3})")
_SEPARATORS = re.compile(r"[\s\-\u200b\ufeff]+")
_BETWEEN_NUMBERS = re.compile(r"([、,;/]+)")


def mask_id(text: str | None) -> str:
    """990104…0917 as 990104********0917; damaged numbers are covered as well."""
    text = (text or "").strip()
    if sum(character.isdigit() for character in text) < 6:
        return text
    if len(text) < 15:
        return text[:3] + "*" * (len(text) - 3)
    return f"{text[:6]}{'*' * (len(text) - 10)}{text[-4:]}"


def mask_phone(text: str | None) -> str:
    """138****6625; a landline keeps its area code and last three digits. Several numbers: each of them."""
    text = unicodedata.normalize("NFKC", text or "").strip()
    return "".join(_mask_one_phone(part) for part in _BETWEEN_NUMBERS.split(text))


def _mask_one_phone(text: str) -> str:
    joined = _SEPARATORS.sub("", text)
    if _MOBILE.fullmatch(joined):
        return f"{joined[:3]}****{joined[-4:]}"
    landline = _LANDLINE.fullmatch(text)
    if landline:
        return f"{landline[1] or ''}****{landline[2]}"
    digits = sum(character.isdigit() for character in text)
    if digits < 5:
        return text
    return f"{joined[:3]}****{joined[-2:]}" if digits >= 8 else f"****{joined[-2:]}"


def mask_bank(text: str | None) -> str:
    """****1234; shorter than eight digits shows nothing."""
    digits = _SEPARATORS.sub("", text or "")
    if not digits:
        return ""
    return f"****{digits[-4:]}" if len(digits) >= 8 else "****"
