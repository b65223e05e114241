"""What the year before was sealed with: the figure that this year's 上年末 has to repeat."""

from __future__ import annotations

from typing import Any

from reports.engine.model import CellRef
from reports.engine.scope import Asked
from reports.models import SealedTable, Sealing
from reports.sealing.asked import SealedAsked
from reports.sealing.codec import unpack


def sealed_number(asked: Asked, cell: CellRef) -> int | None:
    """The cell as it was sealed at the closing before, of the organization asked for; None: it was not sealed.

    While many units are counted together nobody asks: their bureaus' tables do.
    """
    from reports.sealing.reading import whole_organization

    if isinstance(asked, SealedAsked) and asked.batch is not None:
        return None
    sealing = Sealing.objects.in_force().of_day(asked.closing)
    organization = whole_organization(asked) if sealing is not None else None
    if sealing is None or organization is None:
        return None
    row = SealedTable.objects.filter(sealing=sealing, organization_id=organization.pk, table_id=cell.table).first()
    if row is None:
        return None
    values: dict[str, dict[str, Any]] = unpack(row.payload)["values"]
    return int(values.get(cell.row, {}).get(cell.column) or 0)
