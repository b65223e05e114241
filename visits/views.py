"""Pages of visits: list, entry, one visit, its photos, birthdays, inbox, and a person's visits."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cadres.models import Cadre
from common import audit
from common.lunar import festivals_between
from common.scope import scope_of
from common.views import FormPage, ListPage, Page, RecordPage
from visits import actions
from visits.codes import Occasion
from visits.exports import BirthdayResource, VisitResource
from visits.filters import BirthdayFilter, VisitFilter
from visits.forms import QUICK_PHRASES, RemoveForm, VisitForm
from visits.models import Notice, Visit, VisitPhoto
from visits.photos import PER_VISIT, read_photo
from visits.picking import own_count, people_to_visit
from visits.querysets import birthdays_between
from visits.rules import gift_standard
from visits.tables import BirthdayTable, VisitTable

#: A visit so close to a festival is most likely for it.
BEFORE_FESTIVAL, AFTER_FESTIVAL = datetime.timedelta(days=21), datetime.timedelta(days=7)


def chosen_conditions(request: HttpRequest, filterset: Any, skip: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The conditions that are on, each with the address that takes it away."""
    chosen = []
    for name, item in filterset.form.fields.items():
        value = request.GET.get(name, "").strip()
        if not value or name in skip or not filterset.form.is_valid():
            continue
        label = dict(getattr(item, "choices", [])).get(value, value)
        words = str(label) if str(label) != value else f"{item.label} {value}"
        rest = {k: v for k, v in request.GET.items() if k not in {name, "page"}}
        chosen.append({"label": words, "url": f"{request.path}?{urlencode(rest)}"})
    return chosen


def export_url(request: HttpRequest) -> str:
    rest = {k: v for k, v in request.GET.items() if k not in {"export", "page"}}
    return f"{request.path}?{urlencode({**rest, 'export': 'xlsx'})}"


class VisitListPage(ListPage):
    model = Visit
    right = "visit.view"
    table_class = VisitTable
    filterset_class = VisitFilter
    template_name = "visits/visit_list.html"
    export_resource = VisitResource
    export_right = "visit.export"
    export_action = "visit.export"
    export_name = "走访记录"

    def get_queryset(self):
        return super().get_queryset().current().for_lists()

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user = self.request.user
        return context | {
            "chosen": chosen_conditions(self.request, context["filter"]),
            "count": context["table"].paginator.count,
            "may_log": user.holds("visit.log"),
            "export_url": export_url(self.request),
        }


class VisitPage(RecordPage):
    model = Visit
    right = "visit.view"
    template_name = "visits/visit_detail.html"

    def get_queryset(self):
        related = ("cadre__unit", "recorded_by", "removed_by")
        return super().get_queryset().select_related(*related).prefetch_related("photos")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        user, visit = self.request.user, self.object
        return super().get_context_data(**kwargs) | {
            "may_change": actions.may_change(user, visit),
            "may_withdraw": actions.may_withdraw(user, visit),
            "withdraws_freely": actions.withdraws_freely(user, visit),
            "mine": visit.recorded_by_id == user.pk,
        }


class VisitFormPage(FormPage):
    """What entry and change have in common."""

    form_class = VisitForm
    template_name = "visits/visit_form.html"
    object: Visit

    def get_success_url(self) -> str:
        return reverse("visits:visit_detail", args=[self.object.pk])

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "phrases": QUICK_PHRASES,
            "photos_limit": PER_VISIT,
            "standard": gift_standard(Occasion.ORDINARY),
            "photos_lost": bool(self.request.FILES),
        }


class VisitCreatePage(VisitFormPage):
    right = "visit.log"
    success_message = "走访记好了，10 分钟内可以撤回"

    def get_template_names(self) -> list[str]:
        if self.request.method == "GET" and getattr(self.request, "htmx", False):
            return [f"{self.template_name}#people"]
        return [self.template_name]

    def get_initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = {"occasion": self._likely_occasion()}
        if self.request.GET.get("manner"):
            initial["manner"] = self.request.GET["manner"]
        return initial

    @property
    def picked(self) -> str:
        source = self.request.POST if self.request.method == "POST" else self.request.GET
        return source.get("cadre", "")

    def _likely_occasion(self) -> str:
        wanted = self.request.GET.get("occasion", "")
        if wanted in Occasion.values:
            return wanted
        today = timezone.localdate()
        for festival in festivals_between(today - AFTER_FESTIVAL, today + BEFORE_FESTIVAL):
            return festival.key
        return Occasion.ORDINARY.value

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        user, text = self.request.user, self.request.GET.get("q", "")
        own = own_count(user)
        return super().get_context_data(**kwargs) | {
            "people": people_to_visit(user, own=own, picked=self.picked, text=text),
            "own_count": own,
            "q": text,
            "latest": Visit.objects.visible_to(user).current().recorded_by_user(user).select_related("cadre")[:6],
        }

    def perform(self, form: VisitForm) -> Visit:
        return actions.create_visit(
            actor=self.request.user,
            cadre=form.cleaned_data["cadre"],
            values=form.values(),
            photos=form.cleaned_data["photos"],
        )


class VisitChangePage(VisitFormPage):
    model = Visit
    right = "visit.view"
    change_right = "visit.log"
    success_message = "走访改好了"

    def allow(self) -> None:
        if not actions.may_change(self.request.user, self.instance):
            raise PermissionDenied

    def perform(self, form: VisitForm) -> Visit:
        return actions.change_visit(
            actor=self.request.user,
            visit=self.instance,
            values=form.values(),
            version=form.cleaned_data["version"],
            photos=form.cleaned_data["photos"],
            drop_photos=[int(pk) for pk in form.cleaned_data["drop_photos"]],
        )


class VisitRemovePage(FormPage):
    model = Visit
    right = "visit.view"
    change_right = "visit.log"
    form_class = RemoveForm
    template_name = "visits/visit_remove.html"
    success_message = "这次走访已撤回，不再计入"

    def allow(self) -> None:
        if not actions.may_withdraw(self.request.user, self.instance):
            raise PermissionDenied

    def get_form(self, form_class: Any = None) -> RemoveForm:
        form = super().get_form(form_class)
        if actions.withdraws_freely(self.request.user, self.instance):
            del form.fields["reason"]
        return form

    def perform(self, form: RemoveForm) -> Visit:
        return actions.remove_visit(
            actor=self.request.user,
            visit=self.instance,
            reason=form.cleaned_data.get("reason", ""),
            version=form.cleaned_data["version"],
        )

    def get_success_url(self) -> str:
        return reverse("visits:visit_detail", args=[self.instance.pk])


@require_safe
def visit_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo's JPEG, to whoever may see the visit; looking at it is written down."""
    photo = get_object_or_404(VisitPhoto.objects.visible_to(request.user).select_related("visit"), pk=pk)
    audit.record(actor=request.user, action="visit.photo", target=photo.visit, changes={"photo": [None, photo.pk]})
    response = HttpResponse(read_photo(photo), content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="visit-{photo.pk}.jpg"'
    return response


@require_safe
def cadre_tab(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's visits: a part of the person page for htmx, a page of its own without."""
    if not request.user.holds("visit.view"):
        raise PermissionDenied
    return CadreVisitsPage.as_view()(request, pk=pk)


class CadreVisitsPage(Page):
    right = "visit.view"
    template_name = "visits/cadre_visits.html"
    shown = 50

    def get_template_names(self) -> list[str]:
        return [f"{self.template_name}#visits" if getattr(self.request, "htmx", False) else self.template_name]

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        user = self.request.user
        cadre = get_object_or_404(Cadre.objects.visible_to(user, self.right), pk=self.kwargs["pk"])
        visits = Visit.objects.visible_to(user).current().of_cadre(cadre).for_lists()
        may_log = Cadre.objects.visible_to(user, "visit.log").filter(pk=cadre.pk).exists()
        return super().get_context_data(**kwargs) | {
            "cadre": cadre,
            "visits": visits[: self.shown],
            "count": visits.count(),
            "shown": self.shown,
            "may_log": may_log,
            "log_url": f"{reverse('visits:visit_create')}?cadre={cadre.pk}" if may_log else "",
        }


class BirthdayListPage(ListPage):
    """祝寿: whose birthday falls into a month, by the calendar they declared."""

    model = Cadre
    right = "visit.view"
    table_class = BirthdayTable
    filterset_class = BirthdayFilter
    template_name = "visits/birthday_list.html"
    export_right = "visit.export"
    export_action = "birthday.export"
    export_name = "祝寿名单"

    def get_queryset(self):
        return super().get_queryset().for_lists()

    @property
    def window(self) -> tuple[datetime.date, datetime.date]:
        return self.filterset.window

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"window": self.window, "may_log": self.request.user.holds("visit.log")}

    @property
    def export_resource(self):  # type: ignore[override]
        return lambda: BirthdayResource(self.window[0])

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        start, end = self.window
        today = timezone.localdate()
        week_end = today + datetime.timedelta(days=6)
        return context | {
            "chosen": chosen_conditions(self.request, context["filter"], skip=("month",)),
            "count": context["table"].paginator.count,
            "start": start,
            "earlier": self._month_url(start - datetime.timedelta(days=1)),
            "later": self._month_url(end + datetime.timedelta(days=1)),
            "week": birthdays_between(Cadre.objects.visible_to(self.request.user), today, week_end).count(),
            "export_url": export_url(self.request),
        }

    def _month_url(self, day: datetime.date) -> str:
        rest = {k: v for k, v in self.request.GET.items() if k not in {"month", "page", "export"}}
        return f"{self.request.path}?{urlencode({**rest, 'month': f'{day:%Y-%m}'})}"


class NoticeListPage(Page):
    """The inbox: what waits first, then what was seen."""

    right = "notice.receive"
    template_name = "visits/notice_list.html"
    per_page = 30

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        user = self.request.user
        mine = Notice.objects.visible_to(user).for_lists()
        seen = self.request.GET.get("seen") == "1"
        found = (
            mine.exclude(read_at=None).order_by("-read_at", "-pk")
            if seen
            else mine.unread().order_by("due_on", "-milestone", "pk")
        )
        page = Paginator(found, self.per_page).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {
            "page": page,
            "seen": seen,
            "today": timezone.localdate(),
            "birthdays": reverse("visits:birthday_list") if user.holds("visit.view") else "",
            "may_log": not scope_of(user, "visit.log").nothing,
            "tabs": [
                {"label": "没看过的", "url": reverse("visits:notice_list"), "current": not seen,
                 "count": mine.unread().count()},
                {"label": "看过的", "url": f"{reverse('visits:notice_list')}?seen=1", "current": seen, "count": None},
            ],
        }  # fmt: skip


@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice seen; one that is not the reader's own is not there."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    actions.mark_read(actor=request.user, notice=notice)
    return redirect("visits:notice_list")


@require_POST
def notice_read_all(request: HttpRequest) -> HttpResponse:
    if not request.user.holds("notice.receive"):
        raise PermissionDenied
    actions.mark_all_read(actor=request.user)
    return HttpResponseRedirect(reverse("visits:notice_list"))
