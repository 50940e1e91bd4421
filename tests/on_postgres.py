"""With ``--postgres``, every database that would be a file is one of PostgreSQL; what opens the file is left out.

The server is from a wheel, one for each process of tests. A database is a copy of one that was migrated once.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from op26x.storage import Database
from op26x.storage import database as module
from op26x.storage.places import DATA_SCHEMA, KEY_SCHEMA, Place, PostgresSchema
from op26x.storage.postgres import Postgres
from op26x.vault.keyring import MIGRATIONS
from postgres_server import Server

TEMPLATE = "migrated"
FILES = ("op26x.db", "keys.db", "rows.db")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--postgres``."""
    parser.addoption("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is about files."""
    if config.getoption("--postgres"):
        for item in items:
            if item.get_closest_marker("sqlite"):
                item.add_marker(pytest.mark.skip(reason="about SQLite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server, with a template of what ``op26x`` makes; its directory is one that its own user can reach."""
    directory = Path(tempfile.mkdtemp(prefix="op26x-postgres-"))
    directory.chmod(0o755)
    server = Server(directory / "pg", fast=True)
    made = server.make()
    for schema, revisions in ((DATA_SCHEMA, module.REVISIONS), (KEY_SCHEMA, MIGRATIONS)):
        place = PostgresSchema(server.url(made), server.url(made), schema)
        Database.open(place, revisions).close()
    server.do(f"ALTER DATABASE {made} RENAME TO {TEMPLATE}")
    yield server
    server.close()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(autouse=True)
def _on_postgres(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, in_other_processes: dict[str, str]
) -> Iterator[None]:
    """Has a file of a database stand for a database of the server."""
    if not request.config.getoption("--postgres"):
        yield
        return
    server: Server = request.getfixturevalue("postgres")
    made: dict[str, str] = {}

    def stands_for(place: Place) -> Place:
        if isinstance(place, PostgresSchema):
            return place
        directory = str(place.resolve().parent).removesuffix(".keys")
        if directory not in made:
            made[directory] = server.make(TEMPLATE)
            in_other_processes["OP26X_DATABASE"] = server.setting(made[directory])
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.touch()  # for what looks whether there is a database
        url = server.url(made[directory])
        return PostgresSchema(url, url, KEY_SCHEMA if place.name == "keys.db" else DATA_SCHEMA)

    connect = sqlite3.connect

    def no_file(database: Any, *of_it: Any, **how: Any) -> sqlite3.Connection:
        if any(name in str(database) for name in FILES):
            pytest.skip("about SQLite's file")
        return connect(database, *of_it, **how)

    for sqlite in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(sqlite, "connect", no_file)
    opening = module.opening
    monkeypatch.setattr(module, "opening", lambda place: opening(stands_for(place)))
    monkeypatch.setattr(module, "_backend", lambda place, **_how: Postgres(stands_for(place)))
    yield
    for name in made.values():
        with contextlib.suppress(sa.exc.DBAPIError):
            server.drop(name)
