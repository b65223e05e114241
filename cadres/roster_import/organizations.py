"""Making the organizations of a plan in a few statements, with the codes and levels that single creation gives."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from accounts.actions import ORGANIZATION_FIELDS
from accounts.models import Organization
from cadres.roster_import.units import Directory
from common import audit
from common.bulk import insert_columns, reserve_ids


def create_organizations(
    directory: Directory, wanted: Iterable[int], now: datetime.datetime
) -> tuple[dict[int, int], list[audit.Detail]]:
    """Make the new organizations that are needed, parents first: {reference: key} and their audit details."""
    needed: set[int] = set()
    waiting = list(wanted)
    while waiting:
        ref = waiting.pop()
        if ref < 0 and ref not in needed:
            needed.add(ref)
            new = directory.new[-ref - 1]
            waiting += [other for other in (new.parent, new.district) if other is not None]
    order = sorted(needed, reverse=True)  # -1 was planned first, and a parent always before its children
    if not order:
        return {}, []
    keys = dict(zip(order, reserve_ids(Organization, len(order)), strict=True))
    known: dict[int, tuple[str, str, int | None]] = {
        pk: (code, path, parent)
        for pk, code, path, parent in Organization.objects.values_list("pk", "code", "path", "parent_id")
    }
    codes = {code for code, _, _ in known.values()}
    children: dict[int | None, int] = {}
    for _, _, above in known.values():
        children[above] = children.get(above, 0) + 1
    rows: dict[str, list] = {
        name: [] for name in ("id", "code", "name", "kind", "parent_id", "path", "district_id", "nature", "level")
    }
    details = []
    for ref in order:
        new, pk = directory.new[-ref - 1], keys[ref]
        parent = _key(new.parent, keys)
        code = _next_code(parent, known, codes, children)
        path = f"{known[parent][1] if parent is not None else '/'}{pk}/"
        known[pk] = (code, path, parent)
        district = _key(new.district, keys)
        values = (pk, code, new.name, str(new.kind), parent, path, district, new.nature, str(new.level))
        for column, value in zip(rows.values(), values, strict=True):
            column.append(value)
        after = {**dict.fromkeys(ORGANIZATION_FIELDS), "code": code, "name": new.name, "kind": str(new.kind)}
        after |= {"parent": str(parent) if parent else None, "nature": new.nature, "level": str(new.level)}
        changes = {name: [None, value] for name, value in after.items() if value}
        details.append(audit.Detail("organization.create", "accounts.organization", str(pk), changes))
    constants = {"short_name": "", "active": True, "version": 1, "created_at": now, "updated_at": now}
    insert_columns(Organization, len(order), {**rows, **constants})
    return keys, details


def _key(ref: int | None, keys: dict[int, int]) -> int | None:
    return None if ref is None else keys.get(ref, ref)


def _next_code(
    parent: int | None, known: dict[int, tuple[str, str, int | None]], codes: set[str], children: dict
) -> str:
    """As accounts.actions.next_code, without a query."""
    if parent is None:
        code = "0"
    else:
        code_of_parent, _, grandparent = known[parent]
        prefix = "" if grandparent is None else code_of_parent
        number = children.get(parent, 0) + 1
        while f"{prefix}{number:03d}" in codes:
            number += 1
        code = f"{prefix}{number:03d}"
        children[parent] = number
    codes.add(code)
    return code
