"""Put notices of coming birthdays and festivals into inboxes now."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.management.base import CommandParser

from common.commands import SongheCommand
from visits import sending


class Command(SongheCommand):
    help = "把近日的生日和节日提醒放进各人的收件箱；同一天再运行不会重复"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=datetime.date.fromisoformat, default=None, help="按哪一天算，默认今天")

    def handle(self, *args: Any, **options: Any) -> None:
        sent = sending.send_due_notices(on=options["on"])
        self.stdout.write(f"新提醒 {sent.created} 条" if sent.ran else "这一天的提醒已经发过，没有新的")
