"""The countable facts of a person, shared by the person (as of today) and the dated state rows (as of any date)."""

from __future__ import annotations

from django.db import models

from common.codes import Category, Health, Level, Living, Nature, PoliticalStatus, Rank, SelfCare


class CountedFacts(models.Model):
    category = models.CharField("人员类别", max_length=10, choices=Category)
    # Whoever pays the pension counts the person (domain.md §5). The concrete tables index it together with others.
    unit = models.ForeignKey(
        "accounts.Organization", models.PROTECT, db_index=False, related_name="+", verbose_name="单位"
    )
    nature = models.CharField("单位性质", max_length=10, choices=Nature, blank=True)
    level = models.CharField("隶属", max_length=10, choices=Level, blank=True)
    district = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="所在区县",
    )
    rank = models.CharField("级别", max_length=3, choices=Rank, blank=True)
    political_status = models.CharField("政治面貌", max_length=2, choices=PoliticalStatus, blank=True)
    health = models.CharField("健康状况", max_length=1, choices=Health, blank=True)
    self_care = models.CharField("自理能力", max_length=1, choices=SelfCare, blank=True)
    living = models.CharField("居住状态", max_length=1, choices=Living, blank=True)
    relocated = models.BooleanField("易地安置", default=False)
    counted = models.BooleanField("计入统计", default=True)

    class Meta:
        abstract = True


#: The names above: a change of any of them is a change of state.
COUNTED_FIELDS = (
    "category",
    "unit",
    "nature",
    "level",
    "district",
    "rank",
    "political_status",
    "health",
    "self_care",
    "living",
    "relocated",
    "counted",
)
COUNTED_COLUMNS = tuple(f"{name}_id" if name in {"unit", "district"} else name for name in COUNTED_FIELDS)
