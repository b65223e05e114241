"""Import roster workbooks from the command line: dry run by default, the good rows with --commit."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from cadres.actions.roster import import_files
from cadres.roster.guards import UploadRefused
from cadres.roster_import.report import summary
from cadres.roster_import.sources import files_of
from common.commands import SongheCommand


class Command(SongheCommand):
    help = "导入离退休干部名册；不加 --commit 只预演，什么也不改"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="名册文件、装着名册的文件夹，或 zip 压缩包")
        parser.add_argument("--year", type=int, required=True, help="年度")
        parser.add_argument("--as-of", type=datetime.date.fromisoformat, metavar="DATE", help="截至日期，默认年末")
        parser.add_argument("--create-organizations", action="store_true", help="照“隶属”和“单位”两列建立区县和单位")
        parser.add_argument("--commit", action="store_true", help="入库没有问题的行")
        parser.add_argument("--report", metavar="FILE", help="把结果写成 JSON 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = files_of(options["paths"])
            if not files:
                raise CommandError("没有找到表格文件（.xlsx、.xls、.et、.ods）")
            report, plan = import_files(
                files=files,
                year=options["year"],
                as_of=options["as_of"],
                create_organizations=options["create_organizations"],
                commit=options["commit"],
            )
        except FileNotFoundError as missing:
            raise CommandError(f"没有这个文件或文件夹：{missing}") from missing
        except UploadRefused as refused:
            raise CommandError(f"{refused.message}。{refused.hint}") from refused
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from error
        self.stdout.write(summary(report, organizations=len(plan.directory.new)))
        if options["report"]:
            text = json.dumps(report, ensure_ascii=False, indent=1)
            Path(options["report"]).write_text(text + "\n", encoding="utf-8")
