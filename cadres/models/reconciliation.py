"""Reconciliation (核对): where a unit's new roster differs from the system, and how each difference was settled."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from cadres.models.collection import UnitRoster
from cadres.querysets import RosterDifferenceQuerySet, RosterRollQuerySet
from common.fields import EncryptedField


class DifferenceKind(models.TextChoices):
    NEW = "new", "新增"
    MISSING = "missing", "缺少"
    CHANGED = "changed", "变更"


class Settlement(models.TextChoices):
    """What a difference turned out to be. The first group answers 新增, the second 缺少, the third 变更."""

    ENROLLED = "enrolled", "新办"
    BACKFILLED = "backfilled", "漏登补登"
    MOVED_IN = "moved_in", "转入"
    SAME_PERSON = "same_person", "写错了，是同一人"
    REFUSED = "refused", "不收这一行"
    DIED = "died", "去世"
    MOVED_OUT = "moved_out", "转出"
    FORGOTTEN = "forgotten", "漏报，继续在册"
    MISTAKEN = "mistaken", "登记错误，不应在册"
    RECORDED = "recorded", "已有登记"
    CHANGED = "changed", "变动"
    CORRECTED = "corrected", "更正"
    KEPT = "kept", "不采纳"


class RosterDifference(models.Model):
    """One person of whom roster and system differ. ``decision`` blank: unsettled, and the roster cannot be approved.

    ``key`` names the person within the roster across re-readings (``person:<key>``, or a digest of who is not on
    record); ``signature`` is what the file says of them: a
    re-reading with the same signature keeps the decision.
    """

    unit_roster = models.ForeignKey(
        UnitRoster, models.CASCADE, db_index=False, related_name="differences", verbose_name="单位名册"
    )
    kind = models.CharField("差异", max_length=10, choices=DifferenceKind)
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)
    cadre = models.ForeignKey(
        "cadres.Cadre", models.CASCADE, null=True, blank=True, related_name="+", verbose_name="老干部"
    )
    # Where the row stands in the file handed in; none for who is missing there.
    file = models.PositiveIntegerField("第几个文件", null=True, blank=True)
    sheet = models.CharField("工作表", max_length=100, blank=True)
    row = models.PositiveIntegerField("行", null=True, blank=True)
    row_refused = models.BooleanField("这一行拒收", default=False)
    #: JSON: {"name", "sex", "birth", "id", "category", "changes": [[field, label, old, new, effect]]}; see `details`
    content = EncryptedField("内容")
    sound_key = models.CharField("姓名读音与出生年月的摘要", max_length=64, blank=True)
    in_last_roster = models.BooleanField("上年名册里有", default=False)
    proposal = models.CharField("建议", max_length=12, choices=Settlement, blank=True)
    proposed_on = models.DateField("建议的日期", null=True, blank=True)
    counterpart = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="对应的另一条差异"
    )
    decision = models.CharField("认定", max_length=12, choices=Settlement, blank=True)
    on = models.DateField("日期", null=True, blank=True)
    other_unit = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="对方单位",
    )
    other_place = models.CharField("对方（原文）", max_length=100, blank=True)
    #: changed field -> "changed", "corrected" or "kept"
    choices = models.JSONField("逐项认定", default=dict, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="认定人",
    )
    settled_at = models.DateTimeField("认定时间", null=True, blank=True)
    # The event that settling wrote at once; those of new and changed people are written at approval.
    event = models.ForeignKey(
        "cadres.StatusEvent", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="记下的事项"
    )

    objects = RosterDifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名册差异"
        ordering = ("unit_roster_id", "kind", "row", "pk")
        constraints = [
            models.UniqueConstraint(fields=["unit_roster", "kind", "key"], name="roster_difference_once"),
            models.CheckConstraint(
                condition=Q(decision="", settled_at=None) | ~Q(decision="") & Q(settled_at__isnull=False),
                name="roster_difference_settled_when",
            ),
        ]
        indexes = [models.Index(fields=["kind", "sound_key"], name="roster_difference_sound")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}第 {self.pk} 条"

    @cached_property
    def details(self) -> dict[str, Any]:
        return json.loads(self.content)

    @property
    def settled(self) -> bool:
        return bool(self.decision)

    @property
    def of_known_person(self) -> bool:
        """The row's number, or name and birth, is on record: it cannot be anybody else."""
        return self.key.startswith("person:")

    @property
    def undone(self) -> bool:
        """Settled by an event that somebody has since taken out of the history: it has to be settled again."""
        by_event = self.decision in {Settlement.DIED, Settlement.MOVED_OUT, Settlement.MISTAKEN} or (
            self.decision == Settlement.MOVED_IN and self.cadre_id is not None
        )
        return by_event and self.event_id is None


class RosterRoll(models.Model):
    """核准名单: who stood on a unit's approved roster. Next year's reconciliation compares with it."""

    unit_roster = models.OneToOneField(UnitRoster, models.CASCADE, related_name="roll", verbose_name="单位名册")
    #: keys of the people on the unit's roll on the roster's day
    people = models.JSONField("名单", default=list)
    total = models.PositiveIntegerField("人数", default=0)

    objects = RosterRollQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "核准名单"

    def __str__(self) -> str:
        return f"{self.unit_roster}（{self.total} 人）"
