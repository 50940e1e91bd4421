"""Every wait of a call has an end: for its stream, for a report, for its first sound."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from op26x import Provider, hookimpl
from op26x.calls import CallState, NewCall
from op26x.testing.agreed import agree
from op26x.types import PhoneNumber
from op26x.voice.conversation.conversation import Conversation
from virtual.call import CALLED, board

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]

PERSON = PhoneNumber("+12125550123")


class Carrier:
    """Places calls, and tells nothing of them."""

    own_number = CALLED
    can_hang_up = False

    def check_settings(self) -> None:
        """There is nothing to set."""

    async def place_call(self, *, to: PhoneNumber, caller: PhoneNumber) -> str:
        return "CA-placed"

    async def hang_up(self, provider_call_id: str) -> None:
        raise AssertionError("it can't")


class Placing:
    @hookimpl
    def op26x_telephony(self) -> Provider[Any]:
        return Provider("silent", lambda request: Carrier())


def test_a_call_whose_stream_never_comes_is_over(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path) as one:
            arrival, sid = one.arrival()
            await one.switchboard.arrive(arrival)
            await asyncio.sleep(20)
            call = await one.workspace.calls.by_provider_id("twilio", sid)
            assert call is not None
            assert call.state == CallState.RINGING
            await asyncio.sleep(20)
            call = await one.workspace.calls.by_provider_id("twilio", sid)
            assert call is not None
            assert (call.state, call.end_reason) == (CallState.FAILED, "no-stream")
            assert one.missed == ["stream"]
            assert [event.text for event in one.events if event.kind == "state"][-1] == "failed"

    happens(story)


def test_a_webhook_that_is_sent_again_begins_the_wait_anew(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path) as one:
            arrival, sid = one.arrival()
            await one.switchboard.arrive(arrival)
            await asyncio.sleep(20)
            admission = await one.switchboard.arrive(arrival)
            await asyncio.sleep(20)
            line = await one.ring_as(arrival, sid, admission.token)
            await asyncio.sleep(40)
            assert line.open
            await line.hang_up()
            await line.over()
            assert one.missed == []

    happens(story)


def test_a_call_that_was_placed_and_never_heard_of_again_is_over(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, Placing()) as one:
            await agree(one.workspace, PERSON)
            call_id = await one.switchboard.place(one.workspace.organization_id, NewCall(PERSON, "tested", "silent"))
            await asyncio.sleep(200)
            call, _ = await one.workspace.calls.get(call_id)
            assert (call.state, call.end_reason) == (CallState.NO_ANSWER, "no-report")
            assert one.missed == ["report"]

    happens(story)


@pytest.mark.parametrize("mode", ["off", "announce", "assent"])
def test_whoever_hears_nothing_is_not_kept_waiting(
    mode: str, happens: Happens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(conversation: Conversation, _worker: object, _frame: object) -> None:
        """The pipeline does not start."""

    monkeypatch.setattr(Conversation, "_on_started", never)

    async def story() -> None:
        async with board(tmp_path, recording=mode) as one:
            line = await one.ring()
            await asyncio.sleep(15)
            assert not line.open
            assert one.missed[0] == "first-audio"
            await line.over()
            call = await one.workspace.calls.by_provider_id("twilio", line.sid)
            assert call is not None
            assert call.end_reason == "no-audio"

    happens(story)


@pytest.mark.parametrize(("comes_after", "answered"), [(2.0, True), (40.0, False)])
def test_a_stopping_service_waits_for_a_call_that_was_told_to_connect(
    happens: Happens, tmp_path: Path, comes_after: float, answered: bool
) -> None:
    async def story() -> None:
        async with board(tmp_path) as one:
            arrival, sid = one.arrival()
            admission = await one.switchboard.arrive(arrival)
            assert one.switchboard.in_progress == 1
            loop = asyncio.get_running_loop()
            began = loop.time()
            draining = asyncio.ensure_future(one.switchboard.drain(120))
            await asyncio.sleep(comes_after)
            if answered:
                line = await one.ring_as(arrival, sid, admission.token)
                await asyncio.sleep(10)
                assert not draining.done()
                await line.hang_up()
            await draining
            assert loop.time() - began < 60

    happens(story)
