"""字典外的值: words of rosters waiting for somebody to say what they mean."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from cadres import actions
from cadres.filters import ValueFilter
from cadres.forms import ValueForm
from cadres.lists import link_of
from cadres.models import Cadre, ValueAlias
from cadres.tables import ValueTable
from cadres.views.people import chosen_conditions
from common.views import FormPage, ListPage


class ValueListPage(ListPage):
    model = ValueAlias
    right = "value.map"
    table_class = ValueTable
    filterset_class = ValueFilter
    template_name = "cadres/value_list.html"

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().with_people().order_by("code", "-people", "field", "text")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form = self.request.GET, context["filter"].form
        chosen = chosen_conditions(form, query)
        context.update(
            form=form,
            main=("state",),
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
        )
        return context


class ValueMapPage(FormPage):
    model = ValueAlias
    right = "value.map"
    form_class = ValueForm
    template_name = "cadres/value_map.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        alias = self.instance
        people = Cadre.objects.visible_to(self.request.user).filter(
            original_texts__field=alias.field, original_texts__text=alias.text
        )
        return super().get_context_data(
            alias=alias,
            column=str(Cadre._meta.get_field(alias.field).verbose_name),
            people=people.for_lists().order_by("pk")[:10],
            count=people.count(),
            **kwargs,
        )

    def perform(self, form: ValueForm) -> ValueAlias:
        self.changed = actions.map_value(actor=self.request.user, alias=self.instance, code=form.cleaned_data["code"])
        self.success_message = f"已认定，{self.changed} 人的资料跟着填好"
        return self.instance

    def get_success_url(self) -> str:
        return reverse("cadres:value_list")
