"""The service calls somebody, through a Twilio on the loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from journeys.documents import agent, does
from journeys.house import AUTH_TOKEN, CALLED, CALLER, House, new_sid, open_house
from op26x import PhoneNumber
from op26x.client import CallSummary, Client
from op26x.client.types import ScheduleCall, ScheduledCallSummary
from op26x.errors import Op26xError, UsageError, WorkError
from op26x.testing.agreed import agree
from op26x_service.processes import free_port
from op26x_twilio.testing import MediaStream, TwilioCounterpart

ACCOUNT = "AC" + "0" * 32


@asynccontextmanager
async def _outbound(
    tmp_path: Path, answer: str | None = None, llm: Any = None, **settings: str
) -> AsyncIterator[tuple[House, TwilioCounterpart, asyncio.Queue[MediaStream]]]:
    streams: asyncio.Queue[MediaStream] = asyncio.Queue()
    port = free_port()
    document = agent(**({"llm": llm} if llm else {}))
    async with TwilioCounterpart(AUTH_TOKEN, new_sid, answer, streams.put_nowait) as twilio:
        chosen = {
            "port": str(port),
            "public_url": f"http://127.0.0.1:{port}",
            "twilio_account_sid": ACCOUNT,
            "twilio_number": CALLED,
            "twilio_api_base_url": twilio.url,
            **settings,
        }
        async with open_house(tmp_path, document, **chosen) as home:
            await agree(home.service.installation.workspace(), PhoneNumber(CALLER))
            yield home, twilio, streams


async def _place(home: House, organization: str = "", **what: str) -> CallSummary:
    def ask() -> CallSummary:
        with Client.of_running_service(home.settings, organization) as client:
            return client.place_call(**{"to": CALLER, "agent": "tested", **what})

    return await asyncio.to_thread(ask)


async def _listener(streams: asyncio.Queue[MediaStream]) -> MediaStream:
    return await asyncio.wait_for(streams.get(), 20)


async def test_answered_and_the_callee_hangs_up(tmp_path: Path) -> None:
    async with _outbound(tmp_path) as (home, twilio, streams):
        placed = await _place(home)
        assert (placed.direction, placed.agent, placed.called) == ("outbound", "tested", f"…{CALLER[-2:]}")
        stream = await _listener(streams)
        await home.witness.turn("agent")
        await stream.hang_up()
        ended = await home.witness.end()
        assert (ended.id, ended.direction) == (placed.id, "outbound")
        assert (ended.state, ended.end_reason) == ("completed", "caller-hung-up")
        await twilio.settled()
        (_, asked), *later = twilio.requests
        assert (asked["To"], asked["From"]) == (CALLER, CALLED)
        assert asked["StatusCallback"] == home.url + "/twilio/status"
        assert later == [], "who has hung up is not hung up on"


async def test_the_agent_hangs_up_by_rest(tmp_path: Path) -> None:
    llm = does([{"say": "At 800 goodbye."}, {"use": "end_call"}])
    async with _outbound(tmp_path, llm=llm) as (home, twilio, streams):
        placed = await _place(home)
        stream = await _listener(streams)
        await home.witness.turn("agent")
        await stream.press("1")
        ended = await home.witness.end()
        assert ended.end_reason == "agent-hung-up"
        await twilio.settled()
        path, change = twilio.requests[-1]
        assert path.endswith(f"/Calls/{next(iter(twilio.calls))}.json")
        assert change == {"Status": "completed"}
        assert (await home.record(placed.id)).call.state == "completed"


async def test_an_organization_calls_from_its_own_line_and_never_from_anothers(tmp_path: Path) -> None:
    async with _outbound(tmp_path) as (home, twilio, streams):
        there = home.service.installation
        blue = await there.opened((await there.organizations.create("blue")).id)
        await blue.agents.save(yaml.safe_dump(agent(name="blue")), "test")
        await blue.agents.publish("blue", "test")
        for organization in ("blue", "default"):
            what = {"organization": organization, "agent": "blue" if organization == "blue" else "tested"}
            with pytest.raises(UsageError, match="No number to call from"):
                await _place(home, **what)
        with pytest.raises(UsageError, match="no agent 'tested'"):
            await _place(home, organization="blue")
        assert twilio.requests == []
        await blue.phone_lines.add("twilio", PhoneNumber("+12125550302"))
        await agree(blue, PhoneNumber(CALLER))
        placed = await _place(home, organization="blue", agent="blue")
        stream = await _listener(streams)
        await home.witness.turn("agent")
        await stream.hang_up()
        ended = await home.witness.end()
        assert (ended.id, ended.organization_id) == (placed.id, blue.organization_id)
        assert twilio.requests[0][1]["From"] == "+12125550302"
        assert await there.workspace("default").calls.list() == []


@pytest.mark.parametrize("answer", ["busy", "no-answer", "failed", "canceled"])
async def test_not_answered(tmp_path: Path, answer: str) -> None:
    async with _outbound(tmp_path, answer) as (home, twilio, streams):
        placed = await _place(home)
        await twilio.settled()
        record = await home.record(placed.id)
        assert (record.call.state, record.call.end_reason) == (answer, f"provider: {answer}")
        assert streams.empty()
        assert record.turns == []


async def test_twilio_refuses(tmp_path: Path) -> None:
    async with _outbound(tmp_path, twilio_account_sid="AC" + "f" * 32) as (home, twilio, _):
        twilio.accounts = {ACCOUNT}
        with pytest.raises(WorkError, match="20003") as refused:
            await _place(home)
        assert CALLER not in str(refused.value)
        record = await home.record()
        assert (record.call.state, record.call.end_reason) == ("failed", "provider refused")


async def test_twilio_does_not_answer(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    async with _outbound(tmp_path, twilio_api_base_url=nobody) as (home, _, _):
        with pytest.raises(WorkError, match="did not answer"):
            await _place(home)
        assert (await home.record()).call.state == "failed"
        assert CALLER not in home.output.getvalue()


@pytest.mark.parametrize(
    ("what", "settings", "message"),
    [
        ({"agent": "nobody"}, {}, "no agent 'nobody'"),
        ({"to": "12"}, {}, "country code"),
        ({}, {"twilio_number": ""}, "No number to call from"),
        ({}, {"twilio_account_sid": ""}, "account or token"),
        ({"provider": "pigeons"}, {}, "pigeons"),
    ],
    ids=["agent", "number", "own number", "account", "provider"],
)
async def test_wrong_use(tmp_path: Path, what: dict[str, str], settings: dict[str, str], message: str) -> None:
    async with _outbound(tmp_path, **settings) as (home, twilio, _):
        with pytest.raises(Op26xError, match=message) as refused:
            await _place(home, **what)
        assert isinstance(refused.value, UsageError)
        assert twilio.requests == []


async def test_a_call_that_we_did_not_place_is_rejected(tmp_path: Path) -> None:
    async with _outbound(tmp_path) as (home, _, _):
        about = {"CallSid": new_sid(), "From": CALLED, "To": CALLER, "Direction": "outbound-api"}
        assert await home.webhooks.voice({**about, "CallStatus": "in-progress"}) is None
        await home.webhooks.status({**about, "CallStatus": "completed"})
        await home.webhooks.status({**about, "CallStatus": "a-word-of-next-year"})
        assert await home.service.installation.workspace().calls.list() == []


@pytest.mark.real_time
async def test_a_scheduled_call_is_placed_in_its_time_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's own job finds it; it is answered, and ends like any other."""
    monkeypatch.setattr("op26x_service.app.LOOK_S", 0.5)
    async with _outbound(tmp_path) as (home, twilio, streams):
        not_before = home.service.installation.clock.now() + timedelta(seconds=2)

        def order() -> ScheduledCallSummary:
            with Client.of_running_service(home.settings) as client:
                return client.schedule_call(ScheduleCall(CALLER, "tested", not_before=not_before))

        def find(scheduled_id: str) -> ScheduledCallSummary:
            with Client.of_running_service(home.settings) as client:
                return client.scheduled_call(scheduled_id)

        ordered = await asyncio.to_thread(order)
        assert (ordered.state, ordered.called, twilio.requests) == ("waiting", f"…{CALLER[-2:]}", [])
        stream = await _listener(streams)
        await home.witness.turn("agent")
        await stream.hang_up()
        ended = await home.witness.end()
        assert (ended.state, ended.end_reason) == ("completed", "caller-hung-up")
        placed = await asyncio.to_thread(find, ordered.id)
        assert (placed.state, placed.call_id, placed.called) == ("placed", ended.id, "")
        await twilio.settled()
        assert len(twilio.requests) == 1
