"""Services that work on one PostgreSQL at once: each has a seat, and one of them leads.

Both are advisory locks of a connection that is held as long as the service runs, so that one that dies leaves them
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
"""

import threading

import sqlalchemy as sa

_ALL, _SEATS, _LEADER = "hashtext('op26x service')", "hashtext('op26x seat')", "hashtext('op26x leader')"
"""The first is shared by all services; whoever changes tables or fills them wants it alone."""
_SHARE = sa.text(f"SELECT pg_try_advisory_lock_shared({_ALL})")
_ALONE = sa.text(f"SELECT pg_try_advisory_lock({_ALL})")
_ALONE_FOR_NOW = sa.text(f"SELECT pg_try_advisory_xact_lock({_ALL})")
_NEW = sa.text("SELECT 1 + floor(random() * 2147483646)::int")
_SIT = sa.text(f"SELECT pg_try_advisory_lock({_SEATS}, :number)")
_LEAD = sa.text(f"SELECT pg_try_advisory_lock({_LEADER}, 0)")
_TAKEN = sa.text(
    "SELECT CAST(objid AS bigint) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND CAST(classid AS bigint) = (CAST(hashtext('op26x seat') AS bigint) & 4294967295)"
)


class Seats:
    """The seat of a service, and what it sees of the others'.

    Args:
        engine: Makes the connection that is held.

    Attributes:
        number: Of its own, a positive number of 31 bits that no other has; 0 while it has none.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._held: sa.Connection | None = None
        self._leads = False
        self._one_at_a_time = threading.Lock()
        self.number = 0

    def take(self, *, alone: bool = False) -> bool:
        """Takes one, or the same one again; ``False`` if somebody is alone, or if this wants to be and is not."""
        with self._one_at_a_time:
            held = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if not held.scalar(_ALONE if alone else _SHARE):
                held.close()
                return False
            number = self.number
            while not number or not held.scalar(_SIT, {"number": number}):
                number = int(held.scalar(_NEW) or 0)
            held.detach()
            self._held, self.number = held, number
            return True

    def keep(self) -> bool:
        """Takes it again if the connection was lost; ``False`` if somebody is alone by now."""
        return not self.number or self._is_held() or self.take()

    def others(self) -> frozenset[int]:
        """Those that are taken by others."""
        with self._engine.connect() as connection:
            return frozenset(map(int, connection.scalars(_TAKEN))) - {self.number}

    def lead(self) -> bool:
        """Whether this service leads; it does from now on if no other does."""
        if not self._is_held():
            return False
        with self._one_at_a_time:
            self._leads = self._leads or bool(self._held is not None and self._held.scalar(_LEAD))
            return self._leads

    def close(self) -> None:
        """Leaves it."""
        with self._one_at_a_time:
            if self._held is not None:
                self._held.close()
            self._held = None

    def _is_held(self) -> bool:
        with self._one_at_a_time:
            try:
                if self._held is not None and self._held.scalar(sa.select(1)) == 1:
                    return True
            except sa.exc.DBAPIError:
                self._held = None
            self._leads = False
            return False


def none_taken(connection: sa.Connection) -> bool:
    """Whether no service has a seat; if so, none takes one before the transaction of that connection ends."""
    return bool(connection.scalar(_ALONE_FOR_NOW))
