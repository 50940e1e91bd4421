"""PostgreSQL, for an installation of several machines: a schema, and rows that only their organization sees.

Each transaction is serializable, which is what SQLite gives, and says whose rows it may touch; policies on every table
hold it to that (https://www.postgresql.org/docs/current/ddl-rowsecurity.html). A server that went away is waited for.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, create_engine

from op26x.errors import StorageLost, WorkError
from op26x.storage.backend import Backend
from op26x.storage.migrating import VERSION
from op26x.storage.notices import Listener, tell
from op26x.storage.places import KEY_SCHEMA, PostgresSchema
from op26x.storage.seats import Seats, none_taken

CONFLICTS = ("40001", "40P01")
"""Serialization failure and deadlock: the transaction is to be done again
(https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html)."""
AWAY = ("08", "57P")
"""Errors of a connection, and of a server that is being stopped or started."""
MOST_ATTEMPTS = 50
CONFLICT_PAUSE_S = 0.002
LOST_S = 30.0
"""How long a server that went away is waited for; what is asked for meanwhile waits in order."""
LOST_PAUSE_S = 0.2
CONNECT_S = 5
IDLE_MS = 20_000
"""Less than a server is waited for: what its client has left is over by then."""
OPTIONS = (
    f"-cidle_in_transaction_session_timeout={IDLE_MS} -ctimezone=UTC "
    "-ctcp_keepalives_idle=10 -ctcp_keepalives_interval=5 -ctcp_keepalives_count=2 -ctcp_user_timeout=20000"
)
"""The server, too, lets go of a machine that is gone, and of the lock that it held."""
ALIVE = {"tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""A server that says nothing any more is gone within some 20 s, not after the kernel's quarter of an hour
(https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TCP-USER-TIMEOUT)."""
SCOPE = "op26x.organization"
ROLE_REMEDY = "Make one for it: CREATE ROLE op26x LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS;"
POLICY = "op26x_scope"


class Postgres(Backend):
    """A schema of a database.

    Args:
        place: Which.

    Raises:
        WorkError: The role may see every organization's rows, whatever a session says.
        sqlalchemy.exc.DatabaseError: It can't be reached.
    """

    in_place = True

    def __init__(self, place: PostgresSchema) -> None:
        self._place = place
        self.engine = _engine(place.url, place.name, "SERIALIZABLE")
        self._seats = Seats(self.engine)
        sa.event.listen(self.engine, "before_cursor_execute", _note_writing)
        try:
            with self.engine.connect() as connection:
                _refuse_all_seeing(connection)
        except BaseException:
            self.engine.dispose()
            raise

    def begin(self, session: Session, scope: str, *, alone: bool) -> None:
        """Begins it; that nobody writes in between is so of every transaction."""
        connection = session.connection()
        connection.execute(_SET_SCOPE, {"scope": scope})
        connection.info[WROTE] = False

    def commit(self, session: Session) -> None:
        """Commits it; if the server goes away meanwhile, finds out afterwards whether it did."""
        session.flush()
        connection = session.connection()
        wrote = connection.info[WROTE]
        xid = connection.scalar(_XID) if wrote else None
        try:
            session.commit()
        except sa.exc.DBAPIError as error:
            if xid is None or not _went_away(error) or not self._did_commit(xid):
                raise

    def again(self, error: BaseException, attempt: int, since: float) -> bool:
        """After a conflict with another transaction, and while the server is away."""
        if not isinstance(error, sa.exc.DBAPIError):
            return False
        if _state(error) in CONFLICTS:
            time.sleep(CONFLICT_PAUSE_S * attempt)
            return attempt < MOST_ATTEMPTS
        if _went_away(error):
            self._wait(since)
            return True
        return False

    @contextmanager
    def defining(self) -> Iterator[sa.Connection]:
        """A transaction of the role that owns the tables.

        At its end the server holds every session to its organization's rows, and the service's role to what it needs.
        """
        with self._owning("READ COMMITTED") as owner, owner.begin() as connection:
            connection.execute(_LOCK)
            connection.execute(_SET_SCOPE, {"scope": "*"})
            if not sa.inspect(connection).has_schema(self._place.name):
                connection.execute(sa.schema.CreateSchema(self._place.name))
            yield connection
            for table in sa.inspect(connection).get_table_names():
                if table != VERSION.name:
                    _hold(connection, table)
            if self._place.owner != self._place.url:
                _grant(connection, self._place)

    def checkpoint(self) -> bool:
        """Clears destroyed keys away; what else is deleted is sealed with them, and goes when the server cleans up."""
        if self._place.name == KEY_SCHEMA:
            with self._owning("AUTOCOMMIT") as owner, owner.connect() as connection:
                connection.exec_driver_sql("VACUUM key_slot")
        return True

    @property
    def seat(self) -> int:
        """The number of the service's seat; 0 if none was taken."""
        return self._seats.number

    def take_seat(self, *, alone: bool) -> bool:
        """By advisory locks."""
        return self._seats.take(alone=alone)

    def other_seats(self) -> frozenset[int]:
        """By their locks."""
        with self._said_to_be_lost():
            return self._seats.others()

    def leads(self) -> bool:
        """By another lock; nobody does who lost the connection that holds it."""
        return self._seats.lead()

    def in_service(self, connection: sa.Connection) -> bool:
        """Tries to take the lock that all services share."""
        return not none_taken(connection)

    def listen(self, channels: Sequence[str], heard: Callable[[str, str], None]) -> Callable[[], None]:
        """By ``LISTEN``."""
        listener = Listener(self.engine, channels, heard)
        listener.start()
        return listener.close

    def tell(self, channel: str, said: str) -> None:
        """By ``NOTIFY``."""
        with self._said_to_be_lost():
            tell(self.engine, channel, said)

    def close(self) -> None:
        """Closes every connection."""
        self._seats.close()
        self.engine.dispose()

    def check(self, *, whole: bool) -> None:
        """Asks the server whether it is there, and takes the service's seat again if its connection was lost."""
        try:
            keeps = self._keeps_its_seat()
        except sa.exc.DBAPIError:  # connections of a server that was started anew; the next are new ones
            try:
                keeps = self._keeps_its_seat()
            except sa.exc.DBAPIError as error:
                raise self._lost(error) from None
        if not keeps:
            raise StorageLost(
                f"The tables of {self._place} are being changed by another version of op26x.",
                "Stop this service, and start it again with that version.",
            )

    @contextmanager
    def _owning(self, isolation: str) -> Iterator[sa.Engine]:
        """Connections of the role that owns the tables, which alone may define them and have them cleaned up."""
        engine = _engine(self._place.owner, self._place.name, isolation)
        try:
            yield engine
        finally:
            engine.dispose()

    def _keeps_its_seat(self) -> bool:
        with self.engine.connect() as connection:
            connection.execute(sa.select(1))
        return self._seats.keep()

    @contextmanager
    def _said_to_be_lost(self) -> Iterator[None]:
        """For what is not worth waiting for: a server that does not answer is an error of our own at once."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self._lost(error) from None

    def _wait(self, since: float) -> None:
        if time.monotonic() - since > LOST_S:
            raise self._lost(None)
        time.sleep(LOST_PAUSE_S)

    def _did_commit(self, xid: str) -> bool:
        since = time.monotonic()
        while True:
            try:
                with self.engine.connect() as connection:
                    found = connection.scalar(_STATUS, {"xid": xid})
            except sa.exc.DBAPIError as error:
                if not _went_away(error):
                    raise
                found = "in progress"
            if found != "in progress":
                return bool(found == "committed")
            self._wait(since)

    def _lost(self, error: sa.exc.DBAPIError | None) -> StorageLost:
        why = f": {type(error.orig).__name__}" if error else ""
        return StorageLost(
            f"The database {self._place} does not answer{why}.", "See whether the server runs and can be reached."
        )


def exists(place: PostgresSchema) -> bool:
    """Whether there is the schema."""
    engine = _engine(place.url, place.name, "READ COMMITTED")
    try:
        return sa.inspect(engine).has_schema(place.name)
    finally:
        engine.dispose()


@contextmanager
def opening(place: PostgresSchema) -> Iterator[None]:
    """What goes wrong while a database is opened and first read is said of it.

    Raises:
        WorkError: It can't be used.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0]
        raise WorkError(
            f"The database {place} can't be used: {said}.", "Check OP26X_DATABASE, and whether the server runs."
        ) from None


WROTE = "wrote"
_SET_SCOPE = sa.text(f"SELECT set_config('{SCOPE}', :scope, true)")
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('op26x tables'))")
_XID = sa.text("SELECT pg_current_xact_id_if_assigned()::text")
_STATUS = sa.text("SELECT pg_xact_status(CAST(:xid AS xid8))")
_ROLE = sa.text("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


def _engine(url: sa.URL, schema: str, isolation: str) -> sa.Engine:
    known = {"connect_timeout": CONNECT_S, "application_name": "op26x", **ALIVE}
    given = {name: value for name, value in known.items() if name not in url.query}
    given["options"] = f"{url.query.get('options', '')} -csearch_path={schema} {OPTIONS}".strip()
    return create_engine(url, hide_parameters=True, isolation_level=isolation, connect_args=given)


def _note_writing(connection: Any, _cursor: object, said: str, *_of_it: object) -> None:
    if not said.lstrip().upper().startswith("SELECT"):
        connection.info[WROTE] = True


def _refuse_all_seeing(connection: sa.Connection) -> None:
    name, sees_all = connection.execute(_ROLE).one()
    if sees_all:
        raise WorkError(f"The role {name} sees every row, whatever PostgreSQL is told to hide from it.", ROLE_REMEDY)


def _state(error: sa.exc.DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _went_away(error: sa.exc.DBAPIError) -> bool:
    if error.connection_invalidated or _state(error).startswith(AWAY):
        return True
    return isinstance(error, sa.exc.OperationalError) and not _state(error)


def _hold(connection: sa.Connection, table: str) -> None:
    columns = {column["name"] for column in sa.inspect(connection).get_columns(table)}
    own = "organization_id" if "organization_id" in columns else "id" if table == "organization" else ""
    scope = f"NULLIF(current_setting('{SCOPE}', true), '')"
    visible = f"{own} = {scope} OR {scope} = '*'" if own else f"{scope} = '*'"
    quoted = connection.dialect.identifier_preparer.quote(table)
    for statement in (
        f"DROP POLICY IF EXISTS {POLICY} ON {quoted}",
        f"CREATE POLICY {POLICY} ON {quoted} USING ({visible})",
        f"ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {quoted} FORCE ROW LEVEL SECURITY",
    ):
        connection.exec_driver_sql(statement)


def _grant(connection: sa.Connection, place: PostgresSchema) -> None:
    quote = connection.dialect.identifier_preparer.quote
    role, schema = quote(place.url.username or ""), quote(place.name)
    for statement in (
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    ):
        connection.exec_driver_sql(statement)
