"""A zip of workbooks, unpacked in memory with safe names."""

import io
import os
import re
import zipfile
import zlib
from dataclasses import dataclass

from cadres.roster.guards import _ZIP, WORKBOOKS, UploadRefused, _damaged, check_members

_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".cab", ".iso")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]')


@dataclass(frozen=True)
class Archive:
    """The workbooks of an archive, and what was left aside with the reason."""

    files: tuple[tuple[str, bytes], ...]
    skipped: tuple[tuple[str, str], ...]


def is_archive(filename: str) -> bool:
    return os.path.splitext(filename)[1].lower() in _ARCHIVES


def unpack(data: bytes, filename: str) -> Archive:
    """The workbooks in a zip. A nested archive refuses the upload; lock files and the like are skipped."""
    if not filename.lower().endswith(".zip"):
        extension = os.path.splitext(filename)[1]
        hint = "重新打成 zip 压缩包，或直接选多个表格文件"
        raise UploadRefused("archive_kind", f"不收 {extension} 压缩包", hint)
    if not data.startswith(_ZIP):
        code = "empty" if not data or data.startswith(b"PK\x05\x06") else "renamed"
        sentence = "压缩包是空的" if code == "empty" else "文件名是 .zip，里面却不是 zip 压缩包"
        raise UploadRefused(code, sentence, "重新打成 zip 压缩包后再上传")
    files: list[tuple[str, bytes]] = []
    skipped: list[tuple[str, str]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            check_members(members)
            taken: set[str] = set()
            for member in members:
                name = safe_name(member)
                reason = _reason_to_skip(name)
                if reason:
                    skipped.append((name, reason))
                    continue
                name = _unique(name, taken)
                files.append((name, archive.read(member)))
    except UploadRefused:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as problem:
        raise _damaged() from problem
    if not files:
        raise UploadRefused("empty", "压缩包里没有表格文件", "把各单位的名册放进压缩包再上传")
    return Archive(tuple(files), tuple(skipped))


def safe_name(member: zipfile.ZipInfo) -> str:
    """The name as a Chinese desktop meant it, without drive, parent folders or control characters."""
    name = member.filename
    if not member.flag_bits & 0x800:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    parts = [_UNSAFE.sub("_", part).strip(" .") for part in re.split(r"[/\\]", name)]
    return "/".join(part for part in parts if part)[-200:] or "未命名"


def _reason_to_skip(name: str) -> str | None:
    base = name.rsplit("/", 1)[-1]
    extension = os.path.splitext(base)[1].lower()
    if name.startswith("__MACOSX/") or base.startswith("._") or base in (".DS_Store", "DS_Store"):
        return "苹果电脑留下的附属文件，不读"
    if base.startswith(("~$", ".~")):
        return "打开表格时留下的临时文件，不读"
    if extension in _ARCHIVES:
        hint = "解开里面的压缩包，只打一层再上传"
        raise UploadRefused("nested_archive", f"压缩包里还有压缩包：{base}", hint)
    if extension not in WORKBOOKS:
        return "不是表格文件，不读"
    return None


def _unique(name: str, taken: set[str]) -> str:
    stem, extension = os.path.splitext(name)
    number, candidate = 1, name
    while candidate.lower() in taken:
        number += 1
        candidate = f"{stem}（{number}）{extension}"
    taken.add(candidate.lower())
    return candidate
