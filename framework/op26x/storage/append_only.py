"""Tables whose rows the database itself lets nobody change; for migrations."""

import sqlalchemy as sa

FUNCTION = """
    CREATE OR REPLACE FUNCTION op26x_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23000'; END $$
"""


def forbid(connection: sa.Connection, name: str, moment: str, table: str, *, when: str = "") -> None:
    """Makes a trigger that refuses.

    Args:
        connection: Of the migration.
        name: Of the trigger.
        moment: ``BEFORE UPDATE`` or ``BEFORE DELETE``.
        table: Of which table.
        when: Which changes are refused, in terms of ``OLD`` and ``NEW`` and ``IS NOT DISTINCT FROM``; all if empty.
    """
    if connection.dialect.name == "sqlite":
        condition = f" WHEN {when.replace('IS NOT DISTINCT FROM', 'IS')}" if when else ""
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {moment} ON {table}{condition} {refuse}")
        return
    condition = f" WHEN ({when})" if when else ""
    connection.execute(sa.text(FUNCTION))
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW{condition} EXECUTE FUNCTION op26x_append_only()"
    )


def permit(connection: sa.Connection, name: str, table: str) -> None:
    """Drops the trigger."""
    of_table = "" if connection.dialect.name == "sqlite" else f" ON {table}"
    connection.exec_driver_sql(f"DROP TRIGGER {name}{of_table}")
