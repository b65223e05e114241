"""The text as Word, laid out as official documents are (GB/T 9704): A4, margins, fonts, 28 pt lines, page numbers."""

from __future__ import annotations

import datetime
import io
from typing import Any, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from reports.narrative.compose import Narrative

TITLE_FONT, BODY_FONT, HEAD_FONT, NUMBER_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
#: Sizes by their Chinese names.
SIZE_2, SIZE_3, SIZE_4 = Pt(22), Pt(16), Pt(14)
LINE: Final = Pt(28)
NUMERALS: Final = "一二三四五六七八九十"


def _font(run: Any, name: str, size: Any) -> None:
    run.font.name, run.font.size = name, size
    properties = run._element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for attribute in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(attribute), name)


def _paragraph(document: Any, text: str, font: str, size: Any, *, indent: bool = True) -> Any:
    paragraph = document.add_paragraph()
    style = paragraph.paragraph_format
    style.line_spacing_rule, style.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    style.space_before = style.space_after = Pt(0)
    if indent:
        style.first_line_indent = size * 2
    _font(paragraph.add_run(text), font, size)
    return paragraph


def _page_number(footer: Any, side: Any) -> None:
    """— 1 — in 四号, to the outer side of the page."""
    paragraph = footer.paragraphs[0]
    paragraph.alignment = side
    margin = paragraph.paragraph_format
    if side == WD_ALIGN_PARAGRAPH.RIGHT:
        margin.right_indent = SIZE_4
    else:
        margin.left_indent = SIZE_4
    _font(paragraph.add_run("— "), NUMBER_FONT, SIZE_4)
    run = paragraph.add_run()
    _font(run, NUMBER_FONT, SIZE_4)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        run._element.append(mark)
    _font(paragraph.add_run(" —"), NUMBER_FONT, SIZE_4)


def word_bytes(narrative: Narrative, made_at: datetime.datetime) -> bytes:
    """The document; the same text made at the same moment has the same bytes."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    page.footer_distance = Mm(28)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(page.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(page.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)
    title = _paragraph(document, narrative.title, TITLE_FONT, SIZE_2, indent=False)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.line_spacing = Pt(32)
    _paragraph(document, "", BODY_FONT, SIZE_3)
    for number, section in enumerate(narrative.sections):
        head = _paragraph(document, f"{NUMERALS[number]}、{section.title}", HEAD_FONT, SIZE_3)
        head.paragraph_format.keep_with_next = True
        body = _paragraph(document, section.text, BODY_FONT, SIZE_3)
        body.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    _paragraph(document, "", BODY_FONT, SIZE_3)
    for text in (narrative.organization, narrative.date):
        line = _paragraph(document, text, BODY_FONT, SIZE_3, indent=False)
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line.paragraph_format.right_indent = SIZE_3 * 4
    properties = document.core_properties
    properties.title, properties.author = narrative.title, narrative.organization
    properties.created = properties.modified = made_at.replace(tzinfo=None)
    properties.language = "zh-CN"
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
