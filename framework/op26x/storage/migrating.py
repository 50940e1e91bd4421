"""Brings a database up to the newest migration. Alembic is loaded only where one is missing: it takes 0.1 s."""

from pathlib import Path

import sqlalchemy as sa

from op26x.errors import WorkError
from op26x.storage.assumptions import assume

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION = sa.table("alembic_version", sa.column("version_num"))


def begin_alone(connection: sa.Connection) -> None:
    """SQLite: takes the write lock first. Python's driver begins no transaction by itself to read or make tables."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def newest(revisions: Path) -> str:
    """The last revision of a folder of Alembic's, whose files are named ``REVISION_what.py`` in their order."""
    return max(file.name for file in revisions.glob("[0-9]*.py")).partition("_")[0]


def migrate(engine: sa.Engine, revisions: Path, *, make: bool = True) -> None:
    """Runs the migrations that are missing, in one transaction.

    Args:
        engine: Of the database.
        revisions: Folder of Alembic's.
        make: Whether to run any; without, the database must be up to date.

    Raises:
        WorkError: The database is at a revision that is not known, or a migration would leave it inconsistent.
    """
    with engine.connect() as connection:
        if (found := _revision(connection)) == newest(revisions):
            return
        if not make and (found is None or found < newest(revisions)):
            raise WorkError(
                f"The database {engine.url.database} is of an older op26x.",
                "Start the service once with op26x up: it brings the data up to date.",
            )
        # SQLite changes a table by making it anew, which foreign keys forbid. Within a transaction they stay.
        _enforce_foreign_keys(connection, on=False)
        try:
            begin_alone(connection)
            _upgrade(connection, revisions)
            _check_foreign_keys(connection)
            assume(connection)
            connection.commit()
        finally:
            connection.rollback()
            _enforce_foreign_keys(connection, on=True)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION.name):
        return None
    found = connection.scalar(sa.select(VERSION.c.version_num))
    connection.rollback()
    return found


def _upgrade(connection: sa.Connection, revisions: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(revisions))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise WorkError(
            f"The database {connection.engine.url.database} was written by a newer op26x.",
            "Install that version, or restore a backup.",
        ) from None


def _enforce_foreign_keys(connection: sa.Connection, *, on: bool) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
        connection.commit()


def _check_foreign_keys(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise WorkError("A migration would leave rows that refer to nothing.", "Restore the database from a backup.")
