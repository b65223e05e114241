"""What a sealed year keeps: the people and events as they stood, and every table as it was reported.

The three row models have the columns that the engine's dimensions name (``cadre__birth``, ``unit__path``,
``district_id`` …), so that the engine counts and lists frozen rows as it does live ones. Nothing here points at a
living row: people may be removed, units renamed or moved.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.codes import Rank, Sex
from common.fields import PartialDateField
from reports.models.years import ReportingYear
from reports.querysets import SealedQuerySet, SealedTableQuerySet, SealingQuerySet


class Sealing(models.Model):
    """One sealing of a year (第1次封存 …). ``declarations``: the tables as they were declared, packed."""

    reporting_year = models.ForeignKey(
        ReportingYear, models.PROTECT, db_index=False, related_name="sealings", verbose_name="上报年度"
    )
    number = models.PositiveSmallIntegerField("第几次")
    as_of = models.DateField("截止日期")
    sealed_at = models.DateTimeField("封存时间")
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="封存人"
    )
    words = models.CharField("说明", max_length=500, blank=True)
    declarations = models.BinaryField("表样", default=bytes)
    people = models.PositiveIntegerField("人数", default=0)
    digest = models.CharField("指纹", max_length=64, blank=True)
    reopened_at = models.DateTimeField("解封时间", null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="解封人"
    )
    reopened_words = models.CharField("解封原因", max_length=500, blank=True)

    objects = SealingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "封存"
        ordering = ("reporting_year_id", "number")
        constraints = [
            models.UniqueConstraint(fields=["reporting_year", "number"], name="sealing_number_once"),
            models.UniqueConstraint(
                fields=["reporting_year"], condition=models.Q(reopened_at__isnull=True), name="one_sealing_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reporting_year.year}年度第{self.number}次封存"

    @property
    def in_force(self) -> bool:
        return self.reopened_at is None


class SealedOrganization(models.Model):
    """The tree of organizations as it stood."""

    sealing = models.ForeignKey(
        Sealing, models.CASCADE, db_index=False, related_name="organizations", verbose_name="封存"
    )
    organization_id = models.BigIntegerField("单位编号")
    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类别", max_length=20)
    level = models.CharField("隶属", max_length=10)
    code = models.CharField("单位代码", max_length=30)
    path = models.CharField("路径", max_length=300)
    district_id = models.BigIntegerField("所在区县", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "封存的单位"
        constraints = [models.UniqueConstraint(fields=["sealing", "organization_id"], name="sealed_organization_once")]
        indexes = [models.Index(fields=["sealing", "path"], name="sealed_organization_path")]

    def __str__(self) -> str:
        return self.name


class SealedPerson(models.Model):
    """What the lists show of a person and the tables count, as it stood. ``person_id``: the file's number."""

    sealing = models.ForeignKey(Sealing, models.CASCADE, db_index=False, related_name="+", verbose_name="封存")
    person_id = models.BigIntegerField("档案编号")
    name = models.CharField("姓名", max_length=60)
    sex = models.CharField("性别", max_length=1, choices=Sex, blank=True)
    ethnicity = models.CharField("民族", max_length=2, blank=True)
    birth = PartialDateField("出生年月", blank=True)
    education = models.CharField("文化程度", max_length=2, blank=True)
    period = models.CharField("参加革命工作时期", max_length=1, blank=True)
    post = models.CharField("原职务", max_length=100, blank=True)
    retired_on = PartialDateField("离退休时间", blank=True)
    rank = models.CharField("级别", max_length=3, choices=Rank, blank=True)
    unit = models.ForeignKey(
        SealedOrganization, models.CASCADE, db_index=False, null=True, related_name="+", verbose_name="单位"
    )
    managing_unit = models.ForeignKey(
        SealedOrganization, models.CASCADE, db_index=False, null=True, related_name="+", verbose_name="现管单位"
    )

    objects = SealedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "封存的人"
        constraints = [models.UniqueConstraint(fields=["sealing", "person_id"], name="sealed_person_once")]

    def __str__(self) -> str:
        return self.name


class _Facts(models.Model):
    """The counted facts of a frozen row."""

    sealing = models.ForeignKey(Sealing, models.CASCADE, db_index=False, related_name="+", verbose_name="封存")
    cadre = models.ForeignKey(SealedPerson, models.CASCADE, db_index=False, related_name="+", verbose_name="封存的人")
    unit = models.ForeignKey(SealedOrganization, models.CASCADE, db_index=False, related_name="+", verbose_name="单位")
    category = models.CharField("人员类别", max_length=10)
    nature = models.CharField("单位性质", max_length=10, blank=True)
    level = models.CharField("隶属", max_length=10, blank=True)
    district_id = models.BigIntegerField("所在区县", null=True)
    rank = models.CharField("级别", max_length=3, blank=True)

    class Meta:
        abstract = True


class SealedState(_Facts):
    """A counted state that was true at some time between the closing before and the cut-off."""

    political_status = models.CharField("政治面貌", max_length=2, blank=True)
    health = models.CharField("健康状况", max_length=1, blank=True)
    self_care = models.CharField("自理能力", max_length=1, blank=True)
    living = models.CharField("居住状态", max_length=1, blank=True)
    relocated = models.BooleanField("易地安置")
    valid_from = models.DateField("起")
    valid_to = models.DateField("止")

    objects = SealedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "封存的状态"
        indexes = [models.Index(fields=["sealing", "unit", "valid_to"], name="sealed_state_unit")]


class SealedEvent(_Facts):
    """One of the year's events, as it was counted."""

    kind = models.CharField("事项", max_length=10)
    on = models.DateField("日期")

    objects = SealedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "封存的增减变动"
        indexes = [models.Index(fields=["sealing", "unit", "on"], name="sealed_event_unit")]


class SealedTable(models.Model):
    """One organization's table as it was sealed: its packed figures, checks and explanations, and their digest."""

    sealing = models.ForeignKey(Sealing, models.CASCADE, db_index=False, related_name="tables", verbose_name="封存")
    organization_id = models.BigIntegerField("单位编号")
    table_id = models.CharField("表", max_length=10)
    payload = models.BinaryField("内容")
    sha256 = models.CharField("指纹", max_length=64)

    objects = SealedTableQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "封存的表"
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["sealing", "organization_id", "table_id"], name="sealed_table_once")
        ]


class SealedWorkbook(models.Model):
    """The official workbook of the city or a district, kept as bytes, whatever writes workbooks later."""

    sealing = models.ForeignKey(Sealing, models.CASCADE, db_index=False, related_name="workbooks", verbose_name="封存")
    organization_id = models.BigIntegerField("单位编号")
    content = models.BinaryField("内容")
    sha256 = models.CharField("指纹", max_length=64)

    objects = SealedTableQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "封存的官方表"
        constraints = [models.UniqueConstraint(fields=["sealing", "organization_id"], name="sealed_workbook_once")]
