"""The yearly tables: their list, a table with its checks, the people behind a figure, the official workbook."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from common import audit
from common.exports import FORMATS, export_response, file_response, write_csv
from common.views import Page
from reports.declarations import AWAITED, TABLES
from reports.engine.checks import CheckResult
from reports.engine.compute import Result, compute
from reports.engine.model import CellRef, Column, Row, Table, heads
from reports.engine.people import Behind, behind, opens
from reports.engine.scope import RIGHT, Asked
from reports.engine.show import text
from reports.exports import LineResource
from reports.files import as_rows
from reports.forms import AskForm
from reports.official import chinese_day, workbook_bytes

FIRST_LINES = 10
PER_PAGE = 50


class AskingPage(Page):
    """A page that is asked for a day and an organization. An organization out of scope is 404."""

    right = RIGHT

    @cached_property
    def form(self) -> AskForm:
        form = AskForm(self.request.GET, user=self.request.user)
        form.is_valid()
        if "organization" in form.errors:
            raise Http404
        return form

    @cached_property
    def asked(self) -> Asked:
        day = self.form.cleaned_data.get("as_of") or self.form.clean_as_of()
        return Asked(day, self.request.user, self.form.cleaned_data.get("organization"))

    @cached_property
    def table(self) -> Table:
        if self.kwargs["pk"] not in TABLES:
            raise Http404
        return TABLES[self.kwargs["pk"]]

    def query(self, **more: str) -> str:
        """The question as it stands in addresses."""
        asked: dict[str, str] = {"as_of": self.asked.day.isoformat()}
        if self.asked.organization is not None:
            asked["organization"] = str(self.asked.organization.pk)
        if self.form.cleaned_data.get("compare"):
            asked["compare"] = self.form.cleaned_data["compare"]
        return urlencode({**asked, **more})

    def link(self, name: str, table: str | None = None, **more: str) -> str:
        args = [table] if table else []
        return f"{reverse(f'reports:{name}', args=args)}?{self.query(**more)}"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            form=self.form,
            asked=self.asked,
            day=chinese_day(self.asked.day),
            may_export=self.request.user.holds("statistics.export"),
            **kwargs,
        )


class TableListPage(AskingPage):
    """All tables that live, with what their checks say."""

    template_name = "reports/table_list.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        results = compute(self.asked, TABLES.values(), TABLES)
        rows = []
        for result in results.values():
            failed = [check for check in result.checks if not check.ok]
            rows.append(
                {
                    "table": result.table,
                    "url": self.link("table", result.table.id),
                    "total": _headline(result),
                    "passed": len(result.checks) - len(failed),
                    "failed": failed,
                }
            )
        return super().get_context_data(
            rows=rows,
            awaited=AWAITED,
            export_url=self.link("table_export", "all"),
            sheet_name=self.asked.name,
            **kwargs,
        )


def _headline(result: Result) -> str:
    for column in ("now", "total", "number", "all"):
        if ("total", column) in result.values:
            return f"{result.values['total', column] or 0:,}"
    return ""


class TablePage(AskingPage):
    """One table as the official sheet, the picked figure's people below it, the checks beside."""

    template_name = "reports/table.html"

    @cached_property
    def picked(self) -> Behind | None:
        row, column = self.request.GET.get("row", ""), self.request.GET.get("column", "")
        if not row and not column:
            return None
        found = behind(self.asked, self.table, row, column)
        if found is None:
            raise Http404
        return found

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if self.picked is not None:
            record_look(self.request, self.picked)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        compared = self.table.compares and self.form.cleaned_data.get("compare") != "none"
        result = compute(self.asked, [self.table], TABLES)[self.table.id]
        before = (
            compute(self.asked.a_year_before(), [self.table], TABLES, checks=False)[self.table.id] if compared else None
        )
        failed = [check for check in result.checks if not check.ok]
        context = super().get_context_data(
            table=self.table,
            result=result,
            heads=[
                [{"head": head, "lines": head.label.split("|")} for head in row]
                for row in heads(self.table.columns, [column.key for column in result.columns])
            ],
            numbers=range(1, len(result.columns) + 1),
            lines=[self._line(row, result, before) for row in result.lines],
            failed=[self._failed(check) for check in failed],
            passed=[{"check": check} for check in result.checks if check.ok],
            table_url=self.link("table", self.table.id),
            list_url=f"{reverse('reports:table_list')}?{self.query()}",
            export_url=self.link("table_export", self.table.id),
            year_before=self.asked.day.year - 1,
            filled_by=self.request.user.display_name,
            today=chinese_day(timezone.localdate()),
            **kwargs,
        )
        if self.picked is not None:
            context |= people_context(self, self.picked, first=True)
        return context

    def _line(self, row: Row, result: Result, before: Result | None) -> dict[str, Any]:
        return {"row": row, "cells": [self._cell(row, column, result, before) for column in result.columns]}

    def _cell(self, row: Row, column: Column, result: Result, before: Result | None) -> dict[str, Any]:
        measure = self.table.measure(row, column)
        value = result.shown(row.key, column.key)
        change = None
        if before is not None and not column.thin and value and isinstance(value, int):
            change = value - int(before.values.get((row.key, column.key)) or 0)
        picked = self.picked
        return {
            "text": text(value, measure),
            "change": change or None,
            "url": self.link("table", self.table.id, row=row.key, column=column.key) if opens(measure) else "",
            "fetch": self.link("table_people", self.table.id, row=row.key, column=column.key),
            "picked": picked is not None and (picked.row.key, picked.column.key) == (row.key, column.key),
            "soon": column.key == "difference",
            "label": f"{row.label}，{column.label}",
        }

    def _failed(self, check: CheckResult) -> dict[str, Any]:
        """A check that does not hold, with the way to the people on both its sides."""
        sides = ((check.left_label, check.left_cells), (check.right_label, check.right_cells))
        links = []
        for label, cells in sides:
            for cell in cells:
                words = self._words(cell, label if len(cells) == 1 else "")
                if words:
                    url = self.link("table_people", cell.table, row=cell.row, column=cell.column)
                    links.append({"label": f"看“{words}”名单", "url": url})
        return {"check": check, "gap": abs(check.difference), "links": links}

    def _words(self, cell: CellRef, label: str) -> str:
        """What the list of a cell is called; nothing for a cell that opens none."""
        table = TABLES[cell.table]
        row = next((line for line in table.lines(self.asked.districts) if line.key == cell.row), None)
        column = table.column(cell.column)
        if row is None or column is None or not opens(table.measure(row, column)):
            return ""
        return label or f"{row.label} {column.label}"


def record_look(request: HttpRequest, people: Behind) -> None:
    """Who looked at whose names: the table, the cell, how many."""
    asked = people.asked
    audit.record(
        actor=request.user,
        action="report.view",
        target_type="reports.table",
        target_id=people.table.id,
        changes={
            "row": [None, people.row.key],
            "column": [None, people.column.key],
            "as_of": [None, asked.day.isoformat()],
            "organization": [None, asked.organization.pk if asked.organization else None],
            "people": [None, people.count()],
        },
    )


def people_context(page: AskingPage, people: Behind, *, first: bool) -> dict[str, Any]:
    """What the list of people needs; ``first``: only its beginning, below the table."""
    pager = Paginator(people, FIRST_LINES if first else PER_PAGE)
    cell = {"row": people.row.key, "column": people.column.key}
    return {
        "people": people,
        "page": pager.get_page(1 if first else page.request.GET.get("page")),
        "people_url": page.link("table_people", people.table.id, **cell),
        "people_export_url": page.link("table_people", people.table.id, **cell, export="xlsx"),
        "close_url": page.link("table", people.table.id),
        "may_export_people": page.request.user.holds("cadre.export"),
        "signed": bool(people.signs),
    }


class TablePeoplePage(AskingPage):
    """Everybody behind a figure, paged; exported by whoever may export people."""

    template_name = "reports/table_people.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        row, column = request.GET.get("row", ""), request.GET.get("column", "")
        people = behind(self.asked, self.table, row, column)
        if people is None or not request.user.holds("cadre.view"):
            raise Http404
        fmt = request.GET.get("export", "")
        if fmt in FORMATS:
            return self._export(people, fmt)
        record_look(request, people)
        context = self.get_context_data(
            table=self.table,
            table_url=f"{self.link('table', self.table.id, row=row, column=column)}#people",
            list_url=f"{reverse('reports:table_list')}?{self.query()}",
            **people_context(self, people, first=bool(request.htmx)),
        )
        if request.htmx:
            self.template_name = "reports/table.html#people"
        return self.render_to_response(context)

    def _export(self, people: Behind, fmt: str) -> HttpResponse:
        user = self.request.user
        if not user.holds("cadre.export"):
            raise PermissionDenied
        narrowed = Asked(self.asked.day, user, self.asked.organization, right="cadre.export")
        rows = behind(narrowed, self.table, people.row.key, people.column.key)
        if rows is None:
            raise Http404
        return export_response(
            user=user,
            resource=LineResource(),
            queryset=rows,  # type: ignore[arg-type]
            fmt=fmt,
            name=f"{self.table.number}-{people.column.label}-名单",
            action="cadre.export",
        )


class TableExportPage(AskingPage):
    """The official workbook of one table, or (``all``) of all of them."""

    right = "statistics.export"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        chosen = list(TABLES.values()) if self.kwargs["pk"] == "all" else [self.table]
        fmt = "csv" if request.GET.get("format") == "csv" and len(chosen) == 1 else "xlsx"
        asked = Asked(self.asked.day, request.user, self.asked.organization, right="statistics.export")
        results = list(compute(asked, chosen, TABLES).values())
        name = f"{chosen[0].number}-{chosen[0].title}" if len(chosen) == 1 else "年度统计表"
        with transaction.atomic():
            if fmt == "csv":
                content = write_csv(as_rows(results[0]))
            else:
                content = workbook_bytes(results, made_at=timezone.localtime())
            audit.record(
                actor=request.user,
                action="report.export",
                target_type="reports.table",
                target_id=self.kwargs["pk"],
                changes={
                    "format": [None, fmt],
                    "as_of": [None, asked.day.isoformat()],
                    "organization": [None, asked.organization.pk if asked.organization else None],
                },
            )
        return file_response(content, name=f"{name}-{asked.day:%Y%m%d}", fmt=fmt)
