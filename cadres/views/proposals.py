"""Proposing, and settling what was proposed: forms of liaisons, the page of one proposal, evidence."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organization
from cadres import actions, proposed
from cadres.forms import ReasonForm
from cadres.forms.proposals import AcceptForm, ProposalChangeForm, ProposalNewForm, ProposalStepForm, ReturnForm
from cadres.models import Cadre, Evidence, Proposal, ProposalKind, Standing
from cadres.views.verification import words_of
from common import editing
from common.evidence import PDF
from common.forms import EditForm
from common.scope import require
from common.views import FormPage, RecordPage

TITLES = {
    ProposalKind.CHANGE: "更正{name}的资料",
    ProposalKind.DEATH: "报{name}去世",
    ProposalKind.MOVE_OUT: "报{name}转出",
    ProposalKind.NEW: "报一位漏登的人",
}


class ProposePage(FormPage):
    """A liaison proposes something about an own person."""

    model = Cadre
    right = "cadre.view"
    change_right = "proposal.make"
    template_name = "cadres/proposal_form.html"
    success_message = "已交给局里核，采纳或退回都会告诉您"
    kind = ProposalKind.CHANGE
    #: The returned proposal that is mended, if any.
    again: Proposal | None = None

    @property
    def cadre(self) -> Cadre | None:
        return self.instance

    def allow(self) -> None:
        if self.cadre is None or self.kind == ProposalKind.CHANGE:
            return
        barred = [Standing.DECEASED] if self.kind == ProposalKind.DEATH else [Standing.DECEASED, Standing.MOVED_OUT]
        if self.request.method == "GET" and self.cadre.standing in barred:
            raise Http404

    def get_form_class(self) -> Any:
        steps = {ProposalKind.CHANGE: ProposalChangeForm, ProposalKind.NEW: ProposalNewForm}
        return steps.get(self.kind, ProposalStepForm)

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = {**super().get_form_kwargs(), "instance": self.cadre, "again": self.again}
        if self.kind in (ProposalKind.DEATH, ProposalKind.MOVE_OUT):
            kwargs["kind"] = self.kind
        return kwargs

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        name = self.cadre.name if self.cadre else ""
        return super().get_context_data(
            cadre=self.cadre, again=self.again, kind=self.kind, title=TITLES[self.kind].format(name=name),
            files_lost=bool(self.request.FILES), **kwargs,
        )  # fmt: skip

    def perform(self, form: Any) -> Proposal:
        cleaned = form.cleaned_data
        told: dict[str, Any] = {"on": cleaned.get("on")}
        if self.kind == ProposalKind.CHANGE:
            told["on"] = form.effective_since
        elif self.kind == ProposalKind.MOVE_OUT:
            told |= {"to_place": cleaned["to_place"], "in_city": cleaned["in_city"]}
        elif self.kind == ProposalKind.NEW:
            told = {"on": cleaned["entered_on"], "to_place": cleaned["from_place"], "organization": cleaned["place"]}
        return actions.make_proposal(
            actor=self.request.user,
            kind=self.kind,
            cadre=self.cadre,
            values=form.values(),
            reason=cleaned["reason"],
            evidence=cleaned["evidence"],
            again=self.again,
            version=cleaned["version"] if self.again else None,
            **told,
        )

    def form_stale(self, form: Any, stale: editing.StaleEdit, opened: editing.OpenedForm) -> HttpResponse:
        form.add_error(None, "这件提议在别处改过，请回到“我的提议”重新打开")
        return self.form_invalid(form)

    def get_success_url(self) -> str:
        return reverse("cadres:proposal_mine")


class ProposeDeathPage(ProposePage):
    kind = ProposalKind.DEATH

    def get_initial(self) -> dict[str, Any]:
        return {"reason": words_of(self.request.user, self.request.GET.get("verified", ""))}


class ProposeMoveOutPage(ProposePage):
    kind = ProposalKind.MOVE_OUT


class ProposeNewPage(ProposePage):
    model = None
    right = "proposal.make"
    change_right = ""
    kind = ProposalKind.NEW


class ProposeAgainPage(ProposePage):
    """A returned proposal is mended and sent again by its maker."""

    model = Proposal
    right = "proposal.make"

    @property
    def cadre(self) -> Cadre | None:
        return self.instance.cadre

    @property
    def kind(self) -> Any:  # type: ignore[override]
        return ProposalKind(self.instance.kind)

    @property
    def again(self) -> Any:  # type: ignore[override]
        return self.instance

    def allow(self) -> None:
        if self.instance.made_by_id != self.request.user.pk:
            raise PermissionDenied
        if self.request.method == "GET" and not self.instance.returned:
            raise Http404


class ProposalPage(RecordPage):
    """One proposal: old, now and new side by side, the evidence, and for staff the two answers."""

    model = Proposal
    right = "proposal.view"
    template_name = "cadres/proposal_detail.html"

    def get_queryset(self):
        return super().get_queryset().for_lists().prefetch_related("evidence")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        proposal, user = self.object, self.request.user
        settles = proposal.waiting and actions.may_settle(user, proposal)
        return (
            super().get_context_data(**kwargs)
            | proposal_context(proposal, user)
            | {
                "settles": settles,
                "accept_form": AcceptForm(user=user, instance=proposal) if settles else None,
                "return_form": ReturnForm(user=user) if settles else None,
            }
        )


def proposal_context(proposal: Proposal, user: Any) -> dict[str, Any]:
    ids = [int(new) for name in ("unit", "community") if (new := proposal.changes.get(name, ["", ""])[1])]
    names = dict(Organization.objects.visible_to(user).filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    mine = proposal.made_by_id == user.pk
    reach = Cadre.objects.visible_to(user).filter(pk=proposal.cadre_id) if proposal.cadre_id else None
    waiting = proposal.waiting
    return {
        "proposal": proposal,
        "lines": proposed.lines_of(proposal.changes, proposal.cadre if waiting else None, names),
        "mine": mine,
        "may_mend": mine and proposal.returned and user.holds("proposal.make"),
        "may_withdraw": mine and (waiting or proposal.returned) and user.holds("proposal.make"),
        "may_reveal": user.holds("cadre.reveal"),
        "reachable": reach is not None and reach.exists(),
        "gone": proposal.cadre is not None and proposal.cadre.standing != Standing.PRESENT and waiting,
    }


class SettlePage(FormPage):
    """What the two answers have in common; a proposal that somebody else settled first leads back to it."""

    model = Proposal
    right = "cadre.change"
    change_right = "cadre.change"
    template_name = "cadres/proposal_settle.html"

    def allow(self) -> None:
        if not actions.may_settle(self.request.user, self.instance):
            raise PermissionDenied
        if self.request.method == "GET" and not self.instance.waiting:
            raise Http404

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | proposal_context(self.instance, self.request.user)

    def get_success_url(self) -> str:
        return reverse("cadres:proposal_list")


class AcceptPage(SettlePage):
    form_class = AcceptForm
    success_message = "已采纳，{object.person_name}的档案照此办好"
    extra_context = {"verb": "采纳", "title": "采纳这件提议？"}

    def perform(self, form: AcceptForm) -> Proposal:
        return actions.accept_proposal(actor=self.request.user, proposal=self.instance, **form.choices_for())


class ReturnPage(SettlePage):
    form_class = ReturnForm
    success_message = "已退回，联络员看得到您写的话"
    extra_context = {"verb": "退回", "title": "退回这件提议？"}

    def perform(self, form: ReturnForm) -> Proposal:
        return actions.return_proposal(
            actor=self.request.user, proposal=self.instance, words=form.cleaned_data["words"]
        )


class WithdrawPage(FormPage):
    model = Proposal
    right = "proposal.make"
    form_class = EditForm
    template_name = "cadres/proposal_settle.html"
    success_message = "已收回，局里不再核这一件"
    extra_context = {"verb": "收回", "title": "收回这件提议？"}

    def allow(self) -> None:
        if self.instance.made_by_id != self.request.user.pk:
            raise PermissionDenied

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | proposal_context(self.instance, self.request.user)

    def perform(self, form: EditForm) -> Proposal:
        return actions.withdraw_proposal(actor=self.request.user, proposal=self.instance)

    def get_success_url(self) -> str:
        return reverse("cadres:proposal_mine")


@require_safe
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of evidence, for whoever sees what it belongs to; PDF files are handed over, never run in our pages."""
    row = get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk)
    with transaction.atomic():
        content = actions.read_evidence(actor=request.user, evidence=row)  # type: ignore[arg-type]
    response = HttpResponse(content, content_type=row.kind)
    response["Cache-Control"] = "private, no-store"
    if row.kind == PDF:
        response["Content-Disposition"] = 'attachment; filename="evidence.pdf"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proposal_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposed number in full: the reason first, the number once."""
    user: Any = request.user
    if not user.holds("proposal.view"):
        raise PermissionDenied
    proposal = get_object_or_404(Proposal.objects.visible_to(user).for_lists(), pk=pk)
    require(user, "cadre.reveal", proposal)
    field = request.POST.get("field") or request.GET.get("field", "phone")
    if field not in proposal.changes or field not in actions.people.REVEALABLE:
        raise Http404
    back = reverse("cadres:proposal_detail", args=[pk])
    form = ReasonForm(request.POST or None, user=user)
    form.fields["reason"].label = "查看的事由"
    form.fields["reason"].help_text = "如：核对证明材料；事由和您的姓名会一起记下"
    context: dict[str, Any] = {
        "proposal": proposal, "field": field, "label": proposed.label_of(field), "form": form, "back": back,
    }  # fmt: skip
    if request.method == "POST" and form.is_valid():
        opened = editing.read_form_key(form.cleaned_data["form_key"])
        if opened is None or editing.result_of(user, opened) is not None:
            return HttpResponseRedirect(back)
        try:
            with transaction.atomic():
                if editing.claim(user, opened) is None:
                    return HttpResponseRedirect(back)
                context["value"] = actions.reveal_proposed(
                    actor=user, proposal=proposal, field=field, reason=form.cleaned_data["reason"]
                )
        except ValidationError as error:
            form.add_error("reason", error)
    return render(request, "cadres/proposal_reveal.html", context, status=422 if form.errors else 200)
