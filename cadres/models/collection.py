"""The yearly collection of rosters (催报): who owes one, who handed one in, what was returned and what was approved."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from cadres.querysets import RosterCollectionQuerySet, RosterHandInQuerySet, UnitRosterQuerySet
from common.models import Versioned


class UnitRosterState(models.TextChoices):
    OWED = "owed", "未报"
    HANDED_IN = "handed_in", "已报待核对"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "已核准"


class RosterCollection(Versioned):
    """One year's collection: every unit with people owes a roster of ``as_of`` by ``due_on``."""

    year = models.PositiveSmallIntegerField("年度", unique=True)
    as_of = models.DateField("截至日期")
    due_on = models.DateField("报送期限")
    words = models.TextField("填报说明", blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="发起人"
    )
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = RosterCollectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名册催报"
        ordering = ("-year",)

    def __str__(self) -> str:
        return f"{self.year}年度名册催报"

    @property
    def day(self) -> datetime.date:
        """The day that rosters handed in now are compared with: the cut-off, or today while that lies ahead."""
        return min(self.as_of, timezone.localdate())


class UnitRoster(Versioned):
    """What one unit owes in one collection. ``roster_import`` is the workbook handed in last."""

    collection = models.ForeignKey(RosterCollection, models.CASCADE, related_name="rosters", verbose_name="催报")
    organization = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name="单位")
    state = models.CharField("进展", max_length=10, choices=UnitRosterState, default=UnitRosterState.OWED)
    roster_import = models.ForeignKey(
        "cadres.RosterImport",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="unit_rosters",
        verbose_name="报来的名册",
    )
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报送人"
    )
    handed_in_at = models.DateTimeField("报送时间", null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="退回人"
    )
    returned_at = models.DateTimeField("退回时间", null=True, blank=True)
    returned_words = models.CharField("退回意见", max_length=300, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核准人"
    )
    approved_at = models.DateTimeField("核准时间", null=True, blank=True)
    approved_words = models.CharField("核准说明", max_length=300, blank=True)
    reminded_at = models.DateTimeField("最近催报时间", null=True, blank=True)

    objects = UnitRosterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位名册"
        ordering = ("collection_id", "organization_id")
        constraints = [
            models.UniqueConstraint(fields=["collection", "organization"], name="unit_roster_once"),
            models.CheckConstraint(
                condition=models.Q(state="owed") | models.Q(roster_import__isnull=False), name="unit_roster_has_import"
            ),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="unit_roster_state")]

    def __str__(self) -> str:
        return f"{self.organization}{self.collection.year}年度名册"

    @property
    def waited_for(self) -> bool:
        """The unit has to act: nothing handed in yet, or what was handed in came back."""
        return self.state in {UnitRosterState.OWED, UnitRosterState.RETURNED}

    @property
    def days_late(self) -> int:
        """Days past the deadline while the unit is waited for; 0 in time, and once the collection is closed."""
        if not self.waited_for or self.collection.closed_at is not None:
            return 0
        return max((timezone.localdate() - self.collection.due_on).days, 0)

    @property
    def roster_day(self) -> datetime.date:
        """The day the roster handed in tells of: of its import, which by default is the collection's."""
        return self.roster_import.as_of if self.roster_import else self.collection.as_of


class HandInEnd(models.TextChoices):
    REPLACED = "replaced", "换了新的"
    WITHDRAWN = "withdrawn", "自己撤回"
    RETURNED = "returned", "退回"


class RosterHandIn(models.Model):
    """One attempt of a unit: who handed in which workbook when, and how it ended; open while it is the last one."""

    unit_roster = models.ForeignKey(UnitRoster, models.CASCADE, related_name="hand_ins", verbose_name="单位名册")
    roster_import = models.ForeignKey(
        "cadres.RosterImport", models.PROTECT, related_name="hand_ins", verbose_name="报来的名册"
    )
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="报送人"
    )
    handed_in_at = models.DateTimeField("报送时间")
    end = models.CharField("结果", max_length=10, choices=HandInEnd, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)
    words = models.CharField("退回意见", max_length=300, blank=True)

    objects = RosterHandInQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报送记录"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.unit_roster} {self.handed_in_at:%Y-%m-%d}"
