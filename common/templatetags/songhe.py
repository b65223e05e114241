"""Template tags of the look: icons, figures, dates, masks, form controls and chart data."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    RadioSelect,
    Select,
    Textarea,
)
from django.forms.formsets import BaseFormSet
from django.template.defaultfilters import date as format_date
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common import idcard
from common.codes import Category
from common.dates import PartialDate

register = template.Library()

MINUS = "−"  # the true minus sign, as wide as the figures
PLUS = "＋"
JSON_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


# -- icons ---------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """``{% icon "home" %}``: an icon of the sprite; with a label it speaks, without one it is decoration."""
    href = f"{static('vendor/icons.svg')}#i-{name}"
    classes = f"i {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, href
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', classes, href
    )


# -- figures -------------------------------------------------------------------------------------


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _grouped(number: Decimal, places: int | None) -> str:
    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{abs(number):,f}"


@register.filter
def num(value: Any, places: int | None = None) -> str:
    """38111 -> 38,111; negative figures get a true minus; blank and unreadable values stay as they are."""
    number = _decimal(value)
    if number is None:
        return "" if value is None else str(value)
    text = _grouped(number, places)
    return MINUS + text if number < 0 and text.strip("0.,") else text


@register.filter
def signed(value: Any, places: int | None = None) -> str:
    """A change against last year: ＋1,781, −134, 0."""
    number = _decimal(value)
    if number is None:
        return "" if value is None else str(value)
    text = _grouped(number, places)
    if not text.strip("0.,"):
        return text
    return (PLUS if number > 0 else MINUS) + text


@register.filter
def money(value: Any) -> str:
    """41820 -> 41,820元; whole yuan without decimals, otherwise two."""
    number = _decimal(value)
    if number is None:
        return "" if value is None else str(value)
    return num(number, 0 if number == number.to_integral_value() else 2) + "元"


@register.filter
def wan(value: Any, places: int = 1) -> str:
    """468000 -> 46.8万元."""
    number = _decimal(value)
    if number is None:
        return "" if value is None else str(value)
    return num(number / 10000, places) + "万元"


@register.filter
def rate(value: Any, places: int = 1) -> str:
    """0.962 -> 96.2%."""
    number = _decimal(value)
    if number is None:
        return "" if value is None else str(value)
    return num(number * 100, places) + "%"


@register.simple_tag
def width(value: Any, total: Any = 100, prefix: str = "w") -> str:
    """The class of static/css/widths.css for value out of total: w-0 … w-100 (prefix ``at`` for positions).

    Inline styles are forbidden by the content security policy, so bars take their length from a class.
    """
    part, whole = _decimal(value), _decimal(total)
    if part is None or not whole or whole < 0:
        return f"{prefix}-0"
    percent = int((part * 100 / whole).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if part > 0:
        percent = max(percent, 1)
    return f"{prefix}-{min(max(percent, 0), 100)}"


# -- dates ---------------------------------------------------------------------------------------


@register.filter
def partial(value: PartialDate | None) -> str:
    """A date of which the day or the month may be unknown: 1932年5月."""
    return value.display() if value else ""


def _as_date(value: datetime.date | datetime.datetime | None) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.filter
def day(value: datetime.date | datetime.datetime | None) -> str:
    """1月8日 in this year, otherwise 2018年1月8日."""
    date = _as_date(value)
    if not date:
        return ""
    text = f"{date.month}月{date.day}日"
    return text if date.year == timezone.localdate().year else f"{date.year}年{text}"


@register.filter
def category(value: str) -> str:
    """离休 for the code of a category."""
    return str(Category(value).label) if value in Category.values else value


@register.filter
def fullday(value: datetime.date | datetime.datetime | None) -> str:
    """2018年1月8日."""
    date = _as_date(value)
    return f"{date.year}年{date.month}月{date.day}日" if date else ""


@register.filter
def moment(value: datetime.datetime | None) -> str:
    """1月8日 10:05, with the year if it is not this one."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day(local)} {format_date(local, 'H:i')}"


# -- masks ---------------------------------------------------------------------------------------


@register.filter
def masked_id(value: str | None) -> str:
    return idcard.mask_id(value) if value else ""


@register.filter
def masked_phone(value: str | None) -> str:
    return idcard.mask_phone(value) if value else ""


@register.filter
def masked_bank(value: str | None) -> str:
    return idcard.mask_bank(value) if value else ""


# -- forms ---------------------------------------------------------------------------------------


def hint_id(field: BoundField) -> str:
    return f"{field.auto_id}_hint"


def error_id(field: BoundField) -> str:
    return f"{field.auto_id}_error"


@register.filter
def control(field: BoundField) -> SafeString:
    """The widget of a field with the classes of the look and the ids of its hint and its error."""
    widget = field.field.widget
    attrs: dict[str, Any] = {}
    if isinstance(widget, CheckboxInput):
        look = "cbx"
    elif getattr(widget, "input_type", "") == "file":
        look = "inp file"
    else:
        look = "inp"
    own = widget.attrs.get("class", "")
    attrs["class"] = f"{look} {own}".strip() + (" err" if field.errors else "")
    described = [hint_id(field)] if field.help_text else []
    if field.errors:
        described.append(error_id(field))
        attrs["aria-invalid"] = "true"
    attrs["aria-describedby"] = " ".join(described) or None
    return field.as_widget(attrs={key: value for key, value in attrs.items() if value is not None})


@register.filter
def complaints(field: BoundField) -> list[str]:
    """The errors of a field; an empty one is named (请填写姓名), for the summary stands far from the box."""
    label = str(field.label)
    verb = "请选择" if isinstance(field.field.widget, Select | RadioSelect | FileInput) else "请填写"
    found = []
    for error in field.errors.as_data():
        if error.code == "required" and error.message == field.field.error_messages.get("required"):
            found.append(verb + label)
        else:
            found += [str(message) for message in error.messages]
    return found


@register.filter
def kind(field: BoundField) -> str:
    """How a field is laid out: options (a group), check (one box), hidden, area or line."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "options"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "area" if isinstance(widget, Textarea) else "line"


def _forms(source: BaseForm | BaseFormSet | Iterable[Any] | None) -> Iterable[BaseForm | BaseFormSet]:
    if source is None or isinstance(source, str):
        return
    if isinstance(source, BaseForm):
        yield source
    elif isinstance(source, BaseFormSet):
        yield source
        yield from source.forms
    else:
        for item in source:
            yield from _forms(item)


@register.filter
def problems(source: BaseForm | BaseFormSet | Iterable[Any] | None) -> list[dict[str, str]]:
    """What is still to be mended in a form, a formset or a list of them: [{"target", "message"}]."""
    found: list[dict[str, str]] = []
    for form in _forms(source):
        general = form.non_form_errors() if isinstance(form, BaseFormSet) else form.non_field_errors()
        found += [{"target": "", "message": str(message)} for message in general]
        if isinstance(form, BaseFormSet):
            continue
        for field in form:
            target = "" if field.is_hidden else field.auto_id
            found += [{"target": target, "message": message} for message in complaints(field)]
    return found


# -- charts --------------------------------------------------------------------------------------


@register.simple_tag
def chart_data(element_id: str, data: Any) -> SafeString:
    """A block of JSON for static/js/charts.js. The browser never executes it, so the policy allows it."""
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False).translate(JSON_ESCAPES)
    return format_html('<script type="application/json" id="{}">{}</script>', element_id, mark_safe(text))


@register.inclusion_tag("components/chart.html")
def chart(element_id: str, data: dict[str, Any], label: str = "") -> dict[str, Any]:
    """A chart with its finding as label and its figures as a table behind “看数字”.

    data: {"kind": "bar" | "line" | "stack" | "pyramid", "unit": "人", "labels": [...],
    "series": [{"name": ..., "values": [...], "forecast_from": optional index}], "target": optional number}.
    """
    rows = [
        {"label": name, "values": [series["values"][index] for series in data["series"]]}
        for index, name in enumerate(data["labels"])
    ]
    return {"id": element_id, "data": data, "label": label, "rows": rows}
