"""Fresh databases for tests: migrated once, and copied from then on. Migrations take a hundred times as long as a copy.

The tests of migrations themselves do without.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from op26x.storage import Database
from op26x.storage import database as module


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """An empty database that has every table."""
    file = tmp_path_factory.mktemp("migrated") / "op26x.db"
    Database.open(file).close()
    with sqlite3.connect(file, check_same_thread=False) as connection:
        yield connection
    connection.close()


@pytest.fixture(autouse=True)
def _copied(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, migrated: sqlite3.Connection) -> None:
    """A fresh database is a copy."""
    if request.path.name == "test_migrations.py":
        return
    is_current = module.is_current

    def copied_or_current(engine: sa.Engine, revisions: Path, *, make: bool = True) -> bool:
        file = Path(engine.url.database or "")
        if make and revisions == module.REVISIONS and engine.dialect.name == "sqlite" and not _has_tables(file):
            raw = engine.raw_connection()
            migrated.backup(raw.driver_connection)  # type: ignore[arg-type]
            raw.close()
        return is_current(engine, revisions, make=make)

    monkeypatch.setattr(module, "is_current", copied_or_current)


def _has_tables(file: Path) -> bool:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        found = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    connection.close()
    return bool(found)
