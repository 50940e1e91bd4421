"""Services that work on one PostgreSQL at once: each has a seat, and one of them leads.

Both are advisory locks of a connection that is held as long as the service runs, so that one that dies leaves them
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
"""

import threading
from contextlib import suppress

import sqlalchemy as sa

GHOST_MS = 3000
"""How long a service waits for its own seat, whose former connection the server has not given up yet."""

_ALL, _SEATS, _LEADER = "hashtext('op26x service')", "hashtext('op26x seat')", "hashtext('op26x leader')"
"""The first is shared by all services; whoever changes tables or fills them wants it alone."""
_SHARE = sa.text(f"SELECT pg_try_advisory_lock_shared({_ALL})")
_ALONE = sa.text(f"SELECT pg_try_advisory_lock({_ALL})")
_ALONE_FOR_NOW = sa.text(f"SELECT pg_try_advisory_xact_lock({_ALL})")
_NEW = sa.text("SELECT 1 + floor(random() * 2147483646)::int")
_SIT = sa.text(f"SELECT pg_try_advisory_lock({_SEATS}, :number)")
_SIT_AGAIN = sa.text(f"SELECT pg_advisory_lock({_SEATS}, :number)")
_WAIT = sa.text(f"SET lock_timeout = {GHOST_MS}")
_LEAD = sa.text(f"SELECT pg_try_advisory_lock({_LEADER}, 0)")
_LEAVE = sa.text("SELECT pg_advisory_unlock_all()")
_SITS = (
    "FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND CAST(classid AS bigint) = (CAST(hashtext('op26x seat') AS bigint) & 4294967295)"
)
_TAKEN = sa.text(f"SELECT CAST(objid AS bigint) {_SITS}")
_END_GHOST = sa.text(f"SELECT pg_terminate_backend(pid) {_SITS} AND CAST(objid AS bigint) = :number")


class Seats:
    """The seat of a service, and what it sees of the others'.

    Args:
        engine: Makes the connection that is held.

    Attributes:
        number: Of its own, a positive number of 31 bits that no other has; 0 before it has one. It never changes: the
            calls of the service go by it.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._held: sa.Connection | None = None
        self._leads = False
        self._closed = False
        self._one_at_a_time = threading.Lock()
        self.number = 0

    def take(self, *, alone: bool = False) -> bool:
        """Takes one; ``False`` if somebody is alone, or if this wants to be and is not."""
        with self._one_at_a_time:
            return self._take(_ALONE if alone else _SHARE)

    def keep(self) -> bool:
        """Takes the same one again if the connection was lost; ``False`` if somebody is alone by now.

        Raises:
            sqlalchemy.exc.DBAPIError: The server can't be asked, or does not let go of the former connection yet.
        """
        with self._one_at_a_time:
            return self._closed or not self.number or self._is_held() or self._take(_SHARE)

    def others(self) -> frozenset[int]:
        """Those that are taken by others."""
        with self._engine.connect() as connection:
            return frozenset(map(int, connection.scalars(_TAKEN))) - {self.number}

    def lead(self) -> bool:
        """Whether this service leads; it does from now on if no other does."""
        with self._one_at_a_time:
            if not self._is_held() or self._held is None:
                return False
            try:
                self._leads = self._leads or bool(self._held.scalar(_LEAD))
            except sa.exc.SQLAlchemyError:
                self._let_go()
            return self._leads

    def close(self) -> None:
        """Leaves it at once: the server notices only after a moment that a connection was closed."""
        with self._one_at_a_time:
            self._closed = True
            if self._held is not None:
                with suppress(sa.exc.SQLAlchemyError):  # a connection that was lost holds nothing
                    self._held.execute(_LEAVE)
            self._let_go()

    def _take(self, lock: sa.TextClause) -> bool:
        held = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            if not held.scalar(lock):
                held.close()
                return False
            if self.number:
                held.execute(_END_GHOST, {"number": self.number})
                held.execute(_WAIT)
                held.execute(_SIT_AGAIN, {"number": self.number})
            while not self.number:
                number = int(held.scalar(_NEW) or 0)
                self.number = number if held.scalar(_SIT, {"number": number}) else 0
        except BaseException:
            held.invalidate()
            raise
        held.detach()
        self._held = held
        return True

    def _is_held(self) -> bool:
        try:
            if self._held is not None and self._held.scalar(sa.select(1)) == 1:
                return True
        except sa.exc.SQLAlchemyError:
            self._let_go()
        return False

    def _let_go(self) -> None:
        held, self._held, self._leads = self._held, None, False
        if held is not None:
            held.close()


def none_taken(connection: sa.Connection) -> bool:
    """Whether no service has a seat; if so, none takes one before the transaction of that connection ends."""
    return bool(connection.scalar(_ALONE_FOR_NOW))
