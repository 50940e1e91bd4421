"""A service beside others on one database: it leads or follows, minds its own, closes what one that is gone left."""

import asyncio
from dataclasses import replace

import pytest
from litestar.testing import TestClient
from sqlmodel import Session, select

from op26x.accounts import Organization
from op26x.calls import Arrival, CallState, Workspace
from op26x.clock import ManualClock
from op26x.errors import AdmissionRefused, AskAnother, StorageLost
from op26x.retention.trusted_time import ClockReading
from op26x.storage import Database
from op26x.voice.call import switchboard
from op26x.work import durable
from op26x_service.app import SERVICES, Service
from waiting import LIMIT_S, until

OWN, OTHER = 5, 9


class Seats:
    """What the database says of services."""

    leads = False
    others = frozenset({OTHER})


@pytest.fixture(autouse=True)
def seats(monkeypatch: pytest.MonkeyPatch) -> Seats:
    """Another service runs, and leads."""
    said = Seats()

    async def leads(_database: Database) -> bool:
        return said.leads

    async def others(_database: Database) -> frozenset[int]:
        return said.others

    monkeypatch.setattr(Database, "seat", OWN)
    monkeypatch.setattr(Database, "leads", leads)
    monkeypatch.setattr(Database, "other_seats", others)
    monkeypatch.setattr(durable, "LOOK_S", 0.05)
    return said


def call_of(seat: int, work: Workspace, arrival: Arrival, monkeypatch: pytest.MonkeyPatch, sid: str = "CA1") -> str:
    """A call that a service goes on with."""

    async def begin() -> str:
        call = await work.calls.begin(replace(arrival, provider_call_id=sid), "clinic", CallState.RINGING)
        await work.calls.move(call.id, CallState.IN_PROGRESS)
        return call.id

    with monkeypatch.context() as during:
        during.setattr(Database, "seat", seat)
        return asyncio.run(begin())


def test_who_follows_runs_no_job_but_minds_what_only_this_machine_has_until_it_leads(
    service: Service, clock: ManualClock, arrival: Arrival, seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = service.installation.workspace()
    overdue = call_of(OTHER, work, arrival, monkeypatch)
    asyncio.run(work.calls.move(overdue, CallState.COMPLETED))
    clock.advance(31 * 86_400)
    late = call_of(OTHER, work, arrival, monkeypatch, "CA2")
    asyncio.run(work.late_ends.note(late, "caller-hung-up", ""))

    with TestClient(service.app) as client:
        portal = client.blocking_portal

        def state(call_id: str) -> tuple[str, bool]:
            call = portal.call(work.calls.get, call_id)[0]
            return call.state, call.erased_at is not None

        until(lambda: state(late)[0] == "completed")
        read = select(ClockReading.wall)
        assert portal.call(work.database.of_everybody().run, lambda session: session.exec(read).all()) == [clock.now()]
        assert state(overdue) == ("completed", False)
        seats.leads = True
        clock.advance(1)
        until(lambda: state(overdue)[1])


def test_what_a_service_left_is_closed_when_two_looks_in_a_row_do_not_find_it(
    service: Service, arrival: Arrival, seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not lead, so that it looks when it is told to and at no other time."""
    work = service.installation.workspace()
    theirs = call_of(OTHER, work, arrival, monkeypatch)

    with TestClient(service.app) as client:
        portal = client.blocking_portal

        def look(name: str, *others: int) -> tuple[str, str]:
            seats.others = frozenset(others)
            portal.call(service._work.run, SERVICES, name)
            call = portal.call(work.calls.get, theirs)[0]
            return call.state, call.end_reason

        assert look("1", OTHER) == ("in-progress", "")
        assert look("2") == ("in-progress", ""), "its connection may have broken for a moment"
        assert look("3", OTHER) == ("in-progress", "")
        assert look("4") == ("in-progress", "")
        assert look("5") == ("failed", "service-stopped")


def test_one_that_starts_closes_nothing_at_its_first_look(
    service: Service, arrival: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has that call may have lost its connection for a moment."""
    work = service.installation.workspace()
    theirs = call_of(7, work, arrival, monkeypatch)
    with TestClient(service.app) as client:
        assert client.blocking_portal.call(work.calls.get, theirs)[0].state == "in-progress"


def test_an_organization_that_another_service_erased_is_let_go_of(service: Service) -> None:
    there = service.installation

    async def erased_elsewhere() -> str:
        made = await there.organizations.create("gone")
        await there.opened(made.id)

        def erase(session: Session) -> None:
            session.get_one(Organization, made.id).erased_at = there.clock.now()

        await there.database.run(erase)
        return made.id

    gone = asyncio.run(erased_elsewhere())
    assert gone in there._workspaces
    with TestClient(service.app):
        until(lambda: gone not in there._workspaces)
        assert there.first in there._workspaces


def test_one_that_stops_waits_for_no_stream_that_came_to_another(
    service: Service, arrival: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, work = service.switchboard, service.installation.workspace()
    monkeypatch.setattr(switchboard, "RELIEVED_POLL_S", 0.01)
    with TestClient(service.app) as client:
        portal = client.blocking_portal
        admission = portal.call(board.arrive, arrival)
        assert board.in_progress == 1
        portal.call(work.calls.move, admission.call_id, CallState.IN_PROGRESS)
        portal.call(board.drain, LIMIT_S)
        assert board.in_progress == 0


def test_one_that_stops_ends_in_time_though_the_database_is_away(
    service: Service, arrival: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(call_id: str) -> None:
        raise StorageLost("The database does not answer.")

    board, work = service.switchboard, service.installation.workspace()
    monkeypatch.setattr(switchboard, "RELIEVED_POLL_S", 0.01)
    with TestClient(service.app) as client:
        client.blocking_portal.call(board.arrive, arrival)
        with monkeypatch.context() as during:
            during.setattr(work.calls, "get", away)
            client.blocking_portal.call(board.drain, 0.1)
        assert not board.accepting


@pytest.mark.parametrize("others", [frozenset(), frozenset({OTHER})])
def test_one_that_stops_sends_webhooks_and_streams_to_another_if_there_is_one(
    service: Service, arrival: Arrival, seats: Seats, others: frozenset[int]
) -> None:
    seats.others = others
    board = service.switchboard
    with TestClient(service.app) as client:
        assert board.takes_streams
        client.blocking_portal.call(board.drain, 0)
        assert board.takes_streams is not bool(others)
        with pytest.raises(AskAnother if others else AdmissionRefused, match="not taking calls") as refused:
            client.blocking_portal.call(board.arrive, arrival)
        assert isinstance(refused.value, AskAnother) is bool(others)
