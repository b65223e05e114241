"""The cells of a workbook, read by a limited process of its own.

Sheets come column by column: the distinct values and, for each row, which of them it holds. Parsing then
looks at every distinct value once.
"""

import contextlib
import marshal
import os
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from cadres.roster.guards import (
    MAX_COLUMNS,
    MAX_ROWS,
    UploadRefused,
    _damaged,
    _encrypted,
    check_outside,
    check_sheets,
)

MEMORY_MB: Final = 1024
CPU_SECONDS: Final = 30
WALL_SECONDS: Final = 60
_WORKER = Path(__file__).with_name("worker.py")


class CellError:
    """Stands for a cell holding #N/A, #REF! and the like. One instance: ``CELL_ERROR``."""

    def __reduce__(self) -> str:
        return "CELL_ERROR"

    def __str__(self) -> str:
        return "#错误值"


CELL_ERROR: Final = CellError()


@dataclass(slots=True)
class Column:
    """One column: ``values[codes[row]]``. ``values[0]`` is the empty cell."""

    values: list[Any]
    codes: array

    def __getitem__(self, row: int) -> Any:
        return self.values[self.codes[row]]

    def cells(self, rows: Sequence[int] | None = None) -> list[Any]:
        values, codes = self.values, self.codes
        if rows is None:
            return [values[code] for code in codes]
        return [values[codes[row]] for row in rows]


@dataclass(slots=True)
class RawSheet:
    """A sheet as it stands, from A1 on. Rows and columns count from 0 here; Excel's number is one more."""

    name: str
    height: int = 0
    columns: list[Column] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    visible: bool = True
    problem: str = ""  # why nothing could be read, as a code

    def row(self, number: int) -> list[Any]:
        return [column[number] for column in self.columns]

    def cell(self, row: int, column: int) -> Any:
        if 0 <= row < self.height and 0 <= column < len(self.columns):
            return self.columns[column][row]
        return ""


_TOO_ROWS = UploadRefused("too_many_rows", f"一张表超过 {MAX_ROWS:,} 行", "按单位分成几个文件上传")
_TOO_COLUMNS = UploadRefused("too_many_columns", f"超过 {MAX_COLUMNS} 列", "删去右边多余的列后再上传")


def read_sheets(
    data: bytes,
    filename: str,
    *,
    memory_mb: int = MEMORY_MB,
    cpu_seconds: int = CPU_SECONDS,
    wall_seconds: float = WALL_SECONDS,
) -> list[RawSheet]:
    """Guard and read. Raises ``UploadRefused`` with a sentence, whatever the file does to its reader."""
    checked = check_outside(data, filename)
    limits = (memory_mb, cpu_seconds, MAX_ROWS, MAX_COLUMNS)
    command = [sys.executable, "-I", "-X", "utf8", str(_WORKER), *map(str, limits)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={"PATH": os.defpath}, start_new_session=True
    ) as process:
        until = time.monotonic() + wall_seconds
        try:
            _hand_over(process, data)
            check_sheets(data, checked)  # while the limited process already reads
            output, _ = process.communicate(timeout=max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            _end(process)
            hint = "删去多余的格式和图片，或分成几个文件上传"
            raise UploadRefused("too_slow", "文件读得太久，已停下", hint) from None
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        hint = "在自己的电脑上打开，全选复制数值到新表格，保存后再上传"
        raise UploadRefused("reader_stopped", "文件内容异常，读到一半停下了", hint)
    try:
        answer = marshal.loads(output)
    except (EOFError, ValueError, TypeError) as problem:
        raise _damaged() from problem
    if "error" in answer:
        raise _refusal(answer["error"])
    return [_sheet(raw) for raw in answer["sheets"]]


def _hand_over(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it ended early: its return code says so
        process.stdin.write(data)
        process.stdin.close()
    process.stdin = None


def _end(process: subprocess.Popen[bytes]) -> None:
    """The reader and, of a large workbook, the second reader it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _refusal(code: str) -> UploadRefused:
    if code == "encrypted":
        return _encrypted()
    if code == "too_large":
        return UploadRefused("too_large", "文件太大，内存放不下", "按单位分成几个文件上传")
    return _damaged()


def _sheet(raw: dict[str, Any]) -> RawSheet:
    problem = raw.get("error", "")
    if problem in ("too_many_rows", "too_many_columns"):
        raise _TOO_ROWS if problem == "too_many_rows" else _TOO_COLUMNS
    sheet = RawSheet(raw["name"], raw.get("rows", 0), visible=raw["visible"], problem=problem)
    sheet.merges = raw.get("merges", [])
    for values, codes in raw.get("columns", ()):
        column = array("I")
        column.frombytes(codes)
        sheet.columns.append(Column([_value(v) if type(v) is tuple else v for v in values], column))
    return sheet


def _value(parts: tuple[Any, ...]) -> Any:
    if parts == ("e",):
        return CELL_ERROR
    return date(*parts[1:]) if len(parts) == 4 else datetime(*parts[1:])  # noqa: DTZ001 -- a cell has no zone
