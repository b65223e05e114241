"""The export frame. An export is an import-export Resource over an already narrowed queryset; the frame owns the
format, the file name, the safety of cells and the audit entry.
"""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from urllib.parse import quote

from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.utils import timezone

from common import audit
from common.excel import write_sheet

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}

#: What is made otherwise than from a list.
CONTENT_TYPES = {
    **FORMATS,
    "json": "application/json",
    "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

#: A cell beginning with one of these would run as a formula in a spreadsheet (OWASP), full-width forms included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_text(value: Any) -> str:
    """Text that no spreadsheet takes for a formula when it opens a CSV file."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def resource_rows(resource: Any, queryset: QuerySet) -> Iterator[list[Any]]:
    """Header row, then one row per record."""
    fields = resource.get_export_fields()
    yield [field.column_name for field in fields]
    for record in queryset.iterator(chunk_size=2000):
        yield [field.export(record) for field in fields]


def write_csv(rows: Iterable[Iterable[Any]]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel and WPS show Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([safe_text(value) for value in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def file_response(content: bytes | BinaryIO, *, name: str, fmt: str) -> HttpResponse | FileResponse:
    """A download with a Chinese file name; ``name`` holds no personal data."""
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    response = FileResponse(file, content_type=CONTENT_TYPES.get(fmt, "application/octet-stream"))
    response["Content-Disposition"] = (
        f"attachment; filename=\"export.{fmt}\"; filename*=UTF-8''{quote(f'{name}.{fmt}')}"
    )
    response["Cache-Control"] = "no-store"
    return response


def export_response(
    *, user: Any, resource: Any, queryset: QuerySet, fmt: str, name: str, action: str
) -> HttpResponse | FileResponse:
    """Write the file and its audit entry (action, format, number of rows) together; then send it."""
    content: BinaryIO
    with transaction.atomic():
        rows = resource_rows(resource, queryset)
        stamp = timezone.localtime().strftime("%Y%m%d-%H%M")
        if fmt == "csv":
            lines = list(rows)
            count, content = len(lines) - 1, io.BytesIO(write_csv(lines))
        else:
            content = tempfile.TemporaryFile()  # noqa: SIM115  (FileResponse closes it)
            count = write_sheet(content, title=name, rows=rows, made_at=datetime.datetime.now(tz=datetime.UTC))
        audit.record(actor=user, action=action, changes={"format": [None, fmt], "rows": [None, count]})
    return file_response(content, name=f"{name}-{stamp}", fmt=fmt)
