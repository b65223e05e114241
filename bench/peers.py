"""The others: stock django-import-export into a plain table of 30 columns, and the least that any import must do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.rosters import COLUMNS, ID

FIELDS = [f"c{number}" for number in range(len(COLUMNS))]
TABLE = "bench_plain"


def plain_model() -> Any:
    """A table of 30 text columns with a unique ID number; no encryption, no history, no audit."""
    from django.apps import apps
    from django.db import connection, models

    if "plain" in apps.all_models["common"]:
        return apps.get_model("common", "plain")
    columns: dict[str, Any] = {
        name: models.CharField(max_length=200, blank=True, default="", unique=number == ID)
        for number, name in enumerate(FIELDS)
    }
    meta = type("Meta", (), {"app_label": "common", "db_table": TABLE})
    model = type("Plain", (models.Model,), {"__module__": __name__, "Meta": meta, **columns})
    if TABLE not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(model)
    return model


def _resource(**options: Any) -> Any:
    from import_export import fields, resources
    from import_export.widgets import CharWidget

    meta = type("Meta", (), {"model": plain_model(), "fields": FIELDS, "import_id_fields": [FIELDS[ID]], **options})
    declared = {
        name: fields.Field(
            attribute=name, column_name=label, widget=CharWidget(coerce_to_string=True, allow_blank=True)
        )
        for name, label in zip(FIELDS, COLUMNS, strict=True)
    }
    return type("PlainResource", (resources.ModelResource,), {**declared, "Meta": meta})()


def _stock(path: Path, **options: Any) -> int:
    import tablib

    with path.open("rb") as file:
        data = tablib.Dataset().load(file.read(), format="xlsx")
    result = _resource(**options).import_data(data, dry_run=False, raise_errors=True, use_transactions=True)
    return sum(result.totals.get(kind, 0) for kind in ("new", "update", "skip"))


def stock_default(path: Path, again: bool) -> int:
    """As it comes: one query and one save for each row."""
    return _stock(path)


def stock_best(path: Path, again: bool) -> int:
    """First: bulk, no diff, no lookups of what exists. Again: one query for all, unchanged rows skipped."""
    from import_export.instance_loaders import CachedInstanceLoader

    if again:
        return _stock(path, skip_unchanged=True, report_skipped=False, instance_loader_class=CachedInstanceLoader)
    return _stock(
        path, use_bulk=True, batch_size=1000, skip_diff=True, skip_html_diff=True, force_init_instance=True,
        clean_model_instances=False,
    )  # fmt: skip


def limit(path: Path, again: bool) -> int:
    """calamine, then COPY or executemany; again: a staging table and one INSERT … ON CONFLICT … WHERE differs."""
    import python_calamine
    from django.db import connection, transaction

    from common.bulk import insert_columns

    model = plain_model()
    rows = list(python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows())[1:]
    columns = {
        name: [str(value) for value in column] for name, column in zip(FIELDS, zip(*rows, strict=True), strict=True)
    }
    with transaction.atomic():
        if not again:
            insert_columns(model, len(rows), columns)
            return len(rows)
        names = ", ".join(FIELDS)
        sets = ", ".join(f"{name} = excluded.{name}" for name in FIELDS)
        differs = " OR ".join(f"{TABLE}.{name} <> excluded.{name}" for name in FIELDS)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE staging AS SELECT {names} FROM {TABLE} WHERE 1 = 0")
            staging = type("S", (), {"_meta": type("M", (), {"db_table": "staging"})})
            insert_columns(staging, len(rows), columns)  # type: ignore[arg-type]
            cursor.execute(
                f"INSERT INTO {TABLE} ({names}) SELECT {names} FROM staging WHERE 1 = 1"
                f" ON CONFLICT ({FIELDS[ID]}) DO UPDATE SET {sets} WHERE {differs}"
            )
            cursor.execute("DROP TABLE staging")
    return len(rows)
