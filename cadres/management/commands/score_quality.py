"""Score the data quality of every unit now, as the nightly job does."""

from __future__ import annotations

from typing import Any

from cadres.actions import compute_scores
from common.commands import SongheCommand


class Command(SongheCommand):
    help = "给每个单位的数据质量打分，和每天夜里自动做的一样"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{compute_scores()} 个单位已打分")
