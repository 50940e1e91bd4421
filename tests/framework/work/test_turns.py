"""Jobs of several services on one PostgreSQL: one of them has the turn, and each interval is run once."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from op26x.clock import SystemClock
from op26x.ids import Ids
from op26x.storage.places import WORK_SCHEMA, PostgresSchema
from op26x.work import DurableWork, Job
from op26x.work.turns import Shared
from postgres_server import ROLE, Server

YEAR_S = 365 * 86400.0


@pytest.fixture
def place(postgres: Server) -> Iterator[PostgresSchema]:
    """An empty database."""
    name = postgres.make()
    yield PostgresSchema(postgres.url(name), postgres.url(name), WORK_SCHEMA)
    postgres.drop(name)


def test_while_one_is_at_it_no_other_begins(place: PostgresSchema) -> None:
    one, other = Shared(place.url), Shared(place.url)
    with one.turn("sweep", YEAR_S, "a") as mine:
        assert mine is not None
        with other.turn("sweep", YEAR_S, "b") as theirs:
            assert theirs is None
        with other.turn("audit", YEAR_S, "b") as another:
            assert another is not None
    with other.turn("sweep", YEAR_S, "b") as theirs:
        assert theirs == mine, "the same run: it was begun in this interval"


def test_who_dies_leaves_the_turn(postgres: Server, place: PostgresSchema) -> None:
    one, other = Shared(place.url), Shared(place.url)
    with ExitStack() as stack:
        assert stack.enter_context(one.turn("sweep", YEAR_S, "a")) is not None
        postgres.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
        with other.turn("sweep", YEAR_S, "b") as theirs:
            assert theirs is not None


async def test_a_job_runs_once_in_its_interval_whoever_was_first(place: PostgresSchema) -> None:
    """DBOS has one instance per process: the second service here is a second life of the first."""
    done: list[str] = []

    async def find() -> list[str]:
        return ["A", "B"]

    async def do(record_id: str) -> None:
        done.append(record_id)

    for _ in range(2):
        work = DurableWork(place, SystemClock(), Ids(SystemClock()))
        await work.open([Job("test", YEAR_S, find, do)])
        await asyncio.wait_for(_begun(work, done), 20)
        await work.close()
    assert done == ["A", "B"]
    engine = sa.create_engine(place.url)
    with engine.connect() as connection:
        seen = connection.execute(
            sa.text(f"SELECT executor_id, name FROM {WORK_SCHEMA}.workflow_status WHERE workflow_uuid LIKE 'test-%'")
        ).all()
    engine.dispose()
    assert [name for _, name in seen] == ["op26x-job"]
    assert seen[0][0].startswith("op26x-")


async def test_a_role_that_may_change_no_table_runs_jobs(postgres: Server, place: PostgresSchema) -> None:
    postgres.do("CREATE ROLE worker LOGIN NOSUPERUSER")
    done: list[str] = []

    async def find() -> list[str]:
        return ["A", "B"]

    async def do(record_id: str) -> None:
        done.append(record_id)

    role = PostgresSchema(place.url.set(username="worker"), place.owner, place.name)
    work = DurableWork(role, SystemClock(), Ids(SystemClock()))
    await work.open([Job("test", YEAR_S, find, do)])
    await asyncio.wait_for(_begun(work, done), 20)
    assert work.problems() == []
    await work.close()
    engine = sa.create_engine(role.url)
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="must be owner"):
        connection.execute(sa.text(f"DROP TABLE {WORK_SCHEMA}.workflow_status"))
    engine.dispose()


async def _begun(work: DurableWork, done: list[str]) -> None:
    while len(done) < 2 or work._begun:
        await asyncio.sleep(0.01)
