"""Brings a database up to the newest migration. Alembic is loaded only where one is missing: it takes 0.1 s."""

from pathlib import Path

import sqlalchemy as sa

from op26x.errors import WorkError

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION = sa.table("alembic_version", sa.column("version_num"))


def newest(revisions: Path) -> str:
    """The last revision of a folder of Alembic's, whose files are named ``REVISION_what.py`` in their order."""
    return max(file.name for file in revisions.glob("[0-9]*.py")).partition("_")[0]


def is_current(engine: sa.Engine, revisions: Path, *, make: bool = True) -> bool:
    """Whether no migration is missing.

    Args:
        engine: Of the database.
        revisions: Folder of Alembic's.
        make: Whether missing ones would be run.

    Raises:
        WorkError: Some are missing, and are not to be run.
    """
    with engine.connect() as connection:
        found = revision(connection)
    if found == newest(revisions):
        return True
    if not make and found is None:
        raise WorkError(
            f"The database {engine.url.database} has no tables of op26x.",
            "Put them back from a backup; if nothing was ever stored, start the service once with op26x up.",
        )
    if not make and found is not None and found < newest(revisions):
        raise WorkError(
            f"The database {engine.url.database} is of an older op26x.",
            "Start the service once with op26x up: it brings the data up to date.",
        )
    return False


def revision(connection: sa.Connection) -> str | None:
    """The migration that a database is at; ``None`` if it has no tables yet."""
    if not sa.inspect(connection).has_table(VERSION.name):
        return None
    found = connection.scalar(sa.select(VERSION.c.version_num))
    connection.rollback()
    return found


def upgrade(connection: sa.Connection, revisions: Path) -> None:
    """Runs the migrations that are missing, in the transaction of that connection.

    Raises:
        WorkError: The database is at a revision that is not known.
    """
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
