"""Foreign keys that PostgreSQL checks for all rows of a statement at once, for tables filled by the ten thousand.

An ordinary foreign key looks up every row on its own: ten references of 60,000 people cost more than writing them.
Here a trigger looks up the distinct keys of a statement and locks them as a foreign key does (FOR KEY SHARE), another
refuses the removal of a row still referred to. Both raise foreign_key_violation, at the end of the statement and not
at COMMIT. Elsewhere the ordinary foreign keys stay. For use in migrations only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FUNCTIONS = """
CREATE OR REPLACE FUNCTION common_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lost bigint;
BEGIN
    -- Arguments in pairs: the table referred to, and its columns here as '(a), (b)'.
    FOR i IN 0 .. TG_NARGS - 1 BY 2 LOOP
        EXECUTE format(
            'SELECT n.id FROM (SELECT DISTINCT ref AS id FROM new_rows, LATERAL (VALUES %s) v(ref)'
            ' WHERE ref IS NOT NULL) n WHERE NOT EXISTS (SELECT FROM %I o WHERE o.id = n.id FOR KEY SHARE) LIMIT 1',
            TG_ARGV[i + 1], TG_ARGV[i]
        ) INTO lost;
        IF lost IS NOT NULL THEN
            RAISE foreign_key_violation USING MESSAGE = format('%s refers to %s %s', TG_TABLE_NAME, TG_ARGV[i], lost);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION common_referred() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept bigint;
BEGIN
    -- Arguments: the referring table, then its columns.
    FOR i IN 1 .. TG_NARGS - 1 LOOP
        EXECUTE format('SELECT o.id FROM old_rows o JOIN %I r ON r.%I = o.id LIMIT 1', TG_ARGV[0], TG_ARGV[i]) INTO kept;
        IF kept IS NOT NULL THEN
            RAISE foreign_key_violation USING MESSAGE = format('%s still refers to %s', TG_ARGV[0], kept);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION common_key_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation USING MESSAGE = 'the key of a row referred to is final';
END $$;
"""
DROP_FUNCTIONS = "DROP FUNCTION common_refers(); DROP FUNCTION common_referred(); DROP FUNCTION common_key_is_final();"

References = Mapping[str, Iterable[str]]  # table referred to -> columns


def check_by_statement(editor: BaseDatabaseSchemaEditor, table: str, references: References) -> None:
    """Replace the foreign keys of these columns of ``table``. PostgreSQL only; FUNCTIONS must exist."""
    with editor.connection.cursor() as cursor:
        known = editor.connection.introspection.get_constraints(cursor, table)
    columns = {column for names in references.values() for column in names}
    for name, constraint in known.items():
        if constraint["foreign_key"] and columns.issuperset(constraint["columns"]):
            editor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    pairs = ", ".join(
        f"'{target}', '{', '.join(f'({name})' for name in names)}'" for target, names in references.items()
    )
    for event in ("INSERT", "UPDATE"):
        editor.execute(
            f"CREATE TRIGGER {table}_refers_{event.lower()} AFTER {event} ON {table} REFERENCING NEW TABLE AS new_rows"
            f" FOR EACH STATEMENT EXECUTE FUNCTION common_refers({pairs})"
        )
    for target, names in references.items():
        listed = ", ".join(f"'{name}'" for name in (table, *names))
        editor.execute(
            f"CREATE TRIGGER {table}_referred AFTER DELETE ON {target} REFERENCING OLD TABLE AS old_rows"
            f" FOR EACH STATEMENT EXECUTE FUNCTION common_referred({listed})"
        )
        editor.execute(
            f"CREATE TRIGGER {table}_key BEFORE UPDATE OF id ON {target} FOR EACH ROW WHEN (OLD.id <> NEW.id)"
            " EXECUTE FUNCTION common_key_is_final()"
        )


def check_by_row(editor: BaseDatabaseSchemaEditor, table: str, references: References) -> None:
    """Back to ordinary foreign keys."""
    for event in ("insert", "update"):
        editor.execute(f"DROP TRIGGER {table}_refers_{event} ON {table}")
    for target, names in references.items():
        editor.execute(f"DROP TRIGGER {table}_referred ON {target}")
        editor.execute(f"DROP TRIGGER {table}_key ON {target}")
        for name in names:
            editor.execute(
                f"ALTER TABLE {table} ADD FOREIGN KEY ({name}) REFERENCES {target} (id) DEFERRABLE INITIALLY DEFERRED"
            )
