"""What is refused before anything parses it."""

import io
import time
import zipfile

import pytest

from cadres.roster import UploadRefused
from cadres.roster.archives import unpack
from cadres.roster.guards import check_upload
from cadres.roster.reading import read_sheets
from tests.cadres.roster.books import HEADERS, book_of, edit_part, person

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GOOD = book_of(("名册", [HEADERS, person()]))
SHEET = "xl/worksheets/sheet1.xml"


def added(**parts: bytes) -> bytes:
    return edit_part(
        GOOD, "", bytes, {name.replace("__", "/").replace("_", "."): value for name, value in parts.items()}
    )


def ole(*names: str) -> bytes:
    return OLE + b"\0" * 504 + b"".join(name.encode("utf-16-le") + b"\0" * 64 for name in names)


def rels(kind: str) -> bytes:
    return (
        b'<Relationships><Relationship Id="r1" Type="http://x/relationships/' + kind.encode() + b'" '
        b'Target="file:///c:/a.xlsx" TargetMode="External"/></Relationships>'
    )


def many_rows() -> bytes:
    row = b'<row><c t="str"><v>x</v></c></row>'
    noise = bytes(range(48, 58)) * 3
    body = b"".join(row + b"<!--" + noise[i % 20 :] + b"%d-->" % (i * 7919) for i in range(100_001))
    return edit_part(GOOD, SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + body))


CASES = {
    "empty": ("a.xlsx", b""),
    "extension": ("a.exe", b"MZ\x90"),
    "renamed": ("a.xlsx", b"MZ\x90\0" * 100),
    "renamed html": ("a.xls", b"<html><table><tr><td>x</td></tr></table></html>"),
    "renamed old": ("a.xls", GOOD),
    "renamed word": ("a.xls", ole("WordDocument")),
    "damaged": ("a.xlsx", GOOD[: len(GOOD) // 2]),
    "encrypted": ("a.xlsx", ole("EncryptionInfo", "EncryptedPackage")),
    "macro": ("a.xlsm", added(xl__vbaProject_bin=b"x")),
    "macro old": ("a.xls", ole("Workbook", "_VBA_PROJECT_CUR")),
    "external_links": ("a.xlsx", added(xl__externalLinks__externalLink1_xml=b"<x/>")),
    "external_links query": ("a.xlsx", added(xl__worksheets___rels__a_rels=rels("externalLinkPath"))),
    "dtd": ("a.xlsx", edit_part(GOOD, SHEET, lambda xml: b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml)),
    "dtd wide": ("a.xlsx", added(xl__x_xml='<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("utf-16"))),
    "zip_bomb": ("a.xlsx", added(xl__media__x_bin=b"\0" * (30 << 20))),
    "too_many_columns": ("a.xlsx", book_of(("名册", [["姓名"] * 201]))),
    "too_many_rows": ("a.xlsx", many_rows()),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_with_a_sentence_within_a_second(case):
    name, data = CASES[case]
    start = time.perf_counter()
    with pytest.raises(UploadRefused) as caught:
        check_upload(data, name)
    assert time.perf_counter() - start < 1
    assert caught.value.code == case.split()[0]
    assert caught.value.message and caught.value.hint


def test_unpacked_size_is_limited_whatever_the_ratio():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
    data = bytearray(out.getvalue())
    where = data.index(b"PK\x01\x02") + 24
    data[where - 4 : where + 4] = (210 << 20).to_bytes(4, "little") * 2
    with pytest.raises(UploadRefused) as caught:
        check_upload(bytes(data), "a.xlsx")
    assert caught.value.code == "zip_bomb"


def test_a_hyperlink_is_no_external_link():
    check_upload(added(xl__worksheets___rels__a_rels=rels("hyperlink")), "a.xlsx")


def test_a_hundred_thousand_formatted_but_empty_rows_pass():
    body = b"".join(b'<row r="%d" s="1" ht="14.25"><c r="A%d" s="1"/></row>' % (i, i) for i in range(3, 101_000))
    data = edit_part(GOOD, SHEET, lambda xml: xml.replace(b"</sheetData>", body + b"</sheetData>"))
    assert check_upload(data, "a.xlsx").kind == "xlsx"


@pytest.mark.parametrize("limit", [{"memory_mb": 1}, {"wall_seconds": 0.001}])
def test_a_reader_that_dies_or_hangs_becomes_a_sentence(limit):
    with pytest.raises(UploadRefused) as caught:
        read_sheets(GOOD, "a.xlsx", **limit)
    assert caught.value.code in ("reader_stopped", "too_slow", "too_large")
    assert caught.value.message


def test_a_cell_at_the_far_corner_costs_only_the_reader():
    far = b'<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>'
    data = edit_part(GOOD, SHEET, lambda xml: xml.replace(b"</sheetData>", far + b"</sheetData>"))
    with pytest.raises(UploadRefused) as caught:
        read_sheets(data, "a.xlsx")
    assert caught.value.code in ("too_many_columns", "too_many_rows", "reader_stopped")


def archive_of(*members: tuple[str, bytes], encoding: str = "gb18030") -> bytes:
    """A zip as Chinese desktops write it: names in GBK without the UTF-8 flag."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, data) in enumerate(members):
            archive.writestr(f"{number:04d}" + "x" * (len(name.encode(encoding)) - 4), data)
    content = out.getvalue()
    for number, (name, _) in enumerate(members):
        raw = name.encode(encoding)
        content = content.replace(f"{number:04d}".encode() + b"x" * (len(raw) - 4), raw)
    return content


def test_zip_names_in_gbk_and_what_is_left_aside():
    data = archive_of(
        ("区县/城关区名册.xlsx", GOOD),
        ("../../etc/名册.xlsx", GOOD),
        ("__MACOSX/._名册.xlsx", b"x"),
        ("区县/~$城关区名册.xlsx", b"x"),
        ("通知.docx", b"x"),
        ("C:\\名册\\城关区名册.xlsx", GOOD),
    )
    archive = unpack(data, "各单位.zip")
    assert [name for name, _ in archive.files] == [
        "区县/城关区名册.xlsx",
        "etc/名册.xlsx",
        "C_/名册/城关区名册.xlsx",
    ]
    assert {reason for _, reason in archive.skipped} == {
        "苹果电脑留下的附属文件，不读", "打开表格时留下的临时文件，不读", "不是表格文件，不读",
    }  # fmt: skip
    assert archive.files[0][1] == GOOD


@pytest.mark.parametrize(
    "code, name, data",
    [
        ("nested_archive", "a.zip", archive_of(("内层.zip", b"PK"))),
        ("archive_kind", "a.rar", b"Rar!"),
        ("renamed", "a.zip", b"MZ"),
        ("empty", "a.zip", archive_of(("通知.docx", b"x"))),
        ("damaged", "a.zip", archive_of(("名册一.xlsx", GOOD))[:600]),
    ],
)
def test_archives_refused(code, name, data):
    with pytest.raises(UploadRefused) as caught:
        unpack(data, name)
    assert caught.value.code == code and caught.value.hint
