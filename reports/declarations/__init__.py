"""The yearly tables, one declaration each. Adding a table is adding its declaration to this list."""

from reports.declarations.documents import D1, D2
from reports.declarations.national import N1, N5
from reports.declarations.situation import N2, N3, N4, N6
from reports.engine.model import Table

TABLES: dict[str, Table] = {table.id: table for table in (N1, N2, N3, N4, N5, N6, D1, D2)}
