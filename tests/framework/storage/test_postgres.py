"""PostgreSQL: who sees which rows, what is done again, and a server that goes away. Asked by SQL, not by our code."""

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from on_postgres import TEMPLATE
from op26x.accounts import Organization
from op26x.accounts.model import ApiKey
from op26x.errors import SettingsError, StorageLost, UsageError, WorkError
from op26x.storage import Database
from op26x.storage import postgres as module
from op26x.storage.database import REVISIONS
from op26x.storage.migrating import newest
from op26x.storage.places import DATA_SCHEMA, PostgresSchema, postgres_url
from op26x.types import Secret
from postgres_server import ROLE, Server

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
COUNT = sa.text("SELECT count(*) FROM api_key")


@pytest.fixture
def place(postgres: Server) -> Iterator[PostgresSchema]:
    """A database that has every table."""
    name = postgres.make(TEMPLATE)
    yield PostgresSchema(postgres.url(name), postgres.url(name), DATA_SCHEMA)
    postgres.drop(name)


@pytest.fixture
def database(place: PostgresSchema) -> Iterator[Database]:
    """Of two organizations, with a key each."""
    opened = Database.open(place)

    def found(session: Session) -> None:
        for name in ("a", "b"):
            session.add(Organization(id=name.upper(), name=name, created_at=NOW))
            session.flush()
            session.add(ApiKey(id=f"{name}1", organization_id=name.upper(), name=name, digest=name, created_at=NOW))

    opened.at_once(found)
    yield opened
    opened.close()


def plain(place: PostgresSchema) -> sa.Engine:
    """A connection as anybody with the role's password makes one."""
    return sa.create_engine(place.url, connect_args={"options": f"-csearch_path={place.name}"})


def test_a_session_without_an_organization_sees_no_row_of_any_table(database: Database, place: PostgresSchema) -> None:
    engine = plain(place)
    with engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        assert {"call", "organization", "user", "audit_entry"} <= tables
        for table in tables:
            assert connection.execute(sa.text(f'SELECT count(*) FROM "{table}"')).scalar_one() == 0, table
        held = sa.text(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' "
            "AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        assert connection.scalars(held).all() == ["alembic_version"]
    engine.dispose()


def test_every_time_is_kept_with_its_zone(place: PostgresSchema) -> None:
    """Else it would be that of whatever zone a session happens to be in."""
    engine = plain(place)
    naive = sa.text(
        "SELECT table_name || '.' || column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND data_type = 'timestamp without time zone'"
    )
    with engine.connect() as connection:
        assert connection.scalars(naive).all() == []
    engine.dispose()


@pytest.mark.parametrize(("scope", "rows"), [("A", 1), ("B", 1), ("C", 0), ("", 0), ("*", 2)])
def test_a_session_sees_the_rows_of_its_organization(
    database: Database, place: PostgresSchema, scope: str, rows: int
) -> None:
    engine = plain(place)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT set_config('op26x.organization', :scope, false)"), {"scope": scope})
        assert connection.execute(COUNT).scalar_one() == rows
    engine.dispose()


def test_nothing_of_another_organization_is_changed_or_written(database: Database) -> None:
    own = database.within("A")
    with own.session() as session:
        assert session.execute(sa.text("UPDATE api_key SET name = 'x'")).rowcount == 1
        assert session.execute(sa.text("DELETE FROM api_key WHERE organization_id = 'B'")).rowcount == 0
    theirs = ApiKey(id="b2", organization_id="B", name="b", digest="b2", created_at=NOW)
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        own.at_once(lambda session: session.add(theirs))
    assert database.at_once(lambda session: session.execute(COUNT).scalar_one()) == 2


def test_the_scope_of_one_session_is_not_that_of_the_next(database: Database) -> None:
    own = database.within("A")
    for _ in range(3):
        assert own.at_once(lambda session: session.execute(COUNT).scalar_one()) == 1
        assert database.at_once(lambda session: session.execute(COUNT).scalar_one()) == 2
        with pytest.raises(OSError, match="broken"), own.session():
            raise OSError("broken")


@pytest.mark.parametrize("right", ["SUPERUSER", "BYPASSRLS"])
def test_a_role_that_sees_every_row_is_refused(postgres: Server, place: PostgresSchema, right: str) -> None:
    name = f"sees_all_{right.lower()}"
    postgres.do(f"CREATE ROLE {name} LOGIN {right}")
    url = place.url.set(username=name)
    with pytest.raises(WorkError, match="sees every row") as refused:
        Database.open(PostgresSchema(url, url, place.name))
    assert "NOBYPASSRLS" in refused.value.remedy
    postgres.do(f"DROP ROLE {name}")


def test_the_services_role_works_with_tables_that_it_may_not_change(postgres: Server) -> None:
    name = postgres.make()
    postgres.do("CREATE ROLE service LOGIN NOSUPERUSER")
    database = Database.open(PostgresSchema(postgres.url(name, "service"), postgres.url(name), DATA_SCHEMA))
    database.at_once(lambda session: session.add(Organization(id="A", name="a", created_at=NOW)))
    for statement in (
        'ALTER TABLE "call" ADD COLUMN colour text',
        'ALTER TABLE "call" DISABLE ROW LEVEL SECURITY',
        "DROP POLICY op26x_scope ON api_key",
        "DROP TRIGGER audit_entry_is_kept ON audit_entry",
        "CREATE TABLE other (id text)",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match=r"must be owner|permission denied"):
            database.at_once(lambda session, said=statement: session.execute(sa.text(said)))  # type: ignore[misc]
    database.close()
    postgres.drop(name)
    postgres.do("DROP ROLE service")


def test_who_comes_between_is_done_after(database: Database) -> None:
    """Two read how many there are and write that many plus one: one of them is done again."""
    both = threading.Barrier(2, timeout=20)
    attempts: list[int] = []

    def add(number: int) -> None:
        def work(session: Session) -> None:
            attempts.append(number)
            there = len(session.exec(select(ApiKey)).all())
            if attempts.count(number) == 1:
                both.wait()
            name = f"key {there + 1}"
            session.add(ApiKey(id=f"new{number}", organization_id="A", name=name, digest=f"d{number}", created_at=NOW))

        database.at_once(work, alone=True)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    names = database.at_once(lambda session: sorted(key.name for key in session.exec(select(ApiKey)).all()))
    assert (names, len(attempts)) == (["a", "b", "key 3", "key 4"], 3)


async def test_connections_that_the_server_ends_are_made_anew(postgres: Server, database: Database) -> None:
    assert await database.run(lambda session: session.execute(COUNT).scalar_one()) == 2
    postgres.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
    assert await database.run(lambda session: session.execute(COUNT).scalar_one()) == 2


@pytest.mark.parametrize("committed", [True, False])
def test_a_connection_that_is_lost_while_it_commits_writes_once(
    postgres: Server, database: Database, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    """The answer to COMMIT is lost, with and without the COMMIT itself."""
    commit, lost = Session.commit, []

    def lose(session: Session) -> None:
        if lost or not session.connection().info[module.WROTE]:
            return commit(session)
        lost.append(True)
        if committed:
            commit(session)
        postgres.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
        session.connection().exec_driver_sql("SELECT 1")
        raise AssertionError

    monkeypatch.setattr(Session, "commit", lose)
    key = {"organization_id": "A", "name": "once", "created_at": NOW}
    done: list[int] = []

    def work(session: Session) -> None:
        done.append(1)
        session.add(ApiKey(id=f"n{len(done)}", digest=f"d{len(done)}", **key))

    database.at_once(work)
    assert (lost, len(done)) == ([True], 1 if committed else 2)
    assert database.at_once(lambda session: session.execute(COUNT).scalar_one()) == 3


def test_a_server_that_stays_away_is_lost(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 10_000, 10))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(times)))
    monkeypatch.setattr(module.time, "sleep", lambda _s: None)
    database._engine.dispose()
    nowhere = database._engine.url.update_query_dict({"host": "/nowhere"})
    gone = sa.create_engine(nowhere, isolation_level="SERIALIZABLE")
    monkeypatch.setattr(database, "_engine", gone)
    monkeypatch.setattr(database._backend, "engine", gone)
    with pytest.raises(StorageLost, match="does not answer"):
        database.at_once(lambda session: session.execute(COUNT))
    with pytest.raises(StorageLost, match="does not answer"):
        database.check()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("sqlite:///op26x.db", "no URL of a PostgreSQL database"),
        ("postgresql://op26x@db.example.com/", "no URL of a PostgreSQL database"),
        ("postgresql://db.example.com/op26x", "no URL of a PostgreSQL database"),
        ("op26x:hunter2@db", "is no URL"),
        ("postgresql://op26x:hunter2@db.example.com/op26x?sslmode=require", "whose certificate nobody checks"),
        ("postgresql://op26x:hunter2@10.0.0.7/op26x?sslmode=disable", "whose certificate nobody checks"),
        ("postgresql://op26x:hunter2@/op26x?sslmode=disable", "nobody checks"),
        ("postgresql://op26x:hunter2@localhost/op26x?service=prod", "names a service file"),
        ("postgresql://op26x:hunter2@localhost/op26x?hostaddr=10.0.0.7&sslmode=disable", "nobody checks"),
    ],
)
def test_a_url_that_will_not_do_says_so_and_not_what_it_was(given: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        postgres_url(Secret(given), "OP26X_DATABASE")
    assert "hunter2" not in str(refused.value)


def test_to_another_machine_the_certificate_is_checked() -> None:
    url = postgres_url(Secret("postgresql://op26x:p@db.example.com/op26x"), "OP26X_DATABASE")
    assert (url.query["sslmode"], url.query["sslrootcert"]) == ("verify-full", "system")
    own = postgres_url(Secret("postgresql://o:p@db.example.com/op26x?sslrootcert=/etc/ca.pem"), "OP26X_DATABASE")
    assert (own.query["sslmode"], own.query["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    for here in ("127.0.0.1", "localhost", "[::1]"):
        assert "sslmode" not in postgres_url(Secret(f"postgresql://o:p@{here}/op26x"), "OP26X_DATABASE").query


def test_a_server_that_can_not_be_reached_is_a_clear_error(place: PostgresSchema) -> None:
    gone = place.url.update_query_dict({"host": "/nowhere"})
    with pytest.raises(WorkError, match="can't be used") as refused:
        Database.open(PostgresSchema(gone, gone, place.name))
    assert "OP26X_DATABASE" in refused.value.remedy


def test_a_database_whose_tables_are_gone_says_so(postgres: Server, place: PostgresSchema) -> None:
    empty = postgres.make()
    url = postgres.url(empty)
    with pytest.raises(WorkError, match="has no tables of op26x") as raised:
        Database.open(PostgresSchema(url, url, DATA_SCHEMA), make=False)
    assert "backup" in str(raised.value.remedy)
    postgres.drop(empty)


def test_what_was_handed_in_is_written_by_the_attempt_that_succeeds(database: Database, place: PostgresSchema) -> None:
    """An object that was handed in is new again after the attempt that failed, whatever that had written of it."""
    key = ApiKey(id="n1", organization_id="A", name="n", digest="n", created_at=NOW)
    organization = database.at_once(lambda session: session.get_one(Organization, "B"))
    attempts: list[int] = []

    def work(session: Session) -> None:
        attempts.append(1)
        session.add(key)
        organization.closing_days = 7
        session.add(organization)
        session.flush()
        if len(attempts) == 1:
            raise sa.exc.OperationalError("", None, serialization_failure())

    database.at_once(work)
    assert len(attempts) == 2
    found = database.at_once(lambda session: [one.id for one in session.exec(select(ApiKey).order_by(ApiKey.id)).all()])
    assert found == ["a1", "b1", "n1"]
    assert database.at_once(lambda session: session.get_one(Organization, "B").closing_days) == 7


@pytest.mark.parametrize(("name", "days"), [("blue\0clinic", 7), ("blue-clinic", 2**31)])
async def test_what_no_column_can_hold_is_the_fault_of_who_gave_it(database: Database, name: str, days: int) -> None:
    row = Organization(id="C", name=name, created_at=NOW, closing_days=days)
    with pytest.raises(UsageError, match="can't be stored or looked for") as raised:
        await database.run(lambda session: session.add(row))
    assert "clinic" not in f"{raised.value} {raised.value.__cause__}"


async def test_what_no_column_can_hold_is_not_looked_for_either(database: Database) -> None:
    with pytest.raises(UsageError, match="can't be stored or looked for"):
        await database.run(lambda session: session.exec(select(Organization).where(Organization.name == "\0")).all())


def test_a_newer_version_changes_no_table_under_a_service_that_runs(
    database: Database, place: PostgresSchema, tmp_path: Path
) -> None:
    database.take_seat()
    for file in REVISIONS.glob("*.py"):
        shutil.copy(file, tmp_path)
    (tmp_path / "9999_more.py").write_text(NEWER.format(before=newest(REVISIONS)))
    with pytest.raises(WorkError, match="A service of another version"):
        Database.open(place, tmp_path)
    assert database.revision() == newest(REVISIONS)
    Database.open(place).close()
    database.close()
    opened = Database.open(place, tmp_path)
    assert opened.revision() == "9999"
    opened.close()


NEWER = """
revision, down_revision, branch_labels, depends_on = "9999", "{before}", None, None

def upgrade():
    pass
"""


def serialization_failure() -> Exception:
    """As psycopg has it."""
    return psycopg.errors.SerializationFailure("could not serialize access")
