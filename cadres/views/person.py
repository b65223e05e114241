"""One person: the page, the file form, the printed 登记表, the photo, and revealing a kept number."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cadres import actions, history, sealed
from cadres.forms import ChangeCadreForm, CreateCadreForm, PhotoForm, ReasonForm
from cadres.lists import SHORT_PERIODS, age_of, community_name
from cadres.models import Cadre, DuplicatePair, Proposal, RosterImport, Standing
from cadres.querysets import file_that_took_in
from common import audit, editing
from common.codes import Category
from common.dates import full_age, nominal_age
from common.lunar import LunarDay, lunar_birthdays_between, solar_birthdays_between
from common.scope import require
from common.views import FormPage, RecordPage

TABS = (("", "来往记录"), ("facts", "基本情况"), ("family", "家庭"), ("trail", "改动与查看记录"))
REVEALABLE = {"id_number": "身份证号", "phone": "联系电话", "bank_account": "银行账号"}
BIRTHDAY_AHEAD = 30


def upper_url(name: str, pk: int) -> str:
    """A page of an upper floor, if that floor has it."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def birthday_words(cadre: Cadre) -> str:
    if cadre.birthday_calendar == "lunar" and cadre.birthday_month and cadre.birthday_day:
        return LunarDay(cadre.birthday_month, cadre.birthday_day, cadre.birthday_leap).display()
    return ""


def next_birthday(cadre: Cadre, today: datetime.date) -> datetime.date | None:
    """The celebrated birthday within the next days, by the calendar that the family declares."""
    if not (cadre.birthday_month and cadre.birthday_day) or cadre.standing != Standing.PRESENT:
        return None
    end = today + datetime.timedelta(days=BIRTHDAY_AHEAD)
    if cadre.birthday_calendar == "lunar":
        day = LunarDay(cadre.birthday_month, cadre.birthday_day, cadre.birthday_leap)
        found = lunar_birthdays_between(day, today, end)
    else:
        found = solar_birthdays_between(cadre.birthday_month, cadre.birthday_day, today, end)
    return found[0] if found else None


def describe(cadre: Cadre) -> dict[str, Any]:
    """What the head of the page and the printed form say of a person."""
    today = timezone.localdate()
    on = cadre.died_on or today
    party = cadre.party_joined
    return {
        "age": age_of(cadre, today),
        "nominal_age": nominal_age(cadre.birth, on) if cadre.birth else None,
        "party_years": full_age(party, on) if party else None,
        "period_short": f"{SHORT_PERIODS[cadre.period]}时期" if cadre.period in SHORT_PERIODS else "",
        "lunar_birthday": birthday_words(cadre),
        "community_name": community_name(cadre),
        "retired_label": "离休时间" if cadre.category == Category.LEAVE else "退休时间",
        "joined_label": "参加革命工作时间" if cadre.category == Category.LEAVE else "参加工作时间",
        "joined": cadre.revolution_joined or cadre.work_started,
    }


class CadreDetailPage(RecordPage):
    model = Cadre
    right = "cadre.view"
    view_action = "cadre.view"
    template_name = "cadres/cadre_detail.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """The address of a file that was merged leads to the file that took it in."""
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            kept = Cadre.objects.visible_to(request.user).filter(pk=file_that_took_in(kwargs["pk"])).first()
            if kept is None:
                raise
            messages.info(request, f"您打开的档案已并入{kept.name}的这一份")
            return redirect("cadres:cadre_detail", pk=kept.pk)

    def get_queryset(self):
        return super().get_queryset().for_lists().select_related("managing_unit", "survivor_of")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        cadre, user, today = self.object, self.request.user, timezone.localdate()
        may_change = type(cadre).objects.visible_to(user, "cadre.change").filter(pk=cadre.pk).exists()
        may_reveal = type(cadre).objects.visible_to(user, "cadre.reveal").filter(pk=cadre.pk).exists()
        family = list(cadre.family.all())
        tab = self.request.GET.get("tab", "")
        tabs = [item for item in TABS if item[0] != "trail" or may_change]
        if tab not in dict(tabs):
            tab = ""
        birthday = next_birthday(cadre, today)
        context.update(
            describe(cadre),
            cadre=cadre,
            tab=tab,
            tabs=[
                {
                    "label": label,
                    "url": f"?tab={key}" if key else "?",
                    "current": key == tab,
                    "count": len(family) if key == "family" else None,
                }
                for key, label in tabs
            ],
            family=family,
            original_texts=list(cadre.original_texts.all()),
            birthday=birthday,
            birthday_days=(birthday - today).days if birthday else None,
            birthday_age=birthday.year - cadre.birth.year if birthday and cadre.birth else None,
            may_change=may_change,
            twin=DuplicatePair.objects.visible_to(user).waiting().of_cadre(cadre.pk).first() if may_change else None,
            may_reveal=may_reveal,
            may_propose=Cadre.objects.visible_to(user, "proposal.make").filter(pk=cadre.pk).exists(),
            waiting_proposals=list(Proposal.objects.visible_to(user).waiting().filter(cadre=cadre).order_by("pk")[:5]),
            verification=cadre.verifications.order_by("-year").first(),
            visits_url=upper_url("visits:cadre_tab", cadre.pk),
            visit_url=self.visit_url(),
        )
        if tab == "":
            context["groups"] = history.timeline(cadre)
        if tab == "trail":
            context["lines"] = lines = history.trail(cadre)
            imports = RosterImport.objects.visible_to(self.request.user)
            context["imports"] = set(
                imports.filter(pk__in={line.roster for line in lines if line.roster}).values_list("pk", flat=True)
            )
        return context

    def visit_url(self) -> str:
        if self.object.standing != Standing.PRESENT or not self.request.user.holds("visit.log"):
            return ""
        try:
            return f"{reverse('visits:visit_create')}?cadre={self.object.pk}"
        except NoReverseMatch:
            return ""


class CadreCreatePage(FormPage):
    right = "cadre.change"
    form_class = CreateCadreForm
    template_name = "cadres/cadre_form.html"
    success_message = "{object.name}的档案已建好"

    def perform(self, form: CreateCadreForm) -> Cadre:
        entry = {name: form.cleaned_data[name] for name in ("kind", "entered_on", "other_place")}
        return actions.create_cadre(actor=self.request.user, values=form.values(), **entry)

    def get_success_url(self) -> str:
        return reverse("cadres:cadre_detail", args=[self.object.pk])


class CadreChangePage(FormPage):
    model = Cadre
    right = "cadre.view"
    change_right = "cadre.change"
    form_class = ChangeCadreForm
    template_name = "cadres/cadre_form.html"
    success_message = "{object.name}的资料已改好"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(sealed_hint=sealed.hint(), **kwargs)

    def get_initial(self) -> dict[str, Any]:
        how = self.request.GET.get("how")
        return {"how": how} if how in ("change", "correct") else {}

    def perform(self, form: ChangeCadreForm) -> Cadre:
        return actions.change_cadre(
            actor=self.request.user,
            cadre=self.instance,
            values=form.values(),
            version=form.cleaned_data["version"],
            since=form.effective_since,
        )

    def get_success_url(self) -> str:
        return reverse("cadres:cadre_detail", args=[self.instance.pk])


class PhotoPage(FormPage):
    model = Cadre
    right = "cadre.view"
    change_right = "cadre.change"
    form_class = PhotoForm
    template_name = "cadres/step_form.html"
    success_message = "照片已换好"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            title=f"{self.instance.name}的照片",
            verb="换上照片",
            busy="正在上传…",
            multipart=True,
            cadre=self.instance,
            **kwargs,
        )

    def get_form(self, form_class: Any = None) -> PhotoForm:
        form = super().get_form(form_class)
        if not self.instance.photo:
            del form.fields["remove"]
        return form

    def perform(self, form: PhotoForm) -> Cadre:
        file = form.cleaned_data.get("photo")
        try:
            photo = actions.readable_photo(file, file.size) if file else None
        except ValidationError as error:
            raise ValidationError({"photo": error.messages}) from None
        return actions.set_photo(actor=self.request.user, cadre=self.instance, photo=photo)

    def get_success_url(self) -> str:
        return reverse("cadres:cadre_detail", args=[self.instance.pk])


def seen_person(request: HttpRequest, pk: int) -> Cadre:
    """The person as the reader may see it: 403 for whoever reads nobody at all, 404 out of scope."""
    if not request.user.holds("cadre.view"):
        raise PermissionDenied
    people = Cadre.objects.visible_to(request.user).for_lists().select_related("managing_unit")
    return get_object_or_404(people, pk=pk)


@require_safe
def cadre_photo(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The picture, for whoever may see the person."""
    cadre = seen_person(request, pk)
    if not cadre.photo or not cadre.photo.storage.exists(cadre.photo.name):
        raise Http404
    audit.record(actor=request.user, action="cadre.photo", target=cadre)
    response = FileResponse(cadre.photo.open("rb"), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def cadre_form(request: HttpRequest, pk: int) -> HttpResponse:
    """The printable 登记表; numbers stay masked."""
    cadre = seen_person(request, pk)
    audit.record(actor=request.user, action="cadre.view", target=cadre, changes={"form": [None, "登记表"]})
    family = list(cadre.family.all())
    context = {
        **describe(cadre),
        "cadre": cadre,
        "family": family,
        "spare_rows": range(max(0, 4 - len(family))),
        "family_rows": max(4, len(family)) + 1,
        "today": timezone.localdate(),
        "title": {"leave": "离休干部登记表", "retiree": "退休干部登记表", "survivor": "遗属登记表"}[cadre.category],
    }
    return render(request, "cadres/cadre_print.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cadre_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, write the entry, then show the full number once, on this page only."""
    cadre = seen_person(request, pk)
    require(request.user, "cadre.reveal", cadre)
    field = request.POST.get("field") or request.GET.get("field", "id_number")
    if field not in REVEALABLE or not getattr(cadre, field):
        raise Http404
    form = ReasonForm(request.POST or None, user=request.user)
    form.fields["reason"].label = "查看的事由"
    form.fields["reason"].help_text = "如：核对医保报销；事由和您的姓名会一起记下"
    context: dict[str, Any] = {"cadre": cadre, "field": field, "label": REVEALABLE[field], "form": form}
    if request.method == "POST" and form.is_valid():
        opened = editing.read_form_key(form.cleaned_data["form_key"])
        if opened is None or editing.result_of(request.user, opened) is not None:
            return redirect("cadres:cadre_detail", pk=cadre.pk)
        try:
            with transaction.atomic():
                if editing.claim(request.user, opened) is None:
                    return HttpResponseRedirect(reverse("cadres:cadre_detail", args=[cadre.pk]))
                context["value"] = actions.reveal(
                    actor=request.user, cadre=cadre, field=field, reason=form.cleaned_data["reason"]
                )
        except ValidationError as error:
            form.add_error("reason", error)
    status = 422 if form.errors else 200
    return render(request, "cadres/cadre_reveal.html", context, status=status)
