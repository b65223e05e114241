"""A year on its way up: units hand their tables to the district, districts to the city (逐级上报)."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.models import Versioned
from reports.querysets import AssessmentRuleQuerySet, ReportingYearQuerySet, SubmissionQuerySet


class YearState(models.TextChoices):
    OPEN = "open", "填报中"
    SEALED = "sealed", "已封存"


class ReportingYear(Versioned):
    """One year's report as of ``as_of``. A year that was reopened is open again; its earlier sealings stay."""

    year = models.PositiveSmallIntegerField("年度", unique=True)
    as_of = models.DateField("截止日期", unique=True)
    unit_due = models.DateField("单位报送期限")
    district_due = models.DateField("区县报送期限")
    words = models.TextField("填报要求", blank=True)
    state = models.CharField("状态", max_length=10, choices=YearState, default=YearState.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="布置人"
    )

    objects = ReportingYearQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上报年度"
        ordering = ("-year",)
        constraints = [
            models.CheckConstraint(condition=Q(unit_due__lte=F("district_due")), name="reporting_year_dues_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.year}年度"

    @property
    def sealed(self) -> bool:
        return self.state == YearState.SEALED


class SubmissionLevel(models.TextChoices):
    UNIT = "unit", "单位"
    DISTRICT = "district", "区县"
    CITY = "city", "全市"


class SubmissionState(models.TextChoices):
    DRAFT = "draft", "填报中"
    SUBMITTED = "submitted", "已上报"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "审核通过"
    SEALED = "sealed", "已封存"


class Submission(Versioned):
    """One organization's report of one year. ``reviewer``: who looks at it, the district's or the city's bureau.

    ``points`` are counted live until the year is sealed, and kept then.
    """

    reporting_year = models.ForeignKey(
        ReportingYear, models.CASCADE, db_index=False, related_name="submissions", verbose_name="上报年度"
    )
    organization = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name="单位")
    reviewer = models.ForeignKey(
        "accounts.Organization", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核单位"
    )
    level = models.CharField("层级", max_length=10, choices=SubmissionLevel)
    state = models.CharField("进展", max_length=10, choices=SubmissionState, default=SubmissionState.DRAFT)
    first_submitted_at = models.DateTimeField("首次上报时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上报人"
    )
    submitted_at = models.DateTimeField("上报时间", null=True, blank=True)
    times_returned = models.PositiveSmallIntegerField("退回次数", default=0)
    returned_words = models.CharField("退回意见", max_length=300, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    approved_at = models.DateTimeField("审核时间", null=True, blank=True)
    reminded_at = models.DateTimeField("最近催办时间", null=True, blank=True)
    points = models.DecimalField("考核得分", max_digits=6, decimal_places=1, null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上报"
        ordering = ("organization__path",)
        constraints = [
            models.UniqueConstraint(fields=["reporting_year", "organization"], name="submission_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "returned"]) | Q(submitted_at__isnull=False) | Q(state="sealed"),
                name="submission_has_time",
            ),
        ]
        indexes = [models.Index(fields=["reporting_year", "level", "state"], name="submission_state")]

    def __str__(self) -> str:
        return f"{self.organization}{self.reporting_year.year}年度上报"

    @property
    def submitted_text(self) -> str:
        return _moment(self.submitted_at)

    @property
    def approved_text(self) -> str:
        return _moment(self.approved_at)


def _moment(value: datetime.datetime | None) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


class SubmissionEvent(models.Model):
    """One step of a submission, with the words that went with it. Never changed."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="events", verbose_name="上报")
    action = models.CharField("步骤", max_length=20)
    from_state = models.CharField("原进展", max_length=10, choices=SubmissionState)
    to_state = models.CharField("新进展", max_length=10, choices=SubmissionState)
    words = models.CharField("说明", max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="办理人")
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "上报过程"
        ordering = ("at", "pk")


class CheckExplanation(models.Model):
    """Why a check does not hold. It speaks of the two sums that stood there; other sums need other words."""

    submission = models.ForeignKey(
        Submission, models.CASCADE, db_index=False, related_name="explanations", verbose_name="上报"
    )
    table_id = models.CharField("表", max_length=10)
    check_name = models.CharField("校核", max_length=100)
    left = models.BigIntegerField("一头")
    right = models.BigIntegerField("另一头")
    words = models.CharField("说明", max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="说明人")
    at = models.DateTimeField("时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "校核说明"
        ordering = ("table_id", "check_name")
        constraints = [
            models.UniqueConstraint(fields=["submission", "table_id", "check_name"], name="explanation_once_a_check")
        ]


class AssessmentRule(models.Model):
    """One line of the 考核: so many points for so much of a measure (`reports.assessment.MEASURES`).

    ``points`` for each time the measure counts (minus takes away), no more than ``limit`` altogether (None: no limit).
    """

    code = models.SlugField("代号", max_length=30, unique=True)
    name = models.CharField("名称", max_length=60)
    measure = models.CharField("算什么", max_length=20)
    points = models.DecimalField("每次分值", max_digits=5, decimal_places=1)
    limit = models.DecimalField("最多加减", max_digits=5, decimal_places=1, null=True, blank=True)
    active = models.BooleanField("在用", default=True)

    objects = AssessmentRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考核办法"
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name
