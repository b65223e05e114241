"""Pages of floor 0: the audit trail for the audit administrator, the manual for everyone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from import_export import resources
from import_export.fields import Field

from common import audit, manual
from common.filters import AuditFilter
from common.models import AuditEntry
from common.tables import AuditTable, target_label
from common.views import ListPage, Page


class AuditResource(resources.ModelResource):
    number = Field("number", "序号")
    at = Field("at", "时间")
    actor_name = Field("actor_name", "操作人")
    action = Field("action_label", "操作")
    target_type = Field("target_type", "对象类别")
    target_id = Field("target_id", "对象编号")
    ip = Field("ip", "来源地址")
    hash = Field("hash", "校验值")

    class Meta:
        model = AuditEntry
        fields = ("number", "at", "actor_name", "action", "target_type", "target_id", "ip", "hash")

    def dehydrate_target_type(self, entry: AuditEntry) -> str:
        return target_label(entry.target_type)


class AuditListPage(ListPage):
    model = AuditEntry
    right = "audit.view"
    table_class = AuditTable
    filterset_class = AuditFilter
    template_name = "common/audit_list.html"
    export_resource = AuditResource
    export_right = "audit.view"
    export_action = "audit.export"
    export_name = "操作记录"


class VerifyPage(Page):
    """Check the chain now (POST, since it takes a while and leaves an entry)."""

    right = "audit.view"
    template_name = "common/audit_verify.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        faults = list(audit.verify())
        with transaction.atomic():
            audit.record(actor=request.user, action="audit.view", changes={"verify": [None, len(faults)]})
        context: dict[str, Any] = self.get_context_data(
            faults=faults, checked=AuditEntry.objects.visible_to(request.user).count()
        )
        return render(request, self.template_name, context)


class HelpPage(Page):
    """The chapters of the manual that the reader's roles need; nothing about people."""

    template_name = "common/help.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        roles = {grant.role for grant in user.grants}
        return super().get_context_data(chapters=manual.chapters_for(roles), **kwargs)
