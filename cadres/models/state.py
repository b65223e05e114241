"""Dated state rows and status events: the time model of statistics.md."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cadres.models.facts import CountedFacts
from cadres.querysets import CadreStateQuerySet, StatusEventQuerySet

#: The end of a state that is still true. A real date, so that "true on D" is one range condition.
FOREVER = datetime.date(9999, 12, 31)


class CadreState(CountedFacts):
    """What was true of a person for ``valid_from <= D < valid_to``. Kept by cadres.actions only."""

    cadre = models.ForeignKey(
        "cadres.Cadre", models.CASCADE, db_index=False, related_name="states", verbose_name="老干部"
    )
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", default=FOREVER)

    objects = CadreStateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "状态"
        ordering = ("cadre_id", "valid_from")
        constraints = [
            models.CheckConstraint(condition=Q(valid_from__lt=F("valid_to")), name="state_begins_before_end"),
            models.UniqueConstraint(fields=["cadre", "valid_from"], name="one_state_per_day"),
        ]
        indexes = [
            models.Index(fields=["valid_to", "valid_from"], name="state_as_of"),
            models.Index(fields=["unit", "valid_to", "valid_from"], name="state_unit_as_of"),
        ]


class EventKind(models.TextChoices):
    ENROLLED = "enrolled", "新办"
    MOVED_IN = "moved_in", "转入"
    MOVED_OUT = "moved_out", "转出"
    DIED = "died", "去世"
    CORRECTED = "corrected", "更正"


class StatusEvent(models.Model):
    """Someone entered or left the count, or was corrected, on a day.

    Carries the facts of the state that began (新办, 转入) or ended (转出, 去世) with it, so that the two-year
    tables count events by nature, level and rank without a join.
    """

    # Foreign keys without an index of their own stand first in one below, or nothing is looked up by them.
    cadre = models.ForeignKey(
        "cadres.Cadre", models.CASCADE, db_index=False, related_name="events", verbose_name="老干部"
    )
    kind = models.CharField("事项", max_length=10, choices=EventKind)
    on = models.DateField("日期")
    category = models.CharField("人员类别", max_length=10)
    unit = models.ForeignKey(
        "accounts.Organization", models.PROTECT, db_index=False, related_name="+", verbose_name="单位"
    )
    nature = models.CharField("单位性质", max_length=10, blank=True)
    level = models.CharField("隶属", max_length=10, blank=True)
    district = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="所在区县",
    )
    rank = models.CharField("级别", max_length=3, blank=True)
    # 转入 from where, 转出 to where: a unit of ours, or any place in words.
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
    note = models.CharField("说明", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="登记人",
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = StatusEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "增减变动"
        ordering = ("-on", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["cadre", "kind", "on"], name="event_once_a_day"),
        ]
        indexes = [
            models.Index(fields=["on", "kind"], name="event_on"),
            models.Index(fields=["unit", "on"], name="event_unit"),
        ]
