"""Filters of the audit trail."""

from __future__ import annotations

import django_filters as filters

from common.audit import ACTIONS
from common.forms import DateInput
from common.models import AuditEntry


class AuditFilter(filters.FilterSet):
    action = filters.ChoiceFilter(
        label="操作", choices=sorted(ACTIONS.items(), key=lambda item: item[0]), empty_label="全部操作"
    )
    actor_name = filters.CharFilter(label="操作人", lookup_expr="contains")
    since = filters.DateFilter(label="从", field_name="at", lookup_expr="date__gte", widget=DateInput())
    until = filters.DateFilter(label="到", field_name="at", lookup_expr="date__lte", widget=DateInput())
    target_id = filters.CharFilter(label="对象编号")

    class Meta:
        model = AuditEntry
        fields = ["action", "actor_name", "since", "until", "target_id"]
