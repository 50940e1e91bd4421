"""Durable work on PostgreSQL: by a role that may change no table, and by one process of several."""

import asyncio

import pytest
import sqlalchemy as sa

from op26x.clock import SystemClock
from op26x.ids import Ids
from op26x.storage.places import WORK_SCHEMA, PostgresSchema
from op26x.work import DurableWork, Job
from postgres_server import Server

YEAR_S = 365 * 86400.0
LEFT = sa.text(
    f"INSERT INTO {WORK_SCHEMA}.workflow_status (workflow_uuid, status, name, executor_id, created_at, updated_at) "
    "SELECT 'left', 'PENDING', 'op26x-job', 'op26x-gone', ms, ms "
    "FROM CAST(1000 * extract(epoch FROM now()) AS bigint) AS ms"
)
"""As a process that was killed leaves it."""


async def test_a_role_that_may_change_no_table_runs_jobs(postgres: Server) -> None:
    name = postgres.make()
    postgres.do("CREATE ROLE worker LOGIN NOSUPERUSER")
    place = PostgresSchema(postgres.url(name, "worker"), postgres.url(name), WORK_SCHEMA)
    done: asyncio.Queue[str] = asyncio.Queue()

    async def find() -> list[str]:
        return ["A", "B"]

    async def do(record_id: str) -> None:
        done.put_nowait(record_id)

    for life in ("first", "second"):
        work = DurableWork(place, SystemClock(), Ids(SystemClock()))
        await work.open([Job("test", YEAR_S, find, do)])
        await work.run("test", life)
        assert work.problems() == []
        await work.close()
    assert done.qsize() >= 4
    engine = sa.create_engine(place.url)
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="must be owner"):
        connection.execute(sa.text(f"DROP TABLE {WORK_SCHEMA}.workflow_status"))
    engine.dispose()
    postgres.drop(name)
    postgres.do("DROP ROLE worker")


async def test_who_begins_to_lead_runs_jobs_and_takes_back_what_the_one_before_had_begun(postgres: Server) -> None:
    name = postgres.make()
    place = PostgresSchema(postgres.url(name), postgres.url(name), WORK_SCHEMA)
    ran: asyncio.Queue[str] = asyncio.Queue()
    leading = False

    async def find() -> list[str]:
        ran.put_nowait("ran")
        return []

    async def do(record_id: str) -> None:
        raise AssertionError(record_id)

    async def leads() -> bool:
        asked.set()
        return leading

    asked = asyncio.Event()
    work = DurableWork(place, SystemClock(), Ids(SystemClock()), leads)
    await work.open([Job("test", YEAR_S, find, do)])
    await asked.wait()
    engine = sa.create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(LEFT)
    assert ran.empty()
    leading = True
    await asyncio.wait_for(ran.get(), 60)
    with engine.connect() as connection:
        left = sa.text(f"SELECT status FROM {WORK_SCHEMA}.workflow_status WHERE workflow_uuid = 'left'")
        assert connection.scalar(left) == "CANCELLED"
    await work.close()
    engine.dispose()
    postgres.drop(name)
