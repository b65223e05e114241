"""The workbook that a unit mends and hands in: its present people, drop-down lists for coded columns, spare rows.

Every column is one that our own reading takes without a question, written as it is read, so that the workbook handed
in unchanged changes nobody. Countable facts are those of the collection's day, as the comparison takes them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, Final

import xlsxwriter

from cadres.models import COUNTED_FIELDS, CadreState, UnitRoster
from cadres.roster.fields import CODE, FIELD, TRUTH, RosterField
from cadres.roster_import.frame import attribute_of
from common.lunar import LunarDay

BLANK_ROWS: Final = 60
KEYS: Final = (
    "name", "sex", "ethnicity", "birth_date", "lunar_birthday", "id_number", "education", "political_status",
    "party_joined_on", "work_started_on", "revolution_joined_on", "retired_on", "category", "nature", "rank",
    "treatment_rank", "medical_rank", "post", "title", "health", "self_care", "living", "marriage", "address",
    "registered_address", "native_place", "community_name", "phone", "relocated", "hobbies", "specialties", "remarks",
)  # fmt: skip
GUIDE: Final = (
    "一、前面是系统里本单位现有的人，逐个核对，有变化的直接在格子里改。",
    "二、新增的人接着往下写，一人一行；姓名、身份证号、离退休类型必须有。",
    "三、去世、调走的人，把整行删掉，核对时市局会逐个问清楚；不要改成别人的名字。",
    "四、有下拉的栏目（性别、民族、政治面貌、级别、健康、居住等）从下拉里选，不要写别的。",
    "五、出生年月等日期写成 1932-05 或 1932-05-06；不知道日子的，写到月就行。",
    "六、空着的格子不会抹掉系统里已有的内容。",
    "七、身份证号是文本格式，不要改成数字；表里是完整号码，用完请妥善保管，不要转发。",
    "八、改好后存成 .xlsx，回到系统“报名册”里上传。",
)


def write_template(unit_roster: UnitRoster) -> tuple[bytes, int]:
    """The workbook and how many people stand in it."""
    target = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(target, safe)
    fields = [FIELD[key] for key in KEYS]
    sheet = book.add_worksheet("名册")
    guide = book.add_worksheet("填报说明")
    options = book.add_worksheet("选项")
    options.hide()
    count = _people(book, sheet, fields, unit_roster)
    _lists(sheet, options, fields, count)
    wide = book.add_format({"text_wrap": True, "valign": "top", "font_size": 12})
    guide.set_column(0, 0, 90)
    collection = unit_roster.collection
    lines = [f"{collection.year}年度名册填报说明，{collection.due_on:%Y-%m-%d} 前报送", *GUIDE]
    for row, line in enumerate([*lines, *collection.words.splitlines()]):
        guide.write_string(row, 0, line, wide)
    book.close()
    return target.getvalue(), count


def _people(book: Any, sheet: Any, fields: list[RosterField], unit_roster: UnitRoster) -> int:
    collection = unit_roster.collection
    title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True,
                            "bg_color": "#EDE7DA"})  # fmt: skip
    text = book.add_format({"border": 1, "num_format": "@", "valign": "vcenter"})
    sheet.merge_range(0, 0, 0, len(fields), f"{collection.year}年度离退休干部名册", title)
    sheet.write_string(1, 0, f"填报单位：{unit_roster.organization.name}    截至日期：{collection.as_of.isoformat()}")
    sheet.write_string(2, 0, "序号", head)
    for column, field in enumerate(fields, 1):
        sheet.write_string(2, column, field.label, head)
        sheet.set_column(column, column, field.width, text)
    number = 0
    for number, state in enumerate(_states(unit_roster), 1):
        sheet.write_number(number + 2, 0, number, text)
        for column, field in enumerate(fields, 1):
            value = cell_of(state, field)
            if value:
                sheet.write_string(number + 2, column, value, text)
            else:
                sheet.write_blank(number + 2, column, None, text)
    for row in range(number + 3, number + 3 + BLANK_ROWS):
        for column in range(len(fields) + 1):
            sheet.write_blank(row, column, None, text)
    sheet.freeze_panes(3, 2)
    return number


def _states(unit_roster: UnitRoster) -> Iterator[CadreState]:
    on = CadreState.objects.as_of(unit_roster.collection.day).filter(unit_id=unit_roster.organization_id)
    return on.select_related("cadre__community").order_by("cadre_id").iterator(chunk_size=2000)


def _lists(sheet: Any, options: Any, fields: list[RosterField], count: int) -> None:
    """Drop-downs from a hidden sheet: the peoples of China are too many for a list in the cell itself."""
    for column, field in enumerate(fields, 1):
        if field.kind == CODE and field.choices is not None:
            words = [str(label) for label in field.choices.labels]
        elif field.kind == TRUTH:
            words = ["是", "否"]
        else:
            continue
        options.write_string(0, column, f"{field.label}的选项")
        for row, word in enumerate(words, 1):
            options.write_string(row, column, word)
        letter = _letter(column)
        rule = {"validate": "list", "source": f"=选项!${letter}$2:${letter}${len(words) + 1}"}
        if field.kind == TRUTH:  # the place itself may be written
            rule["error_type"] = "information"
        rule |= {"error_title": field.label, "error_message": "请从下拉里选一项"}
        sheet.data_validation(3, column, count + 2 + BLANK_ROWS, column, rule)


def _letter(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))


def cell_of(state: CadreState, field: RosterField) -> str:
    """What stands in a cell: labels of codes, 1932-05 for dates, whole numbers; blank where nothing is known."""
    special = _SPECIAL.get(field.key)
    if special is not None:
        return special(state)
    name = attribute_of(field.key)
    source: Any = state if name in COUNTED_FIELDS else state.cadre
    value = getattr(source, name)
    if field.kind == CODE:
        return str(getattr(source, f"get_{name}_display")() or "")
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return "" if value is None else str(value)


def _lunar(state: CadreState) -> str:
    cadre = state.cadre
    if cadre.birthday_calendar != "lunar" or not cadre.birthday_month or not cadre.birthday_day:
        return ""
    return LunarDay(cadre.birthday_month, cadre.birthday_day, cadre.birthday_leap).display()


def _community(state: CadreState) -> str:
    return state.cadre.community.name if state.cadre.community else state.cadre.community_name


def _relocated(state: CadreState) -> str:
    return (state.cadre.relocated_to or "是") if state.relocated else ""


_SPECIAL: Final[dict[str, Callable[[CadreState], str]]] = {
    "lunar_birthday": _lunar,
    "community_name": _community,
    "relocated": _relocated,
}
