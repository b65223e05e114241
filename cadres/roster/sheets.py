"""Which rows of a sheet are people, and what its title says. ``understand`` is the entry."""

import re
import unicodedata
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from cadres.roster.fields import CATEGORY_ANSWER, FIELD, SYNONYMS
from cadres.roster.fill import fill_down
from cadres.roster.layout import (
    ColumnQuestion,
    Layout,
    Mappings,
    SkippedRow,
    StatedTotal,
    find_header,
    header_paths,
    letter_of,
    map_columns,
    recognise,
    resolve,
    signature_of,
    text_of,
)
from cadres.roster.places import district_of
from cadres.roster.reading import RawSheet
from common.codes import Category
from common.dates import DateProblem, PartialDate, parse_partial_date
from common.idcard import IdProblem, parse_id

_TOTAL = re.compile(r"(?:本页|全局|全市|全区|全县|单位)?(?:合计|总计|小计|共计|累计|总人数|合\s+计|总\s+计|小\s+计)")
_SIGNATURE = re.compile(
    r"(?:填表人|制表人?|审核人?|填报人|单位负责人|负责人|经办人|复核人?|主管领导|分管领导|领导签字|签字|盖章|单位盖章"
    r"|联系人|联系电话|填报日期|填表日期|填报时间|填表时间|报送时间|报送单位|填报单位|单位[(（]盖章|年\s*月\s*日)"
)
_NOTE = re.compile(
    r"(?:填表|填写|填报|有关|几点)?(?:说明|须知|要求)|备注?[:：]|注\s*[:：]?\s*\d*|附注|※|\*|以上|以下|\d+[、.．]\s*\D"
)
_EXAMPLE = re.compile(
    r"[（(【\[]?(?:例如?|示例|样例|范例|举例|示范|填[写表]示?例|样表)[）)】\]]?\s*[:：]?\s*(?:\d{0,3}|.*行)"
)
_EXAMPLE_NOTE = re.compile(r"[（(【\[](?:示?例|样例|范例)[）)】\]]")
_EXAMPLE_NAMES = frozenset(
    [
        "张三",
        "李四",
        "王五",
        "赵六",
        "某某",
        "某某某",
        "张某某",
        "李某某",
        "XXX",
        "XX",
        "×××",
        "××",
        "张XX",
        "张某",
        "王示例",
    ]
)
_PLAUSIBLE_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·•]{2,12}")
_COLUMN_LETTERS = frozenset([*"甲乙丙丁戊己庚辛壬癸", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *"①②③④⑤⑥⑦⑧⑨⑩"])
_HEADING = re.compile(r".{2,}(?:局|委|院|厂|公司|中心|办公室|学校|小学|中学|乡|镇|街道|站|所|系统|单位|部门)$")
_NUMBERING = re.compile(r"^[(]?[一二三四五六七八九十\d]+[)]?[、.．)]\s*|\s*[(]?(?:共)?\d+\s*[人名位][)]?$|[:]$")
_SENTENCE = re.compile(r"[填按须应请不]|包括|其中|如下|要求")
_LIST = re.compile(r"(?:名册|花名册|名单|一览表|情况表|登记表|统计表|信息表|基本情况)$")
_COUNT = re.compile(r"(\d+)\s*[人名位]")


def understand(sheet: RawSheet, mappings: Mappings) -> Layout | str:
    """The layout of a roster, or a sentence saying why the sheet is not one."""
    if sheet.problem:
        return "图表或宏表，不是名册" if sheet.problem == "not_a_worksheet" else "这张表已损坏，读不出来"
    if not any(text_of(value) for column in sheet.columns for value in column.values):
        return "空表"
    if not sheet.visible:
        return "隐藏的工作表，不读；要读请先取消隐藏再上传"
    block = find_header(sheet)
    if block is None:
        return _not_a_roster(sheet)
    first, last = block
    paths = header_paths(sheet, first, last)
    layout = Layout(tuple(range(first + 1, last + 2)), [], signature_of(paths))
    answers = mappings.get(layout.signature, {})
    known = _first_columns(paths, answers)
    evidence = known.keys() & {"id_number", "birth_date"}
    if not evidence and len(known) < 4:
        return "只认出姓名等一两列，没有身份证号和出生年月，不像名册"
    _read_title(sheet, first, layout)
    _sort_rows(sheet, last + 1, known, layout)
    map_columns(sheet, paths, layout, answers)
    fill_down(sheet, layout)
    _settle_category(layout, answers)
    return layout


def _not_a_roster(sheet: RawSheet) -> str:
    if any(word in sheet.name for word in ("说明", "须知", "要求")):
        return "填表说明，不是名册"
    if any(word in sheet.name for word in ("汇总", "统计", "合计")):
        return "汇总统计，不是名册"
    if any(word in sheet.name for word in ("字典", "代码", "选项", "下拉")):
        return "选项清单，不是名册"
    return "没有找到表头（没有“姓名”“身份证号”这样的列），不是名册"


def _first_columns(paths: list[tuple[str, ...]], answers: Mapping[str, str]) -> dict[str, int]:
    """Fields with the first column that claims them, before the content is looked at; 序号 under ``#``."""
    found: dict[str, int] = {}
    for number, path in enumerate(paths):
        answer = answers.get(letter_of(number))
        kind, form = resolve(path)
        if answer in FIELD:
            found[answer] = number
        elif kind == "field" and answer is None:
            found.setdefault(SYNONYMS[form], number)
        elif kind == "ignored" and form in ("序号", "编号", "号", "序", "顺序号", "总序号"):
            found.setdefault("#", number)
    return found


class _Rows:
    """Sorts the rows below the header into people and others."""

    def __init__(self, sheet: RawSheet, start: int, known: dict[str, int], layout: Layout) -> None:
        self.sheet, self.start, self.layout = sheet, start, layout
        self.name, self.id, self.number = known.get("name"), known.get("id_number"), known.get("#")
        self.fields = {number: key for key, number in known.items() if key != "#"}
        self.boundary = 0  # people before the last heading or repeated header

    def run(self) -> None:
        doubtful = self._doubtful()
        people, totals = self.layout.people, []
        for row in range(self.start, self.sheet.height):
            kind, reason = self._kind(row) if row in doubtful or row < self.start + 3 else ("", "")
            if not kind:
                people.append(row)
                continue
            if kind == "total":
                totals.append((row, len(people), self.boundary))
            elif kind == "note":
                self._section(row)
            elif kind == "repeat":
                self._again(row)
            self.layout.skipped_rows.append(SkippedRow(row + 1, kind, reason))
        self._totals(totals)

    def _doubtful(self) -> set[int]:
        """Rows worth a closer look: name or number missing, or a word such as 合计 in the first columns."""
        rows: set[int] = set()
        watched = {column for column in (self.name, self.id) if column is not None}
        for number in watched | set(range(min(3, len(self.sheet.columns)))):
            column = self.sheet.columns[number]
            words = number != self.id
            flags = [_is_special(value, number in watched, words) for value in column.values]
            if any(flags):
                codes = column.codes
                rows.update(row for row in range(self.start, self.sheet.height) if flags[codes[row]])
        return rows

    def _kind(self, row: int) -> tuple[str, str]:
        cells = [(number, text) for number, value in enumerate(self.sheet.row(row)) if (text := text_of(value))]
        filled = [(number, text) for number, text in cells if number != self.number]
        name = text_of(self.sheet.cell(row, self.name)) if self.name is not None else ""
        identity = text_of(self.sheet.cell(row, self.id)) if self.id is not None else ""
        if not filled:
            if cells and not cells[0][1].replace(".", "").isdigit():
                return self._words(cells, name, identity) or ("note", "只有一格文字，不是人")
            return "blank", "空行（只有序号或空格）" if cells else "空行"
        return self._words(cells, name, identity) or self._shape(row, filled, name, identity)

    def _section(self, row: int) -> None:
        """A heading inside the table, 一、离休干部（9人）, holds for the rows below it."""
        texts = [text for text in map(text_of, self.sheet.row(row)) if text]
        whole = "".join(texts)
        heading = len(texts) <= 3 and len(whole) <= 20 and not _SENTENCE.search(whole)
        if not heading and not (len(whole) <= 60 and _LIST.search(whole)):
            return
        self.boundary = len(self.layout.people)
        category = _category_in(whole)
        if category:
            self.layout.sections.append((row, category))
            return
        unit = _NUMBERING.sub("", unicodedata.normalize("NFKC", whole))
        if _HEADING.fullmatch(unit):
            self.layout.units.append((row, unit))

    def _again(self, row: int) -> None:
        """A header repeated below; one with other columns begins a table that cannot be read with this one."""
        self.boundary = len(self.layout.people)
        for number, key in self.fields.items():
            kind, form = recognise(text_of(self.sheet.cell(row, number)))
            if kind == "field" and SYNONYMS[form] != key and self.layout.other_header is None:
                self.layout.other_header = row

    def _words(self, cells: list[tuple[int, str]], name: str, identity: str) -> tuple[str, str] | None:
        first = unicodedata.normalize("NFKC", cells[0][1])
        if any(_TOTAL.match(text) for _, text in cells[:3]) and not _is_person(name, identity):
            return "total", "合计行，用来核对"
        if any(recognise(text) == recognise("姓名") for text in (name,) if text):
            return "repeat", "重复的表头，不读"
        if _EXAMPLE.fullmatch(first) or _EXAMPLE.fullmatch(name) or cells[-1][1] in ("示例", "例", "示例行", "样例"):
            return "example", "示例行，不读"
        if _is_person(name, identity):
            return None
        if _SIGNATURE.match(first) and (":" in first or len(cells) <= 6):
            return "signature", "落款，不读"
        if _NOTE.match(first) and len(cells) <= 3:
            return "note", "说明，不读"
        return None

    def _shape(self, row: int, filled: list[tuple[int, str]], name: str, identity: str) -> tuple[str, str]:
        if row < self.start + 3:
            if _is_column_numbers(filled):
                return "numbers", "列号行，不读"
            if name.replace("　", "").replace(" ", "").upper() in _EXAMPLE_NAMES and not _valid(identity):
                return "example", "示例行，不读"
        alone = not identity and len(filled) == 1 and bool(name)
        if alone and (_category_in(name) or _LIST.search(name) or _HEADING.fullmatch(name)):
            return "note", "分组标题或说明，不是人"
        numbered = len(filled) == 2 and self.number is not None and text_of(self.sheet.cell(row, self.number)).isdigit()
        if (
            not identity
            and len(filled) <= 2
            and not numbered
            and not _PLAUSIBLE_NAME.fullmatch(re.sub(r"\s", "", name))
        ):
            long = any(len(text) > 20 for _, text in filled)
            return "note", "说明，不读" if long else "分组标题或说明，不是人"
        return "", ""

    def _totals(self, found: list[tuple[int, int, int]]) -> None:
        """A subtotal may count since the one before, a total all people: either agreement is agreement."""
        everyone, before = len(self.layout.people), 0
        for row, so_far, boundary in found:
            texts = [text for text in map(text_of, self.sheet.row(row)) if text]
            label = next((text for text in texts if _TOTAL.match(text)), texts[0])
            stated = _stated(texts)
            counted = so_far - before if "小" in label or "本页" in label else everyone
            if (
                stated is not None
                and stated != counted
                and stated in (so_far - before, so_far - boundary, so_far, everyone)
            ):
                counted = stated
            total = StatedTotal(row + 1, label[:20], stated, counted)
            self.layout.totals.append(total)
            if total.agrees is False:
                self.layout.notices.append(f"第 {row + 1} 行合计写 {stated} 人，实际数到 {counted} 人，不符")
            before = so_far


def _sort_rows(sheet: RawSheet, start: int, known: dict[str, int], layout: Layout) -> None:
    _Rows(sheet, start, known, layout).run()


_FIRST = frozenset("合总小共累本全单填制审负经复主分领签盖联报年说须要有几备注附※*以例示样范举姓序（(【[0123456789")


def _is_special(value: Any, watched: bool, words: bool) -> bool:
    """Cheap test on a distinct value: blank where a name or number should be, or no ordinary content."""
    if not isinstance(value, str):
        return False
    head = value.strip()
    if not head:
        return watched
    if not words or head[0] not in _FIRST:
        return False
    return bool(
        _TOTAL.match(head) or _SIGNATURE.match(head) or _NOTE.match(head) or _EXAMPLE.fullmatch(head)
    ) or recognise(head)[1] in ("姓名", "序号")


def _is_person(name: str, identity: str) -> bool:
    return bool(_PLAUSIBLE_NAME.fullmatch(re.sub(r"\s", "", name))) and sum(map(str.isdigit, identity)) >= 8


def _valid(identity: str) -> bool:
    try:
        return parse_id(identity) is not None
    except IdProblem:
        return False


def _is_column_numbers(filled: list[tuple[int, str]]) -> bool:
    """1 2 3 … under the header, the first columns perhaps 甲 乙 丙 or A B C."""
    texts = [text.strip("()（）") for _, text in filled]
    letters = sum(1 for text in texts if text in _COLUMN_LETTERS)
    numbers = texts[letters:]
    if len(texts) < 3 or any(text not in _COLUMN_LETTERS for text in texts[:letters]):
        return False
    if not all(text.isdigit() and len(text) <= 3 for text in numbers):
        return False
    return all(int(later) - int(earlier) == 1 for earlier, later in pairwise(numbers))


def _stated(texts: list[str]) -> int | None:
    for text in texts:
        match = _COUNT.search(unicodedata.normalize("NFKC", text))
        if match:
            return int(match[1])
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 6]
    return numbers[0] if len(numbers) == 1 else None


_UNIT = re.compile(r"(?:填报|报送|填表)单位(?:名称)?\s*(?:[(][^)]*[)])?\s*:\s*([^\s:(]+)")
_BARE_UNIT = re.compile(r"(?:^|\s)单位(?:名称)?\s*(?:[(][^)]*[)])?\s*:\s*([^\s:(]+)")
_CUT_OFF = re.compile(
    r"(?:截止|截至)(?:日期|时间|到)?\s*:?\s*(\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]?\s*(?:\d{1,2}\s*日?)?)"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年")
_TITLE_UNIT = re.compile(
    r"^(?:附[件表]\s*\d*\s*[:：]?)?\s*(?:(?:19|20)\d{2}年?度?)?(.*?)(?:(?:19|20)\d{2}年?度?)?(?:离退?休|离[(]退[)]休|退休|老干部|老同志)"
)
_UNIT_TAIL = re.compile(
    r".{2,}(?:局|委|院|厂|公司|中心|办|处|社|校|学|站|所|会|部|室|馆|行|集团|区|县|市|街道|社区|镇|乡|队|厅|台|园|单位)$"
)


def _read_title(sheet: RawSheet, header: int, layout: Layout) -> None:
    lines: list[str] = []
    for row in range(header):
        texts = [text for text in map(text_of, sheet.row(row)) if text]
        if texts:
            lines.append(unicodedata.normalize("NFKC", " ".join(texts)))
            layout.skipped_rows.append(SkippedRow(row + 1, "title", "标题，不读"))
    whole = "\n".join(lines)
    titles = [line for line in lines if ":" not in line and not re.fullmatch(r"附[件表]\s*\d*", line)]
    layout.title = titles[0][:80] if titles else ""
    unit = _UNIT.search(whole)
    if unit and not re.match(r"截止|截至|填报|填表|报送|时间|日期|单位", unit[1]):
        layout.reporting_unit = unit[1].strip("_")
    elif (bare := _BARE_UNIT.search(whole)) and _UNIT_TAIL.fullmatch(bare[1]):
        layout.reporting_unit = bare[1]
    named = _TITLE_UNIT.match(layout.title.replace(" ", ""))
    if named and _UNIT_TAIL.fullmatch(named[1]):
        layout.title_unit = named[1]
    cut_off = _CUT_OFF.search(whole)
    if cut_off:
        layout.cut_off = _date(cut_off[1])
    layout.district = district_of(layout.title_unit) or district_of(layout.reporting_unit)
    year = _YEAR.search(layout.title)
    layout.year = layout.cut_off.year if layout.cut_off else int(year[1]) if year else None
    layout.category = _category_in(f"{layout.title} {sheet.name}")


def _category_in(text: str) -> str:
    """离休 or 退休 where the words name exactly one of them."""
    words = re.sub(r"离退休|离\(退\)休|离、退休|离休、退休|离休退休", "", unicodedata.normalize("NFKC", text))
    leave, retired = "离休" in words, "退休" in words
    if leave == retired:
        return ""
    return Category.LEAVE.value if leave else Category.RETIREE.value


def _date(text: str) -> PartialDate | None:
    try:
        return parse_partial_date(re.sub(r"\s", "", text))
    except DateProblem:
        return None


def _settle_category(layout: Layout, answers: Mapping[str, str]) -> None:
    """Without a column of 离休/退休 the title, the sheet's name or an answer says it, else it is asked."""
    answer = answers.get(CATEGORY_ANSWER)
    if layout.column_of("category") or answer in Category.values:
        layout.category = str(answer) if answer and not layout.column_of("category") else ""
        layout.sections.clear()
    elif not layout.category and layout.people and not layout.category_at(layout.people[0]):
        choices = ((Category.LEAVE.value, "都是离休"), (Category.RETIREE.value, "都是退休"))
        message = "表里没有写明离休还是退休的列，标题也看不出"
        layout.questions.append(ColumnQuestion(CATEGORY_ANSWER, "", "category_missing", message, choices))


__all__ = ["understand"]
