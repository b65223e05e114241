"""Dates as personnel files know them: sometimes only a year, or a year and a month.

``parse_partial_date`` reads every writing that units use and asks instead of guessing where a cell
can mean two things. Ages and the periods of joining the revolution are computed here too.
"""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from django.utils import timezone

from common.codes import Period
from common.lunar import solar_to_lunar

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date whose day, or month and day, may be unknown. An unknown part sorts before any known one."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day needs a month")
        date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def parse_iso(cls, text: str) -> "PartialDate":
        """Read what ``isoformat`` wrote; ValueError for anything else."""
        match = _ISO.fullmatch(text)
        if not match:
            raise ValueError(f"not a partial date: {text!r}")
        year, month, day = match.groups()
        return cls(int(year), int(month) if month else None, int(day) if day else None)

    @classmethod
    def of(cls, day: date) -> "PartialDate":
        return cls(day.year, day.month, day.day)

    def isoformat(self) -> str:
        if self.month is None:
            return f"{self.year:04}"
        if self.day is None:
            return f"{self.year:04}-{self.month:02}"
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    def first(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)

    def last(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def display(self) -> str:
        text = f"{self.year}年"
        if self.month is not None:
            text += f"{self.month}月"
        if self.day is not None:
            text += f"{self.day}日"
        return text

    def _key(self) -> tuple[int, int, int]:
        return (self.year, self.month or 0, self.day or 0)

    def __lt__(self, other: "PartialDate") -> bool:
        return self._key() < other._key() if isinstance(other, PartialDate) else NotImplemented

    def __le__(self, other: "PartialDate") -> bool:
        return self._key() <= other._key() if isinstance(other, PartialDate) else NotImplemented

    def __gt__(self, other: "PartialDate") -> bool:
        return self._key() > other._key() if isinstance(other, PartialDate) else NotImplemented

    def __ge__(self, other: "PartialDate") -> bool:
        return self._key() >= other._key() if isinstance(other, PartialDate) else NotImplemented

    def __str__(self) -> str:
        return self.display()


class DateProblem(ValueError):
    """Why a cell is no date: ``message`` says what is wrong, ``hint`` how to mend it."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


_HOW = "写成 1932-05 或 1932-05-06 这样的年月（日）"
_PROBLEMS = {
    "date_unreadable": ("日期认不出来", _HOW),
    "date_ambiguous": (
        "这个单元格是数字，末尾的 0 可能丢了，1月和10月（或1日和10日、20日、30日）分不清",
        "把单元格改成“文本”格式，照档案写成 1932-10 或 1932-01",
    ),
    "date_two_digit_year": ("年份只写了两位", "年份写全四位，例如 1932-05"),
    "date_future": ("日期在今天之后", "照档案核对年份"),
    "date_impossible": ("没有这一天（年、月或日超出范围）", "照档案核对，再" + _HOW),
}

_BLANK = frozenset({"", "无", "-", "--", "—", "——", "/", "不详", "未知", "暂无"})
_EARLIEST_YEAR, _LATEST_YEAR = 1850, 2199
_SERIALS = range(10000, 60001)  # 1927 to 2064, as Excel counts days
_SERIAL_ZERO = date(1899, 12, 30)
_SURELY_PAST = datetime.now(UTC).year - 1  # years up to this one need no look at the clock

_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_TIME = re.compile(r"(?<=\d)[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_DAY_IN_BRACKETS = re.compile(r"\((\d{1,2}[日号])\)")
_REMARK = re.compile(r"\([^()]*岁[^()]*\)|\([^()\d农阴旧闰约]*\)|\((?:[4-9]\d|1[01]\d)\)")  # (94) is an age too
_AGE = re.compile(r"(?<=[\d月日])[,、;/]?(?:[1-9]\d|1[01]\d)周?岁$")
_GAPS = re.compile(r"\d{4} +\d{1,2}(?: +\d{1,2})?")
_DASHES = re.compile(r"[‐‑‒–—―−－﹣～~]")
_CHINESE = re.compile(
    r"[〇零O○一二三四五六七八九]{4}年(?:[元正一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十廿]{1,3}[日号])?)?"
)
_CHINESE_MONTH = re.compile(r"(?<=\d年)(元|[一二三四五六七八九]|十[一二]?)月")
_CHINESE_DIGITS = {character: number % 10 for number, character in enumerate("〇一二三四五六七八九零")} | {
    "O": 0,
    "○": 0,
}
_TAIL = re.compile(r"出?生$")
_DATE = re.compile(
    r"(\d{4})(?:年|[-./\\,、。·_](?!$)|(?=$))"
    r"(?:(\d{1,2})(?:月份?|[-./\\,、。·_](?!$)|(?=$)))?"
    r"(?:(\d{1,2})[日号]?)?"
)
_PLAIN = re.compile(r"(\d{4})[-./](\d{1,2})(?:[-./](\d{1,2}))?", re.ASCII)  # nearly all of them
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_POINT = re.compile(r"(\d{4})\.(\d{2})(\d{2})")  # 1932.0506
_TWO_DIGITS = re.compile(r"'?\d{2}(?:年|[-./,、。·_])\d{1,2}(?:[月\-./,、。·_](?:\d{1,2}[日号]?)?)?|\d{2}年?")
_DAY_FIRST = re.compile(r"\d{1,2}[-./]\d{1,2}[-./]\d{2}")


def parse_partial_date(value: object, *, today: date | None = None) -> PartialDate | None:
    """Read a date cell, text or number; None for a blank one, DateProblem for what is not certain."""
    if value is None:
        return None
    if isinstance(value, str):
        found = _read_text(value)
    elif isinstance(value, bool):
        found = "date_unreadable"
    elif isinstance(value, int | float):
        found = _read_number(value)
    elif isinstance(value, date):  # datetime too
        found = PartialDate(value.year, value.month, value.day)
    elif isinstance(value, PartialDate):
        found = value
    else:
        found = "date_unreadable"
    if found is None:
        return None
    if isinstance(found, PartialDate):
        if found.year <= _SURELY_PAST and today is None:
            return found
        if found.first() <= (today or timezone.localdate()):
            return found
        found = "date_future"
    raise DateProblem(found, *_PROBLEMS[found])


def _build(year: int, month: int, day: int) -> PartialDate | str:
    """0 stands for an unknown month or day, as rosters write 1932.05.00."""
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR or (day and not month):
        return "date_impossible"
    try:
        return PartialDate(year, month or None, day or None)
    except ValueError:
        return "date_impossible"


@lru_cache(maxsize=131072)
def _read_text(raw: str) -> PartialDate | str | None:
    """A date, None for a blank, or the code of the problem."""
    plain = _PLAIN.fullmatch(raw)
    if plain:
        return _build(*map(int, plain.groups(default="0")))
    text = unicodedata.normalize("NFKC", raw).strip().lstrip("'‘’`").strip()
    text = _TIME.sub("", text)
    if _GAPS.fullmatch(text):  # 1932 5 6
        text = ".".join(text.split())
    text = _SPACE.sub("", text)
    if text in _BLANK:
        return None
    text = _DASHES.sub("-", text).strip('"“”')
    if _CHINESE.fullmatch(text):
        return _read_chinese(text)
    text = _CHINESE_MONTH.sub(lambda match: f"{_counted(match[1])}月", text)
    text = _DAY_IN_BRACKETS.sub(r"\1", text)
    text = _TAIL.sub("", _AGE.sub("", _REMARK.sub("", text))).rstrip(".,、。·-/_").replace("..", ".")
    match = _COMPACT.fullmatch(text) or _DATE.fullmatch(text) or _POINT.fullmatch(text)
    if match:
        year, month, day = (int(part or 0) for part in match.groups())
        if len(text) == 6 and text.isdigit() and not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
            return "date_two_digit_year"  # 320506
        return _build(year, month, day)
    if _TWO_DIGITS.fullmatch(text) or _DAY_FIRST.fullmatch(text):
        return "date_two_digit_year"
    return "date_unreadable"


def _read_chinese(text: str) -> PartialDate | str:
    """一九三二年五月六日; the digits of the year one by one, month and day counted."""
    year, _, rest = text.partition("年")
    month, _, day = rest.partition("月")
    number = int("".join(str(_CHINESE_DIGITS[digit]) for digit in year))
    return _build(number, _counted(month), _counted(day.rstrip("日号")))


def _counted(text: str) -> int:
    """元, 十二, 廿五, 三十一 as numbers; 0 where nothing is written."""
    if text in ("元", "正"):
        return 1
    tens, ten, ones = text.replace("廿", "二十").rpartition("十")
    return (_CHINESE_DIGITS.get(tens, 1) * 10 if ten else 0) + _CHINESE_DIGITS.get(ones, 0)


@lru_cache(maxsize=131072)
def _read_number(number: float) -> PartialDate | str | None:
    """A numeric cell: a year, 1932.05, 193205, 19320506 or Excel's count of days."""
    if number != number or number in (float("inf"), float("-inf")) or number < 0:
        return "date_unreadable"
    whole = int(number)
    if whole in _SERIALS:
        return PartialDate.of(_SERIAL_ZERO + timedelta(days=whole))
    if number == whole:
        if 0 < whole < 100:
            return "date_two_digit_year"
        digits = str(whole)
        return _read_text(digits) if len(digits) in (4, 6, 8) else "date_unreadable"
    if not 1000 <= whole <= 9999:
        return "date_two_digit_year" if whole < 100 else "date_unreadable"
    return _read_decimal(whole, f"{number:.6f}".split(".")[1].rstrip("0"))


def _read_decimal(year: int, decimals: str) -> PartialDate | str:
    """1932.05 as a number: the zeros at its end are lost, so 1932.1 is January or October."""
    if decimals == "1":
        return "date_ambiguous"
    if len(decimals) <= 2:
        return _build(year, int(decimals), 0)
    if len(decimals) == 3:  # 1932.051 was 1932.0510, unless somebody meant the first
        return "date_ambiguous" if decimals[2] in "123" else "date_unreadable"
    if len(decimals) == 4:
        return _build(year, int(decimals[:2]), int(decimals[2:]))
    return "date_unreadable"


def full_age(birth: PartialDate, on: date) -> int:
    """周岁. An unknown day is the month's last, an unknown month is December.

    29 February counts as the 28th in plain years, as it does for birthdays.
    """
    day = birth.last()
    month_day = (day.month, day.day)
    if month_day == (2, 29) and monthrange(on.year, 2)[1] == 28:
        month_day = (2, 28)
    return on.year - day.year - ((on.month, on.day) < month_day)


def age_at_year_end(birth: PartialDate, year: int) -> int:
    """Age as the yearly statistics count it, at the cut-off of 31 December."""
    return year - birth.year


def nominal_age(birth: PartialDate, on: date) -> int:
    """虚岁: one at birth, one more at every lunar New Year."""
    return solar_to_lunar(on)[0] - solar_to_lunar(birth.last())[0] + 1


_PERIOD_ENDS = (
    (date(1927, 7, 31), Period.P1),
    (date(1937, 7, 6), Period.P2),
    (date(1942, 12, 31), Period.P3),
    (date(1945, 9, 2), Period.P4),
    (date(1949, 9, 30), Period.P5),
)


def revolution_period(joined: PartialDate) -> Period | None:
    """The period of joining the revolution; None from 1 October 1949 on.

    An unknown day counts as the month's last, as it does for ages.
    """
    day = joined.last()
    return next((period for end, period in _PERIOD_ENDS if day <= end), None)
