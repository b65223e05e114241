"""变化说明: a table on two days or for two organizations, and the people who make each difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property

from common import audit
from common.exports import FORMATS, export_response
from common.views import Page
from reports.declarations import TABLES
from reports.engine.change import Explanation, Step, explain, explainable
from reports.engine.compute import Result, compute
from reports.engine.model import Column, Row, Table
from reports.engine.people import behind, crumbs
from reports.engine.scope import RIGHT, Asked
from reports.engine.show import text
from reports.exports import StepResource
from reports.forms import ChangeForm
from reports.views.tables import QuestionMixin

SHOWN = 8  # people named of one cause, until all are asked for


@dataclass(frozen=True)
class Cell:
    """One figure on both sides."""

    row: Row
    column: Column
    label: str
    left: int
    right: int

    @property
    def difference(self) -> int:
        return self.right - self.left


class Steps(list[Step]):
    """What an export iterates over."""

    def iterator(self, chunk_size: int = 2000) -> Iterator[Step]:
        return iter(self)


class ChangePage(QuestionMixin, Page):
    """Two sides of one table: two days of one organization, or one day of two organizations."""

    template_name = "reports/changes.html"
    right = RIGHT
    form_class = ChangeForm
    unknown = frozenset({"organization", "other", "table"})

    @cached_property
    def table(self) -> Table:
        return TABLES[self.form.chosen("table")]

    @cached_property
    def sides(self) -> tuple[Asked, Asked]:
        """The left and the right side as the engine is asked for them."""
        return self._sides(RIGHT)

    def _sides(self, right: str) -> tuple[Asked, Asked]:
        form, user = self.form, self.request.user
        organization = form.chosen("organization")
        last = Asked(form.chosen("until"), user, organization, right=right)
        if form.chosen("other") is not None:
            return last, Asked(last.day, user, form.chosen("other"), right=right)
        return Asked(form.chosen("since"), user, organization, right=right), last

    @property
    def by_day(self) -> bool:
        return self.form.chosen("other") is None

    @cached_property
    def results(self) -> tuple[Result, Result]:
        left, right = (compute(asked, [self.table], TABLES, checks=False)[self.table.id] for asked in self.sides)
        return left, right

    @cached_property
    def cells(self) -> list[Cell]:
        """Counts that differ, in the order of the table."""
        left, right = self.results
        found = []
        lines = self.table.lines(self.sides[1].districts)
        for row in lines:
            for column in self.table.leaves:
                if not explainable(self.table.measure(row, column)):
                    continue
                key = (row.key, column.key)
                numbers = int(left.values.get(key) or 0), int(right.values.get(key) or 0)
                if numbers[0] != numbers[1]:
                    label = " › ".join(crumbs(self.table, lines, row, column))
                    found.append(Cell(row, column, label, *numbers))
        return found

    @cached_property
    def picked(self) -> Cell | None:
        """The cell asked for; without a question the first that differs, which is a total where there is one."""
        row, column = self.request.GET.get("row", ""), self.request.GET.get("column", "")
        if not row and not column:
            return self.cells[0] if self.cells and self.by_day else None
        found = next((cell for cell in self.cells if (cell.row.key, cell.column.key) == (row, column)), None)
        if found is None and not self._known(row, column):
            raise Http404
        return found

    def _known(self, row: str, column: str) -> bool:
        found = behind(self.sides[1], self.table, row, column)
        return found is not None and explainable(found.measure)

    def explanation(self, right: str = RIGHT) -> Explanation | None:
        if self.picked is None or not self.by_day:
            return None
        lists = [behind(asked, self.table, self.picked.row.key, self.picked.column.key) for asked in self._sides(right)]
        before, after = lists
        return explain(before, after) if before is not None and after is not None else None

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        fmt = request.GET.get("export", "")
        if fmt in FORMATS:
            return self._export(fmt)
        return super().get(request, *args, **kwargs)

    def _export(self, fmt: str) -> HttpResponse:
        user = self.request.user
        if not user.holds("cadre.export"):
            raise PermissionDenied
        found = self.explanation("cadre.export")
        if found is None:
            raise Http404
        return export_response(
            user=user, resource=StepResource(), queryset=Steps(found.steps), fmt=fmt,  # type: ignore[arg-type]
            name=f"{self.table.number}-变化说明", action="cadre.export",
        )  # fmt: skip

    # -- page ---------------------------------------------------------------------------------------------------
    def link(self, **more: str) -> str:
        return f"{reverse('reports:change')}?{urlencode({**self.form.query(), **more})}"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        valid = self.form.is_valid()
        found = self.explanation() if valid else None
        if found is not None:
            self._record(found)
        every = bool(self.request.GET.get("all"))
        return super().get_context_data(
            form=self.form,
            table=self.table,
            since=self.form.chosen("since"),
            until=self.form.chosen("until"),
            names=self._names() if valid else (),
            cells=[self._line(cell) for cell in self.cells] if valid else [],
            picked=self.picked if valid else None,
            explained=found,
            groups=[self._group(group, every) for group in found.groups] if found else [],
            by_day=self.by_day,
            export_url=self._picked_link(export="xlsx") if found and found.steps else "",
            may_export=self.request.user.holds("cadre.export"),
            **kwargs,
        )

    def _names(self) -> tuple[str, str]:
        left, right = self.sides
        return (left.day.isoformat(), right.day.isoformat()) if self.by_day else (left.name, right.name)

    def _picked_link(self, **more: str) -> str:
        assert self.picked is not None
        return self.link(row=self.picked.row.key, column=self.picked.column.key, **more)

    def _line(self, cell: Cell) -> dict[str, Any]:
        measure = self.table.measure(cell.row, cell.column)
        keys = {"row": cell.row.key, "column": cell.column.key}
        return {
            "cell": cell,
            "left": text(cell.left, measure) or "0",
            "right": text(cell.right, measure) or "0",
            "url": self.link(**keys) if self.by_day else "",
            "lists": () if self.by_day else tuple(self._list_url(asked, keys) for asked in self.sides),
            "picked": self.picked is cell,
        }

    def _list_url(self, asked: Asked, keys: dict[str, str]) -> str:
        query = {"as_of": asked.day.isoformat(), **keys}
        if asked.organization is not None:
            query["organization"] = str(asked.organization.pk)
        return f"{reverse('reports:table_people', args=[self.table.id])}?{urlencode(query)}"

    def _group(self, group: Any, every: bool) -> dict[str, Any]:
        rest = 0 if every else max(len(group.steps) - SHOWN, 0)
        return {
            "group": group,
            "steps": group.steps if every else group.steps[:SHOWN],
            "rest": rest,
            "all_url": self._picked_link(all="1"),
        }

    def _record(self, found: Explanation) -> None:
        left, right = self.sides
        assert self.picked is not None
        audit.record(
            actor=self.request.user,
            action="report.view",
            target_type="reports.table",
            target_id=self.table.id,
            changes={
                "row": [None, self.picked.row.key],
                "column": [None, self.picked.column.key],
                "since": [None, left.day.isoformat()],
                "as_of": [None, right.day.isoformat()],
                "organization": [None, right.organization.pk if right.organization else None],
                "people": [None, len(found.steps)],
            },
        )
