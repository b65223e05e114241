"""Two files that may be one person's, and the merges of those that were."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cadres.querysets import CadreMergeQuerySet, DuplicatePairQuerySet
from common.fields import EncryptedField


class Reason(models.TextChoices):
    """Why two files may be one person's; the last one speaks against it."""

    ID_SAME = "id_same", "身份证号相同"
    ID_15_18 = "id_15_18", "15 位与 18 位是同一个身份证号"
    ID_CLOSE = "id_close", "身份证号只差一位，或相邻两位颠倒"
    NAME_BIRTH = "name_birth", "姓名、出生日期相同"
    NAME_MONTH = "name_month", "姓名、出生年月相同（日子不全）"
    PINYIN = "pinyin", "姓名同音，出生年月、单位相同"
    ID_DIFFERS = "id_differs", "但两个身份证号不同"


#: How much each reason weighs; a pair's weight is their sum, at most 100.
WEIGHTS: dict[str, int] = {
    Reason.ID_SAME: 100,
    Reason.ID_15_18: 100,
    Reason.ID_CLOSE: 80,
    Reason.NAME_BIRTH: 60,
    Reason.NAME_MONTH: 40,
    Reason.PINYIN: 40,
    Reason.ID_DIFFERS: -30,
}


class PairState(models.TextChoices):
    OPEN = "open", "等着核对"
    DIFFERENT = "different", "不是同一人"


class DuplicatePair(models.Model):
    """Two files, the one opened earlier first. A merged pair is no longer one: `CadreMerge` tells of it.

    ``reasons`` is {code of `Reason`: weight}.
    """

    low = models.ForeignKey("cadres.Cadre", models.CASCADE, db_index=False, related_name="+", verbose_name="先建的档案")
    high = models.ForeignKey("cadres.Cadre", models.CASCADE, related_name="+", verbose_name="后建的档案")
    reasons = models.JSONField("理由", default=dict)
    weight = models.SmallIntegerField("把握", default=0)
    state = models.CharField("核对情况", max_length=10, choices=PairState, default=PairState.OPEN)
    found_at = models.DateTimeField("查出时间", auto_now_add=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核对人"
    )
    settled_at = models.DateTimeField("核对时间", null=True, blank=True)
    words = models.CharField("核对说明", max_length=200, blank=True)

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复"
        ordering = ("-weight", "pk")
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="pair_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="pair_low_before_high"),
        ]
        indexes = [models.Index(fields=["state", "-weight", "id"], name="pair_queue")]

    def __str__(self) -> str:
        return f"{self.low} 与 {self.high}"

    @property
    def reason_words(self) -> list[str]:
        known = dict(Reason.choices)
        return [str(known[code]) for code in known if code in self.reasons]


class CadreMerge(models.Model):
    """One file took in another. ``absorbed_pk`` is the key of the file that is gone; ``snapshot`` brings it back.

    The organizations of the absorbed file say who may see the merge beside the kept file. ``pair_pk`` is the key of
    the pair that was compared. An undone merge keeps who did what, and no snapshot.
    """

    kept = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="merges", verbose_name="保留的档案")
    absorbed_pk = models.PositiveBigIntegerField("并入档案的编号", db_index=True)
    absorbed_name = models.CharField("并入的姓名", max_length=60)
    absorbed_unit: Any = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name="并入档案的单位"
    )
    absorbed_community: Any = models.ForeignKey(
        "accounts.Organization", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="并入档案的社区"
    )
    absorbed_managing_unit: Any = models.ForeignKey(
        "accounts.Organization", models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name="并入档案的现管单位",
    )  # fmt: skip
    pair_pk = models.PositiveBigIntegerField("疑似重复的编号", null=True, blank=True, db_index=True)
    reason = EncryptedField("合并原因", blank=True)
    snapshot = EncryptedField("合并前原样", blank=True)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="合并人"
    )
    merged_at = models.DateTimeField("合并时间", auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = CadreMergeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "档案合并"
        ordering = ("-merged_at", "-pk")

    def __str__(self) -> str:
        return f"{self.absorbed_name}并入{self.kept}"

    @property
    def dropped(self) -> dict[str, int]:
        """{what: how many} of the absorbed file's rows that may stand only once and gave way to the kept file's."""
        return json.loads(self.snapshot)["dropped"] if self.snapshot else {}
