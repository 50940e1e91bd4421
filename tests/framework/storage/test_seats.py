"""Seats: every service sees the others, one of them leads, and one that dies leaves both at once."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from on_postgres import TEMPLATE
from op26x.errors import StorageLost, WorkError
from op26x.storage import Database
from op26x.storage.places import DATA_SCHEMA, PostgresSchema
from op26x.storage.postgres import Postgres
from op26x.storage.seats import Seats
from postgres_server import ROLE, Server

END_ALL = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"
Opens = Callable[[], Database]


@pytest.fixture
def opens(postgres: Server) -> Iterator[Opens]:
    """Opens one database, as often as it is asked."""
    name = postgres.make(TEMPLATE)
    place = PostgresSchema(postgres.url(name), postgres.url(name), DATA_SCHEMA)
    opened: list[Database] = []

    def opens() -> Database:
        opened.append(Database.open(place))
        return opened[-1]

    yield opens
    for database in opened:
        database.close()
    postgres.drop(name)


async def test_services_see_each_other_as_long_as_they_run(opens: Opens) -> None:
    one, other = opens(), opens()
    assert (one.seat, await one.other_seats()) == (0, frozenset())
    for database in (one, other):
        database.take_seat()
    assert 0 < one.seat != other.seat > 0
    assert await one.other_seats() == {other.seat}
    assert await other.other_seats() == {one.seat}
    assert await one.within("A").other_seats() == {other.seat}, "whatever it looks at"
    one.close()
    assert await other.other_seats() == frozenset()


async def test_services_of_another_database_are_none_of_it(opens: Opens, postgres: Server) -> None:
    ours = opens()
    name = postgres.make(TEMPLATE)
    theirs = Database.open(PostgresSchema(postgres.url(name), postgres.url(name), DATA_SCHEMA))
    for database in (ours, theirs):
        database.take_seat()
    assert await ours.other_seats() == frozenset()
    assert await ours.leads()
    assert await theirs.leads()
    theirs.close()
    postgres.drop(name)


async def test_one_leads_and_another_when_it_is_gone(opens: Opens) -> None:
    one, other = opens(), opens()
    for database in (one, other):
        database.take_seat()
    assert [await database.leads() for database in (one, other, one)] == [True, False, True]
    one.close()
    assert await other.leads()


async def test_a_service_whose_connection_was_lost_takes_the_same_seat_again(opens: Opens, postgres: Server) -> None:
    one, other = opens(), opens()
    for database in (one, other):
        database.take_seat()
    seats = one.seat, other.seat
    assert await one.leads()
    postgres.do(END_ALL)
    assert not await one.leads(), "the lock went with the connection"
    for database in (one, other):
        database.check()
    assert (one.seat, other.seat) == seats
    assert await one.other_seats() == {other.seat}
    assert [await database.leads() for database in (other, one)] == [True, False]


async def test_a_service_keeps_its_seat_though_the_server_has_not_given_its_former_connection_up(opens: Opens) -> None:
    """Its calls go by the number: with another one they would be taken for left behind."""
    one, other = opens(), opens()
    for database in (one, other):
        database.take_seat()
    seats, number = seats_of(one), one.seat
    ghost, seats._held = seats._held, None
    one.check()
    assert one.seat == number
    assert await other.other_seats() == {number}
    assert ghost is not None
    with pytest.raises(sa.exc.DBAPIError):
        ghost.scalar(sa.select(1))
    ghost.close()


async def test_a_connection_that_breaks_between_two_questions_is_made_anew(opens: Opens) -> None:
    one = opens()
    one.take_seat()
    seats, number = seats_of(one), one.seat

    class Breaks:
        """Answers whether it is there, and then breaks."""

        def scalar(self, asked: object) -> int:
            if isinstance(asked, sa.Select):
                return 1
            raise sa.exc.PendingRollbackError("broken")

        def close(self) -> None:
            pass

    held, seats._held = seats._held, Breaks()  # type: ignore[assignment]
    assert not await one.leads()
    assert held is not None
    held.close()
    one.check()
    assert (one.seat, await one.leads()) == (number, True)


async def test_a_service_that_is_closed_takes_no_seat_again(opens: Opens) -> None:
    one, other = opens(), opens()
    for database in (one, other):
        database.take_seat()
    seats = seats_of(one)
    one.close()
    assert seats.keep()
    assert await other.other_seats() == frozenset()


async def test_another_version_that_changed_the_tables_meanwhile_is_noticed(opens: Opens) -> None:
    one, other = opens(), opens()
    one.take_seat()
    one.check()
    with one._backend.defining() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageLost, match="changed by another version"):
        one.check()
    with pytest.raises(WorkError, match="changed by a newer"):
        other.take_seat()


async def test_a_server_that_is_away_is_an_error_at_once(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    one = opens()
    one.take_seat()

    def away(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("", {}, Exception("away"))

    with monkeypatch.context() as during:
        during.setattr(sa.Engine, "connect", away)
        for asks in (one.other_seats(), one.tell("channel", "words")):
            with pytest.raises(StorageLost, match="does not answer"):
                await asks


def seats_of(database: Database) -> Seats:
    """What its backend holds."""
    assert isinstance(database._backend, Postgres)
    return database._backend._seats


async def test_who_fills_it_is_alone(opens: Opens) -> None:
    one, other = opens(), opens()
    one.take_seat()
    with pytest.raises(WorkError, match="A service runs on this database"):
        other.take_seat(alone=True)
    one.close()
    other.take_seat(alone=True)
    late = opens()
    with pytest.raises(WorkError, match="being changed or filled"):
        late.take_seat()


async def test_a_seat_is_left_before_the_server_notices_that_the_connection_ended(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = opens(), opens()
    one.take_seat()
    held = seats_of(one)._held
    assert held is not None
    with monkeypatch.context() as during:
        during.setattr(sa.Connection, "close", lambda connection: None)
        seats_of(one).close()
    other.take_seat(alone=True)
    held.close()


async def test_a_service_that_was_away_while_somebody_wanted_to_be_alone_says_so(
    opens: Opens, postgres: Server
) -> None:
    one, other = opens(), opens()
    one.take_seat()
    postgres.do(END_ALL)
    other.check()
    other.take_seat(alone=True)
    with pytest.raises(StorageLost, match="being changed by another version"):
        one.check()
    other.close()
    one.check()


@pytest.mark.sqlite
async def test_a_file_has_one_service_which_leads(workspace_database: Database) -> None:
    workspace_database.take_seat()
    workspace_database.take_seat(alone=True)
    assert (workspace_database.seat, await workspace_database.other_seats()) == (0, frozenset())
    assert await workspace_database.leads()


@pytest.fixture
def workspace_database(tmp_path: object) -> Iterator[Database]:
    """A file."""
    database = Database.open(tmp_path / "op26x.db")  # type: ignore[operator]
    yield database
    database.close()
