"""Words of rosters that no dictionary knows: kept as they were typed, queued until somebody says what they mean."""

from __future__ import annotations

from django.db import models

from cadres.querysets import ValueAliasQuerySet


class ValueAlias(models.Model):
    """In roster field ``field`` the word ``text`` means ``code``; blank code: it waits for an answer."""

    field = models.CharField("栏目", max_length=30)
    text = models.CharField("原文", max_length=100)
    code = models.CharField("认定为", max_length=20, blank=True)
    first_seen = models.DateTimeField("首次出现", auto_now_add=True)

    objects = ValueAliasQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "字典外的值"
        ordering = ("field", "text")
        constraints = [models.UniqueConstraint(fields=["field", "text"], name="alias_once")]

    def __str__(self) -> str:
        return f"{self.field}：{self.text}"


class OriginalText(models.Model):
    """What a roster said where the person's own field could not take it."""

    cadre = models.ForeignKey("cadres.Cadre", models.CASCADE, related_name="original_texts")
    field = models.CharField("栏目", max_length=30)
    text = models.CharField("原文", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "名册原文"
        constraints = [models.UniqueConstraint(fields=["cadre", "field"], name="original_text_once")]
        indexes = [models.Index(fields=["field", "text"], name="original_text")]
