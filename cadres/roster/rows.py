"""The people of one sheet: every cell read, every row checked, every problem listed.

Columns are parsed by distinct value and kept as columns; only what is wrong costs an object per row.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from cadres.roster import checks
from cadres.roster.family import family_of
from cadres.roster.fields import FIELD, FIELDS, LIST
from cadres.roster.layout import Layout, MappedColumn, text_of
from cadres.roster.parsers import ERROR, Issue, parser_for
from cadres.roster.places import affiliation_of, split_unit_post
from cadres.roster.reading import RawSheet
from cadres.roster.results import RowProblem, SheetReading
from common.dates import PartialDate

_IDENTITY = ("name", "id_number", "birth_date")


def read_rows(sheet: RawSheet, layout: Layout, *, year: int, today: date) -> SheetReading:
    """Normalise and validate all people of a sheet whose layout is known."""
    return SheetReader(sheet, layout, year, today).run()


class SheetReader:
    def __init__(self, sheet: RawSheet, layout: Layout, year: int, today: date) -> None:
        self.sheet, self.layout, self.year, self.today = sheet, layout, year, today
        self.people = layout.people
        self.mapped = {column.field: column for column in layout.columns if column.field}
        self.values: dict[str, list[Any]] = {}
        self.raw: dict[int, dict[str, str]] = {}
        self.problems: list[RowProblem] = []

    def run(self) -> SheetReading:
        for spec in FIELDS:
            if spec.key in self.mapped:
                self.values[spec.key] = self._parse(self.mapped[spec.key])
        self._identity()
        self._dates()
        self._places_and_posts()
        if any(FIELD[key].kind == LIST or key == "spouse_name" for key in self.mapped):
            family_of(self)
        checks.cross_check(self)
        return self._result()

    def problem(self, index: int, field: str, issue: Issue) -> None:
        """Record what is wrong with the person at ``index``."""
        column = self.mapped.get(field) or self.mapped.get("name")
        self.problems.append(
            RowProblem(
                self.sheet.name,
                self.people[index] + 1,
                column.letter if column else "",
                field,
                issue.code,
                issue.level,
                issue.message,
                issue.hint,
                issue.shown,
            )
        )

    def cell(self, index: int, field: str) -> Any:
        column = self.mapped.get(field)
        return self.sheet.columns[column.column][self.people[index]] if column else ""

    def column(self, key: str) -> Sequence[Any]:
        return self.values.get(key) or [None] * len(self.people)

    def _parse(self, mapped: MappedColumn) -> list[Any]:
        spec = FIELD[mapped.field]
        parse = parser_for(spec, mapped.header, self.today)
        column = self.sheet.columns[mapped.column]
        codes = [column.codes[row] for row in self.people]
        parsed: list[Any] = [None] * len(column.values)
        issues: dict[int, Issue] = {}
        for code in set(codes):
            parsed[code], issue = parse(column.values[code])
            if issue:
                issues[code] = issue
        if issues:
            for index, code in enumerate(codes):
                if code in issues:
                    issue = issues[code]
                    self.problem(index, spec.key, issue)
                    if issue.keep:
                        self.raw.setdefault(index, {})[spec.key] = text_of(column.values[code])[:300]
        return [parsed[code] for code in codes]

    def _identity(self) -> None:
        """Name, number and birth: what a person cannot be taken without."""
        values, count = self.values, len(self.people)
        names = values.setdefault("name", [None] * count)
        numbers = list(self.column("id_number"))
        births = list(self.column("birth_date"))
        lunar = [birth.lunar if birth else None for birth in births]
        if "lunar_birthday" in values:
            declared = values["lunar_birthday"]
            lunar = [typed or (birth.lunar if birth else None) for birth, typed in zip(declared, lunar, strict=True)]
            values["lunar_birthday"] = lunar
        elif any(lunar):
            values["lunar_birthday"] = lunar
        self.id_births = [number.birth if number else None for number in numbers]
        self.id_sexes = [number.sex.value if number else None for number in numbers]
        self.typed_births = [birth.day if birth and not birth.lunar else None for birth in births]
        refused = {(problem.row, problem.field) for problem in self.problems if problem.level == ERROR}
        unread = {problem.row: problem for problem in self.problems if problem.field == "birth_date"}
        days = checks.births(self, births)
        for index, (name, number, birth) in enumerate(zip(names, numbers, days, strict=True)):
            if name and number:
                continue
            row = self.people[index] + 1
            if not name and (row, "name") not in refused:
                hint = "补上姓名；没有这个人就删去整行"
                self.problem(index, "name", Issue("name_missing", ERROR, "没有姓名", hint, ""))
            if number is None and (row, "id_number") not in refused:
                self._no_number(index, name, birth, unread.get(row))
        values["id_number"] = [number.number if number else None for number in numbers]
        values["birth_date"] = days
        taken = [
            True if own and (typed is None or typed.lunar is not None) else None
            for own, typed in zip(self.id_births, births, strict=True)
        ]
        if any(taken):
            values["birth_from_id"] = taken
        if any(self.id_sexes):
            values["sex"] = [sex or own for sex, own in zip(self.column("sex"), self.id_sexes, strict=True)]

    def _no_number(self, index: int, name: str | None, birth: PartialDate | None, unread: RowProblem | None) -> None:
        hint = "照证件补上 18 位身份证号"
        if birth and name:
            message = "没有身份证号，只能按姓名和出生年月认人"
            self.problem(index, "id_number", Issue("id_missing", "warning", message, hint, ""))
        elif unread:
            unread.level = ERROR
        else:
            message = "没有身份证号，也没有出生年月，认不出是谁"
            self.problem(index, "id_number", Issue("id_missing", ERROR, message, hint, ""))

    def _dates(self) -> None:
        """One column of joining dates serves both fields; of 离休 it says when they joined the revolution."""
        values = self.values
        work, joined = values.get("work_started_on"), values.get("revolution_joined_on")
        if "category" not in values and (self.layout.category or self.layout.sections):
            values["category"] = [self.layout.category_at(row) for row in self.people]
        if (work is None) == (joined is None):
            return
        only = joined if work is None else work
        assert only is not None
        values["work_started_on"] = only
        values["revolution_joined_on"] = [
            day if category == "leave" else None for day, category in zip(only, self.column("category"), strict=True)
        ]

    def _places_and_posts(self) -> None:
        values = self.values
        for name in ("relocated", "away"):
            if name in values:
                answers = values[name]
                values[name] = [answer.yes if answer else None for answer in answers]
                values[f"{name}_place"] = [answer.place or None if answer else None for answer in answers]
        if "deceased" in values:
            values["reported_deceased_on"] = [death.on if death else None for death in values.pop("deceased")]
        if "post_rank" in values:
            texts = values.pop("post_rank")
            values.setdefault("post", texts)
            if "rank" not in values:
                values["rank"] = [checks.rank_within(text) for text in texts]
        self._units()
        self._second_table()

    def _units(self) -> None:
        """原单位及职务 and 隶属 as their words say them; the title's district holds where a row names none."""
        values, layout = self.values, self.layout
        joint = values.get("unit_post")
        if joint is not None and layout.own_unit:
            values.setdefault("post", joint)
        elif joint is not None:
            names, posts = values.get("unit_name"), values.get("post")
            cut = [split_unit_post(text) if text else None for text in joint]
            values["unit_name"] = [
                own or (found[0] if found else None) for own, found in zip(self.column("unit_name"), cut, strict=True)
            ]
            if posts is None:
                values["post"] = [
                    found[1] if found and names is None else text for text, found in zip(joint, cut, strict=True)
                ]
        elif layout.units and "unit_name" not in values and not layout.own_unit:
            values["unit_name"] = [layout.unit_at(row) for row in self.people]
        district = layout.district
        if "affiliation" in values:
            values["affiliation"] = [
                affiliation_of(text, district) if text else district or None for text in values["affiliation"]
            ]
        elif district and "unit_name" in values and not layout.own_unit:
            values["affiliation"] = [district] * len(self.people)

    def _second_table(self) -> None:
        start = self.layout.other_header
        if start is None:
            return
        message = f"这一行在第 {start + 1} 行的另一种表头下面，列的顺序和上面不同，没有读"
        issue = Issue("header_changed", ERROR, message, "把两张表分到两个工作表里，再上传", "")
        for index, row in enumerate(self.people):
            if row > start:
                self.problem(index, "name", issue)

    def _result(self) -> SheetReading:
        reading = SheetReading(self.sheet.name, None, self.layout)
        reading.numbers.extend(row + 1 for row in self.people)
        reading.columns = {key: column for key, column in self.values.items() if any(v is not None for v in column)}
        reading.raw = self.raw
        order = {column.field: column.column for column in self.layout.columns if column.field}
        self.problems.sort(key=lambda problem: (problem.row, order.get(problem.field, 999)))
        reading.problems = self.problems
        rank = {field: number for number, field in enumerate(_IDENTITY)}
        best: dict[int, tuple[int, str]] = {}
        for problem in self.problems:
            if problem.level == ERROR:
                candidate = (rank.get(problem.field, 9), problem.code)
                best[problem.row] = min(best.get(problem.row, (99, "")), candidate)
        reading.rejected = {row: code for row, (_, code) in best.items()}
        return reading
