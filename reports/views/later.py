"""封存后变动 of one sealed year: the figures that would be others today, and the people behind them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property

from common.exports import FORMATS, export_response
from common.views import Page
from reports.engine.scope import RIGHT, Asked
from reports.exports import LaterFigureResource, LaterPersonResource
from reports.models import Sealing
from reports.sealing.asked import SealedAsked
from reports.sealing.later import Change, Person, behind_figure, changed_figures, differing_people, people_behind
from reports.views.tables import QuestionMixin
from reports.views.years import OfYear

PER_PAGE, FIGURES_PER_PAGE = 50, 20


class LaterPage(OfYear, QuestionMixin, Page):
    right = RIGHT
    template_name = "reports/later.html"

    @cached_property
    def sealing(self) -> Sealing | None:
        return Sealing.objects.visible_to(self.request.user).filter(reporting_year=self.year).in_force().first()

    def asked(self, right: str = RIGHT) -> tuple[SealedAsked, Asked]:
        organization, user = self.form.cleaned_data.get("organization"), self.request.user
        assert self.sealing is not None
        day = self.sealing.as_of
        return (
            SealedAsked(day, user, organization, right=right, sealing=self.sealing),
            Asked(day, user, organization, right=right),
        )

    @cached_property
    def picked(self) -> tuple[str, str, str] | None:
        cell = tuple(self.request.GET.get(name, "") for name in ("table", "row", "column"))
        return cell if all(cell) else None  # type: ignore[return-value]

    def people(self, right: str = RIGHT) -> list[Person]:
        sealed, live = self.asked(right)
        ids = behind_figure(sealed, live, *self.picked) if self.picked else differing_people(sealed, live)
        return people_behind(sealed, ids)

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        _ = self.year
        fmt = request.GET.get("export", "")
        if fmt in FORMATS and self.sealing is not None:
            return self._export(fmt)
        return super().get(request, *args, **kwargs)

    def _export(self, fmt: str) -> HttpResponse:
        user, whom = self.request.user, self.request.GET.get("of") == "people"
        right = "cadre.export" if whom else "statistics.export"
        if not user.holds(right):
            raise PermissionDenied
        rows: list[Any] = self.people(right) if whom else changed_figures(*self.asked(right))
        return export_response(
            user=user, resource=LaterPersonResource() if whom else LaterFigureResource(),
            queryset=_Plain(rows), fmt=fmt,  # type: ignore[arg-type]
            name=f"{self.year}封存后变动{'名单' if whom else ''}",
            action="cadre.export" if whom else "report.export",
        )  # fmt: skip

    def link(self, **more: str) -> str:
        query = {k: v for k, v in self.request.GET.items() if k in {"organization", "table", "row", "column"}}
        return f"{self.request.path}?{urlencode({**query, **more})}"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**{**kwargs, "year": self.year}, sealing=self.sealing, form=self.form)
        if self.sealing is None:
            return context
        changes = changed_figures(*self.asked())
        people = self.people() if changes or self.picked else []
        chosen = self.form.cleaned_data.get("organization")
        rows = [{"change": c, "picked": self._cell(c) == self.picked,
                 "url": self.link(table=c.table.id, row=c.row, column=c.column) + "#people"} for c in changes]  # fmt: skip
        pager = Paginator(people, PER_PAGE)
        figures = Paginator(rows, FIGURES_PER_PAGE)
        return context | {
            "rows": figures.get_page(self.request.GET.get("figures")),
            "page": pager.get_page(self.request.GET.get("page")),
            "count": len(changes),
            "picked": next((c for c in changes if self._cell(c) == self.picked), None),
            "organization": chosen,
            "all_url": f"{self.request.path}?{urlencode({'organization': chosen.pk})}" if chosen else self.request.path,
            "table_url": f"{reverse('reports:table_list')}?{urlencode({'as_of': self.year.as_of.isoformat()})}",
            "export_url": self.link(export="xlsx"),
            "people_export_url": self.link(export="xlsx", of="people"),
            "may_export": self.request.user.holds("statistics.export"),
            "may_export_people": self.request.user.holds("cadre.export"),
        }

    @staticmethod
    def _cell(change: Change) -> tuple[str, str, str]:
        return (change.table.id, change.row, change.column)


class _Plain(list):
    def iterator(self, chunk_size: int = 0):
        return iter(self)
