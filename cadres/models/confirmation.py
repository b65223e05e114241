"""Quarterly confirmation: a unit says that its roster is right as it stands."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cadres.querysets import RosterConfirmationQuerySet


class RosterConfirmation(models.Model):
    """One unit's word for one quarter; what it was said of (``people``, ``stale``) is counted at that moment."""

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, db_index=False, related_name="+", verbose_name="单位"
    )
    year = models.PositiveSmallIntegerField("年度")
    quarter = models.PositiveSmallIntegerField("季度")
    people = models.PositiveIntegerField("在册人数")
    stale = models.PositiveIntegerField("久未更新人数", default=0)
    words = models.CharField("说明", max_length=200, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="确认人")
    confirmed_at = models.DateTimeField("确认时间")

    objects = RosterConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名册确认"
        ordering = ("-year", "-quarter", "organization_id")
        constraints = [
            models.UniqueConstraint(fields=["organization", "year", "quarter"], name="roster_confirmed_once"),
            models.CheckConstraint(condition=Q(quarter__gte=1, quarter__lte=4), name="confirmation_quarter"),
        ]
        indexes = [models.Index(fields=["confirmed_at"], name="confirmation_when")]

    def __str__(self) -> str:
        return f"{self.organization}{self.year}年第{self.quarter}季度"
