"""SQLite, the embedded database: one file and the write-ahead log beside it."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, create_engine

from op26x.errors import StorageLost, WorkError
from op26x.storage.assumptions import assume
from op26x.storage.backend import Backend

BUSY_TIMEOUT_MS = 5000
LOCKED_PAUSE_S = 0.02
PRIMARY_CODE = 0xFF
"""Of SQLite's extended result codes (https://www.sqlite.org/rescode.html)."""
OWN_DIRECTORY = "Set OP26X_DATA to a directory of op26x's own that you may write."
MAGIC, HEAD_BYTES = b"SQLite format 3\0", 100
CHECKPOINT_PAUSE_S = 0.005


class Sqlite(Backend):
    """A file.

    Args:
        file: Where it is.
        make: Whether to make it with its directory, if need be.

    Raises:
        WorkError: It is not there, or a log is there without it.
        OSError: It can't be made.
        sqlalchemy.exc.DatabaseError: It can't be opened, or is no database.
    """

    def __init__(self, file: Path, *, make: bool) -> None:
        log = file.with_name(f"{file.name}-wal")
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
        self.engine = create_engine(sa.URL.create("sqlite", database=str(file)), hide_parameters=True)
        sa.event.listen(self.engine, "connect", _configure)
        try:
            self.engine.connect().close()
        except BaseException:
            self.engine.dispose()
            raise
        self._file, self._inode = file, file.stat().st_ino

    def begin(self, session: Session, scope: str, *, alone: bool) -> None:
        """Begins it; SQLite knows no rows that a session may not touch."""
        if alone:
            _lock(session.connection())

    def commit(self, session: Session) -> None:
        """Commits it."""
        session.commit()

    def again(self, error: BaseException, attempt: int, since: float) -> bool:
        """Never: SQLite itself waits for other writers."""
        return False

    @contextmanager
    def defining(self) -> Iterator[sa.Connection]:
        """A transaction in which nobody else writes."""
        with self.engine.connect() as connection:
            # SQLite changes a table by making it anew, which foreign keys forbid. Within a transaction they stay.
            _enforce_foreign_keys(connection, on=False)
            try:
                _lock(connection)
                yield connection
                _check_foreign_keys(connection)
                assume(connection)
                connection.commit()
            finally:
                connection.rollback()
                _enforce_foreign_keys(connection, on=True)

    def checkpoint(self) -> bool:
        """Writes the write-ahead log into the database and empties it; not if another process works for too long."""
        # SQLite itself waits for readers and writers, but not for another checkpoint.
        deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
        with self.engine.connect() as connection:
            while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
                if time.monotonic() > deadline:
                    return False
                time.sleep(CHECKPOINT_PAUSE_S)
            return True

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()

    @property
    def in_place(self) -> bool:  # type: ignore[override]
        """Whether the file that was opened is still where it was. SQLite itself goes on writing to one that is gone."""
        try:
            return self._file.stat().st_ino == self._inode
        except OSError:
            return False

    def check(self, *, whole: bool) -> None:
        """Looks at the file's head and length, or at every page."""
        if not self.in_place:
            raise StorageLost(
                f"The database {self._file.name} is gone, or another one is in its place.",
                "Stop the service, put back the database that it had, and start it again.",
            )
        if damage := _cut_or_overwritten(self._file) or (whole and self._damage()):
            raise StorageLost(
                f"The database {self._file.name} is damaged: {damage}.",
                "Stop the service and restore it from a backup; the recordings' files need not be touched.",
            )

    def _damage(self) -> str:
        try:
            with self.engine.connect() as connection:
                said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        except sa.exc.DatabaseError as error:
            return str(error.orig)
        return "" if said == "ok" else said


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


def _lock(connection: sa.Connection) -> None:
    """Takes the write lock first. Python's driver begins no transaction by itself to read or make tables."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _enforce_foreign_keys(connection: sa.Connection, *, on: bool) -> None:
    connection.exec_driver_sql(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    connection.commit()


def _check_foreign_keys(connection: sa.Connection) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise WorkError("A migration would leave rows that refer to nothing.", "Restore the database from a backup.")


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


def _configure(connection: Any, _record: object) -> None:
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
