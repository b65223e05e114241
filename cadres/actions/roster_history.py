"""What may be done with an import beside its steps: stop it, fetch its files and its list, hand it in again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cadres.actions.roster import locked, upload_roster
from cadres.models import RosterFile, RosterImport, RosterStatus
from cadres.roster.guards import UploadRefused
from cadres.roster_import.sources import original
from common import audit
from common.excel import write_sheet
from common.models import AuditHead

#: running state -> (state it falls back to, what is told)
_STOPPED = {
    RosterStatus.UPLOADED: (RosterStatus.DISCARDED, "已取消，花名册没有改动"),
    RosterStatus.READING: (RosterStatus.DISCARDED, "已取消，花名册没有改动"),
    RosterStatus.COMMITTING: (RosterStatus.PREVIEWED, "已取消入库，什么也没有写进去；还要入库就再提交一次"),
    RosterStatus.UNDOING: (RosterStatus.COMMITTED, "已取消撤销，什么也没有动"),
}
_TOO_LATE = {
    RosterStatus.COMMITTED: "来不及取消：这一批刚刚已经全部入库。要退回，请点“撤销这次导入”",
    RosterStatus.UNDONE: "来不及取消：这一批刚刚已经撤销完。要恢复，请点“再导入一次”",
}


@transaction.atomic
def cancel_roster(*, actor: User, roster_import: RosterImport) -> RosterImport:
    """Stop a job that waits or runs. The write is one transaction: a cancel waits for its end, and then either
    nothing was written or it comes too late, which it says."""
    AuditHead.objects.select_for_update().get_or_create(pk=1)  # as the writing job does, before the job's row
    current = locked(roster_import, actor, {*_STOPPED, *_TOO_LATE, RosterStatus.PREVIEWED, RosterStatus.ASKING})
    if current.status in _TOO_LATE:
        raise ValidationError(_TOO_LATE[RosterStatus(current.status)])
    if current.status not in _STOPPED:
        raise ValidationError("来不及取消：表已经读完，正等您看。不要了，请点“退回”")
    before = current.status
    current.status, current.words = _STOPPED[RosterStatus(before)]
    current.claim, current.claimed_at, current.started_at = "", None, None
    current.save()
    audit.record(actor=actor, action="roster.cancel", target=current, changes={"status": [before, current.status]})
    return current


def original_file(*, actor: User, file: RosterFile) -> bytes:
    """The workbook exactly as it was uploaded; the download is audited. Raises ValidationError if it is lost."""
    try:
        data = original(file)
    except UploadRefused as refused:
        raise ValidationError(f"{refused.message}。{refused.hint}") from refused
    changes = {"file": [None, file.name], "sha256": [None, file.sha256]}
    audit.record(actor=actor, action="roster.original", target=file.roster_import, changes=changes)
    return data


@transaction.atomic
def export_people(*, actor: User, roster_import: RosterImport, title: str, rows: Iterable[list[Any]]) -> BinaryIO:
    """What an import did to whom as a workbook; ``rows`` begin with the head."""
    content = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    count = write_sheet(content, title=title, rows=iter(rows), made_at=timezone.now())
    audit.record(actor=actor, action="roster.export", target=roster_import, changes={"rows": [None, count]})
    return content


@transaction.atomic
def import_again(*, actor: User, roster_import: RosterImport) -> RosterImport:
    """A new import of the kept originals: how an undone one comes back."""
    current = locked(roster_import, actor, {RosterStatus.UNDONE, RosterStatus.DISCARDED})
    files = [file for file in current.files.all() if not file.refusal or file.sealed]
    try:
        contents = [(file.name, original(file)) for file in files]
    except UploadRefused as refused:
        raise ValidationError(f"{refused.message}。{refused.hint}") from refused
    return upload_roster(
        actor=actor,
        files=contents,
        year=current.year,
        as_of=current.as_of,
        create_organizations=current.create_organizations,
        organization=current.organization,
    )
