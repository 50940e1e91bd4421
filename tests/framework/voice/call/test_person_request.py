"""Whoever asks for a person, by voice or by key: put through, noted, told that neither can be, or left to the agent."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from op26x.errors import ProviderError
from op26x.testing import Telephone
from op26x.testing.scripted_llm import Say, Script
from op26x.types import PhoneNumber
from virtual.call import Board, VirtualLine, board

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
PERSON = "+12125550100"


class Carrier:
    """Puts callers through, which ends their media stream as Twilio does it, or fails."""

    own_number = PhoneNumber("")
    can_hang_up = True

    def __init__(self, fails: bool) -> None:
        self.fails = fails
        self.slow_s = 0.1
        self.done: list[str] = []
        self.line: VirtualLine | None = None

    async def hang_up(self, provider_call_id: str) -> None:
        self.done.append("hung up")

    async def transfer(self, provider_call_id: str, to: PhoneNumber) -> None:
        await asyncio.sleep(self.slow_s)
        if self.fails:
            raise ProviderError("Down.")
        self.done.append(to.reveal())
        assert self.line is not None
        await self.line.hang_up()


def call(
    happens: Happens,
    folder: Path,
    human: object,
    story: Callable[[Board, VirtualLine], Coroutine[Any, Any, None]],
    *,
    fails: bool = False,
) -> Carrier:
    """A call to an agent; what was done of it at the carrier."""
    carrier = Carrier(fails)
    script = Script([Say("At 900 well.")], [Say("At 900 so.")])

    async def happen() -> None:
        async with board(folder, script, **script.document(human=human)) as one:
            one.switchboard._telephony["twilio"] = carrier  # type: ignore[assignment]
            line = carrier.line = await one.ring()
            await asyncio.sleep(6)
            await story(one, line)
            if line.open:
                await line.hang_up()
            await line.over()

    happens(happen)
    return carrier


async def ended(one: Board, line: VirtualLine) -> tuple[str, str, str]:
    """How a call ended."""
    found = await one.workspace.calls.by_provider_id("twilio", line.sid)
    assert found is not None
    return found.state, found.end_reason, found.outcome


def audited(one: Board) -> Coroutine[Any, Any, list[str]]:
    """What the audit log has of such wishes."""

    async def read() -> list[str]:
        return [entry.why for entry in await one.workspace.audit.list(limit=None) if entry.what == "person.requested"]

    return read()


@pytest.mark.parametrize("how", ["I want to talk to a human", "*9"])
def test_they_are_told_and_then_put_through(happens: Happens, tmp_path: Path, how: str) -> None:
    async def story(one: Board, line: VirtualLine) -> None:
        if how.startswith("*"):
            await line.press(how)
        else:
            line.say(how)
        await asyncio.sleep(20)
        assert one.turns()[-1] != "At 900 well.", "no LLM was asked"
        await line.over()
        assert await ended(one, line) == ("completed", "transferred", "")
        assert await audited(one) == ["transfer"]

    carrier = call(happens, tmp_path, {"mode": "transfer", "number": PERSON}, story)
    assert carrier.done == [PERSON], "who talks to somebody else now is not hung up on"


def test_who_can_not_be_put_through_goes_on(happens: Happens, tmp_path: Path) -> None:
    async def story(one: Board, line: VirtualLine) -> None:
        await line.press("*9")
        await asyncio.sleep(20)
        assert line.open
        line.say("when do you open")
        await asyncio.sleep(8)
        assert "At 900 well." in one.turns()

    assert call(happens, tmp_path, {"mode": "transfer", "number": PERSON}, story, fails=True).done == []


@pytest.mark.parametrize(("human", "outcome"), [("call-back", "call-back"), ("none", "")])
def test_without_a_number_the_call_goes_on(happens: Happens, tmp_path: Path, human: str, outcome: str) -> None:
    async def story(one: Board, line: VirtualLine) -> None:
        line.say("can I speak to a real person please")
        await asyncio.sleep(15)
        assert line.open
        assert "At 900 well." not in one.turns(), "no LLM was asked"
        await line.hang_up()
        await line.over()
        assert await ended(one, line) == ("completed", "caller-hung-up", outcome)
        assert await audited(one) == [human]

    assert call(happens, tmp_path, human, story).done == []


def test_an_agent_that_sees_to_it_itself_is_told_the_words(happens: Happens, tmp_path: Path) -> None:
    async def story(one: Board, line: VirtualLine) -> None:
        line.say("can I speak to a real person please")
        await asyncio.sleep(8)
        assert "At 900 well." in one.turns()
        assert await audited(one) == []

    call(happens, tmp_path, "agent", story)


@pytest.mark.parametrize("end", ["operator", "time-limit"])
def test_who_is_being_put_through_is_not_hung_up_on(happens: Happens, tmp_path: Path, end: str) -> None:
    """Whatever wants to end the call meanwhile: it is the carrier's now."""

    async def story(one: Board, line: VirtualLine) -> None:
        (session,) = one.switchboard.sessions.values()
        one.switchboard._telephony["twilio"].slow_s = 8.0  # type: ignore[attr-defined]
        await line.press("*9")
        await asyncio.sleep(6)
        if end == "operator":
            await session.end(end)
        else:
            session._progress.ending = end
        await asyncio.sleep(20)
        await line.over()
        assert (await ended(one, line))[1] == "transferred"

    assert call(happens, tmp_path, {"mode": "transfer", "number": PERSON}, story).done == [PERSON]


def test_in_a_test_of_a_plugin_the_call_ends_there(telephone: Telephone) -> None:
    telephone.set_up(human={"mode": "transfer", "number": PERSON})
    call = telephone.ring()
    call.press("*9", answered=False)
    call.wait(10)
    assert call.over
    assert call.record.end_reason == "transferred"
