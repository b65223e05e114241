"""The yearly tables: their list, a table with its checks, the people behind a figure, the official workbook."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cadres.models import Cadre
from common import audit
from common.exports import FORMATS, export_response, file_response
from common.views import Page
from reports.beside import OF_ROW, Beside, has_shares, whole_column
from reports.declarations import AWAITED
from reports.downloads import KINDS, Download, download
from reports.engine.checks import CheckResult
from reports.engine.compute import Result
from reports.engine.model import CellRef, Column, Row, Table, heads
from reports.engine.people import Behind, behind, opens
from reports.engine.scope import RIGHT, Asked
from reports.engine.show import text
from reports.exports import LineResource
from reports.forms import AskForm
from reports.models import Sealing
from reports.official import chinese_day
from reports.sealing.asked import SealedAsked
from reports.sealing.reading import LIVE, a_year_before, ask, kept_workbook, results_for, sealing_for, tables_of

FIRST_LINES = 10
PER_PAGE = 50


class QuestionMixin:
    """A page that is asked in its address. What nobody may ask about (``unknown`` fields in error) is 404."""

    form_class: type[forms.Form] = AskForm
    unknown: frozenset[str] = frozenset({"organization"})

    @cached_property
    def form(self) -> Any:
        form = self.form_class(self.request.GET, user=self.request.user)  # type: ignore[attr-defined, call-arg]
        form.is_valid()
        if self.unknown & form.errors.keys():
            raise Http404
        return form


class AskingPage(QuestionMixin, Page):
    """A page that is asked for a day and an organization. An organization out of scope is 404."""

    right = RIGHT

    @cached_property
    def asked(self) -> Asked:
        day = self.form.cleaned_data.get("as_of") or self.form.clean_as_of()
        return self.asking(RIGHT, day)

    def asking(self, right: str, day: datetime.date) -> Asked:
        """The question under a right; of a sealed day the sealed figures answer, unless today's are asked for."""
        return ask(self.request.user, day, self.form.cleaned_data.get("organization"), right=right, wish=self.wish)

    @property
    def wish(self) -> str:
        """Which sealing is asked for: blank, a number or ``live``."""
        wish = self.request.GET.get("seal", "")
        return wish if wish == LIVE or wish.isdigit() else ""

    @property
    def sealing(self) -> Sealing | None:
        return self.asked.sealing if isinstance(self.asked, SealedAsked) else None

    @cached_property
    def tables(self) -> dict[str, Table]:
        return tables_of(self.asked)

    @cached_property
    def table(self) -> Table:
        if self.kwargs["pk"] not in self.tables:
            raise Http404
        return self.tables[self.kwargs["pk"]]

    def query(self, **more: str) -> str:
        """The question as it stands in addresses."""
        asked: dict[str, str] = {"as_of": self.asked.day.isoformat()}
        if self.asked.organization is not None:
            asked["organization"] = str(self.asked.organization.pk)
        for name in ("compare", "share"):
            asked[name] = self.form.cleaned_data.get(name, "")
        against = self.form.cleaned_data.get("against")
        asked["against"] = against.isoformat() if against else ""
        asked["seal"] = self.wish
        return urlencode({name: value for name, value in {**asked, **more}.items() if value})

    def link(self, name: str, table: str | None = None, **more: str) -> str:
        args = [table] if table else []
        return f"{reverse(f'reports:{name}', args=args)}?{self.query(**more)}"

    def downloads(self, table: str) -> dict[str, str]:
        """{kind of file: its address}."""
        return {kind: self.link("table_export", table, format=kind) for kind in KINDS}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            form=self.form,
            asked=self.asked,
            day=chinese_day(self.asked.day),
            may_export=self.request.user.holds("statistics.export"),
            sealing=self.sealing,
            live_of=sealing_for(self.request.user, self.asked.day) if self.wish == LIVE else None,
            keep={"seal": self.wish} if self.wish else {},
            **kwargs,
        )


class TableListPage(AskingPage):
    """All tables that live, with what their checks say."""

    template_name = "reports/table_list.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        results = results_for(self.asked)
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
                    "explained": all(check.name in result.explanations for check in failed),
                }
            )
        return super().get_context_data(
            rows=rows,
            awaited=AWAITED,
            downloads=self.downloads("all"),
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

    def get_template_names(self) -> list[str]:
        return ["reports/table_print.html"] if self.printing else [self.template_name]

    @property
    def printing(self) -> bool:
        """Only the sheet, as it goes on paper; what was to stand small beside the figures has to be asked for."""
        return bool(self.request.GET.get("print"))

    @property
    def other_day(self) -> datetime.date | None:
        """The day whose figures the change is shown against."""
        compare = self.form.cleaned_data.get("compare", "")
        if compare == "none" or not self.table.compares or (self.printing and not compare):
            return None
        return self.form.cleaned_data.get("against") if compare == "day" else self.asked.closing

    def _other(self) -> Asked | None:
        """The question whose figures the change is shown against."""
        if self.other_day is None:
            return None
        if self.other_day == self.asked.closing:
            return a_year_before(self.asked)
        return ask(self.request.user, self.other_day, self.asked.organization)

    def _beside(self, result: Result) -> Beside:
        share = "" if has_shares(self.table) else self.form.cleaned_data.get("share", "")
        other = self._other()
        before = results_for(other, [self.table.id], checks=False).get(self.table.id) if other is not None else None
        return Beside(result, before, share)

    def _choices(self, name: str) -> list[dict[str, Any]]:
        """The segments of a question: words, address, whether it is the answer as it stands."""
        chosen = self.form.cleaned_data.get(name, "")
        cell = {key: self.request.GET.get(key, "") for key in ("row", "column")}
        rows_have_wholes = any(whole_column(self.table, column) for column in self.table.leaves)
        return [
            {"label": label, "url": self.link("table", self.table.id, **cell, **{name: value}), "on": value == chosen}
            for value, label in self.form.fields[name].choices
            if value != OF_ROW or rows_have_wholes
        ]

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        result = results_for(self.asked, [self.table.id])[self.table.id]
        beside = self._beside(result)
        failed = [check for check in result.checks if not check.ok]
        context = super().get_context_data(
            table=self.table,
            result=result,
            heads=[
                [{"head": head, "lines": head.label.split("|")} for head in row]
                for row in heads(self.table.columns, [column.key for column in result.columns])
            ],
            numbers=range(1, len(result.columns) + 1),
            lines=[self._line(row, beside) for row in result.lines],
            beside=beside,
            printing=self.printing,
            other_day=chinese_day(beside.before.asked.day) if beside.before else "",
            compare_choices=self._choices("compare") if self.table.compares else [],
            share_choices=[] if has_shares(self.table) else self._choices("share"),
            failed=[self._failed(check) | {"words": result.explanations.get(check.name, "")} for check in failed],
            passed=[{"check": check} for check in result.checks if check.ok],
            table_url=self.link("table", self.table.id),
            list_url=f"{reverse('reports:table_list')}?{self.query()}",
            downloads=self.downloads(self.table.id),
            print_url=self.link("table", self.table.id, print="1"),
            filled_by=self.request.user.display_name,
            today=chinese_day(timezone.localdate()),
            **kwargs,
        )
        if self.picked is not None:
            context |= people_context(self, self.picked, first=True)
        return context

    def _line(self, row: Row, beside: Beside) -> dict[str, Any]:
        return {"row": row, "cells": [self._cell(row, column, beside) for column in beside.result.columns]}

    def _cell(self, row: Row, column: Column, beside: Beside) -> dict[str, Any]:
        measure = self.table.measure(row, column)
        part = beside.part(row, column)
        picked = self.picked
        return {
            "text": text(beside.result.shown(row.key, column.key), measure),
            "change": beside.change(row, column),
            "part": "" if part is None else f"{part:.1f}%",
            "url": self.link("table", self.table.id, row=row.key, column=column.key)
            if opens(measure) and not self.printing
            else "",
            "fetch": self.link("table_people", self.table.id, row=row.key, column=column.key),
            "picked": picked is not None and (picked.row.key, picked.column.key) == (row.key, column.key),
            "soon": column.key == "difference",
            "label": f"{row.label}，{column.label}",
        }

    def _failed(self, check: CheckResult) -> dict[str, Any]:
        """A check that does not hold, with the way to the people on both its sides."""
        right = {"as_of": check.right_day} if check.right_day else {}
        sides = ((check.left_label, check.left_cells, {}), (check.right_label, check.right_cells, right))
        links = []
        for label, cells, when in sides:
            for cell in cells:
                words = self._words(cell, label if len(cells) == 1 else "")
                if words:
                    url = self.link("table_people", cell.table, row=cell.row, column=cell.column, **when)
                    links.append({"label": f"看“{words}”名单", "url": url})
        return {"check": check, "gap": abs(check.difference), "links": links}

    def _words(self, cell: CellRef, label: str) -> str:
        """What the list of a cell is called; nothing for a cell that opens none."""
        table = self.tables.get(cell.table)
        if table is None:
            return ""
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
    shown = pager.get_page(1 if first else page.request.GET.get("page"))
    return {
        "people": people,
        "page": shown,
        "open_files": _open_files(page.request.user, [line.cadre_id for line in shown.object_list]),
        "people_url": page.link("table_people", people.table.id, **cell),
        "people_export_url": page.link("table_people", people.table.id, **cell, export="xlsx"),
        "close_url": page.link("table", people.table.id),
        "may_export_people": page.request.user.holds("cadre.export"),
        "signed": bool(people.signs),
    }


def _open_files(user: Any, people: list[int]) -> set[int]:
    """Whose files the reader may open today: who moved to somebody else's unit since stays in the list, unlinked."""
    return set(Cadre.objects.visible_to(user).filter(pk__in=people).values_list("pk", flat=True))


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
        narrowed = self.asking("cadre.export", self.asked.day)
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
    """One table, or (``all``) all of them, as the official workbook, CSV or JSON."""

    right = "statistics.export"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        chosen = list(self.tables.values()) if self.kwargs["pk"] == "all" else [self.table]
        asked_kind = request.GET.get("format", "")
        kind = asked_kind if asked_kind in KINDS else KINDS[0]
        asked = self.asking("statistics.export", self.asked.day)
        results = list(results_for(asked, [table.id for table in chosen]).values())
        with transaction.atomic():
            file = self._file(asked, results, kind)
            audit.record(
                actor=request.user,
                action="report.export",
                target_type="reports.table",
                target_id=self.kwargs["pk"],
                changes={
                    "format": [None, kind],
                    "as_of": [None, asked.day.isoformat()],
                    "organization": [None, asked.organization.pk if asked.organization else None],
                },
            )
        return file_response(file.content, name=file.name, fmt=file.ending)

    @staticmethod
    def _file(asked: Asked, results: list[Result], kind: str) -> Download:
        """Of a sealed year the very bytes that were kept, or the same figures as of the moment of sealing."""
        if not isinstance(asked, SealedAsked):
            return download(results, kind, made_at=timezone.localtime())
        file = download(results, kind, made_at=timezone.localtime(asked.sealing.sealed_at))
        kept = kept_workbook(asked) if kind == "xlsx" and len(results) > 1 else None
        return replace(file, content=kept) if kept else file
