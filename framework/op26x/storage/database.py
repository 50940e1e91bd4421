"""One database: a file of SQLite by default, or a schema of PostgreSQL."""

import asyncio
import copy
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session

from op26x.errors import NotFound, StorageLost, UsageError, WorkError
from op26x.storage import postgres, sqlite
from op26x.storage.backend import Backend
from op26x.storage.migrating import MIGRATIONS, VERSION, is_current, revision, upgrade
from op26x.storage.places import Place, PostgresSchema

T = TypeVar("T")

REVISIONS = MIGRATIONS / "versions"
EVERYBODY = "*"


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A time that goes in and comes out in UTC and aware of it; SQLite itself forgets the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("A time without a zone can't be stored.")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Queue:
    """One thread, on which work is done in the order asked for.

    Attributes:
        waiting: Pieces of work that were asked for and are not done yet.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="op26x-storage")

    async def run(self, work: Callable[[], T]) -> T:
        """Does a piece of work when its turn comes."""
        self.waiting += 1
        done = asyncio.get_running_loop().run_in_executor(self._executor, work)
        done.add_done_callback(self._one_less)
        return await done

    def _one_less(self, _done: object) -> None:
        self.waiting -= 1

    def close(self) -> None:
        """Waits for work under way."""
        self._executor.shutdown(wait=True)


class Database:
    """Sessions on one engine. Work is done on a thread of its own, so that calls never wait for a disk.

    Args:
        backend: What it stands on.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine
        self._queue = Queue()
        self._scope = EVERYBODY
        self._migrations = REVISIONS

    @classmethod
    def open(cls, place: Place, migrations: Path = REVISIONS, *, make: bool = True) -> "Database":
        """Opens a database.

        Args:
            place: Where it is.
            migrations: Folder of its Alembic revisions.
            make: Whether to make it, and to bring it up to the newest revision, if need be.

        Raises:
            WorkError: It can't be made, is no database that can be used, or is of an older version and in use.
        """
        with opening(place):
            database = cls(_backend(place, make=make))
            database._migrations = migrations
            try:
                database._migrate(make=make)
            except BaseException:
                database.close()
                raise
        return database

    @property
    def waiting(self) -> int:
        """Pieces of work that were asked for and are not done yet."""
        return self._queue.waiting

    def within(self, organization_id: str) -> "Database":
        """The same database, in which only one organization's rows are; PostgreSQL itself sees to that."""
        view = copy.copy(self)
        view._scope = organization_id
        return view

    def of_everybody(self) -> "Database":
        """The same database, in which all organizations' rows are: for what is of nobody only if it is no other's."""
        return self.within(EVERYBODY)

    def tables(self) -> set[str]:
        """The names of the tables that there are, without what counts migrations."""
        return set(sa.inspect(self._engine).get_table_names()) - {VERSION.name}

    def analyze(self) -> None:
        """Has PostgreSQL count what is in its tables now, as it does by itself some minutes after much was written."""
        with self._backend.defining() as connection:
            connection.execute(sa.text("ANALYZE"))

    def revision(self) -> str:
        """The migration that it is at."""
        with self._engine.connect() as connection:
            return revision(connection) or ""

    def count(self) -> int:
        """How many rows are in all tables."""
        counts = [sa.select(sa.func.count()).select_from(sa.table(name)) for name in self.tables()]
        return sum(self.at_once(lambda session: [session.execute(one).scalar_one() for one in counts]))

    def take_seat(self, *, alone: bool = False) -> None:
        """Takes a seat among the services that work on it, until it is closed.

        Args:
            alone: Nobody else may have one.

        Raises:
            WorkError: A service works on it, or nobody may because its tables are being changed or filled, or were
                changed by another version meanwhile.
        """
        if self._backend.take_seat(alone=alone):
            if not is_current(self._engine, self._migrations, make=False):
                raise WorkError("The tables of this database were changed by a newer op26x.", "Start that version.")
            return
        if alone:
            raise WorkError("A service runs on this database.", "Stop it first.")
        raise WorkError(
            "The tables of this database are being changed or filled.", "Start the service once that is done."
        )

    @property
    def seat(self) -> int:
        """The number of that seat; 0 where there is no more than one, or none was taken."""
        return self._backend.seat

    async def other_seats(self) -> frozenset[int]:
        """Those of the other services that run now."""
        return await self._queue.run(self._backend.other_seats) if self.seat else frozenset()

    async def leads(self) -> bool:
        """Whether this service is the one that does what is to be done once, however many there are."""
        return await self._queue.run(self._backend.leads) if self.seat else True

    def listen(self, channels: Sequence[str], heard: Callable[[str, str], None]) -> Callable[[], None]:
        """Hears what other services tell, on another thread; returns what ends it."""
        return self._backend.listen(channels, heard)

    async def tell(self, channel: str, said: str) -> None:
        """Tells other services something, after what was written before.

        Args:
            channel: Who hears it.
            said: At most ``notices.LONGEST`` bytes.
        """
        await self._queue.run(lambda: self._backend.tell(channel, said))

    async def drop(self, table: str) -> None:
        """Removes a table with all that is in it.

        Raises:
            NotFound: There is no such table.
        """
        if table not in self.tables():
            raise NotFound(f"There is no table {table}.", f"The tables are: {', '.join(sorted(self.tables()))}.")

        def drop() -> None:
            with self._backend.defining() as connection:
                sa.Table(table, sa.MetaData()).drop(connection)

        await self._queue.run(drop)
        await self.checkpoint()

    def take(self, tables: Iterable[sa.Table], *, make: bool = True) -> set[str]:
        """Sees that tables of others are there, as they are declared; returns the names of those that are.

        Args:
            tables: Which.
            make: Whether to make those that are not there.

        Raises:
            WorkError: One is there with other columns, or can't be made.
        """
        seen, taken = sa.inspect(self._engine), set[str]()
        for table in tables:
            if not seen.has_table(table.name):
                if not make:
                    continue
                try:
                    with self._backend.defining() as connection:
                        table.create(connection, checkfirst=True)
                except sa.exc.NoReferencedTableError as error:
                    raise WorkError(
                        f"The table {table.name} can't be made: {error}.", "Name a table that is."
                    ) from None
                taken.add(table.name)
                continue
            there, wanted = {found["name"] for found in seen.get_columns(table.name)}, set(table.columns.keys())
            if there != wanted:
                raise WorkError(
                    f"The table {table.name} has other columns than its plugin declares: "
                    f"{', '.join(sorted(there ^ wanted))}.",
                    "Change the table as the plugin's release notes say, or install the version that made it.",
                )
            taken.add(table.name)
        return taken

    @contextmanager
    def session(self, *, alone: bool = False) -> Iterator[Session]:
        """A session that commits at the end, or rolls back if the block raises.

        Args:
            alone: No other process writes between what is read here and what is written.
        """
        with Session(self._engine, expire_on_commit=False) as session:
            try:
                self._backend.begin(session, self._scope, alone=alone)
                yield session
                self._backend.commit(session)
            except BaseException:
                session.rollback()
                raise

    def at_once(self, work: Callable[[Session], T], *, alone: bool = False, again: bool = True) -> T:
        """Does a piece of work in a session, here and now; once more where another transaction was in its way.

        Args:
            work: What to do. It may be done again, so all that it leaves behind is what it returns and what it writes.
            alone: No other process writes between what is read here and what is written.
            again: Whether it may be done again.

        Raises:
            StorageLost: PostgreSQL does not answer.
            UsageError: A value is none that a column can hold: a number too large, a text with a NUL character.
        """
        since = time.monotonic()
        for attempt in itertools.count(1):
            try:
                with self.session(alone=alone) as session:
                    return work(session)
            except (sa.exc.DataError, OverflowError):  # what they say may hold the value
                raise UsageError(
                    "Something that was given can't be stored or looked for.",
                    "Leave out NUL characters, and give numbers that fit in 32 bits.",
                ) from None
            except Exception as error:
                if not again or not self._backend.again(error, attempt, since):
                    raise
        raise AssertionError

    async def run(self, work: Callable[[Session], T], *, alone: bool = False, again: bool = True) -> T:
        """Does a piece of work in a session, off the event loop and in the order asked for.

        Args:
            work: As of ``at_once``.
            alone: No other process writes between what is read here and what is written.
            again: Whether it may be done again.

        Raises:
            StorageLost: The file that was opened is gone, or another one is in its place; PostgreSQL does not answer.
            UsageError: As of ``at_once``.
        """
        if not self.in_place:
            raise StorageLost(
                "The database is gone, or another one is in its place.",
                "Stop the service, put back the database that it had, and start it again.",
            )
        return await self._queue.run(lambda: self.at_once(work, alone=alone, again=again))

    async def checkpoint(self) -> bool:
        """Sees that nothing that was overwritten or deleted is left in the database's own log.

        Returns:
            ``False`` if another process was reading or writing for so long that the log could not be emptied.
        """
        return await self._queue.run(self._backend.checkpoint)

    @property
    def in_place(self) -> bool:
        """Whether the file that was opened is still where it was; always so of a database that is no file."""
        return self._backend.in_place

    def check(self, *, whole: bool = False) -> None:
        """Does nothing if the database is still in its place and whole, or answers.

        Args:
            whole: Reads every page of a file, not only how long it is.

        Raises:
            StorageLost: It is gone, exchanged, cut off, overwritten or damaged, or does not answer.
        """
        self._backend.check(whole=whole)
        if self.seat and not is_current(self._engine, self._migrations, make=False):
            raise StorageLost(
                "The tables of this database were changed by another version of op26x.",
                "Stop this service, and start it again with that version.",
            )

    def close(self) -> None:
        """Waits for work under way and closes every connection."""
        self._queue.close()
        self._backend.close()

    def _migrate(self, *, make: bool) -> None:
        revisions = self._migrations
        if is_current(self._engine, revisions, make=make):
            return
        with self._backend.defining() as connection:
            if self._backend.in_service(connection) and not is_current(self._engine, revisions):
                raise WorkError(
                    "A service of another version of op26x runs on this database.",
                    "Stop it first: a newer version changes the tables that it works on.",
                )
            upgrade(connection, revisions)


def exists(place: Place) -> bool:
    """Whether there is a database, empty or not."""
    return place.exists() if isinstance(place, Path) else postgres.exists(place)


def opening(place: Place) -> AbstractContextManager[None]:
    """What goes wrong while a database is opened and first read is said of where it is.

    Raises:
        WorkError: It can't be used, or is damaged.
    """
    return postgres.opening(place) if isinstance(place, PostgresSchema) else sqlite.opening(place)


def _backend(place: Place, *, make: bool) -> Backend:
    return postgres.Postgres(place) if isinstance(place, PostgresSchema) else sqlite.Sqlite(place, make=make)
