"""Choosing one of thousands of units: type a name or a code; suggestions come while typing, the server decides."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import Organization, OrganizationKind

KINDS: dict[str, tuple[str, ...]] = {
    "unit": tuple(kind for kind in OrganizationKind.values if kind not in {"street", "community"}),
    "community": (OrganizationKind.COMMUNITY, OrganizationKind.STREET),
    "any": tuple(OrganizationKind.values),
}
_WITH_CODE = re.compile(r"^(?P<name>.*?)\s*[（(](?P<code>[^（）()]+)[）)]$")


def label_of(organization: Organization) -> str:
    """How a unit stands in the box: its name and its code, which makes it the only one."""
    return f"{organization.name}（{organization.code}）"


def organizations_named(organizations: QuerySet, text: str) -> QuerySet:
    """Units meant by what was typed: 名称（代码）, a code, a whole name, else a part of the name."""
    text = text.strip()
    match = _WITH_CODE.match(text)
    if match:
        by_code = organizations.filter(code=match["code"].strip())
        if by_code.exists():
            return by_code
    exact = organizations.filter(Q(code=text) | Q(name=text) | Q(short_name=text))
    return exact if exact.exists() else organizations.filter(name__contains=text)


class OrganizationInput(forms.TextInput):
    """A text box with a list of suggestions that fills itself while typing (htmx); without scripts, only a text box."""

    def __init__(
        self, *, kinds: str = "unit", placeholder: str = "名称或代码", attrs: dict[str, Any] | None = None
    ) -> None:
        self.kinds = kinds
        super().__init__(attrs={"placeholder": placeholder, "autocomplete": "off", **(attrs or {})})

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> Any:
        attrs = dict(attrs or {})
        list_id = f"{attrs.get('id', name)}_list"
        url = f"{reverse('cadres:organization_suggest')}?kinds={self.kinds}"
        attrs |= {
            "list": list_id,
            "hx-get": url,
            "hx-trigger": "input changed delay:200ms",
            "hx-target": f"#{list_id}",
            "hx-swap": "innerHTML",
            "data-suggest": "",
        }
        return format_html('{}<datalist id="{}"></datalist>', super().render(name, value, attrs, renderer), list_id)


class OrganizationField(forms.CharField):
    """Cleans to an `Organization` on which the user holds ``right``; ``kinds`` as in KINDS."""

    def __init__(self, *, kinds: str = "unit", right: str = "organization.view", **kwargs: Any) -> None:
        self.kinds, self.right, self.user = kinds, right, None
        kwargs.setdefault("widget", OrganizationInput(kinds=kinds))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return label_of(value) if isinstance(value, Organization) else value

    def clean(self, value: Any) -> Organization | None:
        text = super().clean(value)
        if not text:
            return None
        choices = Organization.objects.visible_to(self.user, self.right).filter(kind__in=KINDS[self.kinds], active=True)
        found = list(organizations_named(choices, text).order_by("path")[:6])
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError("名单里没有这个单位，请从提示里选，或写它的代码", code="unknown")
        names = "、".join(label_of(item) for item in found[:5])
        raise ValidationError(
            f"不止一个单位对得上，请选准一个：{names}{'等' if len(found) > 5 else ''}", code="several"
        )
