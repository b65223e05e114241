"""Visits, their photos, notices to their readers, and the days on which notices were sent."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.fields import EncryptedField
from common.models import Versioned
from visits.codes import MANNER_PHRASES, Channel, Manner, NoticeKind, Occasion
from visits.querysets import NoticeQuerySet, VisitPhotoQuerySet, VisitQuerySet
from visits.rules import WITHDRAW_WITHIN, visit_problems


class Visit(Versioned):
    """Somebody went to see a person, or called. Withdrawn visits stay, marked with who, when and why.

    ``words`` often speak of health, so they are sealed in the database.
    """

    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="visits", verbose_name="看望谁")
    visited_on = models.DateField("日期")
    occasion = models.CharField("缘由", max_length=20, choices=Occasion)
    manner = models.CharField("方式", max_length=20, choices=Manner)
    visitors = models.CharField("谁去的", max_length=200, blank=True)
    gift_money = models.DecimalField("慰问金（元）", max_digits=9, decimal_places=2, null=True, blank=True)
    gift_reason = models.CharField("超标准原因", max_length=200, blank=True)
    gifts = models.CharField("慰问品", max_length=200, blank=True)
    words = EncryptedField("说几句", blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人"
    )
    removed_at = models.DateTimeField("撤回时间", null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    removed_reason = models.CharField("撤回原因", max_length=200, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访"
        ordering = ("-visited_on", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(gift_money__isnull=True) | Q(gift_money__gte=0), name="visit_money_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["cadre", "-visited_on"], name="visit_cadre"),
            models.Index(fields=["-visited_on", "-id"], name="visit_day"),
            models.Index(fields=["occasion", "-visited_on"], name="visit_occasion"),
            models.Index(fields=["recorded_by", "-created_at"], name="visit_recorder"),
        ]

    def __str__(self) -> str:
        return f"{self.visited_on:%Y-%m-%d} {self.get_occasion_display()}"

    def clean(self) -> None:
        problems = visit_problems(
            visited_on=self.visited_on,
            occasion=self.occasion,
            gift_money=self.gift_money,
            gift_reason=self.gift_reason,
            died_on=self.cadre.died_on if self.cadre_id else None,
            today=timezone.localdate(),
        )
        if problems:
            raise ValidationError(problems)

    @property
    def headline(self) -> str:
        """到医院看望韩松年, without the day."""
        return f"{MANNER_PHRASES[Manner(self.manner)]}{self.cadre.name}"

    @property
    def removed(self) -> bool:
        return self.removed_at is not None

    @property
    def withdraw_until(self) -> datetime.datetime:
        """Until then the recorder may take it back without a reason."""
        return self.created_at + WITHDRAW_WITHIN


class VisitPhoto(models.Model):
    """A photo of a visit: re-encoded without the camera's data, sealed on disk, sent through a scoped view only."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="photos", verbose_name="走访")
    file = models.FileField("照片", upload_to="visits/%Y/%m")
    width = models.PositiveIntegerField("宽")
    height = models.PositiveIntegerField("高")
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = VisitPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "走访照片"
        ordering = ("pk",)


class Notice(models.Model):
    """One thing due, told to one reader once: unique by kind, person (or festival, or roster), day, channel, reader.

    ``words`` hold no identity number and no illness.
    """

    #: A reminder is no record of the person: it does not keep an imported person from being taken back.
    goes_with_person = True

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name="接收人")
    kind = models.CharField("种类", max_length=12, choices=NoticeKind)
    channel = models.CharField("渠道", max_length=10, choices=Channel, default=Channel.INBOX)
    cadre = models.ForeignKey(
        "cadres.Cadre", models.CASCADE, null=True, blank=True, related_name="+", verbose_name="老干部"
    )
    # A festival, or of a report's reminder the key of the report.
    festival = models.CharField("节日", max_length=20, blank=True)
    unit_roster = models.ForeignKey(
        "cadres.UnitRoster", models.CASCADE, null=True, blank=True, related_name="+", verbose_name="单位名册"
    )
    due_on = models.DateField("日期")
    words = models.CharField("内容", max_length=200)
    milestone = models.BooleanField("大寿", default=False)
    created_at = models.DateTimeField("发出时间", auto_now_add=True)
    read_at = models.DateTimeField("看过时间", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        ordering = ("due_on", "pk")
        constraints = [
            # Two constraints, because a null person would let a festival in twice.
            models.UniqueConstraint(
                fields=["cadre", "kind", "due_on", "reader", "channel"],
                condition=Q(cadre__isnull=False),
                name="notice_once_a_person",
            ),
            models.UniqueConstraint(
                fields=["festival", "kind", "due_on", "reader", "channel"],
                condition=Q(cadre__isnull=True, unit_roster__isnull=True),
                name="notice_once_a_festival",
            ),
            models.UniqueConstraint(
                fields=["unit_roster", "kind", "due_on", "reader", "channel"],
                condition=Q(unit_roster__isnull=False),
                name="notice_once_a_roster",
            ),
            models.CheckConstraint(
                condition=Q(cadre__isnull=False, festival="", unit_roster__isnull=True)
                | Q(cadre__isnull=True, unit_roster__isnull=True) & ~Q(festival="")
                | Q(cadre__isnull=True, festival="", unit_roster__isnull=False),
                name="notice_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["reader"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["reader", "-due_on"], name="notice_reader"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def title(self) -> str:
        """Whom, whose roster or which festival it tells of."""
        if self.kind == NoticeKind.REPORT:
            return "统计表上报"
        if self.unit_roster is not None:
            return self.unit_roster.organization.name
        return self.cadre.name if self.cadre else str(dict(Occasion.choices).get(self.festival, ""))

    @property
    def detail(self) -> str:
        """The words without the name that stands above them."""
        return self.words.removeprefix(self.title)


class NoticeRun(models.Model):
    """A day's sending of notices: claimed by a conditional UPDATE, finished once."""

    day = models.DateField("日期", unique=True)
    claimed_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    covers_from = models.DateField("所查起", null=True, blank=True)
    created = models.PositiveIntegerField("新提醒", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "提醒批次"
        ordering = ("-day",)
