"""What a committed import did to the people already on record: enough to take it back exactly."""

from __future__ import annotations

from django.db import models

from cadres.querysets import RosterFileQuerySet


class RosterEffect(models.Model):
    """One person on record whom an import changed. New people need no row: `RosterImport.created_ids` tells them.

    ``sealed_before`` holds what the write replaced or added (cadres.roster_import.effects), ``after_digest`` how the
    person stood right after it, so that whatever was edited since is found. Never read back to anybody.
    """

    roster_import = models.ForeignKey(
        "cadres.RosterImport", models.CASCADE, db_index=False, related_name="effects", verbose_name="导入"
    )
    cadre = models.ForeignKey("cadres.Cadre", models.CASCADE, related_name="+", verbose_name="老干部")
    version_before = models.PositiveIntegerField("入库前的版本")
    version_after = models.PositiveIntegerField("入库后的版本")
    after_digest = models.CharField("入库后的摘要", max_length=64)
    sealed_before = models.TextField("入库前的内容")
    #: the version that taking it back gave the person
    undone_version = models.PositiveIntegerField("撤销后的版本", null=True, blank=True)

    objects = RosterFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名册改动"
        constraints = [models.UniqueConstraint(fields=["roster_import", "cadre"], name="roster_effect_once")]
