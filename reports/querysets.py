"""Reads of what the yearly reporting keeps."""

from __future__ import annotations

from typing import Any

from django.db import models

from common.scope import scope_of


class NarrativeWordingQuerySet(models.QuerySet):
    """The wording is the city's: only who holds the right there changes it."""

    def visible_to(self, user: Any, right: str = "narrative.change") -> NarrativeWordingQuerySet:
        return self.all() if scope_of(user, right).everything else self.none()
