"""Places that can't be written: a database as on a disk that is full, which can be read all the same; no reserve."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from op26x.calls import Workspace
from op26x.storage import Database


@contextmanager
def unwritable(database: Database) -> Iterator[None]:
    """The database itself refuses every change."""
    with _connecting(database, _only_read):
        yield


@contextmanager
def gone(database: Database) -> Iterator[None]:
    """The database itself lets nobody in."""
    with _connecting(database, _refused):
        yield


@contextmanager
def _connecting(database: Database, changed: Callable[[Any, object], None]) -> Iterator[None]:
    """Every connection is a new one, to which something is done first."""
    engine = database._engine
    sa.event.listen(engine, "connect", changed)
    engine.dispose()
    try:
        yield
    finally:
        sa.event.remove(engine, "connect", changed)
        engine.dispose()


@contextmanager
def without_reserve(workspace: Workspace) -> Iterator[None]:
    """Somebody moved the reserve away."""
    file = workspace.settings.core.reserve_path
    aside = file.with_name("reserve.aside")
    file.rename(aside)
    try:
        yield
    finally:
        aside.rename(file)


def _only_read(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA query_only=ON")
    else:
        connection.read_only = True


def _refused(connection: Any, _record: object) -> None:
    lost = sqlite3.OperationalError if isinstance(connection, sqlite3.Connection) else psycopg.OperationalError
    raise lost("it is gone")
