"""Migrations: they make what the models say, whole or not at all, however many processes start at once."""

import multiprocessing
import sqlite3
import sys
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
from op26x.storage import Database
from op26x.storage.database import MIGRATIONS

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


def test_a_migration_that_fails_leaves_nothing_behind(data: Path) -> None:
    data.mkdir()
    connection = sqlite3.connect(data / "op26x.db")
    connection.execute("CREATE TABLE turn (something TEXT)")
    connection.close()
    with pytest.raises(sa.exc.OperationalError):
        Database.open(data / "op26x.db")
    assert tables(data) == {"turn"}


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
