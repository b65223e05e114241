"""Reads one workbook and writes its cells to standard output. Run as a script, in a process of its own.

The parent (``reading.py``) starts it isolated, with an empty environment; before the first byte is parsed it
limits its own memory and processor time, so that a hostile or broken file costs at most this process.
It imports nothing of the project. Input: the workbook on standard input. Output: one ``marshal`` value,
``{"sheets": [...]}`` or ``{"error": code}``. A sheet travels by column: the distinct values, and per row the
index of its value; dates are tuples, error cells are ``("e",)``.
"""

import datetime
import gc
import io
import marshal
import re
import resource
import sys
import zipfile
from array import array
from itertools import islice

CHUNK = 4000
MERGES = 20_000  # of header and title, and below them those down one column, as one unit beside its people


class Coder(dict):
    """Gives each distinct value the next number."""

    def __missing__(self, key):
        number = self[key] = len(self)
        return number


def plain(value):
    """A cell as something ``marshal`` knows."""
    if isinstance(value, datetime.datetime):
        return ("d", value.year, value.month, value.day, value.hour, value.minute, value.second)
    if isinstance(value, datetime.date):
        return ("d", value.year, value.month, value.day)
    if isinstance(value, (datetime.time, datetime.timedelta)):
        return str(value)
    return value


def error_cells(data):
    """``{sheet name: [(row, column)]}`` of cells such as #N/A, which calamine returns as empty."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        rels = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        targets = {}
        for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", rels):
            key, target = re.search(r'\bId="([^"]*)"', tag), re.search(r'\bTarget="([^"]*)"', tag)
            if key and target:
                targets[key[1]] = target[1].lstrip("/").removeprefix("xl/")
        for number, tag in enumerate(re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book)):
            key = re.search(r'\br:id="([^"]*)"', tag)
            name = "xl/" + targets.get(key[1], "") if key else ""
            if name not in archive.namelist():
                continue
            cells = []
            for cell in re.findall(rb'<(?:\w+:)?c\b[^>]*\bt="e"[^>]*>', archive.read(name)):
                where = re.search(rb'\br="([A-Z]+)(\d+)"', cell)
                if where:
                    column = 0
                    for letter in where[1]:
                        column = column * 26 + letter - 64
                    cells.append((int(where[2]) - 1, column - 1))
            found[number] = cells
    return found


def read_sheet(sheet, errors, max_rows, max_columns):
    """The columns of one sheet from A1 on, or an error code."""
    if sheet.start is None or not sheet.height:
        return {"rows": 0, "columns": [], "merges": []}
    left = sheet.start[1]
    width, height = sheet.end[1] + 1, sheet.end[0] + 1
    if width > max_columns:
        return {"error": "too_many_columns"}
    if height > max_rows:
        return {"error": "too_many_rows"}
    coders = [Coder({"": 0}) for _ in range(width)]
    codes = [array("I") for _ in range(width)]
    rows = sheet.iter_rows()
    while chunk := list(islice(rows, CHUNK)):
        for number, column in enumerate(zip(*chunk, strict=True), left):
            codes[number].extend(map(coders[number].__getitem__, column))
    for number in range(left):
        codes[number] = array("I", bytes(4 * height))
    for row, column in errors:
        if row < height and column < width and column >= left:
            codes[column][row] = coders[column][("e",)]
    merges = [(*start, *end) for start, end in sheet.merged_cell_ranges or [] if start[0] < 60 or start[1] == end[1]][
        :MERGES
    ]
    columns = [([plain(v) for v in coder], code.tobytes()) for coder, code in zip(coders, codes, strict=True)]
    return {"rows": len(codes[left]), "columns": columns, "merges": merges}


def read(data, max_rows, max_columns, look_for_errors):
    """The whole workbook as plain values."""
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError:
        return {"error": "encrypted"}
    except calamine.CalamineError:
        return {"error": "damaged"}
    errors = error_cells(data) if look_for_errors else {}
    sheets = []
    for number, meta in enumerate(workbook.sheets_metadata):
        head = {"name": meta.name, "visible": meta.visible == calamine.SheetVisibleEnum.Visible}
        if meta.typ != calamine.SheetTypeEnum.WorkSheet:
            sheets.append({**head, "error": "not_a_worksheet"})
            continue
        try:
            sheet = workbook.get_sheet_by_index(number)
            sheets.append({**head, **read_sheet(sheet, errors.get(number, ()), max_rows, max_columns)})
        except calamine.CalamineError:
            sheets.append({**head, "error": "damaged"})
    return {"sheets": sheets}


def main():
    megabytes, seconds, max_rows, max_columns, look_for_errors = map(int, sys.argv[1:6])
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()
    try:
        answer = read(sys.stdin.buffer.read(), max_rows, max_columns, bool(look_for_errors))
    except MemoryError:
        answer = {"error": "too_large"}
    sys.stdout.buffer.write(marshal.dumps(answer))


if __name__ == "__main__":
    main()
