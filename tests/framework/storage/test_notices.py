"""Messages between connections of one PostgreSQL: heard in order, on their channels, and after a lost connection."""

import queue
from collections.abc import Iterator

import pytest

from on_postgres import TEMPLATE
from op26x.storage import Database
from op26x.storage.notices import LONGEST
from op26x.storage.places import DATA_SCHEMA, PostgresSchema
from postgres_server import ROLE, Server

PATIENCE_S = 20.0
ATTEMPTS = 100


@pytest.fixture
def database(postgres: Server) -> Iterator[Database]:
    """One of PostgreSQL's."""
    name = postgres.make(TEMPLATE)
    opened = Database.open(PostgresSchema(postgres.url(name), postgres.url(name), DATA_SCHEMA))
    yield opened
    opened.close()
    postgres.drop(name)


async def test_what_is_told_on_a_channel_is_heard_there_in_order(database: Database) -> None:
    heard = queue.SimpleQueue[tuple[str, str]]()
    stop = database.listen(["one", "Two"], lambda channel, said: heard.put((channel, said)))
    told = [("one", "first"), ("Two", "x" * LONGEST), ("one", "'; DROP TABLE call"), ("one", "ä")]
    for channel, said in told:
        await database.tell("other", said)
        await database.tell(channel, said)
    assert [heard.get(timeout=PATIENCE_S) for _ in told] == told
    stop()
    await database.tell("one", "late")
    assert heard.empty()


async def test_a_connection_that_was_lost_is_made_anew(database: Database, postgres: Server) -> None:
    heard = queue.SimpleQueue[str]()
    stop = database.listen(["one"], lambda _, said: heard.put(said))
    postgres.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
    database.check()
    for _ in range(ATTEMPTS):  # what is said meanwhile is lost
        await database.tell("one", "again")
        try:
            assert heard.get(timeout=0.2) == "again"
            break
        except queue.Empty:
            continue
    else:
        raise AssertionError("it hears nothing any more")
    stop()


@pytest.mark.sqlite
async def test_a_file_tells_nobody(tmp_path: object) -> None:
    database = Database.open(tmp_path / "op26x.db")  # type: ignore[operator]
    stop = database.listen(["one"], lambda *_: pytest.fail("it was told something"))
    await database.tell("one", "words")
    stop()
    database.close()
