"""The service stops, or is killed, while a call is on."""

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from journeys.documents import agent, says
from journeys.house import AUTH_TOKEN, House, OtherProcess, form, new_sid
from op26x_twilio.testing import CallEnd, Webhooks
from workspaces import close_workspace, open_workspace

pytestmark = pytest.mark.real_time

LONG = "At 800 " + "and so on " * 60


async def _health(home: House) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(home.url + "/health")).status_code


async def _begins_to_stop(service: OtherProcess, home: House) -> asyncio.subprocess.Process:
    """Sends the first signal; returns the process once it takes no more calls."""
    assert service.process
    service.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        while await _health(home) == 200:
            await asyncio.sleep(0.02)
    return service.process


async def test_a_stopping_service_lets_the_call_end(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent())
    async with service.running() as home:
        assert await _health(home) == 200
        line = await home.ring()
        await line.heard_out()
        process = await _begins_to_stop(service, home)
        assert await Webhooks(home.url, AUTH_TOKEN).voice(form(new_sid())) is None, "no new calls"
        line.say()
        await line.until(lambda: 800 in line.tunes)
        await line.until(line.quiet)
        await line.hang_up()
        assert await asyncio.wait_for(process.wait(), 20) == 0
    assert not service.settings.core.runtime_path.exists()
    assert await _ends(service) == [("completed", "caller-hung-up")]


async def test_a_service_that_has_waited_long_enough_ends_the_call(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent(llm=says(LONG)), drain_s="0.5")
    async with service.running() as home:
        line = await home.ring()
        await line.hears()
        assert service.process
        service.process.send_signal(signal.SIGTERM)
        assert await line.over() is CallEnd.SERVICE
        assert await asyncio.wait_for(service.process.wait(), 20) == 0
    assert await _ends(service) == [("completed", "service-stopped")]


async def test_a_second_signal_ends_the_call_at_once(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent(llm=says(LONG)))
    async with service.running() as home:
        line = await home.ring()
        await line.hears()
        process = await _begins_to_stop(service, home)
        process.send_signal(signal.SIGTERM)
        assert await line.over() is CallEnd.SERVICE
        assert await asyncio.wait_for(process.wait(), 20) == 0
    assert await _ends(service) == [("completed", "service-stopped")]


async def test_a_killed_service_closes_the_call_at_its_next_start(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent())
    async with service.running() as home:
        line = await home.ring()
        await line.hears()
        service.kill()
        assert service.process
        await service.process.wait()
        await asyncio.wait([line.living])
    assert await _ends(service) == [("in-progress", "")]
    async with service.running() as home:
        assert await _health(home) == 200
        record = await home.record()
        assert (record.call.state, record.call.end_reason) == ("failed", "service-stopped")
        assert record.call.ended_at is not None
        line = await home.ring()
        await line.hears()
        await line.hang_up()


async def _ends(service: OtherProcess) -> list[tuple[str, str]]:
    workspace = open_workspace(service.settings)
    try:
        return [(call.state, call.end_reason) for call in await workspace.calls.list()]
    finally:
        close_workspace(workspace)
