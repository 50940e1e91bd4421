"""The service sweeps as soon as it is up, reads the clock first, and waits with what a jump made overdue."""

import asyncio
from dataclasses import replace

import pytest
from litestar.testing import TestClient
from sqlmodel import col, func, select

from op26x.calls import Arrival, Call, CallState, Workspace
from op26x.clock import ManualClock
from op26x.retention import BATCH
from op26x_service.app import SWEEP, SWEEP_S, Service
from waiting import until


async def ended(work: Workspace, arrival: Arrival, sid: str) -> str:
    """A call that is over."""
    call = await work.calls.begin(replace(arrival, provider_call_id=sid), "clinic", CallState.RINGING)
    await work.calls.move(call.id, CallState.CANCELED)
    return call.id


def test_a_service_sweeps_when_it_is_started_and_a_jump_waits(
    service: Service, clock: ManualClock, arrival: Arrival
) -> None:
    work = service.installation.workspace()
    overdue = asyncio.run(ended(work, arrival, "CA1"))
    clock.advance(31 * 86_400)
    fresh = asyncio.run(ended(work, arrival, "CA2"))

    with TestClient(service.app) as client:
        portal = client.blocking_portal

        def erased(call_id: str) -> bool:
            return portal.call(work.calls.get, call_id)[0].erased_at is not None

        until(lambda: erased(overdue))
        clock.jump(days=40)
        portal.call(service._work.run, SWEEP, "while the clock is ahead")
        assert not erased(fresh)
        assert "40 days" in work.time.problems()[0]
        clock.advance(3600)
        portal.call(service._work.run, SWEEP, "an hour later")
        assert erased(fresh)
        assert work.time.problems() == []


def test_what_is_demanded_waits_for_no_long_sweep_and_a_long_one_goes_on_in_the_next_run(
    service: Service, clock: ManualClock, arrival: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = service.installation.workspace()
    calls = [asyncio.run(ended(work, arrival, f"CA{number}")) for number in range(2 * BATCH + 1)]
    clock.advance(31 * 86_400)
    demanded, gone = work.sweep.demanded, list[int]()
    erased = select(func.count()).select_from(Call).where(col(Call.erased_at).is_not(None))

    async def between() -> tuple[list[str], list[str]]:
        gone.append(await work.database.run(lambda session: session.exec(erased).one()))
        clock.advance(SWEEP_S + 1 if len(gone) == 2 else 0)  # after the first batch
        return await demanded()

    monkeypatch.setattr(work.sweep, "demanded", between)
    with TestClient(service.app):
        until(lambda: len(gone) >= 5)
    assert gone[:5] == [0, BATCH, BATCH, 2 * BATCH, len(calls)], "a run began in between"
