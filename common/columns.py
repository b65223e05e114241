"""The column chooser: which columns of a list somebody wants to see, kept per user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from common.models import ColumnChoice


@dataclass(frozen=True)
class Column:
    """A column that may be shown. ``fixed``: always shown. ``default``: shown until the reader chooses."""

    name: str
    label: str
    default: bool = False
    fixed: bool = False


def chosen(user: Any, table: str, columns: Sequence[Column]) -> list[str]:
    """Names of the columns to show, in the order of ``columns``."""
    row = ColumnChoice.objects.filter(user=user, table=table).first()
    wanted = set(row.columns) if row else set()
    if not wanted:
        return [column.name for column in columns if column.default or column.fixed]
    return [column.name for column in columns if column.fixed or column.name in wanted]


def choose(user: Any, table: str, columns: Sequence[Column], names: Iterable[str]) -> None:
    """Keep a choice; unknown names are dropped, and no names at all brings the default back."""
    known = {column.name for column in columns}
    kept = [name for name in dict.fromkeys(names) if name in known]
    if kept:
        ColumnChoice.objects.update_or_create(user=user, table=table, defaults={"columns": kept})
    else:
        ColumnChoice.objects.filter(user=user, table=table).delete()
