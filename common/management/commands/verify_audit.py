"""manage.py verify_audit: check the whole audit chain; exit 1 and name every fault if it was tampered with."""

from __future__ import annotations

from django.core.management.base import CommandError

from common import audit
from common.commands import SongheCommand
from common.models import AuditEntry


class Command(SongheCommand):
    help = "校验操作记录链：改过、删过、换过次序、截过末尾的都会报出来"

    def handle(self, *args, **options) -> None:
        faults = list(audit.verify())
        for fault in faults:
            self.stderr.write(f"{fault.code}\t{fault.message}")
        if faults:
            raise CommandError(f"操作记录链有 {len(faults)} 处不对")
        last = AuditEntry.objects.order_by("-number").first()
        self.stdout.write(f"操作记录链完好，共 {last.number if last else 0} 条")
        if last is not None:
            self.stdout.write(f"末条校验值 {last.hash}（请另处留存）")
