"""A plugin that phones home: it is stopped, named and counted, and the call is a call."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from journeys.documents import agent
from journeys.house import STUBS, OtherProcess
from journeys.phones_home import ADDRESS, NAME

pytestmark = pytest.mark.real_time


async def test_a_plugin_that_phones_home_is_stopped_named_and_counted(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent(), plugins=f"{STUBS},journeys.phones_home")
    async with service.running() as home:
        line = await home.ring()
        await line.heard_out()
        await line.hang_up()
        async with asyncio.timeout(20):
            while service.output.read_text().count("a connection is refused") < 2:
                await asyncio.sleep(0.05)
        async with httpx.AsyncClient() as client:
            metrics = (await client.get(home.url + "/metrics")).text
        (call,) = await home.ask(lambda client: client.calls())
    assert (call.state, call.end_reason) == ("completed", "caller-hung-up")
    lines = [json.loads(one) for one in service.output.read_text().splitlines() if one.startswith("{")]
    refused = {one["host"] for one in lines if one["event"] == "a connection is refused"}
    assert refused == {NAME, ADDRESS}
    (counted,) = [one for one in metrics.splitlines() if one.startswith("op26x_connections_refused ")]
    assert float(counted.split()[1]) >= 2
