"""Migrations: they make what the models say, whole or not at all, however many processes start at once."""

import multiprocessing
import sqlite3
import sys
from collections.abc import Callable
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


FIRST_TABLES = """
INSERT INTO organization VALUES ('01ORGANIZATION', 'first', '2025-12-01 00:00:00');
INSERT INTO call VALUES ('01CALL', '01ORGANIZATION', 'clinic', 'inbound', 'completed', 'twilio', 'CA1', 'aa', '23',
    'bb', '99', '2026-01-05 09:00:00.250000', NULL, NULL, 'caller-hung-up', 'booked', 1);
INSERT INTO turn VALUES ('01TURN', '01ORGANIZATION', '01CALL', 1, 'caller', 0, 900, NULL, 0);
"""
KEPT = "SELECT agent, state, provider_call_id, caller_index, caller_last_two, end_reason, outcome FROM call"
"""Columns that were there before and after."""


def go(data: Path, direction: Callable[[Config, str], None], revision: str) -> None:
    """Migrates a database up or down."""
    engine = sa.create_engine(f"sqlite:///{data / 'op26x.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        direction(config, revision)
    engine.dispose()


def ask(data: Path, query: str) -> list[tuple[object, ...]]:
    """What the database answers."""
    connection = sqlite3.connect(data / "op26x.db")
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def test_calls_from_before_the_vault_keep_everything_and_get_a_deadline(data: Path) -> None:
    data.mkdir()
    go(data, command.upgrade, "0001")
    connection = sqlite3.connect(data / "op26x.db")
    connection.executescript(FIRST_TABLES)
    connection.close()
    before = ask(data, KEPT)

    Database.open(data / "op26x.db").close()
    assert ask(data, KEPT) == before
    assert ask(data, "SELECT expires_at, erased_at, recording_mode, recording_outcome, caller_number FROM call") == [
        ("2026-02-04 09:00:00.250000", None, "off", "", None)
    ]
    assert ask(data, "SELECT retention_days FROM organization") == [(30,)]
    assert ask(data, "SELECT id FROM turn") == [("01TURN",)]

    with Database.open(data / "op26x.db").session() as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert ask(data, "PRAGMA foreign_key_list(turn)")

    go(data, command.downgrade, "0001")
    assert ask(data, KEPT) == before
    assert tables(data) == {"organization", "api_key", "call", "turn", "alembic_version"}
    assert "expires_at" not in {name for _, name, *_ in ask(data, "PRAGMA table_info(call)")}


def test_rows_that_refer_to_nothing_stop_a_migration(data: Path) -> None:
    data.mkdir()
    go(data, command.upgrade, "0001")
    connection = sqlite3.connect(data / "op26x.db")
    connection.executescript(FIRST_TABLES + "DELETE FROM organization;")
    connection.close()
    with pytest.raises(WorkError, match="refer to nothing"):
        Database.open(data / "op26x.db")
    assert tables(data) == {"organization", "api_key", "call", "turn", "alembic_version"}


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
