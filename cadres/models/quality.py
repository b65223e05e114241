"""Data quality: what a rule weighs, and the scores of each unit as they were computed."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from cadres.querysets.quality import QualityRuleQuerySet, QualityScoreQuerySet
from common.models import Versioned


class QualityRule(Versioned):
    """What somebody decided about a rule of `cadres.quality.rules`; a rule without a row stands as the code has it."""

    code = models.CharField("规则", max_length=30, unique=True)
    weight = models.PositiveSmallIntegerField("分量", validators=[MinValueValidator(1), MaxValueValidator(5)])
    active = models.BooleanField("在用", default=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="修改人"
    )

    objects = QualityRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "数据质量规则"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class QualityScore(models.Model):
    """One organization with everything below it, as computed on a day.

    A community's people are those who live there; everybody else's are those whom the organization or one below it
    pays. ``counts``: rule -> [people found, people asked], the rules in use alone. ``lost`` and ``possible`` are the
    sums of weight × people; ``score`` = 100 × (1 − lost/possible). Who has nobody on the roll has no row.
    """

    organization = models.ForeignKey("accounts.Organization", models.CASCADE, related_name="+", verbose_name="单位")
    day = models.DateField("日期")
    # The newest row of the organization: lists need no search for it.
    current = models.BooleanField("最新", default=True)
    people = models.PositiveIntegerField("在册人数")
    findings = models.PositiveIntegerField("问题数")
    critical = models.PositiveIntegerField("要紧的问题数")
    lost = models.PositiveIntegerField("扣掉的分量")
    possible = models.PositiveIntegerField("全部分量")
    score = models.DecimalField("得分", max_digits=4, decimal_places=1)
    counts = models.JSONField("各规则人数", default=dict)
    computed_at = models.DateTimeField("计算时间")

    objects = QualityScoreQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "数据质量得分"
        ordering = ("-day",)
        constraints = [
            models.UniqueConstraint(fields=["organization", "day"], name="quality_score_once_a_day"),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(current=True), name="quality_score_one_current"
            ),
        ]
        indexes = [models.Index(fields=["current", "score"], name="quality_score_worst")]

    def __str__(self) -> str:
        return f"{self.organization}（{self.day}）"
