"""Floor 0: the audit chain, used form keys, and the abstract bases of our models."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models

from common.crypto import unseal


class Versioned(models.Model):
    """A row that people edit: `version` goes up with each edit, so that a second editor notices the first."""

    version = models.PositiveIntegerField("版本", default=1, editable=False)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        abstract = True


class FormKey(models.Model):
    """A one-time key of an edit form that was used: the same form sent twice makes one record."""

    key = models.CharField("表单编号", max_length=32, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="使用人")
    result_url = models.CharField("结果页", max_length=300)
    used_at = models.DateTimeField("使用时间", auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "已用表单编号"


class ColumnChoice(models.Model):
    """The columns that someone wants to see in a list; no row: the list's own default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="使用人")
    table = models.CharField("列表", max_length=40)
    columns = models.JSONField("列", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "选定的列"
        constraints = [models.UniqueConstraint(fields=["user", "table"], name="column_choice_once")]


class AuditQuerySet(models.QuerySet):
    """Entries: read by whoever holds audit.view, appended by common.audit, never changed or deleted."""

    def visible_to(self, user: Any, right: str = "audit.view") -> AuditQuerySet:
        return self.all() if user.is_authenticated and user.holds(right) else self.none()

    def delete(self):
        raise TypeError("audit entries are never deleted")

    def update(self, **kwargs):
        raise TypeError("audit entries are never changed")


class AuditEntry(models.Model):
    """Who did or saw what. Written by `common.audit.record` only; each entry's hash covers the one before it."""

    number = models.PositiveBigIntegerField("序号", unique=True)
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    actor_name = models.CharField("操作人姓名", max_length=50, blank=True)
    action = models.CharField("操作", max_length=50, db_index=True)
    target_type = models.CharField("对象类别", max_length=50, blank=True)
    target_id = models.CharField("对象编号", max_length=40, blank=True)
    # {field: [before, after]} as JSON, sealed: a stolen dump shows nobody's data, nor does the audit page.
    # Read them through `changes` and `reason`.
    sealed_changes = models.TextField("改动", blank=True)
    sealed_reason = models.TextField("事由", blank=True)
    request_id = models.CharField("请求编号", max_length=32, blank=True, db_index=True)
    ip = models.GenericIPAddressField("来源地址", null=True)
    details_count = models.PositiveIntegerField("明细条数", default=0)
    details_digest = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "操作记录"
        ordering = ("-number",)
        indexes = [
            models.Index(fields=["target_type", "target_id", "number"], name="audit_target"),
            models.Index(fields=["actor", "number"], name="audit_actor"),
        ]

    def delete(self, *args, **kwargs):
        raise TypeError("audit entries are never deleted")

    @property
    def changes(self) -> dict[str, Any]:
        """{field: [before, after]}, unsealed."""
        return json.loads(unseal(self.sealed_changes)) if self.sealed_changes else {}

    @property
    def reason(self) -> str:
        return unseal(self.sealed_reason) if self.sealed_reason else ""

    @property
    def action_label(self) -> str:
        from common.audit import ACTIONS

        return ACTIONS.get(self.action, self.action)


class AuditDetail(models.Model):
    """One row touched by a bulk write (an import, say). The entry's `details_digest` covers all of them in order."""

    entry = models.ForeignKey(AuditEntry, models.PROTECT, related_name="details", verbose_name="操作记录")
    position = models.PositiveIntegerField("次序")
    action = models.CharField("操作", max_length=50)
    target_type = models.CharField("对象类别", max_length=50)
    target_id = models.CharField("对象编号", max_length=40)
    sealed_changes = models.TextField("改动", blank=True)  # blank for a plain creation

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批量操作明细"
        ordering = ("entry_id", "position")
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_detail_target")]

    @property
    def changes(self) -> dict[str, Any]:
        return json.loads(unseal(self.sealed_changes)) if self.sealed_changes else {}


class AuditHead(models.Model):
    """The single row that tells how long the chain is and where it ends; locked while an entry is appended."""

    count = models.PositiveBigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "操作记录链尾"
