"""From files to PostgreSQL: everything is there afterwards, and what is wrong is said before anything is written."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
import sqlalchemy as sa

from framework.cli.conftest import Run
from op26x.accounts import Role, operator
from op26x.calls import Arrival, CallState, Direction
from op26x.client.types import DatabaseStatus, MovedTable, Running
from op26x.settings import Settings, resolve
from op26x.types import PhoneNumber
from postgres_server import Server
from workspaces import close_workspace, open_workspace

pytestmark = pytest.mark.sqlite


@pytest.fixture
def target(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database, which the settings name, with a role for the service and one that owns it."""
    name = postgres.make()
    postgres.do("CREATE ROLE migrated LOGIN NOSUPERUSER NOBYPASSRLS")
    monkeypatch.setenv("OP26X_DATABASE", postgres.setting(name, "migrated"))
    monkeypatch.setenv("OP26X_DATABASE_OWNER", postgres.setting(name))
    yield name
    postgres.drop(name)
    postgres.do("DROP ROLE migrated")


def on_postgres(settings: Settings, postgres: Server, name: str) -> Settings:
    """The same data directory, with its databases in PostgreSQL."""
    return resolve({}, environ={"OP26X_DATABASE": postgres.setting(name)}, overrides={"data": settings.core.data})


def in_file(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.core.database_path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_where_they_are_is_shown(op26x: Run, settings: Settings, empty: None) -> None:
    code, out, err = op26x("database", "status", "--json")
    found = msgspec.json.decode(out, type=list[DatabaseStatus])
    assert (code, err) == (0, "")
    assert [(one.id, one.engine) for one in found] == [("data", "sqlite"), ("keys", "sqlite")]
    assert found[0].place == str(settings.core.database_path)
    assert found[0].rows > 0


def test_everything_is_there_and_can_be_read(
    op26x: Run, settings: Settings, call_id: str, postgres: Server, target: str
) -> None:
    code, out, err = op26x("database", "migrate", "--yes", "--json")
    assert (code, err) == (0, "")
    moved = {one.id: one for one in msgspec.json.decode(out, type=list[MovedTable])}
    assert (moved["data.call"].rows, moved["data.recording"].rows) == (1, 1)
    assert moved["data.audit_entry"].rows > 0
    assert moved["keys.key_entry"].rows == moved["keys.key_slot"].rows > 0
    code, out, _ = op26x("transcripts", "show", call_id, "--json")
    assert (code, "good morning" in out) == (0, True)
    code, out, _ = op26x("database", "status", "--json")
    assert [one["engine"] for one in json.loads(out)] == ["postgresql", "postgresql"]
    assert "op26x.db" not in out

    workspace = open_workspace(on_postgres(settings, postgres, target))
    new = asyncio.run(workspace.calls.list())
    assert [call.id for call in new] == [call_id]
    asyncio.run(workspace.api_keys.create("another", operator(workspace.organization_id, "test"), role=Role.VIEWER))
    close_workspace(workspace)


def test_it_may_be_repeated_with_what_has_changed_and_gone(
    op26x: Run, settings: Settings, call_id: str, postgres: Server, target: str
) -> None:
    assert op26x("database", "migrate", "--yes")[0] == 0
    in_file(settings, "UPDATE call SET outcome = 'later'")
    in_file(settings, "DELETE FROM turn")
    in_file(settings, "DELETE FROM api_key")
    in_file(settings, "UPDATE phone_line SET id = 'anew'")  # given up, and added again
    code, out, err = op26x("database", "migrate", "--yes", "--json")
    assert (code, err) == (0, "")
    rows = {one["id"]: one["rows"] for one in json.loads(out)}
    assert (rows["data.call"], rows["data.turn"], rows["data.api_key"]) == (1, 0, 0)
    workspace = open_workspace(on_postgres(settings, postgres, target))
    (call,) = asyncio.run(workspace.calls.list())
    assert call.outcome == "later"
    close_workspace(workspace)


def test_a_target_that_has_been_in_use_is_left_alone(
    op26x: Run, settings: Settings, call_id: str, postgres: Server, target: str
) -> None:
    assert op26x("database", "migrate", "--yes")[0] == 0
    assert op26x("transcripts", "show", call_id)[0] == 0, "which is an entry in its audit log"
    code, _, err = op26x("database", "migrate", "--yes")
    assert (code, "has been in use" in err) == (1, True)
    code, out, _ = op26x("audit", "show", "--json")
    assert "transcript.read" in {entry["what"] for entry in json.loads(out)}


def test_a_target_that_has_taken_a_call_is_left_alone(
    op26x: Run, settings: Settings, call_id: str, postgres: Server, target: str
) -> None:
    assert op26x("database", "migrate", "--yes")[0] == 0
    workspace = open_workspace(on_postgres(settings, postgres, target))
    arrival = Arrival("twilio", "CA2", Direction.INBOUND, PhoneNumber("+12125559876"), PhoneNumber("+12125554321"))
    call = asyncio.run(workspace.calls.begin(arrival, "clinic", CallState.RINGING))
    code, _, err = op26x("database", "migrate", "--yes")
    assert (code, "its table call has rows" in err) == (1, True)
    assert call.id in {one.id for one in asyncio.run(workspace.calls.list())}
    close_workspace(workspace)


def test_a_target_that_a_service_works_on_is_left_alone(
    op26x: Run, settings: Settings, call_id: str, postgres: Server, target: str
) -> None:
    assert op26x("database", "migrate", "--yes")[0] == 0
    workspace = open_workspace(on_postgres(settings, postgres, target))
    workspace.database.take_seat()
    code, _, err = op26x("database", "migrate", "--yes")
    assert (code, "A service runs on this database" in err) == (1, True)
    close_workspace(workspace)


def test_where_it_can_not_be_done_nothing_is_written(
    op26x: Run, settings: Settings, postgres: Server, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = op26x("database", "migrate", "--yes")
    assert (code, "There is no op26x data" in err) == (2, True)
    close_workspace(open_workspace(settings))
    settings.core.runtime_path.write_bytes(msgspec.json.encode(Running("http://127.0.0.1:1", 1, "key")))
    code, _, err = op26x("database", "migrate", "--yes")
    assert (code, "Stop it first" in err) == (1, True)
    settings.core.runtime_path.unlink()
    monkeypatch.setenv("OP26X_DATABASE", "postgresql://op26x:hunter2@db.example.com/op26x?sslmode=disable")
    code, _, err = op26x("database", "migrate", "--yes")
    assert (code, "nobody checks" in err, "hunter2" in err) == (2, True, False)
    monkeypatch.delenv("OP26X_DATABASE")
    code, _, err = op26x("database", "migrate", "--yes")
    assert (code, "OP26X_DATABASE is not set" in err) == (2, True)
    engine = sa.create_engine(postgres.url(target))
    with engine.connect() as connection:
        assert not {"op26x", "op26x_keys"} & set(sa.inspect(connection).get_schema_names())
    engine.dispose()
