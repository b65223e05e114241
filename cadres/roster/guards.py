"""What an uploaded file must pass before anything parses it.

Every refusal is an ``UploadRefused`` with a code, a sentence and how to mend it. The largest file allowed
takes at most one second.
"""

import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAX_RATIO = 100  # unpacked bytes per packed byte
RATIO_FLOOR = 1 << 20  # small parts may be packed as tightly as they like
MAX_UNPACKED = 200 << 20
MAX_UPLOAD = 100 << 20
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_MEMBERS = 2_000  # parts of a workbook, or files in an archive
HEAD = 64 << 10

WORKBOOKS = (".xlsx", ".xls", ".et", ".ods", ".xlsb", ".xlsm")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "用 WPS 或 Excel 打开，另存为“Excel 工作簿（*.xlsx）”后再上传"


class UploadRefused(ValueError):
    """The file is not read at all: ``code``, the sentence, and how to mend it."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.code, self.message, self.hint = code, message, hint

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Checked:
    """What the guards learnt on the way."""

    kind: str  # "xlsx", "xlsb", "ods" or "xls"


def _damaged() -> UploadRefused:
    return UploadRefused("damaged", "文件已损坏，打不开", "在自己的电脑上打开确认一次，另存为新文件后再上传")


def _encrypted() -> UploadRefused:
    hint = "先取消打开密码（文件 › 加密），保存后再上传"
    return UploadRefused("encrypted", "文件加了打开密码，读不了", hint)


def _macro() -> UploadRefused:
    return UploadRefused("macro", "文件里带有宏，不能收", _SAVE_AS)


def check_upload(data: bytes, filename: str) -> Checked:
    """Pass or refuse one workbook by its bytes alone."""
    checked = check_outside(data, filename)
    check_sheets(data, checked)
    return checked


def check_outside(data: bytes, filename: str) -> Checked:
    """All but the counting of rows and columns, which takes longest."""
    extension = os.path.splitext(filename)[1].lower()
    if not data.strip(b"\0 \r\n\t"):
        raise UploadRefused("empty", "这是一个空文件", "确认保存后再上传")
    if len(data) > MAX_UPLOAD:
        raise UploadRefused("too_large", f"文件超过 {MAX_UPLOAD >> 20} MB", "按单位分成几个文件上传")
    if extension not in WORKBOOKS:
        hint = "收 .xlsx、.xls、.et、.ods 文件，也可以把多个文件打成一个 zip；" + _SAVE_AS
        raise UploadRefused("extension", f"不收 {extension or '没有扩展名的'} 文件", hint)
    if data.startswith(_OLE):
        return _check_ole(data, extension)
    if data.startswith(_ZIP):
        return _check_zip(data, extension)
    raise _renamed(extension)


def _renamed(extension: str) -> UploadRefused:
    message = f"文件名是 {extension}，里面却不是这种表格（可能改过扩展名，或是网页另存的）"
    return UploadRefused("renamed", message, _SAVE_AS)


def _check_ole(data: bytes, extension: str) -> Checked:
    """The old binary format, and the wrapper of encrypted new ones. Names in it are UTF-16."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise _encrypted()
    if extension not in (".xls", ".et") or not (holds("Workbook") or holds("Book")):
        raise _renamed(extension)
    if holds("_VBA_PROJECT"):
        raise _macro()
    return Checked("xls")


def check_sheets(data: bytes, checked: Checked) -> None:
    """The rest: sheets with too many rows or columns that hold something."""
    if checked.kind != "xlsx":
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_sheets(archive, archive.infolist())
    except UploadRefused:
        raise
    except _UNREADABLE as problem:
        raise _damaged() from problem


def _check_zip(data: bytes, extension: str) -> Checked:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            check_members(members)
            names = {member.filename for member in members}
            kind = _kind(archive, names)
            if kind is None or extension not in _EXTENSIONS[kind]:
                raise _renamed(extension)
            _check_parts(archive, members)
            return Checked(kind)
    except UploadRefused:
        raise
    except _UNREADABLE as problem:
        raise _damaged() from problem


_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, KeyError, ValueError)
_EXTENSIONS = {"xlsx": (".xlsx", ".xlsm", ".et"), "xlsb": (".xlsb",), "ods": (".ods",)}


def _kind(archive: zipfile.ZipFile, names: set[str]) -> str | None:
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "mimetype" in names and "content.xml" in names:
        return "ods" if b"opendocument.spreadsheet" in archive.read("mimetype")[:200] else None
    return None


def check_members(members: list[zipfile.ZipInfo]) -> None:
    """Encryption, number, size and ratio, from the directory alone; reading later stops at these sizes."""
    if any(member.flag_bits & 1 for member in members):
        raise _encrypted()
    if len(members) > MAX_MEMBERS:
        raise UploadRefused("too_many_files", f"压缩包里超过 {MAX_MEMBERS} 个文件", "分成几个压缩包上传")
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    bomb = any(_dense(member.file_size, member.compress_size) for member in members)
    if total > MAX_UNPACKED:
        message = f"解开后有 {total >> 20} MB，超过 {MAX_UNPACKED >> 20} MB"
        raise UploadRefused("zip_bomb", message, "删去多余的空行、图片和格式，或按单位分成几个文件上传")
    if bomb or _dense(total, packed):
        message = f"压缩比超过 {MAX_RATIO} 倍，不是正常的表格"
        raise UploadRefused("zip_bomb", message, "删去多余的空行和格式，另存后再上传")


def _dense(size: int, packed: int) -> bool:
    return size > RATIO_FLOOR and size > MAX_RATIO * max(packed, 1)


_EXTERNAL = re.compile(rb'<[^>]*TargetMode\s*=\s*["\']External["\'][^>]*>')


def _check_parts(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Macros, links to elsewhere, document types and entities, which can only stand in the head of a part."""
    for member in members:
        name = member.filename.lower()
        if "vbaproject" in name or name.startswith(("xl/macrosheets/", "basic/", "scripts/")):
            if not name.endswith("/"):
                raise _macro()
            continue
        if name.startswith("xl/externallinks/") or name in ("xl/connections.xml", "xl/connections.bin"):
            raise _external()
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(member) as part:
            head = part.read(HEAD)
            if name.endswith(".rels"):
                head += part.read()
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:64]:
            head = head.decode("utf-16", "ignore").encode()
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            hint = "表格软件不会存出这样的文件；" + _SAVE_AS
            raise UploadRefused("dtd", "文件里带有文档类型或实体声明，不能收", hint)
        if name.endswith(".rels") and any(b"/hyperlink" not in tag for tag in _EXTERNAL.findall(head)):
            raise _external()


def _external() -> UploadRefused:
    hint = "在“数据 › 编辑链接”里断开链接，或全选后只粘贴数值，保存后再上传"
    return UploadRefused("external_links", "文件引用了别的文件或数据源", hint)


_WIDE = re.compile(rb'<(?:\w+:)?c r="(?:G[S-Z]|[H-Z][A-Z]|[A-Z]{3})\d+"[^>]*[^/]>')
_FILLED_ROW = re.compile(rb"<(?:\w+:)?row\b(?:(?!</(?:\w+:)?row>).)*?<(?:\w+:)?(?:v|t)\b", re.DOTALL)


def _check_sheets(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Rows and columns that hold something."""
    for member in members:
        if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", member.filename):
            continue
        rows = 0
        for block in _blocks(archive, member):
            rows += block.count(b"<row") + block.count(b":row ")
            if b'r="GS' in block and _WIDE.search(block):  # GS is column 201; the reader counts again
                raise UploadRefused("too_many_columns", f"超过 {MAX_COLUMNS} 列", "删去右边多余的列后再上传")
        if rows > MAX_ROWS and len(_FILLED_ROW.findall(archive.read(member))) > MAX_ROWS:
            message = f"一张表超过 {MAX_ROWS:,} 行"
            raise UploadRefused("too_many_rows", message, "按单位分成几个文件上传")


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part in blocks of one megabyte that end where a tag ends."""
    with archive.open(member) as part:
        rest = b""
        while block := part.read(1 << 20):
            block = rest + block
            cut = block.rfind(b">") + 1 or len(block)
            rest = block[cut:]
            yield block[:cut]
        if rest:
            yield rest
