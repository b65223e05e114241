"""Lunar days as rosters write them."""

import re
import unicodedata
from typing import Any, Final

from cadres.roster.layout import text_of
from common.dates import PartialDate
from common.lunar import LunarDay

_DIGITS: Final = {c: n for n, c in enumerate("〇一二三四五六七八九十")} | {
    "正": 1,
    "冬": 11,
    "腊": 12,
    "元": 1,
}
_LUNAR = re.compile(
    r"(?:(\d{4})\D{1,3}?)?(闰)?([正冬腊元一二三四五六七八九十]{1,2}|\d{1,2})\s*[月./-]\s*"
    r"(?:初|)([一二三四五六七八九十廿卅]{1,3}|\d{1,2})[日号]?"
)


def read_lunar(value: Any) -> tuple[PartialDate | None, LunarDay | None]:
    """农历四月初九, 1932年闰五月十五, 4.9: the year alone as a date, and the lunar day."""
    text = unicodedata.normalize("NFKC", text_of(value))
    text = re.sub(r"[\s()]|农历|阴历|旧历|生", "", text)
    match = _LUNAR.fullmatch(text)
    if not match:
        return None, None
    year, leap, month, day = match.groups()
    try:
        lunar = LunarDay(_number(month), _number(day), bool(leap))
    except ValueError:
        return None, None
    if not (1 <= lunar.month <= 12 and 1 <= lunar.day <= 30):
        return None, None
    return (PartialDate(int(year)) if year else None), lunar


def _number(text: str) -> int:
    if text.isascii():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    if len(text) == 1:
        return _DIGITS[text]
    if text[0] == "十":
        return 10 + _DIGITS[text[1]]
    return _DIGITS[text[0]] * 10 + (_DIGITS[text[-1]] if text[-1] != "十" else 0)
