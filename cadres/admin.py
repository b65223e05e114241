"""Lookups for the system administrator: what words of rosters mean. No people here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest

from cadres.models import Cadre, ValueAlias
from common import audit
from common.adminsite import RightModelAdmin


def dictionary(field: str) -> dict[str, str]:
    """Code -> label of a roster column; empty for a column without a dictionary."""
    try:
        return {str(code): str(label) for code, label in Cadre._meta.get_field(field).choices or ()}
    except FieldDoesNotExist:
        return {}


class AliasForm(forms.ModelForm):
    class Meta:
        model = ValueAlias
        fields = ("code",)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "等着认定"), *dictionary(self.instance.field).items()]
        self.fields["code"] = forms.ChoiceField(label="认定为", choices=choices, required=False)


@admin.register(ValueAlias)
class ValueAliasAdmin(RightModelAdmin):
    """Future rosters follow what is fixed here; people already on the roll are filled from 字典外的值."""

    right = "lookup.change"
    form = AliasForm
    list_display = ("column", "text", "meaning", "first_seen")
    list_filter = ("field",)
    search_fields = ("text",)
    readonly_fields = ("column", "text", "first_seen")
    fields = ("column", "text", "code", "first_seen")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="栏目", ordering="field")
    def column(self, alias: ValueAlias) -> str:
        return str(Cadre._meta.get_field(alias.field).verbose_name)

    @admin.display(description="认定为", ordering="code")
    def meaning(self, alias: ValueAlias) -> str:
        return dictionary(alias.field).get(alias.code, "等着认定")

    def save_model(self, request: HttpRequest, obj: ValueAlias, form: AliasForm, change: bool) -> None:
        before = form.initial.get("code", "")
        super().save_model(request, obj, form, change)
        if before != obj.code:
            audit.record(actor=request.user, action="lookup.change", target=obj, changes={"code": [before, obj.code]})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit chain tells it."""
