"""The audit chain: `record` appends an entry in the caller's transaction, `verify` finds any tampering.

Each entry's hash is a keyed digest over its fields and the hash before it; the head row holds the number of entries
and is itself sealed, so an altered, removed, reordered or truncated chain is found. Entries hold no clear personal
data: before/after values are encrypted, and masked where the value is an identity.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from common.bulk import insert_columns
from common.crypto import digest, seal, seal_many
from common.models import AuditDetail, AuditEntry, AuditHead


@dataclass(frozen=True)
class RequestContext:
    """What the entry should know of the request it was written in (set by common.middleware)."""

    request_id: str = ""
    ip: str | None = None


NO_REQUEST = RequestContext()
current_request: ContextVar[RequestContext] = ContextVar("current_request", default=NO_REQUEST)

#: Every action code that may be recorded -> its Chinese name. An unknown code raises: the list is the documentation.
ACTIONS: dict[str, str] = {
    "account.signin": "登录",
    "account.signout": "退出",
    "account.locked": "登录被锁",
    "account.create": "开设账号",
    "account.change": "修改账号",
    "account.password": "修改密码",
    "account.grant": "授予角色",
    "account.revoke": "收回角色",
    "organization.create": "新增单位",
    "organization.change": "修改单位",
    "organization.move": "调整单位隶属",
    "organization.import": "导入单位名单",
    "organization.export": "导出单位名单",
    "cadre.create": "新建档案",
    "cadre.change": "修改资料",
    "cadre.correct": "更正资料",
    "cadre.transfer": "登记转入转出",
    "cadre.decease": "登记去世",
    "cadre.reverse": "撤回转入转出",
    "cadre.view": "查看档案",
    "cadre.reveal": "查看完整号码",
    "cadre.export": "导出人员",
    "cadre.photo": "查看照片",
    "cadre.photo_change": "更换照片",
    "cadre.different": "认定不是同一人",
    "cadre.merge": "合并档案",
    "cadre.unmerge": "撤销合并",
    "duplicate.export": "导出疑似重复",
    "family.create": "登记家庭成员",
    "family.change": "修改家庭成员",
    "family.remove": "移除家庭成员",
    "proposal.make": "提出更正",
    "proposal.withdraw": "收回提议",
    "proposal.accept": "采纳提议",
    "proposal.return": "退回提议",
    "evidence.view": "查看证明材料",
    "verification.record": "登记生存状况核实",
    "verification.change": "修改生存状况核实",
    "upkeep.export": "导出提议、确认、核实名单",
    "roster.confirm": "确认名册",
    "roster.upload": "上传名册",
    "roster.commit": "名册入库",
    "roster.discard": "放弃名册导入",
    "roster.download": "下载标注名册",
    "roster.cancel": "取消名册任务",
    "roster.original": "下载名册原件",
    "roster.export": "导出导入明细",
    "roster.undo": "撤销名册导入",
    "roster.layout": "记住名册表式",
    "roster.hand_in": "报送名册",
    "roster.withdraw": "撤回报送",
    "roster.return": "退回名册",
    "roster.remind": "催报名册",
    "roster.template": "下载预填名册",
    "collection.open": "发起名册催报",
    "collection.change": "修改名册催报",
    "roster.settle": "认定名册差异",
    "roster.take_back": "撤回名册差异的认定",
    "roster.approve": "核准单位名册",
    "value.map": "认定字典外的值",
    "quality.compute": "重算数据质量",
    "quality.rule": "修改数据质量规则",
    "quality.export": "导出数据质量",
    "visit.create": "登记走访",
    "visit.change": "修改走访",
    "visit.remove": "撤回走访",
    "visit.export": "导出走访",
    "visit.photo": "查看走访照片",
    "birthday.export": "导出祝寿名单",
    "report.view": "查看统计表名单",
    "report.export": "导出统计表",
    "narrative.change": "修改基本情况措辞",
    "report.open": "布置年度上报",
    "report.explain": "说明校核",
    "report.submit": "上报统计表",
    "report.withdraw": "撤回上报",
    "report.return": "退回上报",
    "report.approve": "审核通过上报",
    "report.remind": "催办上报",
    "report.seal": "封存年度",
    "report.reopen": "解封年度",
    "report.rule": "修改考核办法",
    "audit.view": "查看操作记录",
    "audit.export": "导出操作记录",
    "lookup.change": "修改字典",
}
#: How the codes of mere looking end; every other code tells of a change.
LOOKING = ("view", "reveal", "export", "photo", "download", "original", "print")


def is_change(action: str) -> bool:
    return action.rpartition(".")[2] not in LOOKING


@dataclass(frozen=True)
class Detail:
    """One row of a bulk write: ``changes`` is {field: [before, after]} or None."""

    action: str
    target_type: str
    target_id: str
    changes: dict[str, Any] | None = None


def _hash_entry(entry: AuditEntry) -> str:
    parts = [
        entry.previous_hash, entry.number, entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id, entry.actor_name, entry.action, entry.target_type, entry.target_id,
        entry.sealed_changes, entry.sealed_reason, entry.request_id, entry.ip, entry.details_count, entry.details_digest,
    ]  # fmt: skip
    return digest("audit", json.dumps(parts, ensure_ascii=False, separators=(",", ":")))


def _head_seal(head: AuditHead) -> str:
    return digest("audit-head", f"{head.count}:{head.last_hash}")


def _details_digest(rows: Iterable[tuple[str, str, str, str]]) -> str:
    text = "\n".join("\t".join(row) for row in rows)
    return digest("audit-details", text)


def record(
    *,
    actor: Any,
    action: str,
    target: Model | None = None,
    target_type: str = "",
    target_id: str = "",
    changes: dict[str, Any] | None = None,
    reason: str = "",
    details: Iterable[Detail] = (),
) -> AuditEntry:
    """Append one entry. ``actor`` None means the system itself. Call it in the transaction of what it tells of."""
    if action not in ACTIONS:
        raise ValueError(f"unknown audit action {action!r}: add it to common.audit.ACTIONS")
    context = current_request.get()
    if target is not None:
        target_type, target_id = target._meta.label_lower, str(target.pk)
    rows = list(details)
    sealed = iter(seal_many([json.dumps(d.changes, ensure_ascii=False, default=str) for d in rows if d.changes]))
    plain = [(d.action, d.target_type, d.target_id, next(sealed) if d.changes else "") for d in rows]
    plain_digest = _details_digest(plain) if plain else ""
    with transaction.atomic():
        head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
        entry = AuditEntry(
            number=head.count + 1,
            at=timezone.now(),
            actor=actor,
            actor_name=getattr(actor, "display_name", "") if actor is not None else "系统",
            action=action,
            target_type=target_type,
            target_id=target_id,
            sealed_changes=seal(json.dumps(changes, ensure_ascii=False, default=str)) if changes else "",
            sealed_reason=seal(reason) if reason else "",
            request_id=context.request_id,
            ip=context.ip,
            details_count=len(plain),
            details_digest=plain_digest,
            previous_hash=head.last_hash,
        )
        entry.hash = _hash_entry(entry)
        entry.save(force_insert=True)
        if plain:
            insert_columns(
                AuditDetail,
                len(plain),
                {
                    "entry_id": entry.pk,
                    "position": list(range(len(plain))),
                    **{
                        name: list(column)
                        for name, column in zip(
                            ("action", "target_type", "target_id", "sealed_changes"),
                            zip(*plain, strict=True),
                            strict=True,
                        )
                    },
                },
            )
        head.count, head.last_hash = entry.number, entry.hash
        head.seal = _head_seal(head)
        head.save()
    return entry


@dataclass(frozen=True)
class Fault:
    """One sign of tampering. ``number``: the entry's place in the chain, 0 for the head."""

    number: int
    code: str
    message: str


def verify() -> Iterator[Fault]:
    """Walk the whole chain and yield every fault; nothing yielded means nothing was altered, removed or reordered."""
    previous_hash, expected = "", 1
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=2000):
        if entry.number != expected:
            missing = f"{expected}" if entry.number == expected + 1 else f"{expected}–{entry.number - 1}"
            yield Fault(expected, "removed", f"第 {missing} 条记录不见了")
        elif entry.previous_hash != previous_hash:
            yield Fault(entry.number, "reordered", f"第 {entry.number} 条与上一条接不上，次序被动过")
        if _hash_entry(entry) != entry.hash:
            yield Fault(entry.number, "altered", f"第 {entry.number} 条的内容与校验值不符，被改过")
        if entry.details_count or entry.details_digest:
            rows = list(
                entry.details.order_by("position").values_list("action", "target_type", "target_id", "sealed_changes")
            )
            if len(rows) != entry.details_count or _details_digest(rows) != entry.details_digest:
                yield Fault(entry.number, "details", f"第 {entry.number} 条的批量明细被改过或删过")
        previous_hash, expected = entry.hash, entry.number + 1
    head = AuditHead.objects.filter(pk=1).first()
    if head is None:
        if expected > 1:
            yield Fault(0, "head", "链尾记录不见了")
        return
    if head.seal != _head_seal(head):
        yield Fault(0, "head", "链尾记录被改过")
    if head.count != expected - 1 or head.last_hash != previous_hash:
        yield Fault(0, "truncated", f"链尾记着共 {head.count} 条，实际到第 {expected - 1} 条，末尾被截过")


def snapshot(instance: Model, fields: Iterable[str]) -> dict[str, Any]:
    """Field values fit for `changes`: encrypted fields masked, partial dates and keys as text."""
    values: dict[str, Any] = {}
    for name in fields:
        field = instance._meta.get_field(name)
        value = getattr(instance, field.attname)  # type: ignore[union-attr]
        mask = getattr(field, "mask", None)
        values[name] = mask(value) if mask and value else (value if value is None else str(value))
    return values


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
