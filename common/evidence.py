"""Evidence that people send along: photos (common.photos) and PDF scans, checked here and kept sealed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from common.photos import MAX_BYTES, check_photo

PER_RECORD = 4
JPEG, PDF = "image/jpeg", "application/pdf"

TOO_BIG = "“{name}”有 {size} MB，每个文件不超过 10 MB，请扫描得小一些，或分成几个再传"
NOT_EVIDENCE = "“{name}”收不了，证明材料只收照片（JPG、PNG）和 PDF，请另选"
BROKEN_PDF = "“{name}”打不开，请在电脑上打开看一看，另存一份 PDF 再传"
ACTIVE_PDF = "“{name}”里带有程序或附件，不能收，请打印成 PDF 或拍照再传"
#: What makes a PDF more than pages: scripts, programs to start, files inside.
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia)\b")


@dataclass(frozen=True)
class CheckedEvidence:
    """A file fit to keep; ``kind`` is the type under which it is shown again."""

    content: bytes
    kind: str


def check_evidence(upload: UploadedFile) -> CheckedEvidence:
    """Raise ValidationError in Chinese for anything but a real photo or a plain PDF of at most 10 MB."""
    name = (upload.name or "材料")[:40]
    if upload.size is not None and upload.size > MAX_BYTES:
        raise ValidationError(TOO_BIG.format(name=name, size=round(upload.size / 1024 / 1024)), code="evidence_size")
    head = upload.read(5)
    upload.seek(0)
    if head == b"%PDF-":
        data = upload.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ValidationError(TOO_BIG.format(name=name, size="10 多"), code="evidence_size")
        if b"%%EOF" not in data[-2048:]:
            raise ValidationError(BROKEN_PDF.format(name=name), code="evidence_broken")
        if _ACTIVE.search(data):
            raise ValidationError(ACTIVE_PDF.format(name=name), code="evidence_active")
        return CheckedEvidence(data, PDF)
    try:
        return CheckedEvidence(check_photo(upload).content, JPEG)
    except ValidationError as problem:
        if problem.code == "photo_kind":
            raise ValidationError(NOT_EVIDENCE.format(name=name), code="evidence_kind") from problem
        raise


class EvidenceInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"

    def __init__(self) -> None:
        super().__init__(attrs={"accept": "image/jpeg,image/png,application/pdf", "multiple": True})


class EvidenceField(forms.FileField):
    """Several files; each is checked here, so that a form holds only clean ones."""

    widget = EvidenceInput

    def clean(self, data: Any, initial: Any = None) -> list[CheckedEvidence]:
        uploads = data if isinstance(data, list | tuple) else [data] if data else []
        if len(uploads) > PER_RECORD:
            raise ValidationError(f"一次最多传 {PER_RECORD} 个文件，请少选几个")
        checked, problems = [], []
        for upload in uploads:
            try:
                checked.append(check_evidence(upload))
            except ValidationError as problem:
                problems.append(problem)
        if problems:
            raise ValidationError(problems)
        return checked
