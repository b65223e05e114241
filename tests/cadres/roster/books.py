"""Workbooks built by the tests: invented people, odd layouts."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import openpyxl

from common.idcard import check_digit

TODAY = date(2026, 1, 5)


def number_of(birth: str = "19320506", order: int = 11) -> str:
    """A valid number of an invented person; ``birth`` is yyyymmdd, an odd ``order`` a man."""
    first17 = f"990104{birth}{order:03d}"
    return first17 + check_digit(first17)


def book_of(*sheets: tuple[str, Sequence[Sequence[Any]]], merges: Sequence[str] = (), hidden: str = "") -> bytes:
    """An .xlsx; merges are for the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
        page.sheet_state = "hidden" if name == hidden else "visible"
    for merge in merges:
        book.worksheets[0].merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def edit_part(data: bytes, part: str, change: Callable[[bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """The same workbook with one part of the zip changed, and parts added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item.filename, change(content) if item.filename == part else content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


HEADERS = (
    "序号",
    "姓名",
    "性别",
    "出生年月",
    "身份证号",
    "参加工作时间",
    "离退休时间",
    "人员类别",
    "单位名称",
)


def person(**changes: Any) -> list[Any]:
    """A good row for ``HEADERS``."""
    row = {
        "序号": 1,
        "姓名": "马骏",
        "性别": "男",
        "出生年月": "1932.05",
        "身份证号": number_of(),
        "参加工作时间": "1948.09",
        "离退休时间": "1992.06",
        "人员类别": "离休",
        "单位名称": "区防疫站",
    }
    return list((row | changes).values())


def part_of(data: bytes, part: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(part)
