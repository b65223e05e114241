"""核对: a unit's new roster beside last year's and the system, settled by clicks, then approved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property

from accounts.models import Organization
from cadres import tasks
from cadres.actions.approval import approve_unit_roster, rows_refused
from cadres.actions.reconciliation import Answer, settle_as_proposed, settle_difference, take_back
from cadres.forms.reconciliation import ApproveForm, SettleForm, TakeBackForm
from cadres.models import (
    Cadre,
    DifferenceKind,
    RosterDifference,
    RosterStatus,
    Settlement,
    StatusEvent,
    UnitRoster,
    UnitRosterState,
)
from cadres.reconciliation.balance import balance_of
from cadres.reconciliation.words import ELSEWHERE, Shown
from common.scope import require
from common.views import FormPage, Page

RIGHT = "roster.import"
PER_PAGE = 20
#: tab -> (label, icon, what it means)
TABS = {
    DifferenceKind.NEW: ("新增", "user-plus", "这次有、系统没有"),
    DifferenceKind.MISSING: ("缺少", "zoom", "系统有、这次没有"),
    DifferenceKind.CHANGED: ("变更", "edit", "都有，内容不一样"),
}
STATES = {"open": "没有认定的", "settled": "已经认定的", "all": "全部"}
#: Decisions that one click on the list is enough for.
ONE_CLICK = {
    Settlement.FORGOTTEN, Settlement.RECORDED, Settlement.CHANGED, Settlement.CORRECTED, Settlement.KEPT,
}  # fmt: skip


def reconciliation_url(roster: UnitRoster, **query: Any) -> str:
    url = reverse("cadres:reconciliation", args=[roster.pk])
    return f"{url}?{urlencode(query)}" if query else url


def unit_roster_url(roster: UnitRoster) -> str:
    """The page of what the unit owes, where it exists; else the reconciliation itself."""
    try:
        return reverse("cadres:unit_roster_detail", args=[roster.pk])
    except NoReverseMatch:
        return reconciliation_url(roster)


class ReconciliationPage(Page):
    """Three columns for everybody who differs: last year's roster, the system, the new file."""

    right = "cadre.view"
    template_name = "cadres/reconciliation.html"

    @cached_property
    def roster(self) -> UnitRoster:
        visible = UnitRoster.objects.visible_to(self.request.user)
        related = visible.select_related("collection", "organization", "roster_import", "approved_by", "roll")
        return get_object_or_404(related, pk=self.kwargs["pk"])

    @cached_property
    def differences(self) -> QuerySet:
        return RosterDifference.objects.visible_to(self.request.user).filter(unit_roster=self.roster)

    @cached_property
    def may_settle(self) -> bool:
        """Whether the reader may settle, and the roster still waits for it."""
        mine = UnitRoster.objects.visible_to(self.request.user, RIGHT).filter(pk=self.roster.pk).exists()
        waiting = self.roster.state == UnitRosterState.HANDED_IN and self.roster.roster_import is not None
        return mine and waiting and self.roster.roster_import.status == RosterStatus.PREVIEWED

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.holds(self.right):
            _ = self.roster
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, RIGHT, self.roster)
        try:
            self._settle(request)
        except ValidationError as problem:
            messages.error(request, "；".join(problem.messages))
        for name in ("roster", "differences", "may_settle", "_tally", "_first"):
            self.__dict__.pop(name, None)
        if request.htmx:
            return render(request, f"{self.template_name}#work", self.get_context_data(swapped=True))
        return HttpResponseRedirect(f"{request.path}?{urlencode(self._chosen())}")

    def _settle(self, request: HttpRequest) -> None:
        one, _, decision = request.POST.get("settle", "").partition(":")
        if one.isdigit():
            row = get_object_or_404(self.differences, pk=one)
            settle_difference(actor=request.user, difference=row, answer=Answer(decision or row.proposal))
            return
        picked: Iterable[int] = [int(value) for value in request.POST.getlist("pick") if value.isdigit()]
        if request.POST.get("bulk") == "all":
            kind = self._chosen()["kind"]
            picked = self.differences.unsettled().filter(kind=kind).exclude(proposal="").values_list("pk", flat=True)
        chosen = list(picked)
        if not chosen:
            raise ValidationError("先勾选要处理的人，再点“按建议全部处理”")
        result = settle_as_proposed(actor=request.user, unit_roster=self.roster, chosen=chosen)
        if result.done:
            messages.success(request, f"已按建议处理 {result.done} 条")
        if result.open:
            messages.warning(request, f"有 {result.open} 条没有建议，要您逐个认定")
        for sentence in result.problems[:5]:
            messages.error(request, sentence)

    def _chosen(self) -> dict[str, str]:
        query = self.request.GET
        kind, state = query.get("kind", ""), query.get("state", "")
        todo = any(counts["settled"] < counts["all"] for counts in self._tally.values())
        start = "open" if todo else "all"
        return {"kind": kind if kind in TABS else self._first, "state": state if state in STATES else start}

    @cached_property
    def _tally(self) -> dict[str, dict[str, int]]:
        return {kind: {"all": 0, "settled": 0} for kind in TABS} | self.differences.tally()

    @cached_property
    def _first(self) -> str:
        """The first tab with something to do, else the first with anything."""
        tally = self._tally
        todo = (kind for kind in TABS if tally[kind]["settled"] < tally[kind]["all"])
        return str(next(todo, next((kind for kind in TABS if tally[kind]["all"]), DifferenceKind.NEW)))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        roster, tally, chosen = self.roster, self._tally, self._chosen()
        rows = self.differences.filter(kind=chosen["kind"]).for_page()
        if chosen["state"] != "all":
            rows = rows.filter(decision="") if chosen["state"] == "open" else rows.exclude(decision="")
        undecided = Case(When(proposal="", then=Value(0)), default=Value(1), output_field=IntegerField())
        page = Paginator(rows.order_by(undecided, "row", "pk"), PER_PAGE).get_page(self.request.GET.get("page"))
        total = sum(counts["all"] for counts in tally.values())
        settled = sum(counts["settled"] for counts in tally.values())
        shown = Shown(page.object_list, user=self.request.user, may_settle=self.may_settle, one_click=ONE_CLICK)
        return super().get_context_data(
            roster=roster,
            unit=roster.organization,
            unit_url=unit_roster_url(roster),
            tabs=[
                {
                    "label": label, "icon": icon, "text": text, "current": kind == chosen["kind"], **tally[kind],
                    "open": tally[kind]["all"] - tally[kind]["settled"],
                    "url": f"?{urlencode({'kind': str(kind), 'state': chosen['state']})}",
                }
                for kind, (label, icon, text) in TABS.items()
            ],
            states=[
                {"label": label, "current": key == chosen["state"], "url": f"?{urlencode({**chosen, 'state': key})}"}
                for key, label in STATES.items()
            ],
            label=TABS[DifferenceKind(chosen["kind"])][0],
            chosen=chosen,
            action=f"{self.request.path}?{urlencode({**chosen, 'page': page.number})}",
            page=page,
            items=list(shown.items()),
            with_proposal=any(item["proposal"] for item in shown.items()),
            total=total,
            settled=settled,
            left=total - settled,
            refused=rows_refused(roster) if roster.roster_import and self.may_settle else 0,
            may_settle=self.may_settle,
            approved=roster.state == UnitRosterState.APPROVED,
            job=roster.roster_import,
            balance=self._balance(),
            **kwargs,
        )  # fmt: skip

    def _balance(self) -> dict[str, Any]:
        roster, user = self.roster, self.request.user
        found = balance_of(roster)
        entering = [Settlement.ENROLLED, Settlement.BACKFILLED, Settlement.MOVED_IN]
        waiting = self.differences.filter(decision__in=entering, cadre=None).count()
        events = StatusEvent.objects.visible_to(user).filter(
            unit=roster.organization, on__gt=found.last_day, on__lte=found.day,
            kind__in=["enrolled", "moved_in", "died", "moved_out"],
        )  # fmt: skip
        events = list(events.select_related("cadre", "other_unit").order_by("on", "pk")[:100])
        units = {event.other_unit_id for event in events if event.other_unit_id}
        seen = set(Organization.objects.visible_to(user).filter(pk__in=units).values_list("pk", flat=True))
        people = Cadre.objects.visible_to(user).filter(pk__in=found.corrections).order_by("pk")
        approved = roster.state == UnitRosterState.APPROVED
        return {
            "sum": found,
            "expected": None if approved else found.total + waiting,
            "waiting": 0 if approved else waiting,
            "events": [
                {
                    "event": event,
                    "other": (event.other_unit.name if event.other_unit_id in seen else ELSEWHERE)
                    if event.other_unit_id
                    else event.other_place,
                }
                for event in events
            ],
            "corrections": [{"cadre": cadre, "sign": found.corrections[cadre.pk]} for cadre in people[:100]],
        }


class DifferencePage(FormPage):
    """A step about one difference of a roster that still waits."""

    model = RosterDifference
    right = "cadre.view"
    change_right = RIGHT

    @cached_property
    def row(self) -> RosterDifference:
        visible = RosterDifference.objects.visible_to(self.request.user).for_page()
        return get_object_or_404(visible.select_related("unit_roster__organization"), pk=self.instance.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = Shown([self.row], user=self.request.user, may_settle=False, one_click=ONE_CLICK)
        (item,) = shown.items()
        return super().get_context_data(
            item=item, roster=self.row.unit_roster, back=self.get_success_url(), row=self.row, **kwargs
        )

    def get_success_url(self) -> str:
        return reconciliation_url(self.row.unit_roster, kind=self.row.kind)


class SettlePage(DifferencePage):
    form_class = SettleForm
    template_name = "cadres/difference_settle.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.row}

    def get_initial(self) -> dict[str, Any]:
        row = self.row
        wanted = self.request.GET.get("as", "") or row.proposal
        initial = {"decision": wanted, "on": row.proposed_on if wanted == row.proposal else None}
        if row.counterpart and row.counterpart.unit_roster_id == row.unit_roster_id:
            initial["same_as"] = row.counterpart_id
        other = row.counterpart.unit_roster.organization if row.counterpart else None
        if other is not None and Organization.objects.visible_to(self.request.user).filter(pk=other.pk).exists():
            initial["to_unit"] = other
        return initial

    def perform(self, form: SettleForm) -> RosterDifference:
        return settle_difference(actor=self.request.user, difference=self.row, answer=form.answer())


class TakeBackPage(DifferencePage):
    form_class = TakeBackForm
    template_name = "cadres/difference_take_back.html"
    success_message = "已撤回，请重新认定"

    def perform(self, form: TakeBackForm) -> RosterDifference:
        return take_back(actor=self.request.user, difference=self.row, reason=form.cleaned_data["reason"])


class ApproveRosterPage(FormPage):
    """核准: says what will happen, asks for words where rows were refused, and queues the job."""

    model = UnitRoster
    right = "cadre.view"
    change_right = RIGHT
    form_class = ApproveForm
    template_name = "cadres/unit_roster_approve.html"

    @property
    def refused(self) -> int:
        return rows_refused(self.instance) if self.instance.roster_import else 0

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "refused": self.refused}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        roster = self.instance
        rows = RosterDifference.objects.visible_to(self.request.user).filter(unit_roster=roster)
        counts = rows.decisions()
        return super().get_context_data(
            roster=roster,
            unit=roster.organization,
            back=reconciliation_url(roster),
            left=rows.unsettled().count(),
            refused=self.refused,
            decisions=[(Settlement(word).label, count) for word, count in counts.items()],
            **kwargs,
        )

    def perform(self, form: ApproveForm) -> UnitRoster:
        roster = approve_unit_roster(
            actor=self.request.user, unit_roster=self.instance, waiver=form.cleaned_data.get("waiver", "")
        )
        transaction.on_commit(lambda: tasks.commit_roster.delay(roster.roster_import_id))
        return roster

    def get_success_url(self) -> str:
        return reverse("cadres:roster_progress", args=[self.instance.roster_import_id])
