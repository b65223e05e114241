"""Write the narrative of a year as Word."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from common.commands import SongheCommand
from reports.management.arguments import add_arguments, asked_for
from reports.narrative.compose import compose
from reports.narrative.word import word_bytes


class Command(SongheCommand):
    help = "把年度基本情况写成 Word；没有数字的句子不写，逐句列出"

    def add_arguments(self, parser):
        add_arguments(parser)
        parser.add_argument("--output", type=Path, required=True, help="Word 文件，如 基本情况.docx")

    def handle(self, **options):
        told = compose(asked_for(options))
        path: Path = options["output"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(word_bytes(told, timezone.localtime()))
        self.stdout.write(str(path))
        for item in told.left_out:
            self.stderr.write(f"没有写：{item.sentence.text}（缺 {'、'.join(item.names)}）")
