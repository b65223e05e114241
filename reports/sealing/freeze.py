"""Sealing: people, events and organizations are copied inside the database, then every table is counted from the copy.

The number of statements depends neither on how many people nor on how many units there are: the copies are one
INSERT … SELECT each, units are counted from groups read together (`asked.Batch`).
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.db import connection, models
from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.utils import timezone

from accounts.models import Organization, OrganizationKind
from cadres.models import COUNTED_COLUMNS, Cadre, CadreState
from reports.declarations import TABLES
from reports.engine.compute import Figures, Result
from reports.engine.scope import Asked
from reports.models import (
    SealedEvent,
    SealedOrganization,
    SealedPerson,
    SealedState,
    SealedTable,
    SealedWorkbook,
    Sealing,
)
from reports.official import workbook_bytes
from reports.sealing.asked import Batch, SealedAsked
from reports.sealing.codec import digest_of, pack, result_data, result_from, table_data, table_from, unpack

#: Units are counted together as long as they have no more states than this.
BATCH_STATES = 200_000
BUREAUS = (OrganizationKind.CITY_BUREAU, OrganizationKind.DISTRICT_BUREAU)
ORGANIZATION_COLUMNS = ("name", "kind", "level", "code", "path", "district_id")
PERSON_COLUMNS = ("name", "sex", "ethnicity", "birth", "education", "period", "post", "retired_on", "rank")
STATE_COLUMNS = tuple(name for name in COUNTED_COLUMNS if name not in {"unit_id", "counted"})
#: (organization, table, check, its two sums) -> words
Explanations = dict[tuple[int, str, str, int, int], str]
EVENT_COLUMNS = ("kind", "on", "category", "nature", "level", "district_id", "rank")


def insert_selected(model: type[models.Model], rows: QuerySet, values: dict[str, Any]) -> int:
    """INSERT INTO ``model`` (columns) SELECT … FROM ``rows``; ``values``: column -> expression over a row."""
    chosen = {f"c_{name}": value for name, value in values.items()}
    select, params = rows.order_by().annotate(**chosen).values_list(*chosen).query.sql_with_params()
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in values)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) {select}", params)
        return cursor.rowcount


def _number(value: int) -> Value:
    return Value(value, output_field=models.BigIntegerField())


def _frozen_unit(sealing: Sealing, path: str) -> Subquery:
    rows = SealedOrganization.objects.filter(sealing=sealing, organization_id=OuterRef(path))
    return Subquery(rows.values("pk")[:1])


def _frozen_person(sealing: Sealing, path: str) -> Subquery:
    return Subquery(SealedPerson.objects.filter(sealing=sealing, person_id=OuterRef(path)).values("pk")[:1])


def window(asked: Asked) -> QuerySet:
    """Counted states that were true at some time from the closing before to the cut-off; both figures need them."""
    return CadreState.objects.counted().filter(valid_from__lte=asked.day, valid_to__gt=asked.closing)


def clipped(asked: Asked) -> dict[str, Any]:
    """What happened before the window or happens after it is nothing to the sealed year."""
    after, before = asked.day + datetime.timedelta(days=1), asked.closing
    day = models.DateField()
    return {
        "valid_from": Case(
            When(valid_from__lt=before, then=Value(before, output_field=day)), default=F("valid_from"), output_field=day
        ),
        "valid_to": Case(
            When(valid_to__gt=after, then=Value(after, output_field=day)), default=F("valid_to"), output_field=day
        ),
    }


def copy_rows(sealing: Sealing, live: Asked) -> int:
    """Freeze organizations, people, states and events; returns how many people."""
    mark = {"sealing_id": _number(sealing.pk)}
    insert_selected(
        SealedOrganization,
        Organization.objects.all(),
        {**mark, "organization_id": F("pk"), **{name: F(name) for name in ORGANIZATION_COLUMNS}},
    )
    states = window(live)
    known = Exists(states.filter(cadre_id=OuterRef("pk")).order_by())
    people = insert_selected(
        SealedPerson,
        Cadre.objects.filter(known),
        {
            **mark,
            "person_id": F("pk"),
            "unit_id": _frozen_unit(sealing, "unit_id"),
            "managing_unit_id": _frozen_unit(sealing, "managing_unit_id"),
            **{name: F(name) for name in PERSON_COLUMNS},
        },
    )
    place = {"cadre_id": _frozen_person(sealing, "cadre_id"), "unit_id": _frozen_unit(sealing, "unit_id")}
    facts = {name: F(name) for name in STATE_COLUMNS}
    insert_selected(SealedState, states, {**mark, **place, **facts, **clipped(live)})
    insert_selected(SealedEvent, live.events(), {**mark, **place, **{name: F(name) for name in EVENT_COLUMNS}})
    return people


def _batches(sealing: Sealing, units: list[SealedOrganization], tree: list[SealedOrganization]) -> Iterator[list]:
    """Units in the order of the tree, so many at a time that their groups fit in memory."""
    counted = SealedState.objects.filter(sealing=sealing).order_by().values_list("unit_id").annotate(n=Count("pk"))
    sizes = dict(counted)
    part: list[SealedOrganization] = []
    held = 0
    for unit in units:
        part.append(unit)
        held += sizes.get(unit.pk, 0)
        if held >= BATCH_STATES:
            yield part
            part, held = [], 0
    if part:
        yield part


def count_all(sealing: Sealing, organizations: Iterable[int]) -> Iterator[tuple[int, dict[str, Result]]]:
    """(organization, its tables) for the city, every district and ``organizations``, from the frozen rows."""
    tree = list(SealedOrganization.objects.filter(sealing=sealing).order_by("path"))
    wanted = set(organizations)
    big = [row for row in tree if row.path.count("/") == 2 or row.kind == OrganizationKind.DISTRICT_BUREAU]
    for row in big:
        stub = Organization(pk=row.organization_id, path=row.path)
        asked = SealedAsked(sealing.as_of, organization=stub, whole_city=True, sealing=sealing)
        figures = Figures(asked, TABLES.values(), TABLES)
        yield row.organization_id, {table.id: figures.result(table) for table in figures.tables}
    done = {row.organization_id for row in big}
    units = [row for row in tree if row.organization_id in wanted - done]
    read: dict[tuple, Figures] = {}
    for part in _batches(sealing, units, tree):
        batch = Batch(sealing, part, tree)
        for row in part:
            stub = Organization(pk=row.organization_id, path=row.path)
            asked = SealedAsked(sealing.as_of, organization=stub, whole_city=True, sealing=sealing, batch=batch)
            pattern = read.get(asked.districts)
            figures = Figures(asked, TABLES.values(), TABLES) if pattern is None else pattern.again(asked)
            read.setdefault(asked.districts, figures)
            yield row.organization_id, {table.id: figures.result(table) for table in figures.tables}


def store_tables(sealing: Sealing, organizations: Iterable[int], words: Explanations) -> str:
    """Count and keep every table. Returns the digest of everything.

    The declarations go in first, whole, because the figures are read back with them.
    """
    city = SealedAsked(sealing.as_of, whole_city=True, sealing=sealing)
    declared = {table.id: table_data(table, city.districts) for table in TABLES.values()}
    sealing.declarations = pack(declared)
    rows: list[SealedTable] = []
    total = hashlib.sha256(digest_of(declared).encode())
    for organization_id, results in count_all(sealing, organizations):
        for table_id, result in results.items():
            for check in result.checks:
                said = words.get((organization_id, table_id, check.name, check.left, check.right))
                if said and not check.ok:
                    result.explanations[check.name] = said
            data = result_data(result)
            rows.append(
                SealedTable(
                    sealing=sealing, organization_id=organization_id, table_id=table_id,
                    payload=pack(data), sha256=digest_of(data),
                )
            )  # fmt: skip
            total.update(rows[-1].sha256.encode())
    SealedTable.objects.bulk_create(rows, batch_size=500)
    return total.hexdigest()


def store_workbooks(sealing: Sealing) -> None:
    """Write and keep the official workbooks of the city and of every district."""
    rows = SealedOrganization.objects.filter(sealing=sealing, kind__in=BUREAUS)
    bureaus = {row.organization_id: row for row in rows}
    packed: dict[int, list[SealedTable]] = {}
    for table in SealedTable.objects.filter(sealing=sealing, organization_id__in=bureaus).order_by("pk"):
        packed.setdefault(table.organization_id, []).append(table)
    declared = unpack(sealing.declarations)
    made = []
    for number, tables in packed.items():
        stub = Organization(pk=number, path=bureaus[number].path)
        asked = SealedAsked(sealing.as_of, organization=stub, whole_city=True, sealing=sealing)
        results = [read_table(declared, table, asked) for table in tables]
        content = workbook_bytes(results, made_at=timezone.localtime(sealing.sealed_at))
        digest = hashlib.sha256(content).hexdigest()
        made.append(SealedWorkbook(sealing=sealing, organization_id=number, content=content, sha256=digest))
    SealedWorkbook.objects.bulk_create(made)


def read_table(declared: dict[str, Any], row: SealedTable, asked: SealedAsked) -> Result:
    """A kept table as figures again; everything that prints comes from what was kept."""
    data = unpack(row.payload)
    table = table_from(declared[row.table_id], set(data["districts"]))
    return result_from(data, table, replace(asked, printed_name=data["name"]))
