"""A service on PostgreSQL: a recorded call in which the server throws everybody out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from journeys.documents import agent, says
from journeys.house import open_house
from journeys.line import BRIEFLY
from postgres_server import ROLE, Server

WORDS = ("At 660 one.", "At 700 two.", "At 800 three.")


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """An empty database's URL."""
    name = postgres.make()
    yield postgres.setting(name)
    postgres.drop(name)


def rows(url: str, statement: str) -> Any:
    """What the server says to whom every organization is shown."""
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        connection.exec_driver_sql("SET op26x.organization = '*'")
        found = connection.exec_driver_sql(statement).all()
    engine.dispose()
    return found


async def test_a_call_goes_on_while_the_server_throws_everybody_out(
    tmp_path: Path, database: str, postgres: Server
) -> None:
    async with open_house(tmp_path, agent(recording="announce", llm=says(*WORDS)), database=database) as home:
        line = await home.ring()
        await home.witness.told_of_recording("started")
        await line.until(line.quiet)
        for number, hertz in enumerate((660, 700, 800), start=1):
            postgres.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
            line.say(BRIEFLY)
            await line.until(lambda hertz=hertz: hertz in line.tunes)  # type: ignore[misc]
            await line.until(line.quiet)
            await home.witness.turn("agent", number + 2)
        await line.hang_up()
        ended = await home.witness.end()
        await home.witness.told_of_recording("started", "sealed")
        record = await home.record()
        assert (record.call.state, record.call.recording_outcome) == ("completed", "recorded")
        assert len([turn for turn in record.turns if turn.speaker == "agent"]) == 5
        lines = await home.ask(lambda client: client.transcript(ended.id, "a test"))
        assert len([one for one in lines if one.speaker == "caller"]) == 3
    assert not (tmp_path / "data" / "op26x.db").exists()
    assert not (tmp_path / "data" / "work.db").exists()
    assert not (tmp_path / "data.keys").exists()
    assert rows(database, "SELECT count(*) FROM op26x.call") == [(1,)]
    assert rows(database, "SELECT count(*) > 0 FROM op26x_work.workflow_status") == [(True,)]
