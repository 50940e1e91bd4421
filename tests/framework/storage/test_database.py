"""The database: transactions, WAL, UTC, and work off the event loop in the order asked for."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from op26x.accounts import Organization
from op26x.errors import StorageLost, UsageError, WorkError
from op26x.storage import Database
from op26x.storage import sqlite as module

pytestmark = pytest.mark.sqlite

MOMENT = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def database(data: Path) -> Iterator[Database]:
    """An empty one."""
    opened = Database.open(data / "op26x.db")
    yield opened
    opened.close()


def names(database: Database) -> list[str]:
    with database.session() as session:
        return [o.name for o in session.exec(select(Organization).order_by(Organization.id))]


def organization(number: int, name: str = "") -> Organization:
    return Organization(id=f"{number:026}", name=name or str(number), created_at=MOMENT)


def long(number: int, length: int = 200) -> Organization:
    """One whose row takes room."""
    return organization(number, f"{number} " + "x" * length)


def test_the_data_directory_is_made_for_its_owner_alone(database: Database, data: Path) -> None:
    assert data.stat().st_mode & 0o777 == 0o700
    assert (data / "op26x.db").is_file()


@pytest.mark.parametrize("name", ["plain", "what?", "100%", "a#b", "with space", "ünïcode"])
def test_any_name_of_a_directory_will_do(tmp_path: Path, name: str) -> None:
    database = Database.open(tmp_path / name / "op26x.db")
    database.close()
    assert (tmp_path / name / "op26x.db").is_file()


def test_a_session_commits_at_the_end(database: Database) -> None:
    with database.session() as session:
        session.add(organization(1))
    assert names(database) == ["1"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_session_rolls_back_when_its_block_raises(database: Database, error: type[BaseException]) -> None:
    with pytest.raises(error), database.session() as session:
        session.add(organization(1))
        session.flush()
        raise error
    assert names(database) == []


async def test_work_rolls_back_when_it_raises(database: Database) -> None:
    def work(session: Session) -> None:
        session.add(organization(1))
        session.flush()
        raise ValueError

    with pytest.raises(ValueError):
        await database.run(work)
    assert await asyncio.to_thread(names, database) == []


async def test_work_is_done_off_the_event_loop_on_one_thread(database: Database) -> None:
    threads = [await database.run(lambda _: threading.current_thread()) for _ in range(3)]
    assert len(set(threads)) == 1
    assert threads[0] is not threading.current_thread()


async def test_the_event_loop_goes_on_while_work_is_done(database: Database) -> None:
    go_on = threading.Event()
    work = asyncio.create_task(database.run(lambda _: go_on.wait(30)))
    await asyncio.sleep(0)
    assert not work.done()
    go_on.set()
    assert await work


async def test_work_is_done_in_the_order_asked_for(database: Database) -> None:
    done: list[int] = []
    await asyncio.gather(*(database.run(lambda _, n=n: done.append(n)) for n in range(50)))
    assert done == list(range(50))


async def test_closing_waits_for_work_under_way(data: Path) -> None:
    database = Database.open(data / "op26x.db")
    work = asyncio.create_task(database.run(lambda session: session.add(organization(1))))
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await work
    reopened = Database.open(data / "op26x.db")
    assert names(reopened) == ["1"]
    reopened.close()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("secure_delete", 1), ("busy_timeout", 5000)],
)
def test_sqlite_is_set_up_for_many_readers_and_for_forgetting(database: Database, pragma: str, value: object) -> None:
    with database.session() as session:
        assert session.execute(sa.text(f"PRAGMA {pragma}")).scalar() == value


def test_a_reader_beside_the_writer_sees_what_was_committed(database: Database, data: Path) -> None:
    with database.session() as session:
        session.add(organization(1, "before"))
    with database.session() as session:
        session.add(organization(2, "during"))
        session.flush()
        beside = sqlite3.connect(data / "op26x.db")
        assert beside.execute("SELECT name FROM organization").fetchall() == [("before",)]
        beside.close()


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), database.session() as session:
        session.execute(
            sa.text(
                "INSERT INTO api_key (id, organization_id, name, digest, role, actions, made_by, created_at)"
                " VALUES ('1', 'nobody', 'name', 'digest', 'owner', '', '', '2026-01-01 00:00:00')"
            )
        )


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.datetimes(datetime(1971, 1, 1), datetime(2300, 1, 1), timezones=ZONES))
def test_a_time_in_any_zone_comes_back_as_the_same_moment_in_utc(database: Database, moment: datetime) -> None:
    with database.session() as session:
        session.merge(Organization(id="1", name="x", created_at=moment))
    with database.session() as session:
        stored = session.get(Organization, "1")
        assert stored is not None
        assert stored.created_at == moment
        assert stored.created_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="zone"), database.session() as session:
        session.add(Organization(id="1", name="x", created_at=datetime(2026, 1, 1)))
        session.flush()


def test_no_time_stays_no_time(database: Database) -> None:
    with database.session() as session:
        session.add(organization(1))
        session.flush()
        session.execute(
            sa.text(
                "INSERT INTO api_key (id, organization_id, name, digest, role, actions, made_by, created_at,"
                " revoked_at) VALUES ('1', :owner, 'n', 'd', 'owner', '', '', '2026-01-01 00:00:00', NULL)"
            ),
            {"owner": f"{1:026}"},
        )
    from op26x.accounts import ApiKey

    with database.session() as session:
        key = session.get(ApiKey, "1")
        assert key is not None
        assert key.revoked_at is None


# What is wrong with the file.


def spoil(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)


async def filled(database: Database, data: Path) -> Path:
    """Many pages, all of them in the file itself."""
    await database.run(lambda session: session.add_all([long(n) for n in range(500)]))
    assert await database.checkpoint()
    file = data / "op26x.db"
    assert file.stat().st_size > 20 * 4096
    return file


@pytest.mark.parametrize("whole", [False, True])
async def test_a_sound_database_is_sound(database: Database, data: Path, whole: bool) -> None:
    database.check(whole=whole)
    await database.run(lambda session: session.add(organization(1)))
    database.check(whole=whole)
    await filled_again(database)
    database.check(whole=whole)


async def filled_again(database: Database) -> None:
    """And emptied, so that pages are free."""
    await database.run(lambda session: session.add_all([long(n) for n in range(2, 300)]))
    await database.run(lambda session: session.execute(sa.text("DELETE FROM organization WHERE id > 5")))
    await database.checkpoint()


@pytest.mark.parametrize("exchanged", [False, True])
async def test_one_that_is_gone_or_exchanged_is_lost_until_it_is_back(
    database: Database, data: Path, exchanged: bool
) -> None:
    file = await filled(database, data)
    content = file.read_bytes()
    file.rename(data / "aside.db")
    if exchanged:
        file.write_bytes(content)
    for _ in range(2):
        with pytest.raises(StorageLost, match="gone") as caught:
            database.check()
        assert caught.value.remedy
        with pytest.raises(StorageLost):
            await database.run(lambda session: session.add(organization(1)))
    (data / "aside.db").rename(file)
    database.check(whole=True)
    assert await database.run(lambda session: len(session.exec(select(Organization)).all())) == 500


@pytest.mark.parametrize("left", [0, 1, 99, 100, 4096, -4096, -1])
async def test_one_that_was_truncated_is_damaged(database: Database, data: Path, left: int) -> None:
    file = await filled(database, data)
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.truncate(left if left >= 0 else size + left)
    with pytest.raises(StorageLost, match="damaged") as caught:
        database.check()
    assert "backup" in caught.value.remedy


@pytest.mark.parametrize("content", [b"nonsense", bytes(4096), b"\xff" * 100, b"SQLite format 2\0"])
async def test_one_that_was_overwritten_is_damaged(database: Database, data: Path, content: bytes) -> None:
    spoil(await filled(database, data), 0, content)
    with pytest.raises(StorageLost, match="damaged"):
        database.check()


@pytest.mark.parametrize("page", [1, 5, 20])
async def test_a_spoiled_page_is_found_when_all_of_it_is_read(database: Database, data: Path, page: int) -> None:
    file = await filled(database, data)
    database._engine.dispose()
    database.check(whole=True)
    database._engine.dispose()
    before = file.read_bytes()
    spoil(file, page * 4096, bytes(byte ^ 0xFF for byte in before[page * 4096 : page * 4096 + 4096]))
    database.check()
    with pytest.raises(StorageLost, match="damaged"):
        database.check(whole=True)
    database._engine.dispose()
    file.write_bytes(before)
    database.check(whole=True)


async def test_one_that_is_written_and_checkpointed_meanwhile_is_sound_at_the_second_look(
    database: Database, data: Path
) -> None:
    """A checkpoint writes the first page, which has the length, before the last: that is why health looks twice."""
    await filled(database, data)
    over = asyncio.Event()

    async def write() -> None:
        for number in range(1000, 1150):
            await database.run(lambda session, n=number: session.add(long(n, 500)))  # type: ignore[misc]
            if number % 3 == 0:
                await database.checkpoint()
            if number % 50 == 0:
                await database.run(lambda session: session.execute(sa.text("DELETE FROM organization WHERE id > 500")))
        over.set()

    writing = asyncio.create_task(write())
    looks = 0
    while not over.is_set():
        looks += 1
        try:
            await asyncio.to_thread(database.check, whole=looks % 5 == 0)
        except StorageLost:
            await asyncio.sleep(0.1)
            database.check()
    await writing
    assert looks > 20


@pytest.mark.parametrize("opened_meanwhile", [False, True])
async def test_one_that_is_put_back_has_all_that_was_written(
    database: Database, data: Path, opened_meanwhile: bool
) -> None:
    """What ``Database.run`` advises: stop the service, put back the database that it had, and start it again.

    Whoever opens the directory meanwhile, as any command does, must not do away with the write-ahead log that is there.
    """
    await database.run(lambda session: session.add(organization(1)))
    file = data / "op26x.db"
    file.rename(data / "aside.db")
    if opened_meanwhile:
        with contextlib.suppress(WorkError):
            Database.open(file).close()
    database.close()
    (data / "aside.db").rename(file)
    again = Database.open(file)
    assert names(again) == ["1"]
    again.close()


async def test_looking_at_it_lets_go_of_no_lock(database: Database, data: Path) -> None:
    """Or the next process that closes the database takes its log away, and what is in it is lost to this one."""
    await database.run(lambda session: session.add(organization(1)))
    database.check(whole=True)
    opens_and_closes = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode=WAL');"
        "c.execute(\"UPDATE organization SET name = 'by another'\"); c.commit(); c.close()"
    )
    subprocess.run([sys.executable, "-c", opens_and_closes, str(data / "op26x.db")], check=True, timeout=30)
    assert names(database) == ["by another"]
    assert (data / "op26x.db-wal").exists()


class Locked:
    """A cursor whose database is being switched by others."""

    def __init__(self, times: int, code: int = sqlite3.SQLITE_BUSY) -> None:
        self.times = times
        self.code = code
        self.asked = 0

    def execute(self, _statement: str) -> None:
        self.asked += 1
        if self.asked <= self.times:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error


def test_who_switches_the_log_on_while_others_do_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCKED_PAUSE_S", 0.0)
    cursor = Locked(3)
    module._write_ahead(cursor)
    assert cursor.asked == 4
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        module._write_ahead(Locked(10**9))


@pytest.mark.parametrize("code", [sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR])
def test_what_waiting_does_not_mend_is_said_at_once(code: int) -> None:
    cursor = Locked(10**9, code)
    with pytest.raises(sqlite3.OperationalError):
        module._write_ahead(cursor)
    assert cursor.asked == 1


async def test_a_number_that_no_column_can_hold_is_the_fault_of_who_gave_it(database: Database) -> None:
    with pytest.raises(UsageError, match="can't be stored or looked for"):
        await database.run(lambda session: session.get(Organization, 2**63))
