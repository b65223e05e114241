"""Exports: rows of what is filtered, in the chosen columns. Numbers stay masked."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone
from import_export import resources
from import_export.fields import Field

from accounts.models import Organization
from cadres.lists import COLUMNS, age_of, community_name
from cadres.models import Cadre, DuplicatePair, QualityScore, StatusEvent
from cadres.quality.rules import Rule

LABELS = {column.name: column.label for column in COLUMNS}


def cell(cadre: Cadre, name: str, today: datetime.date) -> Any:
    """What a column holds on paper; identities masked, codes as words, dates as 1932-05."""
    if name == "age":
        return age_of(cadre, today)
    if name == "unit":
        return cadre.unit.name
    if name == "id_number":
        return cadre.masked_id
    if name == "phone":
        return cadre.masked_phone
    if name == "community":
        return community_name(cadre)
    if name == "updated_at":
        return timezone.localtime(cadre.updated_at).date()
    if hasattr(cadre, f"get_{name}_display"):
        return getattr(cadre, f"get_{name}_display")()
    value = getattr(cadre, name)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return "" if value is None else (value if isinstance(value, bool) else str(value))


class CellField(Field):
    """A column whose value `cell` computes."""

    def __init__(self, name: str, label: str, today: datetime.date) -> None:
        super().__init__(attribute=name, column_name=label)
        self.name, self.today = name, today

    def export(self, instance: Cadre, **kwargs: Any) -> Any:
        return cell(instance, self.name, self.today)


class CadreResource(resources.ModelResource):
    """People in the columns that the reader chose; 原职务 goes with the unit."""

    class Meta:
        model = Cadre
        fields: tuple[str, ...] = ()

    def __init__(self, columns: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.columns = list(columns) or [column.name for column in COLUMNS if column.default or column.fixed]

    def get_export_fields(self, selected_fields: Any = None) -> list[CellField]:
        today = timezone.localdate()
        fields = []
        for name in self.columns:
            if name == "unit":
                fields += [CellField("unit", "原工作单位", today), CellField("post", "原职务", today)]
            else:
                fields.append(CellField(name, LABELS[name].replace("（遮盖）", ""), today))
            if name == "name" and "sex" not in self.columns:
                fields.append(CellField("sex", "性别", today))
        return fields


class WordField(Field):
    """A column computed by a function of the record."""

    def __init__(self, label: str, function: Callable[[Any], Any]) -> None:
        super().__init__(attribute="pk", column_name=label)
        self.function = function

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return self.function(instance)


def word(field: str, code: str) -> str:
    return str(dict(Cadre._meta.get_field(field).choices or ()).get(code, ""))


class EventResource(resources.ModelResource):
    on = WordField("日期", lambda event: event.on)
    kind = WordField("事项", lambda event: event.get_kind_display())
    name = WordField("姓名", lambda event: event.cadre.name)
    category = WordField("类别", lambda event: word("category", event.category))
    unit = WordField("单位", lambda event: event.unit.name)
    nature = WordField("单位性质", lambda event: word("nature", event.nature))
    rank = WordField("级别", lambda event: word("rank", event.rank))
    other = WordField(
        "转入来处／转出去向", lambda event: event.other_unit.name if event.other_unit else event.other_place
    )
    note = WordField("说明", lambda event: event.note)

    class Meta:
        model = StatusEvent
        fields = ("on", "kind", "name", "category", "unit", "nature", "rank", "other", "note")
        export_order = fields


class DuplicateResource(resources.ModelResource):
    low = WordField("先建的姓名", lambda pair: pair.low.name)
    low_unit = WordField("先建的单位", lambda pair: pair.low.unit.name)
    low_birth = WordField("先建的出生年月", lambda pair: pair.low.birth.isoformat() if pair.low.birth else "")
    low_number = WordField("先建的身份证号", lambda pair: pair.low.masked_id)
    high = WordField("后建的姓名", lambda pair: pair.high.name)
    high_unit = WordField("后建的单位", lambda pair: pair.high.unit.name)
    high_birth = WordField("后建的出生年月", lambda pair: pair.high.birth.isoformat() if pair.high.birth else "")
    high_number = WordField("后建的身份证号", lambda pair: pair.high.masked_id)
    reasons = WordField("为什么疑似", lambda pair: "；".join(pair.reason_words))
    weight = WordField("把握", lambda pair: pair.weight)
    state = WordField("核对情况", lambda pair: pair.get_state_display())
    words = WordField("核对说明", lambda pair: pair.words)

    class Meta:
        model = DuplicatePair
        fields = ("low", "low_unit", "low_birth", "low_number", "high", "high_unit", "high_birth", "high_number",
                  "reasons", "weight", "state", "words")  # fmt: skip
        export_order = fields


class OrganizationResource(resources.ModelResource):
    """The list of units, in the columns that its import reads."""

    code = WordField("单位代码", lambda unit: unit.code)
    name = WordField("名称", lambda unit: unit.name)
    short_name = WordField("简称", lambda unit: unit.short_name)
    kind = WordField("类别", lambda unit: unit.get_kind_display())
    parent = WordField("上级代码", lambda unit: unit.parent.code if unit.parent else "")
    nature = WordField("性质", lambda unit: unit.get_nature_display())
    level = WordField("隶属", lambda unit: unit.get_level_display())

    class Meta:
        model = Organization
        fields = ("code", "name", "short_name", "kind", "parent", "nature", "level")
        export_order = fields


class QualityResource(resources.ModelResource):
    name = WordField("单位", lambda score: score.organization.name)
    kind = WordField("类别", lambda score: score.organization.get_kind_display())
    district = WordField("区县", lambda score: score.organization.district.name if score.organization.district else "")
    score = WordField("得分", lambda score: score.score)
    people = WordField("在册人数", lambda score: score.people)
    findings = WordField("问题数", lambda score: score.findings)
    critical = WordField("其中要紧", lambda score: score.critical)
    day = WordField("打分日期", lambda score: score.day)

    class Meta:
        model = QualityScore
        fields = ("name", "kind", "district", "score", "people", "findings", "critical", "day")
        export_order = fields


def values_of(cadre: Cadre, rule: Rule, today: datetime.date) -> list[tuple[str, str]]:
    """(column, value) of what a rule asks about; identities masked, a blank date said so."""
    words = [
        (str(Cadre._meta.get_field(name).verbose_name), str(cell(cadre, name, today) or "")) for name in rule.fields
    ]
    return [(label, value) for label, value in words if value]


class QualityPeopleResource(resources.ModelResource):
    """The people that one rule finds, with what is wrong and how to mend it; identities masked."""

    name = WordField("姓名", lambda cadre: cadre.name)
    category = WordField("类别", lambda cadre: cadre.get_category_display())
    unit = WordField("单位", lambda cadre: cadre.unit.name)
    post = WordField("原职务", lambda cadre: cadre.post)

    class Meta:
        model = Cadre
        fields = ("name", "category", "unit", "post")
        export_order = fields

    def __init__(self, rule: Rule, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rule = rule

    def get_export_fields(self, selected_fields: Any = None) -> list[Any]:
        rule, today = self.rule, timezone.localdate()
        return [
            *super().get_export_fields(selected_fields),
            WordField("问题", lambda cadre: rule.name),
            WordField(
                "档案里现在是", lambda cadre: "，".join(" ".join(pair) for pair in values_of(cadre, rule, today))
            ),
            WordField("怎么改", lambda cadre: rule.mend),
        ]
