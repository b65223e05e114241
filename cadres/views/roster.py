"""名册导入: upload, progress, column questions, preview, commit, result."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django_htmx.http import HttpResponseClientRedirect

from cadres import tasks
from cadres.actions import roster
from cadres.forms.roster import ColumnsForm, CommitForm, DiscardForm, RosterUploadForm
from cadres.models import RosterImport, RosterStatus
from cadres.models.roster import WRITTEN
from cadres.querysets import remembered_files, waiting_unit_roster, waiting_words
from cadres.roster.fields import FIELDS
from cadres.roster_import.preview import Rows, read_report
from cadres.roster_import.progress import progress_of
from common import audit
from common.exports import file_response
from common.views import FormPage, Page

RIGHT = "roster.import"
STEPS = ["上传文件", "认表头", "逐条预览", "提交入库"]
#: tab -> (label, unit, icon)
TABS = {
    "created": ("新增", "人", "user-plus"),
    "changed": ("有改动", "人", "edit"),
    "unchanged": ("没有变化", "人", "check"),
    "duplicate": ("重复", "行", "git-merge"),
    "rejected": ("拒收", "行", "ban"),
    "missing": ("名册里少了", "人", "zoom"),
}
PER_PAGE = 20


def page_of(roster_import: RosterImport) -> str:
    """Where an import stands now."""
    if roster_import.collection_id is not None:
        return reverse("cadres:collection_batch", args=[roster_import.pk])
    names = {
        RosterStatus.ASKING: "roster_mapping",
        RosterStatus.PREVIEWED: "roster_preview",
        RosterStatus.UNDONE: "roster_history",
    }
    return reverse(f"cadres:{names.get(roster_import.status, 'roster_progress')}", args=[roster_import.pk])


class ImportMixin:
    """Pages of one import, found through the reader's scope."""

    right = RIGHT
    request: HttpRequest
    kwargs: dict[str, Any]
    step = 1

    @cached_property
    def roster_import(self) -> RosterImport:
        visible = RosterImport.objects.visible_to(self.request.user)
        return get_object_or_404(visible.select_related("uploaded_by", "committed_by"), pk=self.kwargs["pk"])

    @cached_property
    def files(self) -> list[Any]:
        return list(self.roster_import.files.all())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        names = [file.name for file in self.files]
        what = names[0] if len(names) == 1 else f"{len(names)} 个文件"
        return super().get_context_data(  # type: ignore[misc]
            roster=self.roster_import, files=self.files, what=what, steps=STEPS, step=self.step, **kwargs
        )


class RosterListPage(Page):
    """History: who handed in what, and what it did."""

    right = RIGHT
    template_name = "cadres/roster_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        imports = RosterImport.objects.visible_to(self.request.user).select_related("uploaded_by", "committed_by")
        page = Paginator(imports.prefetch_related("files").order_by("-pk"), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        rows = [{"roster": row, "files": list(row.files.all()), "url": page_of(row)} for row in page]
        return super().get_context_data(page=page, rows=rows, **kwargs)


class RosterUploadPage(FormPage):
    right = RIGHT
    form_class = RosterUploadForm
    template_name = "cadres/roster_upload.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": None}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        from django.conf import settings

        return super().get_context_data(
            steps=STEPS, step=1, limit=settings.SONGHE_UPLOAD_MAX_BYTES,
            layouts=remembered_files(), **kwargs,
        )  # fmt: skip

    def perform(self, form: RosterUploadForm) -> RosterImport:
        values = form.values()
        job = roster.upload_roster(
            actor=self.request.user,
            files=[(file.name, file.read()) for file in values["files"]],
            year=values["year"],
            as_of=values["as_of"],
            create_organizations=values["create_organizations"],
            organization=form.organization,
        )
        transaction.on_commit(lambda: tasks.read_roster.delay(job.pk))
        return job

    def get_success_url(self) -> str:
        return reverse("cadres:roster_progress", args=[self.object.pk])


class RosterProgressPage(ImportMixin, Page):
    """The job while it runs, and its outcome when it has ended."""

    template_name = "cadres/roster_progress.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.roster_import
        waits = {RosterStatus.ASKING, RosterStatus.PREVIEWED, RosterStatus.UNDONE}
        if job.status in waits or job.collection_id is not None:
            handed_in = waiting_unit_roster(job) if job.status == RosterStatus.PREVIEWED else None
            url = reverse("cadres:reconciliation", args=[handed_in.pk]) if handed_in else page_of(job)
            return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
        if request.htmx and not job.running:
            return HttpResponseClientRedirect(request.path)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = self.roster_import
        self.step = 4 if job.status in {RosterStatus.COMMITTING, *WRITTEN} else 1
        context = super().get_context_data(
            writing=job.status == RosterStatus.COMMITTING,
            undoing=job.status == RosterStatus.UNDOING,
            unit_roster=waiting_unit_roster(job),
            **kwargs,
        )
        if job.running:
            size = sum(file.size for file in self.files)
            context["progress"] = progress_of(job, size=size, now=timezone.now())
            context["cancel_form"] = DiscardForm(user=self.request.user)
        if job.status == RosterStatus.COMMITTED:
            context["step"] = 5
            context["words"] = waiting_words(self.request.user)
            context["to_mend"] = [file for file in self.files if any(sheet.get("rejected") for sheet in file.sheets)]
            context["refused_files"] = [file for file in self.files if file.refusal]
        elif job.status == RosterStatus.FAILED:
            context["refused_files"] = [file for file in self.files if file.refusal]
        return context


class RosterMappingPage(ImportMixin, FormPage):
    """认一认表头: what could not be recognised is asked, never guessed."""

    form_class = ColumnsForm
    template_name = "cadres/roster_mapping.html"
    step = 2

    @cached_property
    def asked(self) -> list[dict[str, Any]]:
        """One sheet per layout: those with questions, or all of them when somebody comes back to look."""
        found: dict[str, dict[str, Any]] = {}
        for file in self.files:
            for sheet in file.sheets:
                if sheet.get("signature"):
                    known = found.setdefault(
                        sheet["signature"], {**sheet, "file": file.name, "others": -1, "size": file.size}
                    )
                    known["others"] += 1
        asking = [sheet for sheet in found.values() if sheet["questions"]]
        return asking or list(found.values())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.roster_import
        if job.status not in {RosterStatus.ASKING, RosterStatus.PREVIEWED} or not self.asked:
            return redirect(page_of(job) if job.status != RosterStatus.ASKING else reverse("cadres:roster_list"))
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        fields = [(field.key, field.label) for field in FIELDS]
        return {**super().get_form_kwargs(), "instance": None, "sheets": self.asked, "fields": fields}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        context["sheets"] = [
            {**sheet, "lines": form.lines(number), "known": sum(1 for c in sheet["columns"] if c["field"])}
            for number, sheet in enumerate(self.asked)
        ]
        context["open"] = sum(len(sheet["questions"]) for sheet in self.asked)
        return context

    def perform(self, form: ColumnsForm) -> RosterImport:
        job = roster.answer_columns(
            actor=self.request.user,
            roster_import=self.roster_import,
            answers=form.answers(),
            remember=form.cleaned_data["remember"],
        )
        transaction.on_commit(lambda: tasks.read_roster.delay(job.pk))
        return job

    def get_success_url(self) -> str:
        return reverse("cadres:roster_progress", args=[self.roster_import.pk])


class RosterPreviewPage(ImportMixin, Page):
    """入库前逐条看一遍: six counts, each opens its rows; nothing has changed yet."""

    template_name = "cadres/roster_preview.html"
    step = 3

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.roster_import.status not in {RosterStatus.PREVIEWED, RosterStatus.COMMITTED}:
            return redirect(page_of(self.roster_import))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = self.roster_import
        counts = job.counts
        wanted = self.request.GET.get("tab", "")
        shown = wanted if wanted in {*TABS, "notes"} else self._first(counts)
        rows = Rows(job, shown)
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        names = [file.name for file in self.files]
        label, unit, _ = TABS.get(shown, ("请看", "处", ""))
        return super().get_context_data(
            counts=counts,
            tab=shown,
            tabs=[
                {
                    "key": key, "label": text, "unit": measure, "icon": icon,
                    "count": counts.get(_COUNT_OF.get(key, key), 0), "current": key == shown,
                }
                for key, (text, measure, icon) in TABS.items()
            ],
            label=label, unit=unit, page=page, items=[item_of(shown, row, names) for row in page],
            refused=[item_of("rejected", row, names) for row in Rows(job, "rejected")[0:4]],
            groups=[_group(row, names) for row in Rows(job, "groups")[0:6]],
            several=len(names) > 1,
            committed=job.status == RosterStatus.COMMITTED,
            fixable=bool(counts.get("created") or counts.get("changed")),
            commit_form=CommitForm(user=self.request.user, initial={"fingerprint": job.fingerprint}),
            to_mark=[file for file in self.files if not file.refusal],
            refused_files=[file for file in self.files if file.refusal],
            unit_roster=waiting_unit_roster(job),
            **kwargs,
        )  # fmt: skip

    @staticmethod
    def _first(counts: dict[str, int]) -> str:
        return next((key for key in ("changed", "created", "rejected", "unchanged") if counts.get(key)), "created")


_COUNT_OF = {"created": "created", "duplicate": "duplicate", "rejected": "rejected"}


def item_of(kind: str, row: list[Any], names: list[str]) -> dict[str, Any]:
    """A row of a preview part by name (see cadres.roster_import.preview)."""
    if kind == "missing":
        return dict(zip(("pk", "name", "category", "unit"), row, strict=True))
    if kind in {"rejected", "notes"}:
        keys = ("file", "sheet", "row", "column", "name", "code", "message", "hint", "shown", "level")
    else:
        keys = ("file", "sheet", "row", "name", "number", "category", "unit")
    item = dict(zip(keys, row, strict=False))
    item["file"] = names[item["file"]] if item["file"] < len(names) else ""
    if kind == "changed":
        item["pk"], item["changes"] = row[7], row[8]
    elif kind == "duplicate":
        item["first"] = row[7]
    return item


def _group(row: list[Any], names: list[str]) -> dict[str, Any]:
    keys = ("code", "message", "hint", "count", "file", "sheet", "row", "column", "name")
    item = dict(zip(keys, row, strict=True))
    item["file"] = names[item["file"]] if item["file"] < len(names) else ""
    return item


class RosterCommitPage(ImportMixin, FormPage):
    """The one button that changes people; it works once."""

    form_class = CommitForm
    template_name = "cadres/roster_preview.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("cadres:roster_preview", self.roster_import.pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": None}

    def perform(self, form: CommitForm) -> RosterImport:
        if roster.is_hand_in(self.roster_import):
            raise ValidationError("这是单位报来的名册，请到“名册催报”里打开这个单位核对，不在这里入库")
        job = roster.request_commit(
            actor=self.request.user,
            roster_import=self.roster_import,
            accept_good_rows=form.cleaned_data["accept"],
            fingerprint=form.cleaned_data["fingerprint"],
        )
        transaction.on_commit(lambda: tasks.commit_roster.delay(job.pk))
        return job

    def form_invalid(self, form: CommitForm) -> HttpResponse:
        for error in form.non_field_errors() or ["预览已经更新，请再看一遍后提交"]:
            messages.error(self.request, error)
        return HttpResponseRedirect(reverse("cadres:roster_preview", args=[self.roster_import.pk]))

    def get_success_url(self) -> str:
        return reverse("cadres:roster_progress", args=[self.roster_import.pk])


class RosterDiscardPage(ImportMixin, FormPage):
    """退回: asks once, with its consequences."""

    form_class = DiscardForm
    template_name = "cadres/roster_discard.html"
    success_message = "已退回，花名册没有改动"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.roster_import.open or self.roster_import.status == RosterStatus.COMMITTING:
            return redirect(page_of(self.roster_import))
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": None}

    def perform(self, form: DiscardForm) -> RosterImport:
        return roster.discard_roster(actor=self.request.user, roster_import=self.roster_import)

    def form_invalid(self, form: DiscardForm) -> HttpResponse:
        for error in form.non_field_errors():
            messages.error(self.request, error)
        return HttpResponseRedirect(page_of(self.roster_import))

    def get_success_url(self) -> str:
        return reverse("cadres:roster_list")


class RosterReportPage(ImportMixin, Page):
    """The report as JSON, to be kept or read by another program."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        report = read_report(self.roster_import)
        if report is None:
            raise Http404
        audit.record(actor=request.user, action="roster.download", target=self.roster_import)
        content = json.dumps(report, ensure_ascii=False, indent=1).encode()
        return file_response(content, name=f"名册导入报告-{self.roster_import.pk}", fmt="json")


class RosterAnnotatedPage(ImportMixin, Page):
    """One file as it came, its bad cells coloured, with a column that says what to mend."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        file = get_object_or_404(self.roster_import.files.all(), position=self.kwargs["position"])
        if file.refusal:
            raise Http404
        try:
            content, name = roster.annotated_file(actor=request.user, file=file)
        except ValidationError as error:
            messages.error(request, "；".join(error.messages))
            return redirect(page_of(self.roster_import))
        return file_response(content, name=name.removesuffix(".xlsx"), fmt="xlsx")
