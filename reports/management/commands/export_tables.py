"""Write the yearly tables to files."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from common.commands import SongheCommand
from reports.declarations import TABLES
from reports.downloads import plain_file
from reports.engine.compute import compute
from reports.management.arguments import add_arguments, asked_for
from reports.official import workbook_bytes


class Command(SongheCommand):
    help = "导出年度统计表：xlsx 为一个工作簿（目录加每表一页），json、csv 每表一个文件"

    def add_arguments(self, parser):
        add_arguments(parser)
        parser.add_argument("--format", choices=("xlsx", "json", "csv"), default="xlsx", dest="fmt")
        parser.add_argument("--output", type=Path, required=True, help="放文件的文件夹")
        parser.add_argument("--table", action="append", choices=list(TABLES), help="只要这几张表，可重复")

    def handle(self, **options):
        asked = asked_for(options)
        chosen = [TABLES[name] for name in options["table"] or TABLES]
        results = list(compute(asked, chosen, TABLES).values())
        folder: Path = options["output"]
        folder.mkdir(parents=True, exist_ok=True)
        fmt = options["fmt"]
        written: list[Path] = []
        if fmt == "xlsx":
            written.append(folder / f"年度统计表-{asked.day:%Y-%m-%d}.xlsx")
            written[-1].write_bytes(workbook_bytes(results, made_at=timezone.localtime()))
        for result in results if fmt != "xlsx" else ():
            path = folder / f"{result.table.id}.{fmt}"
            path.write_bytes(plain_file(result, fmt))
            written.append(path)
        for path in written:
            self.stdout.write(str(path))
        for result in results:
            for check in result.checks:
                if not check.ok:
                    self.stderr.write(
                        f"{result.table.number}　{check.name}：{check.left_label} {check.left}，"
                        f"{check.right_label} {check.right}"
                    )
