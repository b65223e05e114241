"""The files a reader takes away: one table as a sheet, CSV or JSON; several as one workbook or one zip of such files."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from common.exports import write_csv
from reports.engine.compute import Result
from reports.files import as_data, as_rows
from reports.official import workbook_bytes

KINDS = ("xlsx", "csv", "json")


@dataclass(frozen=True)
class Download:
    """``ending``: what the file name ends on; ``zip`` where several CSV or JSON files travel together."""

    content: bytes
    name: str
    ending: str


def plain_file(result: Result, kind: str) -> bytes:
    """One table as CSV (UTF-8 with a byte order mark) or JSON."""
    if kind == "csv":
        return write_csv(as_rows(result))
    return (json.dumps(as_data(result), ensure_ascii=False, indent=1) + "\n").encode()


def download(results: Sequence[Result], kind: str, *, made_at: datetime.datetime) -> Download:
    """The tables as ``kind`` (one of KINDS)."""
    day = f"{results[0].asked.day:%Y%m%d}"
    name = f"{_title(results[0])}-{day}" if len(results) == 1 else f"年度统计表-{day}"
    if kind == "xlsx":
        return Download(workbook_bytes(results, made_at=made_at), name, kind)
    if len(results) == 1:
        return Download(plain_file(results[0], kind), name, kind)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as parcel:
        for result in results:
            entry = zipfile.ZipInfo(f"{_title(result)}.{kind}", made_at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            parcel.writestr(entry, plain_file(result, kind))
    return Download(target.getvalue(), f"{name}-{kind.upper()}", "zip")


def _title(result: Result) -> str:
    return f"{result.table.number}-{result.table.title}"
