"""Print what falls due: birthdays of people on the roll, festivals, and yearly verifications."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from common.commands import SongheCommand
from visits.due import ONE_DAY
from visits.querysets import all_due_birthdays, due_festivals, due_verifications
from visits.sending import birthday_days, festival_days, verification_days

MAX_DAYS = 366


class Command(SongheCommand):
    help = "列出从某一天起（含当天和第 N 天）到期的生日、节日和生存状况核实"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=datetime.date.fromisoformat, default=None, help="从哪一天起，默认今天")
        parser.add_argument("--days", type=int, default=None, help="往后看几天；默认生日 7 天、节日 14 天、核实 30 天")
        parser.add_argument("--format", choices=("json", "text"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        start = options["on"] or timezone.localdate()
        days = options["days"]
        if days is not None and not 0 <= days <= MAX_DAYS:
            raise CommandError(f"--days 请填 0 到 {MAX_DAYS}")
        rows = self._rows(start, days)
        if options["format"] == "json":
            separator = "[\n"
            for row in rows:
                self.stdout.write(separator + json.dumps(row, ensure_ascii=False), ending="")
                separator = ",\n"
            self.stdout.write("[]" if separator == "[\n" else "\n]")
            return
        for row in rows:
            self.stdout.write(f"{row['date']} {row['name']} {row['organization']}".rstrip())

    def _rows(self, start: datetime.date, days: int | None) -> Iterator[dict[str, Any]]:
        for festival in due_festivals(start, start + (festival_days() if days is None else days) * ONE_DAY):
            yield {
                "kind": "festival",
                "date": festival.date.isoformat(),
                "name": festival.name,
                "organization": "",
                "person": None,
            }
        for due in all_due_birthdays(start, start + (birthday_days() if days is None else days) * ONE_DAY):
            yield {
                "kind": "birthday",
                "date": due.on.isoformat(),
                "name": due.name,
                "organization": due.organization,
                "person": due.pk,
            }
        for owed in due_verifications(start, start + (verification_days() if days is None else days) * ONE_DAY):
            yield {
                "kind": "verification",
                "date": owed.on.isoformat(),
                "name": owed.name,
                "organization": owed.organization,
                "person": owed.pk,
            }
