"""PostgreSQL checks the entry of audit details once a statement (see common.references)."""

from django.db import migrations

from common.references import DROP_FUNCTIONS, FUNCTIONS, check_by_row, check_by_statement

REFERENCES = {"common_auditentry": ["entry_id"]}


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTIONS, params=None)
        check_by_statement(schema_editor, "common_auditdetail", REFERENCES)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        check_by_row(schema_editor, "common_auditdetail", REFERENCES)
        schema_editor.execute(DROP_FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [("common", "0003_audit_trigger")]
    operations = [migrations.RunPython(forwards, backwards)]
