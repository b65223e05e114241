"""Reads one workbook and writes its cells to standard output. Run as a script, in a process of its own.

The parent (``reading.py``) starts it isolated, with an empty environment; before the first byte is parsed it
limits its own memory and processor time, so that a hostile or broken file costs at most this process.
It imports nothing of the project. Input: the workbook on standard input. Output: one ``marshal`` value,
``{"sheets": [...]}`` or ``{"error": code}``. A sheet travels by column: the distinct values, and per row the
index of its value; dates are tuples, error cells are ``("e",)``.

Parsing the XML takes most of the time, so a large sheet is cut between two rows and a forked process reads the second
half on the other core. Whatever is unusual about such a file is read whole instead.
"""

import datetime
import gc
import io
import marshal
import os
import re
import resource
import sys
import zipfile
from array import array
from itertools import islice

CHUNK = 4000
LARGE = 8 << 20  # bytes of a sheet's XML from which on two processes read it
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


def sheet_parts(archive):
    """``{number of the sheet: name of its part}`` of an .xlsx; nothing for other formats."""
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return {}
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    rels = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", rels):
        key, target = re.search(r'\bId="([^"]*)"', tag), re.search(r'\bTarget="([^"]*)"', tag)
        if key and target:
            targets[key[1]] = target[1].lstrip("/").removeprefix("xl/")
    found = {}
    for number, tag in enumerate(re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book)):
        key = re.search(r'\br:id="([^"]*)"', tag)
        name = "xl/" + targets.get(key[1], "") if key else ""
        if name in names:
            found[number] = name
    return found


def error_cells(xml):
    """``[(row, column)]`` of cells such as #N/A, which calamine returns as empty."""
    cells = []
    for cell in re.findall(rb'<(?:\w+:)?c\b[^>]*\bt="e"[^>]*>', xml) if b't="e"' in xml else ():
        where = re.search(rb'\br="([A-Z]+)(\d+)"', cell)
        if where:
            column = 0
            for letter in where[1]:
                column = column * 26 + letter - 64
            cells.append((int(where[2]) - 1, column - 1))
    return cells


def cut(xml):
    """``(end of the opening tag, start of a row amid the rows, start of the closing tag)`` of the sheet's data."""
    opening, closing = xml.find(b"<sheetData>"), xml.rfind(b"</sheetData>")
    opening += len(b"<sheetData>")
    middle = xml.find(b"<row ", (opening + closing) // 2, closing)
    if closing < opening or middle < 0 or not re.match(rb'<row (?:[^>]* )?r="\d+"', xml[middle : middle + 300]):
        return None
    return opening, middle, closing


def half(data, halves, second):
    """The workbook, as an open file, with only the first or the second half of the rows of its large sheets."""
    out = os.fdopen(os.memfd_create("half"), "w+b")
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as written:
        for name in archive.namelist():
            with written.open(zipfile.ZipInfo(name), "w", force_zip64=True) as part:
                if name not in halves:
                    part.write(archive.read(name))
                    continue
                xml, (opening, middle, closing) = halves[name]
                view = memoryview(xml)
                part.write(view[: opening if second else middle])
                part.write(view[middle if second else closing :])
    out.seek(0)
    return out


def read_sheet(sheet, errors, max_rows, max_columns):
    """The columns of one sheet from A1 on, or an error code; ``first`` is the first row that holds anything."""
    if sheet.start is None or not sheet.height:
        return {"rows": 0, "columns": [], "merges": []}
    first, left = sheet.start
    width, height = sheet.end[1] + 1, sheet.end[0] + 1
    if width > max_columns:
        return {"error": "too_many_columns"}
    if height > max_rows:
        return {"error": "too_many_rows"}
    coders = [Coder({"": 0}) for _ in range(width)]
    codes = [array("I", bytes(4 * first)) for _ in range(width)]
    rows = islice(sheet.iter_rows(), first, None)
    while chunk := list(islice(rows, CHUNK)):
        for number, column in enumerate(zip(*chunk, strict=True), left):
            codes[number].extend(map(coders[number].__getitem__, column))
    for number in range(left):
        codes[number] = array("I", bytes(4 * height))
    for row, column in errors:
        if first <= row < height and left <= column < width:
            codes[column][row] = coders[column][("e",)]
    merges = [(*start, *end) for start, end in sheet.merged_cell_ranges or [] if start[0] < 60 or start[1] == end[1]][
        :MERGES
    ]
    columns = [([plain(v) for v in coder], code.tobytes()) for coder, code in zip(coders, codes, strict=True)]
    return {"rows": len(codes[left]), "first": first, "columns": columns, "merges": merges}


def joined(upper, lower):
    """One sheet of its two halves; both count rows and columns from A1."""
    if "error" in upper or "error" in lower or not upper["rows"] or not lower["rows"]:
        raise ValueError("not two halves")
    rows, start = lower["rows"], lower["first"]
    columns = []
    for number in range(max(len(upper["columns"]), len(lower["columns"]))):
        values, codes = upper["columns"][number] if number < len(upper["columns"]) else ([""], b"")
        more, below = lower["columns"][number] if number < len(lower["columns"]) else ([""], bytes(4 * rows))
        known = Coder({value: code for code, value in enumerate(values)})
        places = array("I", [known[value] for value in more])
        whole, added = array("I", codes[: 4 * start].ljust(4 * start, b"\0")), array("I", below)
        whole.extend(map(places.__getitem__, added[start:]))
        columns.append((list(known), whole.tobytes()))
    return {**upper, "rows": rows, "columns": columns}


def read(file, errors, max_rows, max_columns, only=None):
    """The whole workbook as plain values, or ``only`` the sheets of these numbers."""
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(file)
    except calamine.PasswordError:
        return {"error": "encrypted"}
    except calamine.CalamineError:
        return {"error": "damaged"}
    file.close()  # its bytes were copied
    sheets = []
    for number, meta in enumerate(workbook.sheets_metadata):
        head = {"name": meta.name, "visible": meta.visible == calamine.SheetVisibleEnum.Visible}
        if meta.typ != calamine.SheetTypeEnum.WorkSheet or (only is not None and number not in only):
            sheets.append({**head, "error": "not_a_worksheet"})
            continue
        try:
            sheet = workbook.get_sheet_by_index(number)
            sheets.append({**head, **read_sheet(sheet, errors.get(number, ()), max_rows, max_columns)})
        except calamine.CalamineError:
            sheets.append({**head, "error": "damaged"})
    return {"sheets": sheets}


def read_in_halves(data, errors, halves, max_rows, max_columns):
    """As ``read``, with a second process for the lower halves of the large sheets (``{number: (name, xml, cut)}``,
    emptied to save memory); None where the halves do not come out as two good ones."""
    numbers = list(halves)
    ours, theirs = os.pipe()
    child = os.fork()
    os.close(theirs if child else ours)
    answer = None
    try:
        file = half(data, {name: (xml, where) for name, xml, where in halves.values()}, second=not child)
        halves.clear()
        answer = read(file, errors, max_rows, max_columns, None if child else numbers)
    finally:
        if not child:
            with os.fdopen(theirs, "wb") as pipe:
                marshal.dump(answer, pipe)
            os._exit(0)
    try:
        with os.fdopen(ours, "rb") as pipe:
            lower = marshal.load(pipe)
        for number in numbers:
            answer["sheets"][number] = joined(answer["sheets"][number], lower["sheets"][number])
    except (ValueError, EOFError, TypeError, KeyError):
        answer = None
    os.waitpid(child, 0)
    return answer


def answer_to(data, max_rows, max_columns, large=LARGE):
    """What the file holds. Only of an .xlsx are the sheets' parts looked at beforehand."""
    errors, halves = {}, {}
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for number, name in sheet_parts(archive).items():
                xml = archive.read(name)
                errors[number] = error_cells(xml)
                if len(xml) >= large and (where := cut(xml)):
                    halves[number] = (name, xml, where)
                del xml
    answer = read_in_halves(data, errors, halves, max_rows, max_columns) if halves else None
    return answer or read(io.BytesIO(data), errors, max_rows, max_columns)


def main():
    megabytes, seconds, max_rows, max_columns = map(int, sys.argv[1:5])
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()
    try:
        answer = answer_to(sys.stdin.buffer.read(), max_rows, max_columns)
    except MemoryError:
        answer = {"error": "too_large"}
    sys.stdout.buffer.write(marshal.dumps(answer))


if __name__ == "__main__":
    main()
