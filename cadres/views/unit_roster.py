"""One unit's roster of one year: its state and history, the template, handing in, what it would change, returning."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cadres import tasks
from cadres.actions import hand_ins
from cadres.forms.collection import ConfirmForm, HandInForm, ReturnForm
from cadres.models import RosterFile, RosterHandIn, RosterStatus, UnitRoster, UnitRosterState
from cadres.querysets import liaisons_of
from cadres.roster_import.preview import Rows
from cadres.views.roster import item_of
from common.exports import file_response
from common.views import FormPage, Page

#: What comes back shows the differences only: key of the preview -> (label, what it is counted in).
DIFFERENCES = {
    "changed": ("有改动", "人", "edit"),
    "created": ("新增", "人", "user-plus"),
    "missing": ("名册里少了", "人", "zoom"),
    "rejected": ("拒收", "行", "ban"),
}
PER_PAGE = 20
#: The preview that a reader may open: it was read, whatever became of it.
READ = {RosterStatus.PREVIEWED, RosterStatus.ASKING, RosterStatus.COMMITTING, RosterStatus.COMMITTED}


def reconciliation_url(unit_roster: UnitRoster) -> str:
    """Where staff compare and approve; blank where that page is not installed."""
    try:
        return reverse("cadres:reconciliation", args=[unit_roster.pk])
    except NoReverseMatch:
        return ""


class DutyListPage(Page):
    """报名册: what the liaison's own units owe, the open collections first."""

    right = "roster.submit"
    template_name = "cadres/duty_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = UnitRoster.objects.visible_to(self.request.user, "roster.submit").for_lists()
        rows = mine.order_by("collection__closed_at", "-collection__year", "organization__path")
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, today=timezone.localdate(), **kwargs)


class RosterOfUnit:
    """Pages about one roster, found through the reader's scope."""

    right = "cadre.view"
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def unit_roster(self) -> UnitRoster:
        visible = UnitRoster.objects.visible_to(self.request.user).for_lists()
        return get_object_or_404(visible.select_related(
            "collection", "organization__district", "roster_import", "handed_in_by", "returned_by", "approved_by"
        ), pk=self.kwargs["pk"])  # fmt: skip

    @property
    def on_record(self) -> QuerySet:
        return RosterHandIn.objects.visible_to(self.request.user).filter(unit_roster=self.unit_roster)


class UnitRosterDetailPage(RosterOfUnit, Page):
    template_name = "cadres/unit_roster_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        roster, user = self.unit_roster, self.request.user
        job = roster.roster_import
        staff = UnitRoster.objects.visible_to(user, "roster.import").filter(pk=roster.pk).exists()
        may = hand_ins.may_hand_in(user, roster)
        usable = roster.collection.closed_at is None and roster.state != UnitRosterState.APPROVED
        counts = job.counts if job and job.status in READ else {}
        attempts = list(self.on_record.select_related("roster_import", "handed_in_by", "ended_by"))
        return super().get_context_data(
            roster=roster,
            collection=roster.collection,
            unit=roster.organization,
            job=job,
            files=[(file, unread_sheets(file)) for file in job.files.all()] if job else [],
            counts=counts,
            boxes=boxes(counts),
            attempts=attempts,
            liaisons=liaisons_of([roster.organization]).get(roster.organization_id, []),
            staff=staff,
            may_hand_in=may and usable,
            may_download=may and user.holds("cadre.export"),
            may_withdraw=may and usable and roster.state == UnitRosterState.HANDED_IN,
            may_return=staff and usable and roster.state == UnitRosterState.HANDED_IN,
            may_remind=staff and usable and roster.waited_for,
            may_remove=staff and roster.state == UnitRosterState.OWED and not attempts,
            may_see=may and job is not None and job.status in READ,
            reconcile=reconciliation_url(roster) if staff and roster.state == UnitRosterState.HANDED_IN else "",
            board=user.holds("dashboard.view"),
            today=timezone.localdate(),
            **kwargs,
        )


def unread_sheets(file: RosterFile) -> list[dict[str, Any]]:
    """Why nothing was read of a file; the guide and the lists beside a roster need no word."""
    return [] if any(not sheet.get("skipped") for sheet in file.sheets) else file.sheets


def boxes(counts: dict[str, int]) -> list[dict[str, Any]]:
    """The differences with their counts, as links of the page of differences."""
    return [
        {"key": key, "label": label, "unit": unit, "icon": icon, "count": counts.get(key, 0)}
        for key, (label, unit, icon) in DIFFERENCES.items()
    ]


class DifferencesPage(RosterOfUnit, Page):
    """What a handed-in roster would change: new people, changed fields, people left out; the rest is one number."""

    template_name = "cadres/unit_roster_differences.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        roster = self.unit_roster
        hand_ins.require_hand_in(request.user, roster)
        if roster.roster_import is None or roster.roster_import.status not in READ:
            return redirect("cadres:unit_roster_detail", roster.pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        roster = self.unit_roster
        job = roster.roster_import
        assert job is not None
        files = list(job.files.all())
        names = [file.name for file in files]
        counts, wanted = job.counts, self.request.GET.get("tab", "")
        tab = wanted if wanted in DIFFERENCES else next((key for key in DIFFERENCES if counts.get(key)), "changed")
        page = Paginator(Rows(job, tab), PER_PAGE).get_page(self.request.GET.get("page"))
        label, unit, _ = DIFFERENCES[tab]
        return super().get_context_data(
            roster=roster, collection=roster.collection, unit=roster.organization, job=job, counts=counts, tab=tab,
            tabs=[{**box, "current": box["key"] == tab, "url": f"?tab={box['key']}"} for box in boxes(counts)],
            label=label, measure=unit,
            page=page, items=[item_of(tab, row, names) for row in page], several=len(names) > 1,
            to_mark=[file for file in files if not file.refusal],
            **kwargs,
        )  # fmt: skip


class TemplatePage(RosterOfUnit, Page):
    """The unit's present people as a workbook to be mended; the download is audited."""

    right = "cadre.export"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        roster = self.unit_roster
        content = hand_ins.roster_template(actor=request.user, unit_roster=roster)
        return file_response(content, name=f"{roster.organization.name}{roster.collection.year}年度名册", fmt="xlsx")


class MarkedPage(RosterOfUnit, Page):
    """One handed-in workbook as it came, its bad cells coloured."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        roster = self.unit_roster
        hand_ins.require_hand_in(request.user, roster)
        if roster.roster_import is None:
            raise Http404
        file = get_object_or_404(roster.roster_import.files.all(), position=self.kwargs["position"])
        if file.refusal:
            raise Http404
        try:
            content, name = hand_ins.marked_file(actor=request.user, unit_roster=roster, file=file)
        except ValidationError as error:
            messages.error(request, "；".join(error.messages))
            return redirect("cadres:unit_roster_detail", roster.pk)
        return file_response(content, name=name.removesuffix(".xlsx"), fmt="xlsx")


class UnitRosterStep(FormPage):
    """A step about one roster. Staff act by roster.import, liaisons by roster.submit."""

    model = UnitRoster
    right = "cadre.view"
    template_name = "cadres/collection_step.html"
    title = ""
    verb = ""

    def allow(self) -> None:
        hand_ins.require_hand_in(self.request.user, self.instance)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = {"title": self.title.format(roster=self.instance), "verb": self.verb}
        return super().get_context_data(
            roster=self.instance,
            collection=self.instance.collection,
            unit=self.instance.organization,
            back=self.get_success_url(),
            **{**words, **kwargs},
        )

    def get_success_url(self) -> str:
        return reverse("cadres:unit_roster_detail", args=[self.instance.pk])


class HandInPage(UnitRosterStep):
    form_class = HandInForm
    template_name = "cadres/hand_in.html"
    success_message = "名册已报上，正在核对，结果就在这一页"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        from django.conf import settings

        limit, may = settings.SONGHE_UPLOAD_MAX_BYTES, self.request.user.holds("cadre.export")
        return super().get_context_data(limit=limit, may_download=may, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.allow()
        try:
            hand_ins.check_open(self.instance)
        except ValidationError as error:
            messages.error(request, "；".join(error.messages))
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def perform(self, form: HandInForm) -> UnitRoster:
        files = [(file.name, file.read()) for file in form.values()["files"]]
        roster = hand_ins.hand_in(actor=self.request.user, unit_roster=self.instance, files=files)
        transaction.on_commit(lambda: tasks.read_roster.delay(roster.roster_import_id))
        return roster


class WithdrawPage(UnitRosterStep):
    form_class = ConfirmForm
    title = "撤回{roster}？"
    verb = "撤回"
    success_message = "已撤回，改好后可以再报"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = ["这份名册不再核对，单位又变成“未报”", "报送记录里留着，可以再查；改好后再上传"]
        return super().get_context_data(consequences=lines, danger=True, **kwargs)

    def perform(self, form: ConfirmForm) -> UnitRoster:
        return hand_ins.withdraw(actor=self.request.user, unit_roster=self.instance)


class ReturnPage(UnitRosterStep):
    right = "roster.import"
    change_right = "roster.import"
    form_class = ReturnForm
    title = "退回{roster}？"
    verb = "退回"
    success_message = "已退回，联络员马上收到提醒"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = ["联络员在首页、提醒和这一页上看到退回意见", "花名册一个字也不变"]
        return super().get_context_data(consequences=lines, danger=True, **kwargs)

    def perform(self, form: ReturnForm) -> UnitRoster:
        words = form.cleaned_data["words"]
        roster = hand_ins.return_roster(actor=self.request.user, unit_roster=self.instance, words=words)
        transaction.on_commit(tasks.tell_liaisons)
        return roster
