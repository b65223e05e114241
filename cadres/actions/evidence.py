"""Keeping evidence: sealed files that belong to a proposal or a verification."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError

from accounts.models import User
from cadres.models import Evidence, LifeVerification, Proposal
from common import audit
from common.crypto import unseal_bytes
from common.evidence import PER_RECORD, CheckedEvidence
from common.photos import sealed_file


def keep_evidence(owner: Proposal | LifeVerification, files: Iterable[CheckedEvidence]) -> int:
    """Store the files within the caller's transaction; if one fails, no file of this call stays behind."""
    fresh = list(files)
    if fresh and owner.evidence.count() + len(fresh) > PER_RECORD:
        raise ValidationError({"evidence": f"证明材料最多留 {PER_RECORD} 个文件，请少选几个"})
    link = "proposal" if isinstance(owner, Proposal) else "verification"
    stored: list[Evidence] = []
    try:
        for file in fresh:
            row = Evidence(kind=file.kind, **{link: owner})
            row.file.save("evidence.sealed", sealed_file(file.content), save=False)
            stored.append(row)
            row.save(force_insert=True)
    except BaseException:
        for row in stored:
            row.file.delete(save=False)
        raise
    return len(stored)


def read_evidence(*, actor: User, evidence: Evidence) -> bytes:
    """The clear content; who looked at it is recorded."""
    with evidence.file.open("rb") as file:
        content = unseal_bytes(file.read())
    audit.record(actor=actor, action="evidence.view", target=evidence)
    return content
