"""Write the figures that the documents print as one flat JSON object."""

from __future__ import annotations

import json
from pathlib import Path

from common.commands import SongheCommand
from reports.figures import figures
from reports.management.arguments import add_arguments, asked_for


class Command(SongheCommand):
    help = "导出基本情况用的数字（一个 JSON 对象）"

    def add_arguments(self, parser):
        add_arguments(parser)
        parser.add_argument("--output", type=Path, required=True, help="JSON 文件")

    def handle(self, **options):
        found = figures(asked_for(options))
        path: Path = options["output"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        self.stdout.write(f"{len(found)} 个数字：{path}")
