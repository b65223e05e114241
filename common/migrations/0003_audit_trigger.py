"""PostgreSQL itself refuses to change or delete audit entries (SQLite has no roles to keep apart)."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION common_audit_is_final() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are final';
END;
$$ LANGUAGE plpgsql;
"""
TABLES = ("common_auditentry", "common_auditdetail")


def protect(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION)
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION common_audit_is_final()"
        )


def release(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER {table}_final ON {table}")
    schema_editor.execute("DROP FUNCTION common_audit_is_final()")


class Migration(migrations.Migration):
    dependencies = [("common", "0002_column_choice")]
    operations = [migrations.RunPython(protect, release)]
