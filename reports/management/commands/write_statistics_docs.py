"""Write docs/statistics.md anew from the declarations."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand

from reports.handbook import text


class Command(BaseCommand):
    help = "按声明重写 docs/statistics.md"

    def handle(self, **options):
        path = settings.BASE_DIR / "docs" / "statistics.md"
        path.write_text(text(), encoding="utf-8")
        self.stdout.write("docs/statistics.md")
