"""The history of one import: who did what when, its files, what it did to whom; stopping it and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property

from cadres import tasks
from cadres.actions import roster_history, roster_undo
from cadres.forms.roster import DiscardForm, UndoForm
from cadres.models import Cadre, RosterImport, RosterStatus
from cadres.models.roster import WRITTEN
from cadres.roster_import.effects import keys_of
from cadres.roster_import.preview import Rows, every_row
from cadres.roster_import.undo import OUTCOMES, UndoPlan
from cadres.views.roster import PER_PAGE, ImportMixin, page_of
from common.exports import file_response
from common.views import FormPage, Page

#: kind of rows -> its words
TABS = {"created": "新增的人", "changed": "改动的人"}
UNDO_TABS = {"reverted": "已退回", "kept": "后来改过，保留", "blocked": "退不回", "units": "留下的新单位"}
_KIND = {"created": "新增", "changed": "改动"}


class People:
    """The rows of one tab as (position, row): found by name, or page by page without opening the rest."""

    def __init__(self, job: RosterImport, tab: str, sought: str) -> None:
        self.job, self.tab, self.sought = job, tab, sought
        self.at = 3 if tab in TABS else 0 if tab == "units" else 1  # where the name stands

    def all(self) -> Iterator[tuple[int, list[Any]]]:
        for position, row in enumerate(every_row(self.job, self.tab)):
            if self.sought in row[self.at]:
                yield position, row

    def page(self, number: str | None) -> Any:
        if self.sought:
            return Paginator(list(self.all()), PER_PAGE).get_page(number)
        page = Paginator(Rows(self.job, self.tab), PER_PAGE).get_page(number)
        start = max(page.start_index() - 1, 0)
        page.object_list = [(start + offset, row) for offset, row in enumerate(page.object_list)]
        return page


class RosterHistoryPage(ImportMixin, Page):
    """One import from the upload to whatever became of it, and everybody it made or changed."""

    template_name = "cadres/roster_history.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.GET.get("export") == "xlsx":
            return self._export()
        return super().get(request, *args, **kwargs)

    @cached_property
    def tabs(self) -> dict[str, str]:
        if self.roster_import.status == RosterStatus.UNDONE:
            return {**UNDO_TABS, **TABS}
        return TABS if self.roster_import.status in WRITTEN else {}

    @cached_property
    def people(self) -> People:
        wanted = self.request.GET.get("tab", "")
        counts = {**self.roster_import.undo_counts, **self.roster_import.counts}
        first = next((tab for tab in self.tabs if counts.get(tab)), next(iter(self.tabs), ""))
        tab = wanted if wanted in self.tabs else first
        return People(self.roster_import, tab, self.request.GET.get("q", "").strip()[:60])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = self.roster_import
        context = super().get_context_data(events=_events(job), home=page_of(job), **kwargs)
        if not self.tabs:
            return context
        people, counts = self.people, {**job.counts, **job.undo_counts}
        counts["units"] = job.undo_counts.get("organizations_kept", 0)
        page = people.page(self.request.GET.get("page"))
        made = keys_of((job.created_ids or {}).get("cadres", ())) if people.tab == "created" else []
        items = [_item(people.tab, position, row, made) for position, row in page.object_list]
        context |= {
            "tab": people.tab,
            "tabs": [
                {"label": label, "url": f"?tab={key}", "count": counts.get(key, 0), "current": key == people.tab}
                for key, label in self.tabs.items()
                if key != "units" or counts["units"]
            ],
            "q": people.sought, "page": page, "items": items, "label": self.tabs[people.tab],
            "there": _there(self.request.user, items),
            "again_form": DiscardForm(user=self.request.user) if job.status == RosterStatus.UNDONE else None,
        }  # fmt: skip
        return context

    def _export(self) -> HttpResponseBase:
        if not self.tabs:
            raise Http404
        people, name = self.people, f"名册导入明细-{self.roster_import.pk}"
        content = roster_history.export_people(
            actor=self.request.user,  # type: ignore[arg-type]
            roster_import=self.roster_import,
            title=f"{self.roster_import}：{self.tabs[people.tab]}",
            rows=[*_lines(people)],
        )
        return file_response(content, name=name, fmt="xlsx")


def _events(job: RosterImport) -> list[dict[str, Any]]:
    """Who did what when, in order."""
    found = [{"what": "上传", "who": job.uploaded_by, "at": job.uploaded_at, "note": ""}]
    if job.committed_at:
        counts = job.counts
        note = f"新增 {counts.get('created', 0)} 人，改动 {counts.get('changed', 0)} 人 {counts.get('fields', 0)} 处"
        note += f"，新建单位 {counts['organizations']} 个" if counts.get("organizations") else ""
        found.append({"what": "入库", "who": job.committed_by, "at": job.committed_at, "note": note})
    if job.undone_at:
        counts = job.undo_counts
        note = f"退回 {counts['reverted']} 人，后来改过保留 {counts['kept']} 人，退不回 {counts['blocked']} 人"
        note += f"，删去新单位 {counts['organizations']} 个" if counts.get("organizations") else ""
        found.append(
            {"what": "撤销", "who": job.undone_by, "at": job.undone_at, "note": note, "reason": job.undo_reason}
        )
    return found


def _there(user: Any, items: list[dict[str, Any]]) -> set[int]:
    """Keys of those who are on record and whom the reader may open."""
    keys = {item["pk"] for item in items if item.get("pk")}
    return set(Cadre.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True))


def _item(tab: str, position: int, row: list[Any], made: list[int]) -> dict[str, Any]:
    """A row by name (see cadres.roster_import.preview and .undo)."""
    if tab == "units":
        return {"name": row[0], "reason": row[1]}
    if tab in OUTCOMES:
        keys = ("kind", "name", "category", "unit", "pk", "reason")
        item = dict(zip(keys, row, strict=True))
        item["kind"] = _KIND[item["kind"]]
        return item
    item = dict(zip(("file", "sheet", "row", "name", "number", "category", "unit"), row, strict=False))
    if tab == "changed":
        item["pk"], item["changes"] = row[7], row[8]
    else:
        item["pk"] = made[position] if position < len(made) else None
    return item


def _lines(people: People) -> Iterator[list[Any]]:
    """The same rows for a workbook, head first; one line per changed field."""
    heads = {
        "created": ["姓名", "身份证号", "类别", "单位", "工作表", "行"],
        "changed": ["姓名", "身份证号", "类别", "单位", "栏目", "原来", "改为"],
        "units": ["单位", "为什么留下"],
    }
    yield heads.get(people.tab, ["姓名", "类别", "单位", "这批做了什么", "说明"])
    for position, row in people.all():
        item = _item(people.tab, position, row, [])
        if people.tab == "units":
            yield [item["name"], item["reason"]]
        elif people.tab in OUTCOMES:
            yield [item["name"], item["category"], item["unit"], item["kind"], item["reason"]]
        else:
            who = [item["name"], item["number"], item["category"], item["unit"]]
            if people.tab == "created":
                yield [*who, item["sheet"], item["row"]]
            for label, old, new, _ in item.get("changes", ()):
                yield [*who, label, old, new]


class RosterOriginalPage(ImportMixin, Page):
    """One file exactly as it was uploaded."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        file = get_object_or_404(self.roster_import.files.all(), position=self.kwargs["position"])
        if not file.sealed:
            raise Http404
        try:
            content = roster_history.original_file(actor=request.user, file=file)  # type: ignore[arg-type]
        except ValidationError as error:
            messages.error(request, "；".join(error.messages))
            return redirect("cadres:roster_history", self.roster_import.pk)
        name, _, suffix = file.name.rpartition(".")
        return file_response(content, name=name or file.name, fmt=suffix if name else "xlsx")


class StepPage(ImportMixin, FormPage):
    """A button of its own on some page of the import: opened by address, it leads to where the import stands."""

    form_class: Any = DiscardForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(page_of(self.roster_import))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": None}

    def form_invalid(self, form: Any) -> HttpResponse:
        for error in form.non_field_errors():
            messages.error(self.request, error)
        job = get_object_or_404(RosterImport.objects.visible_to(self.request.user), pk=self.roster_import.pk)
        return HttpResponseRedirect(page_of(job))

    def get_success_url(self) -> str:
        return page_of(self.object)


class RosterCancelPage(StepPage):
    """取消: the running job stops, or it is said that it has ended already."""

    success_message = "{object.words}"

    def perform(self, form: Any) -> RosterImport:
        return roster_history.cancel_roster(actor=self.request.user, roster_import=self.roster_import)  # type: ignore[arg-type]


class RosterAgainPage(StepPage):
    """再导入一次: a new import of the kept files."""

    def perform(self, form: Any) -> RosterImport:
        job = roster_history.import_again(actor=self.request.user, roster_import=self.roster_import)  # type: ignore[arg-type]
        transaction.on_commit(lambda: tasks.read_roster.delay(job.pk))
        return job


class RosterUndoPage(ImportMixin, FormPage):
    """撤销: shows who would go back, who was edited since, who cannot; then asks for the reason."""

    form_class = UndoForm
    template_name = "cadres/roster_undo.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.roster_import.status != RosterStatus.COMMITTED:
            return redirect(page_of(self.roster_import))
        return super().get(request, *args, **kwargs)

    @cached_property
    def plan(self) -> UndoPlan:
        return UndoPlan(self.roster_import)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": None}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        counts = self.plan.counts()
        first = next((outcome for outcome in ("kept", "blocked", "reverted") if counts[outcome]), "reverted")
        wanted = self.request.GET.get("tab", "")
        tab = wanted if wanted in OUTCOMES else first
        page = Paginator(self.plan.rows(tab), PER_PAGE).get_page(self.request.GET.get("page"))
        context["form"].initial["fingerprint"] = self.plan.fingerprint()
        items = [_item(tab, 0, row, []) for row in page.object_list]
        return context | {
            "counts": counts, "tab": tab, "page": page, "label": OUTCOMES[tab],
            "items": items, "there": _there(self.request.user, items),
            "tabs": [
                {"label": label, "url": f"?tab={key}", "count": counts[key], "current": key == tab}
                for key, label in OUTCOMES.items()
            ],
        }  # fmt: skip

    def perform(self, form: Any) -> RosterImport:
        job = roster_undo.request_undo(
            actor=self.request.user,  # type: ignore[arg-type]
            roster_import=self.roster_import,
            reason=form.cleaned_data["reason"],
            fingerprint=form.cleaned_data["fingerprint"],
        )
        transaction.on_commit(lambda: tasks.undo_roster.delay(job.pk))
        return job

    def get_success_url(self) -> str:
        return reverse("cadres:roster_progress", args=[self.roster_import.pk])
