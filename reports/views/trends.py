"""趋势预测: ten years of any figure, the age pyramid, and how many there will be in five years."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property

from common.codes import Category
from reports import trends
from reports.declarations import TABLES
from reports.engine.model import Column, Row, Table
from reports.engine.people import crumbs, opens
from reports.engine.scope import Asked
from reports.engine.show import text
from reports.forecast import BASE_YEARS, CATEGORIES, ENOUGH, forecast
from reports.forms import TrendForm
from reports.sealing.reading import ask
from reports.views.tables import AskingPage

FORECAST_ROWS = {Category.LEAVE: ("N1", "total", "now"), Category.RETIREE: ("N5", "total", "now")}


class TrendPage(AskingPage):
    """Three sheets, one question: which figure, of which organization, up to which day."""

    template_name = "reports/trends.html"
    form_class = TrendForm

    @cached_property
    def asked(self) -> Asked:
        """The living people: a sealed year answers only for its own figure."""
        day = self.form.cleaned_data.get("as_of") or self.form.clean_as_of()
        return Asked(day, self.request.user, self.form.cleaned_data.get("organization"))  # type: ignore[arg-type]

    def _on(self, day: datetime.date) -> Asked:
        return ask(self.request.user, day, self.asked.organization)

    @cached_property
    def table(self) -> Table:
        return TABLES[self.form.chosen_table]

    @cached_property
    def lines(self) -> list[Row]:
        """Rows that hold figures; a line that only names what follows has none."""
        return [
            row
            for row in self.table.lines(self.asked.districts)
            if any(self.table.measure(row, column) is not None for column in self.table.leaves)
        ]

    @cached_property
    def picked(self) -> tuple[Row, Column]:
        """The figure asked for; where the table has no such row or column, its first."""
        row = next((row for row in self.lines if row.key == self.request.GET.get("row")), self.lines[0])
        columns = [column for column in self.table.leaves if self.table.measure(row, column) is not None]
        column = next((column for column in columns if column.key == self.request.GET.get("column")), columns[0])
        return row, column

    @cached_property
    def category(self) -> Category:
        asked = self.request.GET.get("category", "")
        return Category(asked) if asked in CATEGORIES else Category.RETIREE

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        row, column = self.picked
        measure = self.table.measure(row, column)
        figures = trends.series(self.asked, self.table, row, column, on=self._on)
        label = " › ".join(crumbs(self.table, self.lines, row, column))
        bands = trends.pyramid(self.asked, self.category)
        return super().get_context_data(
            table=self.table,
            tables=TABLES.values(),
            lines=self.lines,
            columns=[column for column in self.table.leaves if self.table.measure(row, column) is not None],
            row=row,
            column=column,
            label=label,
            chart=trends.series_chart(figures, column.label, measure, column.unit or row.unit or self.table.unit),
            figures=[
                {
                    "figure": figure,
                    "text": text(figure.value, measure) or "0",
                    "url": self._list_url(figure.day.isoformat()) if opens(measure) and figure.value else "",
                }
                for figure in reversed(figures)
            ],
            category=self.category,
            categories=[(category, category.label) for category in CATEGORIES],
            bands=bands,
            pyramid=trends.pyramid_chart(bands),
            ageless=bands[-1],
            forecasts=[self._forecast(category) for category in CATEGORIES],
            base_years=BASE_YEARS,
            enough=ENOUGH,
            **kwargs,
        )

    def _list_url(self, day: str) -> str:
        row, column = self.picked
        query = {"as_of": day, "row": row.key, "column": column.key}
        if self.asked.organization is not None:
            query["organization"] = str(self.asked.organization.pk)
        return f"{reverse('reports:table_people', args=[self.table.id])}?{urlencode(query)}"

    def _forecast(self, category: Category) -> dict[str, Any]:
        """From the last closing, with what the same method would have said a year before."""
        base = self.asked.day.year if self.asked.day == self.asked.year_end else self.asked.day.year - 1
        found = forecast(self.asked, category, base)
        earlier = forecast(self.asked, category, base - 1, years=1)
        table, row_key, column_key = FORECAST_ROWS[category]
        row = next(row for row in TABLES[table].lines(()) if row.key == row_key)
        column = TABLES[table].column(column_key)
        assert column is not None
        asked = replace(self.asked, day=self.asked.year_end.replace(year=base))
        past = trends.series(asked, TABLES[table], row, column, years=5, on=self._on)
        return {
            "found": found,
            "chart": trends.forecast_chart(found, past),
            "id": f"forecast-{category.value}",
            "check": earlier.points[0],
        }
