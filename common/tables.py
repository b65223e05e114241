"""Table base (the look, empty states) and the audit table."""

from __future__ import annotations

import django_tables2 as tables
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone

from common.models import AuditEntry


class Table(tables.Table):
    """Base of all lists: what an empty one says, and what its rows are counted in."""

    unit = "人"
    caption = "名单"
    empty_hint = ""
    empty_url = ""
    empty_action = ""
    foot_note = ""

    class Meta:
        template_name = "django_tables2/songhe.html"


def target_label(target_type: str) -> str:
    """老干部 for cadres.cadre; the bare name of what is no longer a model."""
    try:
        return str(apps.get_model(target_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return target_type


def field_label(target_type: str, name: str) -> str:
    """The words of a changed field; its bare name where it is none of the model's."""
    try:
        found = apps.get_model(target_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return name
    return str(getattr(found, "verbose_name", name))


class AuditTable(Table):
    unit = "条"
    caption = "操作记录"
    foot_note = "这里只有操作本身，看不到任何人的资料"

    number = tables.Column(verbose_name="序号", attrs={"td": {"class": "r"}, "th": {"class": "r"}})
    at = tables.Column(verbose_name="时间")
    actor_name = tables.Column(verbose_name="操作人")
    action = tables.Column(verbose_name="操作")
    target = tables.Column(verbose_name="对象", empty_values=(), orderable=False)
    fields = tables.Column(verbose_name="涉及栏目", empty_values=(), orderable=False)
    ip = tables.Column(verbose_name="来源地址")

    class Meta(Table.Meta):
        model = AuditEntry
        fields = ("number", "at", "actor_name", "action", "target", "fields", "ip")
        empty_text = "这些条件下没有操作记录"

    def render_at(self, value) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")

    def render_action(self, record) -> str:
        return record.action_label

    def render_target(self, record) -> str:
        return f"{target_label(record.target_type)} {record.target_id}".strip()

    def render_fields(self, record) -> str:
        names = "、".join(field_label(record.target_type, name) for name in record.changes)
        return f"{names} 等 {record.details_count} 行" if record.details_count else names
