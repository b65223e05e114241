"""生存状况核实: once a year somebody makes sure of those who live where the unit does not see them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cadres.querysets import LifeVerificationQuerySet
from common.fields import EncryptedField
from common.models import Versioned


class VerificationWay(models.TextChoices):
    VIDEO = "video", "视频"
    PHONE = "phone", "电话"
    VISIT = "visit", "走访"
    CERTIFICATE = "certificate", "证明材料"
    COMMUNITY = "community", "社区协查"


class VerificationResult(models.TextChoices):
    ALIVE = "alive", "健在"
    DECEASED = "deceased", "去世"
    LOST = "lost", "失联"


class LifeVerification(Versioned):
    """One person's verification of one year; a second look in the same year changes this row."""

    cadre = models.ForeignKey(
        "cadres.Cadre", models.CASCADE, db_index=False, related_name="verifications", verbose_name="老干部"
    )
    year = models.PositiveSmallIntegerField("年度")
    done_on = models.DateField("核实日期")
    way = models.CharField("方式", max_length=12, choices=VerificationWay)
    result = models.CharField("结果", max_length=10, choices=VerificationResult, default=VerificationResult.ALIVE)
    note = EncryptedField("说明", blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="核实人")

    objects = LifeVerificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "生存状况核实"
        ordering = ("-year", "-pk")
        constraints = [models.UniqueConstraint(fields=["cadre", "year"], name="verified_once_a_year")]
        indexes = [models.Index(fields=["year", "result"], name="verification_year")]

    def __str__(self) -> str:
        return f"{self.year}年{self.get_result_display()}"
