"""基本情况: the narrative on a page, as Word, and the wording of its sentences."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from common import audit
from common.exports import file_response
from common.scope import scope_of
from common.views import FormPage, Page
from reports import actions
from reports.declarations import TABLES
from reports.engine.people import opens
from reports.engine.scope import Asked
from reports.forms import WordingForm
from reports.models import NarrativeWording
from reports.narrative.compose import compose
from reports.narrative.figures import FIGURES, WORDS, Run
from reports.narrative.sentences import SECTIONS, SENTENCES
from reports.narrative.word import word_bytes
from reports.views.tables import AskingPage

CHANGE = "narrative.change"


def may_word(user: Any) -> bool:
    return scope_of(user, CHANGE).everything


class NarrativePage(AskingPage):
    """The text, each figure a link to the cell it comes from, and what could not be written."""

    template_name = "reports/narrative.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        told = compose(self.asked)
        return super().get_context_data(
            told=told,
            sections=[
                {"title": section.title, "runs": [(run.text, self._url(run)) for run in section.runs]}
                for section in told.sections
            ],
            export_url=self.link("narrative_export"),
            may_word=may_word(self.request.user),
            **kwargs,
        )

    def _url(self, run: Run) -> str:
        """The cell in its table; its people too where it has some."""
        if run.cell is None:
            return ""
        table = TABLES[run.cell.table]
        row = next(line for line in table.lines(self.asked.districts) if line.key == run.cell.row)
        column = table.column(run.cell.column)
        assert column is not None
        picked = {"row": row.key, "column": column.key} if opens(table.measure(row, column)) else {}
        return self.link("table", table.id, **picked)


class NarrativeExportPage(AskingPage):
    right = "statistics.export"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        asked = Asked(self.asked.day, request.user, self.asked.organization, right="statistics.export")  # type: ignore[arg-type]
        with transaction.atomic():
            content = word_bytes(compose(asked), timezone.localtime())
            audit.record(
                actor=request.user,
                action="report.export",
                target_type="reports.narrative",
                changes={
                    "as_of": [None, asked.day.isoformat()],
                    "organization": [None, asked.organization.pk if asked.organization else None],
                },
            )
        return file_response(content, name=f"离退休干部基本情况-{asked.day:%Y%m%d}", fmt="docx")  # type: ignore[return-value]


class _WordingMixin:
    """Only for whoever words the narrative for the whole city."""

    def dispatch(self, request: HttpRequest, *args, **kwargs):
        if request.user.is_authenticated and not may_word(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class WordingListPage(_WordingMixin, Page):
    right = CHANGE
    template_name = "reports/wordings.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        rows = {row.key: row for row in NarrativeWording.objects.visible_to(self.request.user)}
        sections = []
        for key, title in SECTIONS.items():
            lines = [
                {"key": s.key, "text": rows[s.key].text if s.key in rows else s.text, "row": rows.get(s.key)}
                for s in SENTENCES
                if s.section == key
            ]
            lines += [
                {"key": row.key, "text": row.text, "row": row}
                for row in rows.values()
                if row.own and row.section == key
            ]
            sections.append({"key": key, "title": title, "lines": lines})
        return super().get_context_data(sections=sections, **kwargs)


class WordingPage(_WordingMixin, FormPage):
    """One sentence: its wording, whether it is used, and the figures it may name."""

    right = CHANGE
    form_class = WordingForm
    template_name = "reports/wording.html"
    success_message = "措辞已保存"

    @cached_property
    def shipped(self) -> str:
        return next((sentence.text for sentence in SENTENCES if sentence.key == self.kwargs.get("key")), "")

    @cached_property
    def instance(self) -> NarrativeWording | None:
        key = self.kwargs.get("key")
        if key is None:
            return None
        row = NarrativeWording.objects.visible_to(self.request.user).filter(key=key).first()
        if row is None and not self.shipped:
            raise Http404
        return row

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "shipped": self.shipped, "section": self.request.GET.get("section", "")}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(names=[*WORDS, *FIGURES], shipped=self.shipped, **kwargs)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if "restore" not in request.POST:
            return super().post(request, *args, **kwargs)
        try:
            actions.restore_wording(actor=request.user, key=self.kwargs.get("key", ""))
            messages.success(request, "已恢复原来的措辞" if self.shipped else "这一句已去掉")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(self.get_success_url())

    def perform(self, form: WordingForm) -> NarrativeWording:
        return actions.save_wording(
            actor=self.request.user,
            key=self.kwargs.get("key", ""),
            version=form.cleaned_data.get("version"),
            **form.values(),
        )

    def get_success_url(self) -> str:
        return reverse("reports:wording_list")
