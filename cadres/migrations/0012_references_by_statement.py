"""PostgreSQL checks the units and people that bulk writes refer to once a statement (see common.references)."""

from django.db import migrations

from common.references import check_by_row, check_by_statement

REFERENCES = {
    "cadres_cadre": {"accounts_organization": ["unit_id", "district_id", "community_id"]},
    "cadres_cadrestate": {"cadres_cadre": ["cadre_id"], "accounts_organization": ["unit_id", "district_id"]},
    "cadres_statusevent": {
        "cadres_cadre": ["cadre_id"],
        "accounts_organization": ["unit_id", "district_id"],
        "accounts_user": ["recorded_by_id"],
    },
}


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, references in REFERENCES.items():
            check_by_statement(schema_editor, table, references)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, references in REFERENCES.items():
            check_by_row(schema_editor, table, references)


class Migration(migrations.Migration):
    dependencies = [("cadres", "0011_reconciliation"), ("common", "0004_references_by_statement")]
    operations = [migrations.RunPython(forwards, backwards)]
