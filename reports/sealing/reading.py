"""Reading figures, sealed or live: pages, exports and lists ask here and need not know which it is."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from accounts.models import Organization
from common.scope import scope_of
from reports.declarations import TABLES
from reports.engine.compute import Figures, Result, compute
from reports.engine.model import Table
from reports.engine.scope import RIGHT, Asked
from reports.models import CheckExplanation, SealedTable, SealedWorkbook, Sealing
from reports.sealing.asked import SealedAsked
from reports.sealing.codec import table_from, unpack
from reports.sealing.freeze import read_table

#: ``seal=live`` in an address: today's figures of a sealed day; ``seal=2``: those of the second sealing.
LIVE = "live"


def sealing_for(user: Any, day: datetime.date, wish: str = "") -> Sealing | None:
    """The sealing that answers for a day; None: nothing is sealed, or today's figures were asked for."""
    known = Sealing.objects.visible_to(user)
    if wish == LIVE:
        return None
    if wish.isdigit():
        return known.filter(as_of=day, number=int(wish[:4])).select_related("reporting_year").first()
    return known.of_day(day)


def ask(
    user: Any, day: datetime.date, organization: Organization | None, *, right: str = RIGHT, wish: str = ""
) -> Asked:
    sealing = sealing_for(user, day, wish)
    if sealing is None:
        return Asked(day, user, organization, right=right)
    return SealedAsked(day, user, organization, right=right, sealing=sealing)


def tables_of(asked: Asked) -> dict[str, Table]:
    """The declarations that answer: today's, or those that were sealed."""
    if not isinstance(asked, SealedAsked):
        return TABLES
    districts = {district.id for district in asked.districts}
    return {key: table_from(data, districts) for key, data in unpack(asked.sealing.declarations).items()}


def whole_organization(asked: Asked) -> Organization | None:
    """The one organization whose tables are asked for: as named, or all that the reader's single grant covers."""
    if asked.organization is not None or asked.user is None:
        return asked.organization
    if scope_of(asked.user, asked.right).everything:
        return Organization.objects.root()
    grants = [grant for grant in asked.user.grants if grant.include_children]
    return grants[0].organization if len(asked.user.grants) == len(grants) == 1 else None


def results_for(asked: Asked, ids: Iterable[str] | None = None, *, checks: bool = True) -> dict[str, Result]:
    """{table: figures} of the tables named (None: all); a sealed year lacks those that were declared later."""
    tables = tables_of(asked)
    wanted = [tables[key] for key in (ids if ids is not None else tables) if key in tables]
    if isinstance(asked, SealedAsked):
        return _sealed(asked, wanted, tables)
    results = compute(asked, wanted, TABLES, checks=checks)
    if checks:
        explain(asked, results)
    return results


def _sealed(asked: SealedAsked, wanted: list[Table], tables: dict[str, Table]) -> dict[str, Result]:
    organization, declared = whole_organization(asked), unpack(asked.sealing.declarations)
    held: dict[str, SealedTable] = {}
    if organization is not None:
        rows = SealedTable.objects.visible_to(asked.user, asked.right).filter(
            sealing=asked.sealing, organization_id=organization.pk, table_id__in=[table.id for table in wanted]
        )
        held = {row.table_id: row for row in rows}
    missing = [table for table in wanted if table.id not in held]
    counted: dict[str, Result] = {}
    if missing:  # a street, a system, a scope of several units: counted from the frozen people
        figures = Figures(asked, missing, tables, checks=False)
        counted = {table.id: figures.result(table) for table in missing}
    found: dict[str, Result] = {}
    for table in wanted:
        kept = held.get(table.id)
        found[table.id] = counted[table.id] if kept is None else read_table(declared, kept, asked)
    return found


def explain(asked: Asked, results: dict[str, Result]) -> None:
    """Put beside checks that do not hold what was said about these very sums."""
    failed = {(key, check.name): check for key, result in results.items() for check in result.checks if not check.ok}
    organization = whole_organization(asked)
    if not failed or organization is None:
        return
    said = CheckExplanation.objects.filter(
        submission__organization=organization, submission__reporting_year__as_of=asked.day
    )
    for row in said:
        check = failed.get((row.table_id, row.check_name))
        if check is not None and (check.left, check.right) == (row.left, row.right):
            results[row.table_id].explanations[check.name] = row.words


def a_year_before(asked: Asked) -> Asked | None:
    """The year to compare with. A sealed year is compared with a sealed one, or its page would not stay as it was."""
    if not isinstance(asked, SealedAsked):
        return asked.a_year_before()
    before = sealing_for(asked.user, asked.closing)
    if before is None:
        return None
    return SealedAsked(asked.closing, asked.user, asked.organization, right=asked.right, sealing=before)


def kept_workbook(asked: SealedAsked) -> bytes | None:
    """The bytes of the whole official workbook, if they were kept and the reader may see the organization."""
    organization = whole_organization(asked)
    if organization is None:
        return None
    rows = SealedWorkbook.objects.visible_to(asked.user, asked.right)
    row = rows.filter(sealing=asked.sealing, organization_id=organization.pk).first()
    return bytes(row.content) if row is not None else None
