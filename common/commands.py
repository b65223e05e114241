"""Base of our management commands."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


class SongheCommand(BaseCommand):
    """Outside production an empty database gets its tables first, so that every command works after `make setup`.

    In production, and for a database that already has tables, migrating stays the operator's own step.
    """

    def execute(self, *args: Any, **options: Any) -> str | None:
        if not settings.PRODUCTION and not MigrationRecorder(connection).has_table():
            call_command("migrate", verbosity=0, interactive=False)
        return super().execute(*args, **options)
