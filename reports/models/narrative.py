"""How staff have worded the yearly narrative."""

from __future__ import annotations

from django.db import models

from common.models import Versioned
from reports.querysets import NarrativeWordingQuerySet


class NarrativeWording(Versioned):
    """A sentence of the narrative in the bureau's own words: a shipped one worded otherwise, or one of its own."""

    key = models.CharField("编号", max_length=40, unique=True)
    section = models.CharField("部分", max_length=20)
    text = models.TextField("措辞", max_length=600)
    used = models.BooleanField("用这一句", default=True)
    own = models.BooleanField("自己加的", default=False)

    objects = NarrativeWordingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "基本情况措辞"
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text[:30]
