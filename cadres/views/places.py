"""Filtering by unit and by district, as the lists of upkeep do it."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from accounts.models import Organization, OrganizationKind
from cadres.filters import ReaderFilterSet
from cadres.lists import link_of
from cadres.views.people import chosen_conditions
from cadres.widgets import OrganizationInput
from common.codes import Level

MUNICIPAL = "city"


class PlaceFilterSet(ReaderFilterSet):
    """``unit`` with what is below it, and ``district``. Subclasses say where both hang: ``place`` leads to the unit."""

    place = "unit"

    unit = filters.CharFilter(
        label="单位", method="under_unit", widget=OrganizationInput(kinds="unit", placeholder="单位（含下级）")
    )
    district = filters.ChoiceFilter(label="区县", empty_label="全部区县", method="in_district")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        districts = Organization.objects.visible_to(self.reader).of_kind(OrganizationKind.DISTRICT_BUREAU)
        rows = [(str(pk), name) for pk, name in districts.order_by("path").values_list("pk", "name")]
        if rows:
            self.filters["district"].extra["choices"] = [(MUNICIPAL, Level.MUNICIPAL.label), *rows]
        else:
            del self.filters["district"]

    def under_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return self.by_unit(queryset, self.place, value)

    def in_district(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        field = f"{self.place}__district"
        return queryset.filter(Q(**{field: None}) if value == MUNICIPAL else Q(**{field: value}))


def list_context(page: Any, context: dict[str, Any], main: tuple[str, ...]) -> dict[str, Any]:
    """What the filter bar and the export button of a list need."""
    query, form = page.request.GET, context["filter"].form
    chosen = chosen_conditions(form, query)
    return {
        "form": form,
        "main": main,
        "keep": {name: query[name] for name in ("view", "sort") if query.get(name)},
        "chosen": chosen,
        "clear_url": link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
        "count": context["table"].paginator.count,
        "may_export": page.may_export,
        "export_xlsx": link_of(query, export="xlsx"),
    }
