"""Reading one cell of each kind. Each parser is called once per distinct value of a column.

A parser returns ``(value, issue)``: value None means nothing is taken, ``keep`` in the issue that the text as
typed is kept beside the person. No text of an issue holds a whole ID number, phone or account.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple

from cadres.roster import fields as f
from cadres.roster.fields import RosterField, normalise_header
from cadres.roster.layout import mask_any, text_of
from cadres.roster.lunar_text import read_lunar
from cadres.roster.reading import CELL_ERROR
from common.codes import Ethnicity, PoliticalStatus, SelfCare, Sex, lookup, lookup_benefit, lookup_noted, truth
from common.codes import normalise as normalise_word
from common.dates import DateProblem, PartialDate, parse_partial_date
from common.idcard import IdProblem, mask_bank, mask_id, mask_phone, parse_id
from common.lunar import LunarDay

ERROR, WARNING, QUESTION = "error", "warning", "question"


class Issue(NamedTuple):
    """What is wrong with a distinct value of a column."""

    code: str
    level: str
    message: str
    hint: str
    shown: str
    keep: bool = False  # the original text is kept in ``RosterRow.raw``


class Birth(NamedTuple):
    """A birth date as typed; ``lunar`` when the text says 农历."""

    day: PartialDate | None
    lunar: LunarDay | None


class Relocated(NamedTuple):
    yes: bool
    place: str


class Death(NamedTuple):
    on: PartialDate | None


Parsed = tuple[Any, Issue | None]
Parser = Callable[[Any], Parsed]

_BLANK: Final = frozenset(["", "无", "暂无", "-", "--", "—", "——", "/", "\\", "、", "不详", "未知", "空", "未填", "*"])
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f]")
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_NAME_LETTERS = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·〇]{2,30}|[A-Za-z][A-Za-z .'·-]{1,59}")
_DOTS = re.compile(r"[•・‧∙●⋅．.•﹒]")
_BRACKETED = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
DEAD = re.compile(r"去世|已故|病故|逝世|离世|死亡|亡故|故去|身故|过世")
_KIN = re.compile(r"配偶|老伴|妻|丈夫|爱人|儿|女|子|父|母|兄|弟|姐|妹|家属|遗属")
_ALIVE: Final = frozenset(
    ["健在", "在世", "正常", "在", "否", "生存", "健康", "良好", "未去世", "在职", "离休", "退休"]
)
_SCIENTIFIC = re.compile(r"\d(?:\.\d*)?E\+?\d+", re.IGNORECASE)


def clean(value: Any) -> str:
    """The text of a cell on one line, without invisible characters; placeholders such as / are blank."""
    text = value if isinstance(value, str) else text_of(value)
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    text = " ".join(text.split())
    return "" if text in _BLANK else text


def shown(spec: RosterField | None, value: Any) -> str:
    """The value as a message may show it."""
    text = clean(value)[:60]
    if spec is None:
        return mask_any(text)
    if spec.kind in (f.ID, f.BANK) and _SCIENTIFIC.fullmatch(text):
        return f"{float(text):.5E}"  # as Excel shows it: the few digits left tell nobody
    if spec.kind == f.ID:
        return mask_id(text)
    if spec.kind == f.PHONE:
        return mask_phone(text)
    if spec.kind == f.BANK:
        return mask_bank(text)
    return mask_any(text)


def parser_for(spec: RosterField, header: str, today: date) -> Parser:
    """The parser of a column; a cell holding #N/A and the like never reaches it."""
    inner = _BY_KIND[spec.kind](spec, header, today)

    def parse(value: Any) -> Parsed:
        if value == "":
            return None, None
        if value is CELL_ERROR:
            level = ERROR if spec.kind in (f.NAME, f.ID) else WARNING
            hint = "在表里改掉公式，或填上实际内容"
            return None, Issue("cell_error", level, f"{spec.label}是公式错误值（#N/A 之类）", hint, "#N/A")
        return inner(value)

    return parse


def _name(spec: RosterField, header: str, today: date) -> Parser:
    def parse(value: Any) -> Parsed:
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value, None
        text = unicodedata.normalize("NFKC", clean(value))
        notes = "".join(_BRACKETED.findall(text))
        issue = None
        if notes and DEAD.search(notes):
            text = _BRACKETED.sub("", text)
            issue = deceased_issue(text_of(value))
        elif notes and (lookup(Sex, notes) or lookup(Ethnicity, notes)):  # 李兰（女）
            text = _BRACKETED.sub("", text)
        if re.search(r"[\u3400-\u9fff]", text):
            text = _DOTS.sub("·", text.replace(" ", ""))
        text = text.strip("·,，、;；*")
        if not text or text in _BLANK:
            return None, None
        if not issue and not _NAME_LETTERS.fullmatch(text):
            hint = "只留姓名；说明写到备注里"
            issue = Issue("name_unusual", WARNING, "姓名里有不像姓名的字", hint, mask_any(text))
        return text[:60], issue

    return parse


def _id(spec: RosterField, header: str, today: date) -> Parser:
    def parse(value: Any) -> Parsed:
        if not isinstance(value, str | int | float):
            value = text_of(value)
        try:
            number = parse_id(value, today=today)
            if number and number.number.endswith("000") and not number.was_15:
                message = "身份证号末三位是 000，可能被表格软件改坏过"
                hint = "照证件核对末三位，对的不用改"
                return number, Issue("id_zeros", WARNING, message, hint, shown(spec, value))
            return number, None
        except IdProblem as problem:
            return None, Issue(problem.code, ERROR, problem.message, problem.hint, shown(spec, value))

    return parse


_ASKED: Final = frozenset(["date_ambiguous", "date_two_digit_year"])


def _date(spec: RosterField, header: str, today: date) -> Parser:
    birth = spec.key == "birth_date"

    def parse(value: Any) -> Parsed:
        if birth and isinstance(value, str) and re.search(r"农历|阴历|旧历", value):
            day, lunar = read_lunar(value)
            if lunar:
                return Birth(day, lunar), None
        try:
            day = parse_partial_date(value, today=today)
        except DateProblem as problem:
            if isinstance(value, str) and clean(value) == "":
                return None, None
            level = QUESTION if problem.code in _ASKED else WARNING
            message = f"{spec.label}：{problem.message}"
            return None, Issue(problem.code, level, message, problem.hint, shown(spec, value), keep=True)
        return (Birth(day, None) if birth and day else day), None

    return parse


def _code(spec: RosterField, header: str, today: date) -> Parser:
    choices = spec.choices
    assert choices is not None
    benefit = spec.key in ("treatment_rank", "medical_rank")
    find = lookup_benefit if benefit else partial(lookup_noted, choices)
    yes_no = spec.key == "political_status" and "党员" in header
    able = spec.key == "self_care" and re.search(r"能否|是否|能自理", normalise_header(header))
    hint = "写成" + "、".join(str(label) for label in choices.labels[:6]) + ("等" if len(choices.labels) > 6 else "")

    def parse(value: Any) -> Parsed:
        text = clean(value)
        medical = spec.key == "treatment_rank" and "医疗" in text  # 享受副厅级医疗待遇 is the other field
        member = None if medical else find(value)
        if member is not None:
            dead = spec.key == "category" and DEAD.search(text)
            return str(member.value), deceased_issue(text) if dead else None
        if not text:
            return None, None
        if able and len(text) == 1 and truth(text) is not None:
            return (SelfCare.FULL if truth(text) else SelfCare.NONE).value, None
        if yes_no and truth(text) is not None and len(text) == 1:
            return (PoliticalStatus.PARTY_MEMBER.value if truth(text) else None), None
        if spec.key in ("health", "self_care", "living", "category") and DEAD.search(text):
            return None, deceased_issue(text)
        message = f"“{mask_any(text)}”不在{spec.label}的选项里；原文照存，等候对照"
        return None, Issue("value_unmapped", WARNING, message, hint, mask_any(text), keep=True)

    return parse


def _text(spec: RosterField, header: str, today: date) -> Parser:
    limit = 2000 if spec.key == "remarks" else 300

    def parse(value: Any) -> Parsed:
        text = clean(value)
        if len(text) > limit:
            message = f"{spec.label}超过 {limit} 字，只取前面的"
            return text[:limit], Issue("text_too_long", WARNING, message, "写短一些", mask_any(text), keep=True)
        return text or None, None

    return parse


_PHONES = re.compile(r"[,，、;；/\\|\s]+")
_MOBILE = re.compile(r"1\d{10}")
_PHONE = re.compile(r"(?:\+?86)?1\d{10}|(?:0\d{2,3}-?)?\d{7,8}(?:(?:-|转)\d{1,6})?|[48]00-?\d{3}-?\d{4}")


def _phone(spec: RosterField, header: str, today: date) -> Parser:
    def parse(value: Any) -> Parsed:
        if isinstance(value, str) and _MOBILE.fullmatch(value):
            return value, None
        text = clean(value)
        if not text:
            return None, None
        plain = unicodedata.normalize("NFKC", text).replace("—", "-").replace("(", "").replace(")", "-").lstrip("'")
        if _PHONE.fullmatch(plain.replace(" ", "")):
            plain = plain.replace(" ", "")
        numbers = [part.strip("-") for part in _PHONES.split(plain) if part.strip("-")]
        if numbers and all(_PHONE.fullmatch(number) for number in numbers):
            return "、".join(number.removeprefix("+86") for number in numbers), None
        hint = "手机写 11 位，座机写区号-号码；多个号码用顿号隔开"
        return text[:60], Issue("phone_unusual", WARNING, f"{spec.label}不像电话号码", hint, shown(spec, text))

    return parse


def _bank(spec: RosterField, header: str, today: date) -> Parser:
    def parse(value: Any) -> Parsed:
        text = clean(value)
        number = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).lstrip("'")
        if not number:
            return None, None
        damaged = isinstance(value, float) and abs(value) >= 1e15
        if damaged or _SCIENTIFIC.fullmatch(number):
            hint = "把这一列设成“文本”，照卡片重打"
            return None, Issue("bank_scientific", WARNING, "银行账号被 Excel 改坏，后几位已丢", hint, shown(spec, text))
        if not re.fullmatch(r"\d{8,32}", number):
            hint = "只写数字，开户行写到备注里"
            return None, Issue("bank_unusual", WARNING, "银行账号里有别的字，或位数不对", hint, shown(spec, text))
        return number, None

    return parse


_PLAIN_YES: Final = frozenset(
    ["是", "有", "易地安置", "异地安置", "易地", "异地", "√", "1", "Y", "YES", "TRUE", "对", "已安置", "V"]
)


def _truth(spec: RosterField, header: str, today: date) -> Parser:
    def parse(value: Any) -> Parsed:
        text = clean(value)
        if not text:
            return None, None
        answer = truth(value if isinstance(value, bool) else text)
        if answer is None:
            message = f"“{mask_any(text)}”看不出是还是不是{spec.label}；原文照存"
            hint = "写“是”“否”，或写安置地"
            return None, Issue("value_unmapped", WARNING, message, hint, mask_any(text), keep=True)
        place = "" if not answer or normalise_word(text) in _PLAIN_YES else text[:60]
        return Relocated(answer, place), None

    return parse


def _death(spec: RosterField, header: str, today: date) -> Parser:
    alive_column = bool(re.search(r"在世|健在", normalise_header(header)))

    def parse(value: Any) -> Parsed:
        text = clean(value)
        if not text or text in _ALIVE:
            return None, None
        if alive_column and truth(text) is not None:
            return (None, None) if truth(text) else (Death(None), deceased_issue(text))
        on = date_within(value)
        if on or DEAD.search(text) or truth(text) is True:
            return Death(on), deceased_issue(text, on)
        message = f"“{mask_any(text)}”看不出是否去世；原文照存"
        return None, Issue("value_unmapped", WARNING, message, "去世的写去世日期", mask_any(text), keep=True)

    return parse


def split_list(text: str) -> list[str]:
    """A parallel list in one cell: both commas, 、, ; or line breaks."""
    return [part.strip() for part in re.split(r"[,，、;；\n/]", text)]


def _list(spec: RosterField, header: str, today: date) -> Parser:
    def parse(value: Any) -> Parsed:
        text = value.strip() if isinstance(value, str) else text_of(value)
        return (None if text in _BLANK else text[:1000]), None

    return parse


def deceased_issue(text: str, on: PartialDate | None = None) -> Issue:
    """Death stops benefits, so a roster never records it: the reader is sent to the registration."""
    when = f"，日期写的是{on.display()}" if on else ""
    message = f"名册上写已经去世{when}；去世另走登记，这里不改"
    hint = "到“登记去世”填上日期" if not on else "到“登记去世”核对日期后登记"
    return Issue("reported_deceased", WARNING, message, hint, mask_any(text))


_DATE_WITHIN = re.compile(r"\d{4}\s*[年./-]\s*\d{1,2}(?:\s*[月./-]\s*\d{1,2})?|\d{8}|\d{6}|\d{4}(?=年|$)")


def date_within(value: Any) -> PartialDate | None:
    """A date in a cell, or inside its text; None where there is none or it is not certain."""
    candidates = [value]
    if isinstance(value, str):
        candidates += _DATE_WITHIN.findall(unicodedata.normalize("NFKC", value))
    for candidate in candidates:
        try:
            day = parse_partial_date(candidate)
        except DateProblem:
            continue
        if day:
            return day
    return None


def speaks_of_death(text: str) -> bool:
    """Whether a remark says the person has died: 已故, but not 老伴已故."""
    return any(DEAD.search(part) and not _KIN.search(part) for part in re.split(r"[,，;；。、\s]", text))


def _lunar(spec: RosterField, header: str, today: date) -> Parser:
    def parse(value: Any) -> Parsed:
        text = clean(value)
        if not text:
            return None, None
        day, lunar = read_lunar(text)
        if lunar:
            return Birth(day, lunar), None
        hint = "写成“四月初九”或“闰四月初九”"
        return None, Issue("date_unreadable", WARNING, "农历生日认不出来", hint, mask_any(text), keep=True)

    return parse


_BY_KIND: Final[dict[str, Callable[[RosterField, str, date], Parser]]] = {
    f.NAME: _name,
    f.ID: _id,
    f.CODE: _code,
    f.DATE: _date,
    f.TRUTH: _truth,
    f.PHONE: _phone,
    f.BANK: _bank,
    f.TEXT: _text,
    f.LIST: _list,
    f.DEATH: _death,
    f.LUNAR: _lunar,
}
