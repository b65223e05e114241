"""The list of people, its columns, and the search box of the head band."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Organization
from cadres.exports import CadreResource
from cadres.filters import CadreFilter
from cadres.lists import COLUMNS, TABLE, VIEWS, age_of, link_of, view_counts
from cadres.models import Cadre
from cadres.tables import CadreTable
from common import columns
from common.views import ListPage

#: Words of the order, by the name of the sorted column.
ORDERS = {
    "name": "姓名", "category": "类别", "age": "年龄", "unit": "单位", "rank": "级别", "retired_on": "离退休时间",
    "living": "居住", "health": "健康", "political_status": "政治面貌",
}  # fmt: skip
MAIN_FILTERS = ("unit", "rank", "period", "condition")
MORE_FILTERS = ("age", "sex", "party", "relocated", "away", "nature", "level", "community", "standing")
SUGGESTIONS = 8


def is_number(text: str) -> bool:
    """Whether somebody typed a whole ID or phone number: it is looked up, but kept out of addresses and logs."""
    return bool(re.search(r"\d{10,}", text.replace(" ", "")))


class CadreListPage(ListPage):
    model = Cadre
    right = "cadre.view"
    table_class = CadreTable
    filterset_class = CadreFilter
    template_name = "cadres/cadre_list.html"
    export_right = "cadre.export"
    export_action = "cadre.export"
    export_name = "老干部名单"

    @property
    def export_resource(self) -> Any:  # type: ignore[override]
        return partial(CadreResource, columns=self.columns)

    @property
    def columns(self) -> list[str]:
        if not hasattr(self, "_columns"):
            self._columns = columns.chosen(self.request.user, TABLE, COLUMNS)
        return self._columns

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        text = request.GET.get("q", "")
        if is_number(text):
            found = super().get_queryset().search(text).values_list("pk", flat=True)[:20]
            rest = link_of(request.GET, q=None).removeprefix("?")
            picked = urlencode([("pk", pk) for pk in found] or [("pk", 0)])
            return HttpResponseRedirect(f"{request.path}?{rest}{'&' if rest else ''}{picked}")
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet:
        people = super().get_queryset().for_lists().select_related("managing_unit").order_by("pk")
        picked = [value for value in self.request.GET.getlist("pk") if value.isdigit()]
        return people.filter(pk__in=picked[:1000]) if picked else people

    def get_table_kwargs(self) -> dict[str, Any]:
        shown = self.columns
        hidden = [column.name for column in COLUMNS if column.name not in shown]
        return {"exclude": hidden if self.may_export else [*hidden, "pick"]}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form = self.request.GET, context["filter"].form
        counts = view_counts(super().get_queryset().present())
        now = query.get("view", "")
        table = context["table"]
        chosen = chosen_conditions(form, query)
        context.update(
            form=form,
            main=MAIN_FILTERS,
            more=MORE_FILTERS,
            keep={name: query[name] for name in ("view", "sort", "per_page") if query.get(name)},
            views=[
                {"label": label, "count": counts[key], "current": key == now, "url": link_of(query, view=key or None)}
                for key, (label, _) in VIEWS.items()
                if key == now or counts[key] or key in ("", "leave", "retiree")
            ],
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=table.paginator.count,
            order=order_words(table),
            columns=[
                {"name": c.name, "label": c.label, "on": c.name in self.columns, "fixed": c.fixed} for c in COLUMNS
            ],
            columns_on=len(self.columns),
            columns_url=reverse("cadres:cadre_columns"),
            may_export=self.may_export,
            may_create=self.request.user.holds("cadre.change"),
            may_import=self.request.user.holds("roster.import"),
            export_xlsx=link_of(query, export="xlsx"),
            export_csv=link_of(query, export="csv"),
            pages=[{"size": s, "url": link_of(query, per_page=str(s))} for s in self.page_sizes],
        )
        context["table"].per_page_choices = context["pages"]
        if not counts[""] and not chosen:
            table.empty_text = "名册里还没有人"
            table.empty_hint = "导入各单位的名册，或者新建一份档案"
        return context


def order_words(table: Any) -> str:
    for alias in table.order_by or ():
        name = alias.bare
        if name in ORDERS:
            return f"{ORDERS[name]}{'（倒）' if alias.is_descending else ''}"
        label = table.columns[name].header if name in table.columns.names() else ""
        return f"{label}{'（倒）' if alias.is_descending else ''}"
    return "建档先后"


def chosen_conditions(form: Any, query: Any) -> list[dict[str, str]]:
    """The conditions that are on, each with the address that takes it away."""
    found = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name) if form.is_bound and form.is_valid() else None
        if not value or name == "view":
            continue
        label = str(dict(getattr(field, "choices", ())).get(value, value))
        if name in ("party", "relocated", "away", "sex", "nature", "level", "community"):
            label = f"{str(field.label).split('（')[0]}：{label}"
        elif name == "q":
            label = f"找“{label}”"
        found.append({"name": name, "label": label, "url": link_of(query, **{name: None})})
    return found


@require_POST
def cadre_columns(request: HttpRequest) -> HttpResponse:
    """Keep the columns that the reader wants to see."""
    if not request.user.holds("cadre.view"):
        raise PermissionDenied
    names = [] if request.POST.get("reset") else request.POST.getlist("column")
    columns.choose(request.user, TABLE, COLUMNS, names)
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("cadres:cadre_list")
    return HttpResponseRedirect(target)


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Find a person from anywhere: straight to the only hit, else to the list; suggestions while typing (htmx)."""
    if not request.user.holds("cadre.view"):
        raise PermissionDenied
    text = (request.POST or request.GET).get("q", "").strip()[:60]
    people = Cadre.objects.visible_to(request.user).for_lists()
    found = list(people.search(text).order_by("standing", "pk")[: SUGGESTIONS + 1]) if text else []
    # standing sorts as deceased, moved_out, present: those on the roll come first
    found.sort(key=lambda cadre: cadre.standing != "present")
    today = timezone.localdate()
    all_url = f"{reverse('cadres:cadre_list')}{link_of(request.GET, q=text, standing='any')}"
    if is_number(text):  # a whole number never stands in an address
        all_url = ""
    context = {
        "q": text,
        "hits": [{"cadre": cadre, "age": age_of(cadre, today)} for cadre in found[:SUGGESTIONS]],
        "several": len(found) > SUGGESTIONS,
        "all_url": all_url,
    }
    if request.htmx and not request.htmx.boosted:
        return render(request, "cadres/search.html#hits", context)
    if len(found) == 1:
        return redirect("cadres:cadre_detail", pk=found[0].pk)
    if found and not is_number(text):
        return redirect(all_url)
    units = Organization.objects.visible_to(request.user).filter(name__contains=text)[:10] if text else []
    return render(request, "cadres/search.html", {**context, "units": units})
