"""What visit exports hold: names and units, no identity numbers. The frame owns format, safety and audit."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from import_export import resources
from import_export.fields import Field

from cadres.models import Cadre
from visits.models import Visit
from visits.querysets import kept_on, lunar_display, turning_of


class Cell(Field):
    """A column worked out of the record, as the plain value that the workbook shows (real dates, real numbers)."""

    def __init__(self, column_name: str, value: Callable[[Any], Any]) -> None:
        super().__init__(column_name=column_name, readonly=True)
        self.value = value

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return self.value(instance)


class VisitResource(resources.ModelResource):
    """One row a visit; the column names are those that the import reads."""

    visited_on = Cell("日期", lambda visit: visit.visited_on)
    name = Cell("姓名", lambda visit: visit.cadre.name)
    unit = Cell("单位", lambda visit: visit.cadre.unit.name)
    category = Cell("人员类别", lambda visit: visit.cadre.get_category_display())
    occasion = Cell("缘由", lambda visit: visit.get_occasion_display())
    manner = Cell("方式", lambda visit: visit.get_manner_display())
    visitors = Cell("谁去的", lambda visit: visit.visitors)
    gift_money = Cell("慰问金", lambda visit: None if visit.gift_money is None else float(visit.gift_money))
    gift_reason = Cell("超标准原因", lambda visit: visit.gift_reason)
    gifts = Cell("慰问品", lambda visit: visit.gifts)
    words = Cell("情况", lambda visit: visit.words)
    recorded_by = Cell("登记人", lambda visit: str(visit.recorded_by or ""))

    class Meta:
        model = Visit
        fields = (
            "visited_on", "name", "unit", "category", "occasion", "manner", "visitors", "gift_money", "gift_reason",
            "gifts", "words", "recorded_by",
        )  # fmt: skip


class BirthdayResource(resources.ModelResource):
    """One row a person whose birthday falls into the month."""

    declared = Cell(
        "历法",
        lambda cadre: (
            lunar_display(cadre.birthday_calendar, cadre.birthday_month, cadre.birthday_day, cadre.birthday_leap)
            or "公历"
        ),
    )
    name = Cell("姓名", lambda cadre: cadre.name)
    sex = Cell("性别", lambda cadre: cadre.get_sex_display())
    category = Cell("人员类别", lambda cadre: cadre.get_category_display())
    unit = Cell("单位", lambda cadre: cadre.unit.name)

    class Meta:
        model = Cadre
        fields = ("declared", "name", "sex", "category", "unit")

    def __init__(self, start: datetime.date) -> None:
        super().__init__()
        self.start = start

    def _turned(self, cadre: Cadre, what: str) -> Any:
        turned = turning_of(cadre, kept_on(cadre, self.start))
        return getattr(turned, what) if turned else None

    def get_export_fields(self, selected_fields: Any = None) -> list[Field]:
        return [
            Cell("生日", lambda cadre: kept_on(cadre, self.start)),
            *super().get_export_fields(selected_fields),
            Cell("周岁", lambda cadre: self._turned(cadre, "full")),
            Cell("虚岁", lambda cadre: self._turned(cadre, "nominal")),
            Cell("大寿", lambda cadre: self._turned(cadre, "milestone")),
        ]
