"""Durable work on PostgreSQL, by a role that may change no table."""

import asyncio

import pytest
import sqlalchemy as sa

from op26x.clock import SystemClock
from op26x.ids import Ids
from op26x.storage.places import WORK_SCHEMA, PostgresSchema
from op26x.work import DurableWork, Job
from postgres_server import Server

YEAR_S = 365 * 86400.0


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
