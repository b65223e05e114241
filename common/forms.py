"""Form bases: every form renders in the look, and every edit form carries its one-time key and version."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

from common.editing import new_form_key


class SongheRenderer(TemplatesSetting):
    """Forms and fields from templates/songhe."""

    form_template_name = "songhe/form.html"
    field_template_name = "songhe/field.html"


class DateInput(forms.DateInput):
    """A date box that phones and desktops pick from, and that accepts 2018-01-08 typed."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class EditForm(forms.Form):
    """Base of forms that write. ``form_key`` makes a double click one record; ``version`` finds a second editor."""

    #: Our own sentences name what is missing, in Chinese whatever the browser speaks.
    use_required_attribute = False

    form_key = forms.CharField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user: Any, instance: Any = None, **kwargs) -> None:
        self.user = user
        self.instance = instance
        initial = {"form_key": new_form_key(), **(kwargs.pop("initial", None) or {})}
        if instance is not None and hasattr(instance, "version"):
            initial.setdefault("version", instance.version)
        super().__init__(*args, initial=initial, **kwargs)

    def values(self) -> dict[str, Any]:
        """What the action gets: the cleaned data without the form's own two fields."""
        return {k: v for k, v in self.cleaned_data.items() if k not in {"form_key", "version"}}
