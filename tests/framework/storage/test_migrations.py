"""Migrations: they make what the models say, whole or not at all, however many processes start at once."""

import multiprocessing
import shutil
import sqlite3
import sys
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import op26x.accounts
import op26x.calls
from op26x.errors import WorkError
from op26x.storage import Database
from op26x.storage.database import REVISIONS
from op26x.storage.migrating import MIGRATIONS, newest

assert op26x.accounts
assert op26x.calls


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def tables(data: Path) -> set[str]:
    connection = sqlite3.connect(data / "op26x.db")
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return found


def test_the_migrated_schema_is_what_the_models_say(data: Path) -> None:
    Database.open(data / "op26x.db").close()
    engine = sa.create_engine(f"sqlite:///{data / 'op26x.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "target_metadata": SQLModel.metadata},
        )
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_migrations_are_one_line_without_branches() -> None:
    revisions = list(scripts().walk_revisions())
    assert len(scripts().get_heads()) == 1
    assert not any(r.is_branch_point or r.is_merge_point for r in revisions)
    assert all(r.doc for r in revisions)
    assert newest(REVISIONS) == scripts().get_current_head()


def test_opening_again_changes_nothing(data: Path) -> None:
    Database.open(data / "op26x.db").close()
    before = tables(data)
    Database.open(data / "op26x.db").close()
    assert tables(data) == before
    assert "alembic_version" in before


def test_every_migration_goes_back_to_nothing(data: Path) -> None:
    database = Database.open(data / "op26x.db")
    database.close()
    engine = sa.create_engine(f"sqlite:///{data / 'op26x.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()
    assert tables(data) == {"alembic_version"}


ROWS = """
INSERT INTO organization VALUES ('01ORGANIZATION', 'first', '2025-12-01 00:00:00', 30);
INSERT INTO turn VALUES ('01TURN', '01ORGANIZATION', '01CALL', 1, 'caller', 0, 900, NULL, 0);
INSERT INTO call VALUES ('01CALL', '01ORGANIZATION', 'clinic', 'inbound', 'completed', 'twilio', 'CA1', 'aa', '23',
    'bb', '99', NULL, NULL, '2026-01-05 09:00:00.250000', NULL, NULL, 8.5, 'caller-hung-up', 'booked', 1, 'off', '',
    '2026-02-04 09:00:00', NULL);
"""
LATER = '''
"""A column more, in a table that others refer to."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("call", recreate="always") as call:
        call.add_column(sa.Column("colour", sa.String(), nullable=False, server_default="grey"))


def downgrade() -> None:
    with op.batch_alter_table("call", recreate="always") as call:
        call.drop_column("colour")
'''


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The revisions of a version to come."""
    folder = tmp_path / "versions"
    shutil.copytree(REVISIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "0005_colour.py").write_text(LATER.lstrip())
    return folder


def ask(data: Path, query: str) -> list[tuple[object, ...]]:
    """What the database answers."""
    with closing(sqlite3.connect(data / "op26x.db")) as connection:
        return connection.execute(query).fetchall()


def fill(data: Path, rows: str = ROWS) -> None:
    """A database of this version with a call."""
    Database.open(data / "op26x.db").close()
    with closing(sqlite3.connect(data / "op26x.db")) as connection:
        connection.executescript(rows)


def test_a_table_that_others_refer_to_can_be_changed_and_keeps_its_rows(data: Path, later: Path) -> None:
    fill(data)
    (before,) = ask(data, "SELECT * FROM call")
    with closing(Database.open(data / "op26x.db", later)) as database, database.session() as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert ask(data, "SELECT * FROM call") == [(*before, "grey")]
    assert ask(data, "SELECT id FROM turn") == [("01TURN",)]
    assert ask(data, "PRAGMA foreign_key_list(turn)")


def test_rows_that_refer_to_nothing_stop_a_migration(data: Path, later: Path) -> None:
    fill(data, ROWS + "DELETE FROM organization;")
    with pytest.raises(WorkError, match="refer to nothing"):
        Database.open(data / "op26x.db", later)
    assert ask(data, "SELECT version_num FROM alembic_version") == [("0004",)]
    assert "colour" not in {name for _, name, *_ in ask(data, "PRAGMA table_info(call)")}


def test_a_migration_that_fails_leaves_nothing_behind(data: Path) -> None:
    data.mkdir()
    connection = sqlite3.connect(data / "op26x.db")
    connection.execute("CREATE TABLE turn (something TEXT)")
    connection.close()
    with pytest.raises(WorkError, match=r"op26x\.db can't be used: table turn already exists") as caught:
        Database.open(data / "op26x.db")
    assert "OP26X_DATA" in caught.value.remedy
    assert tables(data) == {"turn"}


def test_a_database_of_a_newer_version_is_told_of(data: Path) -> None:
    Database.open(data / "op26x.db").close()
    with closing(sqlite3.connect(data / "op26x.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(WorkError, match="written by a newer op26x"):
        Database.open(data / "op26x.db")


def _open_at_once(data: Path, path: list[str], barrier: Barrier) -> None:
    sys.path[:] = path
    from op26x.storage import Database

    barrier.wait()
    Database.open(data / "op26x.db").close()


def test_processes_that_start_at_once_all_find_the_schema(data: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(3)
    processes = [spawn.Process(target=_open_at_once, args=(data, sys.path, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert {"call", "turn", "organization", "api_key"} <= tables(data)
