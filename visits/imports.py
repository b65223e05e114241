"""Visit records from a workbook, by django-import-export: every row is checked first, good rows are then recorded.

A row names its person by 身份证号, or by 姓名 and 单位; people out of the reader's scope are not found. A visit of the
same person, day, occasion and manner that is there already is skipped, so that the same file adds nothing twice.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from import_export import resources

from cadres.models import Cadre
from cadres.roster.guards import UploadRefused
from cadres.roster.reading import CELL_ERROR, read_sheets
from common.dates import DateProblem, parse_partial_date
from common.idcard import IdProblem, parse_id
from visits import actions
from visits.codes import Manner, Occasion
from visits.models import Visit

MAX_ROWS = 5000
HEAD_ROWS = 10
#: column -> headers that mean it (spaces and brackets aside)
HEADERS: dict[str, tuple[str, ...]] = {
    "visited_on": ("日期", "走访日期", "慰问日期", "走访时间", "时间"),
    "name": ("姓名", "看望谁", "老干部", "老干部姓名", "走访对象"),
    "unit": ("单位", "所在单位", "原工作单位"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码"),
    "occasion": ("缘由", "事由", "走访缘由", "节日"),
    "manner": ("方式", "走访方式", "怎么去的"),
    "visitors": ("谁去的", "走访人", "走访人员", "慰问人", "慰问人员"),
    "gift_money": ("慰问金", "慰问金元", "金额", "金额元"),
    "gift_reason": ("超标准原因",),
    "gifts": ("慰问品", "物品"),
    "words": ("情况", "说几句", "走访情况", "备注"),
}
LABELS = {
    "visited_on": "日期", "name": "姓名", "unit": "单位", "id_number": "身份证号", "occasion": "缘由",
    "manner": "方式", "visitors": "谁去的", "gift_money": "慰问金", "gift_reason": "超标准原因",
    "gifts": "慰问品", "words": "情况", "cadre": "姓名",
}  # fmt: skip
OCCASION_WORDS = {str(label): value for value, label in Occasion.choices} | {
    "春节慰问": Occasion.SPRING, "中秋节": Occasion.MID_AUTUMN, "重阳节": Occasion.DOUBLE_NINTH,
    "国庆节": Occasion.NATIONAL_DAY, "生日": Occasion.BIRTHDAY, "建党节": Occasion.JULY_FIRST,
    "建军节": Occasion.AUGUST_FIRST, "病故": Occasion.DEATH, "受灾": Occasion.DISASTER, "": Occasion.ORDINARY,
}  # fmt: skip
MANNER_WORDS = {str(label): value for value, label in Manner.choices} | {
    "上门": Manner.HOME, "入户": Manner.HOME, "家访": Manner.HOME, "委托": Manner.ENTRUSTED, "": Manner.HOME,
    "集体慰问": Manner.GATHERING,
}  # fmt: skip


def _plain(text: Any) -> str:
    return "".join(char for char in str(text) if char not in " 　\n\r\t（）()：:")


def _head(rows: Sequence[list[Any]]) -> tuple[int, dict[str, int]]:
    names = {_plain(word): name for name, words in HEADERS.items() for word in words}
    for number, row in enumerate(rows[:HEAD_ROWS]):
        found: dict[str, int] = {}
        for column, cell in enumerate(row):
            name = names.get(_plain(cell))
            if name:
                found.setdefault(name, column)
        if "visited_on" in found and ("name" in found or "id_number" in found):
            return number, found
    raise UploadRefused(
        "no_header", "没找到栏目名这一行", "第一行要有“日期”和“姓名”（或“身份证号”），可先下载模板照着填"
    )


def read_dataset(data: bytes, filename: str) -> tablib.Dataset:
    """The rows of the first sheet that has a header; each with its Excel row number. Raises UploadRefused."""
    problem: UploadRefused | None = None
    for sheet in read_sheets(data, filename):
        if not sheet.visible or not sheet.height:
            continue
        rows = [sheet.row(number) for number in range(sheet.height)]
        try:
            head, columns = _head(rows)
        except UploadRefused as refused:
            problem = problem or refused
            continue
        dataset = tablib.Dataset(headers=["row", *HEADERS])
        for number, row in enumerate(rows[head + 1 :], start=head + 2):
            cells = [row[columns[name]] if name in columns else "" for name in HEADERS]
            example = "示例" in str(cells[1])  # the line of our own template
            if any(_plain(cell) for cell in cells) and not example:
                dataset.append([number, *(_mended(cell) for cell in cells)])
        if len(dataset) > MAX_ROWS:
            raise UploadRefused("too_many_rows", f"超过 {MAX_ROWS:,} 行", "分成几个文件上传")
        return dataset
    raise problem or UploadRefused("empty", "文件里没有内容", "换一个文件再试")


def _mended(cell: Any) -> Any:
    return "#错误值" if cell is CELL_ERROR else cell


class VisitImportResource(resources.ModelResource):
    """Checks each row and records it through `actions.create_visit` for ``user``."""

    class Meta:
        model = Visit
        skip_diff = True
        use_transactions = False
        clean_model_instances = True

    def __init__(self, user: Any) -> None:
        super().__init__()
        self.user = user
        self._seen: set[tuple] = set()

    def get_or_init_instance(self, instance_loader: Any, row: dict[str, Any]) -> tuple[Visit, bool]:
        return Visit(recorded_by=self.user), True

    def import_instance(self, instance: Visit, row: dict[str, Any], **kwargs: Any) -> None:
        problems: dict[str, str] = {}
        for name, read in (
            ("cadre", self._cadre), ("visited_on", self._day), ("occasion", self._occasion),
            ("manner", self._manner), ("gift_money", self._money),
        ):  # fmt: skip
            try:
                setattr(instance, name, read(row))
            except ValidationError as problem:
                problems[name] = problem.messages[0]
        for name in ("visitors", "gift_reason", "gifts", "words"):
            setattr(instance, name, str(row[name] or "").strip())
        if problems:
            raise ValidationError(problems)

    def _cadre(self, row: dict[str, Any]) -> Cadre:
        people = Cadre.objects.visible_to(self.user, "visit.log")
        if str(row["id_number"] or "").strip():
            try:
                number = parse_id(row["id_number"])
            except IdProblem as problem:
                raise ValidationError(f"身份证号有误：{problem.message}，请对照身份证改正") from None
            person = people.with_id_number(number.number).first() if number else None
            if person is None:
                raise ValidationError("您联系的人里没有这个身份证号，请核对，或找局里确认这个人归谁联系")
            return person
        name = str(row["name"] or "").replace(" ", "").replace("　", "")
        if not name:
            raise ValidationError("没有姓名，请补上")
        people = people.filter(name=name)
        unit = str(row["unit"] or "").strip()
        if unit:
            people = people.filter(unit__name=unit) | people.filter(unit__short_name=unit)
        found = list(people.distinct()[:2])
        if not found:
            raise ValidationError("您联系的人里没有这个姓名，请核对姓名和单位")
        if len(found) > 1:
            raise ValidationError("同名的不止一位，请补上单位或身份证号")
        return found[0]

    def _day(self, row: dict[str, Any]) -> datetime.date:
        try:
            day = parse_partial_date(row["visited_on"])
        except DateProblem as problem:
            if problem.code == "date_future":
                raise ValidationError("走访日期还没到，请填今天或以前的日子") from None
            raise ValidationError(f"{problem.message}，{problem.hint}") from None
        if day is None or day.day is None:
            raise ValidationError("日期要写到哪一天，比如 2026-02-10")
        return day.first()

    def _occasion(self, row: dict[str, Any]) -> str:
        return _word(row["occasion"], OCCASION_WORDS, "缘由", Occasion.labels)

    def _manner(self, row: dict[str, Any]) -> str:
        return _word(row["manner"], MANNER_WORDS, "方式", Manner.labels)

    def _money(self, row: dict[str, Any]) -> Decimal | None:
        text = str(row["gift_money"] if row["gift_money"] is not None else "").strip().rstrip("元").replace(",", "")
        if not text:
            return None
        try:
            return Decimal(text).quantize(Decimal("0.01"))
        except InvalidOperation:
            raise ValidationError("慰问金只填数字，比如 500") from None

    def skip_row(self, instance: Visit, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        if import_validation_errors:
            return False
        key = (instance.cadre_id, instance.visited_on, instance.occasion, instance.manner)
        if key in self._seen:
            return True
        self._seen.add(key)
        same = Visit.objects.visible_to(self.user).current().of_cadre(instance.cadre)
        return same.filter(visited_on=instance.visited_on, occasion=instance.occasion, manner=instance.manner).exists()

    def validate_instance(self, instance: Visit, import_validation_errors: Any = None, **kwargs: Any) -> None:
        if import_validation_errors:
            raise ValidationError(import_validation_errors)
        instance.full_clean()

    def save_instance(self, instance: Visit, is_create: bool, row: dict[str, Any], **kwargs: Any) -> None:
        if kwargs.get("dry_run"):
            return
        values = {name: getattr(instance, name) for name in actions.EDITABLE_FIELDS}
        saved = actions.create_visit(actor=self.user, cadre=instance.cadre, values=values)
        instance.pk = saved.pk

    def save_m2m(self, instance: Visit, row: Any, **kwargs: Any) -> None:
        """A visit has no such fields."""


def _word(value: Any, words: dict[str, str], label: str, known: Sequence[str]) -> str:
    found = words.get(str(value or "").strip())
    if found is None:
        raise ValidationError(f"{label}“{value}”不在字典里，请写成：{'、'.join(map(str, known))}")
    return str(found)


def check(user: Any, dataset: tablib.Dataset) -> dict[str, Any]:
    """A dry run: what would be recorded, skipped and refused. Writes nothing."""
    result = VisitImportResource(user).import_data(dataset, dry_run=True, raise_errors=False)
    return {**_counts(result), "problems": list(_problems(result, dataset))}


def record(user: Any, dataset: tablib.Dataset) -> dict[str, int]:
    """Record the good rows; call it in a transaction. Refused rows are left out, any other failure is raised."""
    result = VisitImportResource(user).import_data(dataset, dry_run=False, raise_errors=False)
    for _, errors in result.row_errors():
        raise errors[0].error
    return _counts(result)


def _counts(result: Any) -> dict[str, int]:
    totals = result.totals
    return {
        "fresh": totals["new"],
        "skipped": totals["skip"],
        "refused": totals["invalid"] + totals["error"],
    }


def _problems(result: Any, dataset: tablib.Dataset):
    rows = dataset.dict
    for invalid in result.invalid_rows:
        row = rows[invalid.number - 1]
        for field, messages in invalid.error_dict.items():
            yield {
                "row": row["row"],
                "name": row["name"],
                "column": LABELS.get(field, ""),
                "message": "；".join(messages),
            }
    for number, errors in result.row_errors():
        row = rows[number - 1]
        yield {
            "row": row["row"], "name": row["name"], "column": "",
            "message": "这一行读不了，请核对各栏后再试" if errors else "",
        }  # fmt: skip
