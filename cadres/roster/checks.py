"""Checks between the cells of a row. They warn; the personnel file decides, so both sides are kept."""

import re
from datetime import date
from typing import TYPE_CHECKING

from cadres.roster.parsers import DEAD, QUESTION, WARNING, Birth, Issue, deceased_issue, speaks_of_death
from common.codes import Category, Rank, Sex, lookup
from common.dates import PartialDate
from common.lunar import lunar_to_solar

if TYPE_CHECKING:
    from cadres.roster.rows import SheetReader

OLDEST, YOUNGEST = 115, 40  # ages at the end of the roster's year that nobody on a roster has
PARTY_AGE = 16
LEAVE_BEFORE = date(1949, 10, 1)


def births(reader: "SheetReader", typed: list[Birth | None]) -> list[PartialDate | None]:
    """The recorded birth dates; where none or only a lunar one is typed, the number's or the converted."""
    answer: list[PartialDate | None] = []
    lunar_column = reader.column("lunar_birthday")
    for birth, number, lunar in zip(typed, reader.id_births, lunar_column, strict=True):
        if birth and not birth.lunar:
            answer.append(birth.day)
        elif number:
            answer.append(PartialDate(number.year, number.month, number.day))
        elif birth and birth.day and lunar:
            try:
                answer.append(PartialDate.of(lunar_to_solar(birth.day.year, lunar)))
            except ValueError:
                answer.append(birth.day)
        else:
            answer.append(birth.day if birth else None)
    return answer


def cross_check(reader: "SheetReader") -> None:
    """All checks over all rows."""
    _birth_and_number(reader)
    _sex_and_number(reader)
    _ages(reader)
    _careers(reader)
    _leave(reader)
    _categories(reader)
    _remarks(reader)


def _birth_and_number(reader: "SheetReader") -> None:
    for index, (typed, number) in enumerate(zip(reader.typed_births, reader.id_births, strict=True)):
        if not typed or not number:
            continue
        if (
            typed.year != number.year
            or (typed.month and typed.month != number.month)
            or (typed.day and typed.day != number.day)
        ):
            there = PartialDate(number.year, number.month, number.day).display()
            message = f"出生年月写{typed.display()}，身份证号上是{there}；两个都留着，以档案为准"
            issue = Issue("id_birth_mismatch", WARNING, message, "照档案核对，改正错的一处", typed.display())
            reader.problem(index, "birth_date", issue)


def _sex_and_number(reader: "SheetReader") -> None:
    if "sex" not in reader.mapped:
        return
    for index, (sex, number) in enumerate(zip(reader.column("sex"), reader.id_sexes, strict=True)):
        if sex and number and sex != number:
            there = Sex(number).label
            issue = Issue(
                "id_sex_mismatch",
                WARNING,
                f"性别写{Sex(sex).label}，身份证号上是{there}",
                "照证件核对",
                str(Sex(sex).label),
            )
            reader.problem(index, "sex", issue)


def _ages(reader: "SheetReader") -> None:
    earliest, latest = reader.year - OLDEST, reader.year - YOUNGEST
    for index, birth in enumerate(reader.column("birth_date")):
        if birth and not earliest <= birth.year <= latest:
            message = f"照出生年月，{reader.year}年底{reader.year - birth.year}岁，不像离退休干部"
            field = "birth_date" if "birth_date" in reader.mapped else "id_number"
            issue = Issue("age_impossible", WARNING, message, "照档案核对出生年月", birth.display())
            reader.problem(index, field, issue)


def _careers(reader: "SheetReader") -> None:
    born, party = reader.column("birth_date"), reader.column("party_joined_on")
    work, retired = reader.column("work_started_on"), reader.column("retired_on")
    for index, (birth, joined, start, end) in enumerate(zip(born, party, work, retired, strict=True)):
        if joined and birth and joined.year - birth.year <= PARTY_AGE:
            turned = _anniversary(birth, PARTY_AGE)
            if joined.last() < turned:
                message = f"入党时不到 {PARTY_AGE} 岁（出生{birth.display()}，入党{joined.display()}）"
                issue = Issue("party_age", WARNING, message, "照档案核对两个日期", joined.display())
                reader.problem(index, "party_joined_on", issue)
        if start and end and end.year <= start.year and end.last() < start.first():
            message = f"离退休时间{end.display()}早于参加工作时间{start.display()}"
            issue = Issue("retired_before_work", WARNING, message, "照档案核对两个日期", end.display())
            reader.problem(index, "retired_on", issue)


def _anniversary(birth: PartialDate, years: int) -> date:
    first = birth.first()
    day = 28 if (first.month, first.day) == (2, 29) else first.day
    return date(first.year + years, first.month, day)


def _leave(reader: "SheetReader") -> None:
    """离休 asks for joining the revolution before 1 October 1949."""
    joined = reader.column("revolution_joined_on")
    field = "revolution_joined_on" if "revolution_joined_on" in reader.mapped else "work_started_on"
    for index, (category, day) in enumerate(zip(reader.column("category"), joined, strict=True)):
        if category != Category.LEAVE:
            continue
        if day is None:
            if field in reader.raw.get(index, {}):
                continue
            message = "离休干部没有写参加革命工作时间，算不出革命时期"
            issue = Issue("leave_without_revolution_date", WARNING, message, "照档案补上", "")
            reader.problem(index, field, issue)
        elif day.first() >= LEAVE_BEFORE:
            message = f"写的是离休，参加革命工作时间却是{day.display()}（应在1949年10月1日以前）"
            issue = Issue("leave_period", WARNING, message, "照档案核对离休还是退休，或核对时间", day.display())
            reader.problem(index, field, issue)


def _categories(reader: "SheetReader") -> None:
    if "category" not in reader.mapped:
        return
    for index, category in enumerate(reader.column("category")):
        if category is None and "category" not in reader.raw.get(index, {}):
            issue = Issue("category_missing", WARNING, "没有写离休还是退休", "填“离休”或“退休”", "")
            reader.problem(index, "category", issue)


_RELOCATED = re.compile(r"易地安置|异地安置|易地|异地")
_WIDOWED = re.compile(r"丧偶|(?:老伴|配偶|爱人|妻子?|丈夫)\S{0,8}(?:去世|已故|病故|逝世)")


def _remarks(reader: "SheetReader") -> None:
    """What only the remarks say is asked about, never taken over."""
    if "remarks" not in reader.values:
        return
    relocated, marriage = reader.column("relocated"), reader.column("marriage")
    judged: dict[str, tuple[bool, bool, bool]] = {}
    told = {problem.row for problem in reader.problems if problem.code == "reported_deceased"}
    for index, text in enumerate(reader.values["remarks"]):
        if not text:
            continue
        if text not in judged:
            dead = bool(DEAD.search(text)) and speaks_of_death(text)
            judged[text] = (dead, bool(_RELOCATED.search(text)), bool(_WIDOWED.search(text)))
        dead, moved, widowed = judged[text]
        if dead and reader.people[index] + 1 not in told:
            reader.problem(index, "remarks", deceased_issue(text))
        if moved and relocated[index] is None:
            message = "备注里提到易地，“易地安置”没有写"
            issue = Issue("remark_relocated", QUESTION, message, "是易地安置的，请定一下", "")
            reader.problem(index, "remarks", issue)
        if widowed and marriage[index] is None:
            message = "备注里提到丧偶，“婚姻状况”没有写"
            reader.problem(index, "remarks", Issue("remark_widowed", QUESTION, message, "是丧偶的，请定一下", ""))


def rank_within(text: str | None) -> str | None:
    """The rank in a text such as 主任（正处级）, if one part of it is certain."""
    if not text:
        return None
    for part in (text, *re.split(r"[()（）、,，;；\s]+", text)):
        rank = lookup(Rank, part)
        if rank and part:
            return str(rank.value)
    return None
