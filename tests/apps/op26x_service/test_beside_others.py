"""A service beside others on one database: it leads or follows, minds its own, closes what one that is gone left."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from litestar.testing import TestClient
from sqlmodel import select

from op26x.calls import Arrival, CallState, Workspace
from op26x.clock import ManualClock
from op26x.retention.trusted_time import ClockReading
from op26x.storage import Database
from op26x.work import durable
from op26x_service.app import SERVICES, Service

LIMIT_S = 20.0
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


def until(reached: Callable[[], bool]) -> None:
    """Waits for what the service does behind its requests."""
    end = time.monotonic() + LIMIT_S
    while not reached() and time.monotonic() < end:
        time.sleep(0.01)
    assert reached()


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
        until(lambda: state(overdue)[1])


def test_what_a_service_left_is_closed_when_two_looks_in_a_row_do_not_find_it(
    service: Service, arrival: Arrival, seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = service.installation.workspace()
    theirs = call_of(OTHER, work, arrival, monkeypatch)
    seats.leads = True

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


def test_what_is_left_by_a_service_that_is_gone_is_closed_at_once_by_one_that_starts_alone(
    service: Service, arrival: Arrival, seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = service.installation.workspace()
    theirs, gone = (call_of(seat, work, arrival, monkeypatch, f"CA{seat}") for seat in (OTHER, 7))
    with TestClient(service.app) as client:
        states = [client.blocking_portal.call(work.calls.get, call_id)[0].state for call_id in (theirs, gone)]
    assert states == ["in-progress", "failed"]
