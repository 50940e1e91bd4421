"""Whose turn it is to run a job, where several services share one database.

Each interval has a number by the database's own clock, which all services go by; whoever comes first in it runs the
job, and nobody begins while another is still at it. A service that dies leaves the turn with its connection.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import sqlalchemy as sa

_TAKE = sa.text("SELECT pg_try_advisory_lock(hashtext('op26x job'), hashtext(:job))")
_NUMBER = sa.text("SELECT floor(extract(epoch FROM now()) / :every_s)::bigint")


class Turns(Protocol):
    """Gives out turns."""

    def turn(self, job: str, every_s: float, own: str) -> AbstractContextManager[str | None]:
        """Holds the turn of a job for as long as the block lasts.

        Args:
            job: Its name.
            every_s: Its interval, in seconds.
            own: A name for the run that nobody else has.

        Returns:
            The name of the run, which is the same for all who ask in one interval: it is to be begun once. ``None`` if
            another service is at it.
        """


class Alone:
    """One service: every turn is its own."""

    @contextmanager
    def turn(self, job: str, every_s: float, own: str) -> Iterator[str | None]:
        """Its own."""
        yield own


class Shared:
    """Several services on one PostgreSQL.

    Args:
        url: Of the database.
    """

    def __init__(self, url: sa.URL) -> None:
        self._engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)

    @contextmanager
    def turn(self, job: str, every_s: float, own: str) -> Iterator[str | None]:
        """Of whoever asks first in an interval; an advisory lock of the connection holds it."""
        with self._engine.connect() as connection:
            if connection.scalar(_TAKE, {"job": job}):
                yield f"{job}-{connection.scalar(_NUMBER, {'every_s': every_s})}"
            else:
                yield None
