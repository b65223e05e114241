"""Where the workbooks come from: paths and zips for the command, sealed originals for the page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from django.core.files.base import ContentFile

from cadres.models import RosterFile, RosterImport
from cadres.roster import WorkbookReading
from cadres.roster.archives import is_archive, unpack
from cadres.roster.fields import CATEGORY_ANSWER, IGNORE
from cadres.roster.guards import WORKBOOKS, UploadRefused
from cadres.roster.parsers import ERROR
from cadres.roster.results import RowProblem
from common.crypto import seal_bytes, unseal_bytes

Refusal = tuple[str, str, str]
#: One of these must be read before a sheet can be taken; an open question about it stops the sheet.
NEEDED: Final = ("name", "id_number", "category")


def files_of(paths: Iterable[str | Path]) -> list[tuple[str, Path | bytes]]:
    """(name, source) of all workbooks of files, folders and zips; raises FileNotFoundError, UploadRefused."""
    found: list[tuple[str, Path | bytes]] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside = sorted(
                entry
                for entry in path.iterdir()
                if entry.suffix.lower() in WORKBOOKS and not entry.name.startswith((".", "~$"))
            )
            found += [(entry.name, entry) for entry in inside]
        elif not path.exists():
            raise FileNotFoundError(path)
        elif is_archive(path.name):
            found += list(unpack(path.read_bytes(), path.name).files)
        else:
            found.append((path.name, path))
    return found


def store(roster_import: RosterImport, files: Sequence[tuple[str, bytes, Refusal | None]]) -> None:
    """Keep the originals, sealed; a refused file leaves its name and the reason only."""
    for position, (name, data, refusal) in enumerate(files):
        file = RosterFile(
            roster_import=roster_import, position=position, name=name[-200:], size=len(data),
            sha256=hashlib.sha256(data).hexdigest(), refusal=list(refusal) if refusal else [],
        )  # fmt: skip
        if refusal is None:
            file.sealed.save(f"{roster_import.pk}-{position}.sealed", ContentFile(seal_bytes(data)), save=False)
        file.save(force_insert=True)


def original(file: RosterFile) -> bytes:
    """The workbook as it was uploaded. Raises UploadRefused if the stored file is gone or was altered."""
    try:
        with file.sealed.open("rb") as sealed:
            data = unseal_bytes(sealed.read())
    except (OSError, ValueError) as problem:
        raise UploadRefused("original_lost", "存下的原件打不开了", "请重新上传这个文件") from problem
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise UploadRefused("original_lost", "存下的原件和上传时不一样", "请重新上传这个文件")
    return data


def settle_questions(readings: Sequence[WorkbookReading]) -> None:
    """For the command, where nobody can be asked: a column that is not needed is skipped and said so; an open
    question about the name, the number or 离休/退休 stops its sheet."""
    for book in readings:
        for sheet in book.sheets:
            if sheet.layout is None or not sheet.questions:
                continue
            needed = [question for question in sheet.questions if _is_needed(sheet, question)]
            if not needed:
                for question in sheet.questions:
                    sheet.layout.notices.append(f"{question.message}；没有定，这一列不读")
                continue
            sheet.skipped = "；".join(question.message for question in needed) + "。请在网页上导入并认一认表头"
            header = sheet.layout.header_rows[-1]
            sheet.numbers = sheet.numbers[:0]
            sheet.columns, sheet.raw = {}, {}
            sheet.rejected = {header: "column_unknown"}
            sheet.problems = [
                RowProblem(
                    sheet.sheet, header, "" if question.letter == CATEGORY_ANSWER else question.letter, "",
                    "category_missing" if question.letter == CATEGORY_ANSWER else "column_unknown", ERROR,
                    question.message, "在网页上导入，认一认表头；或改成常见的列名", question.header,
                )
                for question in needed
            ]  # fmt: skip
            sheet.rejected = {header: sheet.problems[0].code}


def _is_needed(sheet: Any, question: Any) -> bool:
    if question.letter == CATEGORY_ANSWER:
        return True
    open_fields = {key for key, _ in question.choices if key != IGNORE}
    return any(key in open_fields and not _is_read(sheet, key) for key in NEEDED)


def _is_read(sheet: Any, key: str) -> bool:
    if key == "category" and sheet.layout.category:
        return True
    if key == "id_number" and sheet.layout.column_of("birth_date"):
        return True
    return sheet.layout.column_of(key) is not None
