"""One database: SQLite in WAL mode by default, any other that SQLAlchemy speaks by its URL."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, create_engine

from op26x.errors import NotFound, StorageLost, WorkError
from op26x.storage.migrating import MIGRATIONS, VERSION, begin_alone, migrate

T = TypeVar("T")

REVISIONS = MIGRATIONS / "versions"
BUSY_TIMEOUT_MS = 5000
LOCKED_PAUSE_S = 0.02
PRIMARY_CODE = 0xFF
"""Of SQLite's extended result codes (https://www.sqlite.org/rescode.html)."""
OWN_DIRECTORY = "Set OP26X_DATA to a directory of op26x's own that you may write."
MAGIC, HEAD_BYTES = b"SQLite format 3\0", 100
CHECKPOINT_PAUSE_S = 0.005


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


class Database:
    """Sessions on one engine. Work is done on a thread of its own, so that calls never wait for a disk.

    Args:
        url: As SQLAlchemy writes it, ``sqlite:////data/op26x.db``.

    Attributes:
        waiting: Pieces of work that were asked for and are not done yet.
    """

    def __init__(self, url: str | sa.URL) -> None:
        self._opened: tuple[Path, int] | None = None
        self._engine = create_engine(url, hide_parameters=True)
        self.waiting = 0
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="op26x-storage")
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _configure_sqlite)

    @classmethod
    def open(cls, file: Path, migrations: Path = REVISIONS, *, make: bool = True) -> "Database":
        """Opens an embedded database.

        Args:
            file: Where it is.
            migrations: Folder of its Alembic revisions.
            make: Whether to make it with its directory, and to bring it up to the newest revision, if need be.

        Raises:
            WorkError: It can't be made, or is no database that can be used.
        """
        log = file.with_name(f"{file.name}-wal")
        with opening(file):
            if log.exists() and not file.exists():  # SQLite would take it for another database's, and remove it
                raise WorkError(
                    f"The database {file} is gone, but the log beside it holds what was last written.",
                    f"Put the database back, or remove {log.name} to begin anew.",
                )
            if not make and not file.exists():
                raise WorkError(f"The database {file} is gone.", "Put it back from its backup.")
            if make:
                file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                file.touch(mode=0o600)
            database = cls(sa.URL.create("sqlite", database=str(file)))
            try:
                database._engine.connect().close()
                database._opened = file, file.stat().st_ino
                migrate(database._engine, migrations, make=make)
            except BaseException:
                database.close()
                raise
        return database

    def tables(self) -> set[str]:
        """The names of the tables that there are, without what counts migrations."""
        return set(sa.inspect(self._engine).get_table_names()) - {VERSION.name}

    async def drop(self, table: str) -> None:
        """Removes a table with all that is in it.

        Raises:
            NotFound: There is no such table.
        """
        if table not in self.tables():
            raise NotFound(f"There is no table {table}.", f"The tables are: {', '.join(sorted(self.tables()))}.")
        await self.run(lambda session: sa.Table(table, sa.MetaData()).drop(session.connection()), alone=True)
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
                    table.create(self._engine, checkfirst=True)
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
                if alone:
                    begin_alone(session.connection())
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    async def run(self, work: Callable[[Session], T], *, alone: bool = False) -> T:
        """Does a piece of work in a session, off the event loop and in the order asked for.

        Args:
            work: What to do.
            alone: No other process writes between what is read here and what is written.

        Raises:
            StorageLost: The file that was opened is gone, or another one is in its place.
        """
        if not self.in_place:
            raise StorageLost(
                "The database is gone, or another one is in its place.",
                "Stop the service, put back the database that it had, and start it again.",
            )

        def within_session() -> T:
            with self.session(alone=alone) as session:
                return work(session)

        self.waiting += 1
        done = asyncio.get_running_loop().run_in_executor(self._executor, within_session)
        done.add_done_callback(self._one_less)
        return await done

    def _one_less(self, _done: object) -> None:
        self.waiting -= 1

    async def checkpoint(self) -> bool:
        """SQLite: writes the write-ahead log into the database and empties it, so that nothing old stays there.

        Returns:
            ``False`` if another process was reading or writing for so long that the log could not be emptied.
        """
        if self._engine.dialect.name != "sqlite":
            return True

        def truncate() -> bool:
            # SQLite itself waits for readers and writers, but not for another checkpoint.
            deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
            with self._engine.connect() as connection:
                while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
                    if time.monotonic() > deadline:
                        return False
                    time.sleep(CHECKPOINT_PAUSE_S)
                return True

        return await asyncio.get_running_loop().run_in_executor(self._executor, truncate)

    @property
    def in_place(self) -> bool:
        """Whether the file that was opened is still where it was. SQLite itself goes on writing to one that is gone."""
        if self._opened is None:
            return True
        file, inode = self._opened
        try:
            return file.stat().st_ino == inode
        except OSError:
            return False

    def check(self, *, whole: bool = False) -> None:
        """Does nothing if the database is still in its place and whole; of a database that is no file, nothing.

        Args:
            whole: Reads every page of it, not only how long it is.

        Raises:
            StorageLost: It is gone, exchanged, cut off, overwritten or damaged.
        """
        if self._opened is None:
            return
        file, _ = self._opened
        if not self.in_place:
            raise StorageLost(
                f"The database {file.name} is gone, or another one is in its place.",
                "Stop the service, put back the database that it had, and start it again.",
            )
        if damage := _cut_or_overwritten(file) or (whole and self._damage()):
            raise StorageLost(
                f"The database {file.name} is damaged: {damage}.",
                "Stop the service and restore it from a backup; the recordings' files need not be touched.",
            )

    def _damage(self) -> str:
        try:
            with self._engine.connect() as connection:
                said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        except sa.exc.DatabaseError as error:
            return str(error.orig)
        return "" if said == "ok" else said

    def close(self) -> None:
        """Waits for work under way and closes every connection."""
        self._executor.shutdown(wait=True)
        self._engine.dispose()


@contextmanager
def opening(file: Path) -> Iterator[None]:
    """What goes wrong while a database is opened and first read is said of its file.

    Raises:
        WorkError: It can't be used, or is damaged.
    """
    try:
        yield
    except OSError as error:
        raise WorkError(f"The database {file} can't be used: {error.strerror}.", OWN_DIRECTORY) from None
    except sa.exc.OperationalError as error:  # SQLite's own words for a file that it can't open, lock or write
        raise WorkError(f"The database {file} can't be used: {error.orig}.", OWN_DIRECTORY) from None
    except sa.exc.DatabaseError as error:
        raise WorkError(f"The database {file} is damaged: {error.orig}.", "Restore it from a backup.") from None


_descriptors: dict[tuple[int, int], int] = {}
"""Of database files that were looked at, by device and inode. None is ever closed: closing any descriptor of a file
drops all locks that the process has on it, SQLite's too, and the next process to end would take the log away
(https://www.sqlite.org/howtocorrupt.html, section 2.2)."""


def _cut_or_overwritten(file: Path) -> str:
    """What the first 100 bytes tell (https://www.sqlite.org/fileformat.html, section 1.3); empty if they are sound."""
    found = file.stat()
    inode = found.st_dev, found.st_ino
    if inode not in _descriptors:
        _descriptors[inode] = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    head, size = os.pread(_descriptors[inode], HEAD_BYTES, 0), found.st_size
    if size == 0 or (len(head) == HEAD_BYTES and head.startswith(MAGIC)):
        page_bytes = int.from_bytes(head[16:18], "big")
        pages = int.from_bytes(head[28:32], "big")
        whole = size >= pages * (65536 if page_bytes == 1 else page_bytes)
        return "" if size and whole else "it is cut off"
    return "it was overwritten"


def _configure_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute("PRAGMA recursive_triggers=ON")  # what is replaced is deleted, and what guards it says no
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Switches the log on. Several processes that do so at once are told "locked" without being made to wait."""
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(LOCKED_PAUSE_S)
        else:
            return
