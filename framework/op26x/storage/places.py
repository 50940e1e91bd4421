"""Where the databases are: files in the data directory, or schemas of one PostgreSQL database."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from op26x.errors import SettingsError
from op26x.exposure import is_loopback
from op26x.settings import CoreSettings
from op26x.types import Secret

DATA_SCHEMA, KEY_SCHEMA, WORK_SCHEMA = "op26x", "op26x_keys", "op26x_work"
EXAMPLE = "postgresql://op26x:PASSWORD@db.example.com/op26x"
CHECKED = {"sslmode": "verify-full", "sslrootcert": "system"}
"""The server's certificate is checked against the system's authorities, and the name in it against the host's
(https://www.postgresql.org/docs/current/libpq-ssl.html)."""


@dataclass(frozen=True)
class PostgresSchema:
    """A schema.

    Attributes:
        url: With the role that works with it.
        owner: With the role that owns it.
        name: Its name.
    """

    url: sa.URL
    owner: sa.URL
    name: str

    def __str__(self) -> str:
        return f"{self.name} of {self.url.host or 'the local PostgreSQL'}/{self.url.database}"


Place = Path | PostgresSchema


def data_place(core: CoreSettings) -> Place:
    """Where the data is; errors as of ``postgres_url``."""
    return _place(core, DATA_SCHEMA, core.database_path)


def key_place(core: CoreSettings) -> Place:
    """Where the wrapped keys are, apart from the data, so that one can be saved without the other."""
    return _place(core, KEY_SCHEMA, core.keys_path)


def work_place(core: CoreSettings) -> Place:
    """Where the progress of durable work is: identifiers only."""
    return _place(core, WORK_SCHEMA, core.work_path)


def _place(core: CoreSettings, schema: str, file: Path) -> Place:
    if not core.database:
        return file
    url = postgres_url(core.database, "OP26X_DATABASE")
    owner = postgres_url(core.database_owner, "OP26X_DATABASE_OWNER") if core.database_owner else url
    return PostgresSchema(url, owner, schema)


def postgres_url(given: Secret, variable: str) -> sa.URL:
    """A URL as psycopg takes it; to another machine, with its certificate checked.

    Args:
        given: ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``, with libpq's parameters behind a question mark.
        variable: Where it was given.

    Raises:
        SettingsError: It is none, or asks for less than that certificate.
    """
    try:
        url = sa.make_url(given.reveal())
    except (sa.exc.ArgumentError, ValueError):  # what it says may hold the password
        raise SettingsError(f"{variable} is no URL.", f"Write it as {EXAMPLE}") from None
    if url.drivername.partition("+")[0] not in ("postgresql", "postgres") or not url.database or not url.username:
        raise SettingsError(f"{variable} is no URL of a PostgreSQL database.", f"Write it as {EXAMPLE}")
    url = url.set(drivername="postgresql+psycopg")
    if {"service", "servicefile"} & set(url.query):
        raise SettingsError(f"{variable} names a service file, which may lead anywhere.", f"Write it as {EXAMPLE}")
    host = url.query.get("host") or url.host or ""  # empty: a socket here, or whatever PGHOST names
    hosts = (host, url.query.get("hostaddr") or host)
    if all(_on_this_machine(str(one)) for one in hosts):
        return url
    if url.query.get("sslmode", "verify-full") != "verify-full":
        raise SettingsError(
            f"{variable} would send personal data to a server whose certificate nobody checks.",
            "Leave sslmode out, or say sslmode=verify-full, and sslrootcert=FILE if the authority is your own.",
        )
    return url.update_query_dict({**CHECKED, **{name: str(value) for name, value in url.query.items()}})


def _on_this_machine(host: str) -> bool:
    return host.startswith("/") or is_loopback(host)
