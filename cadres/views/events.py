"""增减变动: who entered and left the count, and when."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from cadres.exports import EventResource
from cadres.filters import EventFilter
from cadres.lists import link_of
from cadres.models import Cadre, StatusEvent
from cadres.tables import EventTable
from cadres.views.people import chosen_conditions
from common.views import ListPage


class EventListPage(ListPage):
    model = StatusEvent
    right = "cadre.view"
    table_class = EventTable
    filterset_class = EventFilter
    template_name = "cadres/event_list.html"
    export_resource = EventResource
    export_right = "cadre.export"
    export_action = "cadre.export"
    export_name = "增减变动"

    def get_queryset(self) -> QuerySet:
        people = Cadre.objects.visible_to(self.request.user).filter(pk=OuterRef("cadre_id"))
        events = super().get_queryset().select_related("cadre", "unit", "other_unit", "recorded_by")
        return events.annotate(reachable=Exists(people)).order_by("-on", "-pk")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form = self.request.GET, context["filter"].form
        chosen = chosen_conditions(form, query)
        context.update(
            form=form,
            main=("year", "kind", "unit"),
            keep={name: query[name] for name in ("sort",) if query.get(name)},
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
            may_export=self.may_export,
            export_xlsx=link_of(query, export="xlsx"),
        )
        return context
