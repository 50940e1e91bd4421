"""The database: transactions, WAL, UTC, and work off the event loop in the order asked for."""

import asyncio
import sqlite3
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
from op26x.storage import Database

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
            sa.text("INSERT INTO api_key VALUES ('1', 'nobody', 'name', 'digest', '2026-01-01 00:00:00', NULL)")
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
            sa.text("INSERT INTO api_key VALUES ('1', :owner, 'n', 'd', '2026-01-01 00:00:00', NULL)"),
            {"owner": f"{1:026}"},
        )
    from op26x.accounts import ApiKey

    with database.session() as session:
        key = session.get(ApiKey, "1")
        assert key is not None
        assert key.revoked_at is None
