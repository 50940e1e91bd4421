"""Short messages between connections of one PostgreSQL (https://www.postgresql.org/docs/current/sql-notify.html)."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from op26x import logs

log = logs.get("storage")

LONGEST = 7900
"""Bytes of a message; PostgreSQL takes fewer than 8,000."""
LOOK_S, PAUSE_S = 1.0, 0.5

_TELL = sa.text("SELECT pg_notify(:channel, :said)")


class Listener:
    """Hears what is said on some channels, on a thread and a connection of its own, until it is closed.

    Whatever is said while that connection is lost is not heard.

    Args:
        engine: Makes the connection.
        channels: Which.
        heard: Told the channel and the message, on that thread.
    """

    def __init__(self, engine: sa.Engine, channels: Sequence[str], heard: Callable[[str, str], None]) -> None:
        self._engine = engine
        self._channels = channels
        self._heard = heard
        self._over = threading.Event()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._run, name="op26x-notices", daemon=True)

    def start(self) -> None:
        """Returns when it listens, or after a while in which it could not."""
        self._thread.start()
        self._listens.wait(LOOK_S)

    def close(self) -> None:
        """Returns when it hears nothing any more."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    self._listen(connection)
            except Exception as error:  # whatever it is, a service does not go deaf
                log.warning("other services are not heard for a moment", exc_info=error)
                self._over.wait(PAUSE_S)

    def _listen(self, connection: sa.Connection) -> None:
        driver: Any = connection.connection.driver_connection
        connection.detach()
        for channel in self._channels:
            connection.exec_driver_sql(f'LISTEN "{channel}"')
        self._listens.set()
        while not self._over.is_set():
            for notice in driver.notifies(timeout=LOOK_S):
                self._heard(notice.channel, notice.payload)
                if self._over.is_set():
                    return


def tell(engine: sa.Engine, channel: str, said: str) -> None:
    """Says something on a channel, to whoever listens now."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(_TELL, {"channel": channel, "said": said})
