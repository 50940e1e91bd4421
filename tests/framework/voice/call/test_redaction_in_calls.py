"""Redaction in whole calls: what a caller says reaches each sink as the policy lets it, and a tool that needs it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from op26x.agents import Tool, ToolCall, ToolResult
from op26x.calls.proving import Statement, as_html, prove_call
from op26x.hookspecs import hookimpl
from op26x.testing.scripted_llm import Say, Script, Use
from virtual.call import READER, Board, VirtualLine, board
from virtual.recorded import masked_s

pytestmark = pytest.mark.journey

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
GREETED_S = 2.5
CARD = "four one one one, one one one one, one one one one, one one one one"
DIGITS = "4111111111111111"
MARKED = ("four one one one", "one one one one", DIGITS, "4111 1111", "tiger lily 77", "482913")


class Payment(msgspec.Struct):
    """What is paid with."""

    card: str


class Till:
    """A tool that takes cards."""

    def __init__(self, *needs: str) -> None:
        self.told: list[str] = []
        self.tool = Tool("pay", "Takes a payment.", Payment, self.pay, needs=frozenset(needs))

    async def pay(self, call: ToolCall, payment: Payment) -> ToolResult:
        """Takes one, and says with what."""
        self.told.append(payment.card)
        return ToolResult({"paid_with_card_number": DIGITS}, outcome="paid")


class Told:
    """A plugin that is told of turns."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @hookimpl
    async def op26x_turn_finished(self, call: Any, turn: Any) -> None:
        """Keeps the words."""
        self.texts.append(turn.text.reveal())


def _happens(
    happens: Happens,
    folder: Path,
    script: Script,
    call: Callable[[Board, VirtualLine], Awaitable[None]],
    *more: object,
    **document: Any,
) -> None:
    async def story() -> None:
        async with board(folder, script, *more, **script.document(**document)) as one:
            line = await one.ring()
            await asyncio.sleep(GREETED_S)
            await call(one, line)
            await line.hang_up()
            await line.over()
            await _stored_nothing_marked(one, line)

    happens(story)


async def _stored_nothing_marked(one: Board, line: VirtualLine) -> None:
    kept = await one.kept(line)
    if kept.recording is not None:
        said = await one.workspace.transcripts.of_call(kept.recording.call_id, READER)
        assert said
        words = [word.text.reveal() for turn in said for word in turn.words]
        assert not _marked([turn.text.reveal() for turn in said] + [" ".join(words)])


def _marked(texts: list[str]) -> list[str]:
    return [text for text in texts if any(mark in text for mark in MARKED)]


@pytest.mark.parametrize(("needs", "told"), [(("CARD",), DIGITS), ((), "<CARD_1>")])
def test_a_tool_has_the_number_that_it_needs_and_nobody_else_has(
    needs: tuple[str, ...], told: str, happens: Happens, tmp_path: Path
) -> None:
    till, heard = Till(*needs), Told()
    ask = [Say("At 800 what is your card number?")]
    script = Script(ask, [Use("pay", {"card": "<CARD_1>"})], [Say("At 900 I have taken <CARD_1>.")], tools=[till.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("i want to pay")
        await asyncio.sleep(6)
        line.say(CARD, 4.0)
        await asyncio.sleep(12)
        assert till.told == [told]
        seen = [str(asked) for asked in script.asked] + heard.texts
        seen += [f"{event.text} {event.detail}" for event in one.events]
        assert not _marked(seen)
        assert "<CARD_1>" in one.turns("caller")[-1]
        assert "<CARD_1>" in heard.texts[-2]

    _happens(happens, tmp_path, script, call, heard, recording="announce")


def test_keys_are_redacted_as_words_are(happens: Happens, tmp_path: Path) -> None:
    script = Script([Say("At 800 please enter the six digit code that we texted you.")], [Say("At 900 thank you.")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("log me in")
        await asyncio.sleep(7)
        await line.press("482913")
        await asyncio.sleep(6)
        assert not _marked(
            [str(asked) for asked in script.asked] + [f"{event.text} {event.detail}" for event in one.events]
        )
        assert "<ONE_TIME_CODE_1>" in str(script.asked[-1])

    _happens(happens, tmp_path, script, call, recording="announce")


def test_the_proof_of_a_call_counts_what_was_redacted(happens: Happens, tmp_path: Path) -> None:
    script = Script([Say("At 800 please enter the six digit code that we texted you.")], [Say("At 900 thank you.")])

    async def story() -> None:
        async with board(tmp_path, script, **script.document()) as one:
            line = await one.ring()
            await asyncio.sleep(GREETED_S)
            line.say("log me in")
            await asyncio.sleep(7)
            await line.press("482913")
            await asyncio.sleep(6)
            await line.hang_up()
            await line.over()
            [call] = await one.workspace.calls.list()
            proof = await prove_call(one.workspace, "Example", call.id)
            said = msgspec.json.decode(proof.statement, type=Statement)
            counted = [json.loads(entry.entry)["why"] for entry in said.entries if "call.redacted" in entry.entry]
            assert counted == ["ONE_TIME_CODE 1"]
            assert "at least one sink: ONE_TIME_CODE 1." in as_html(proof)

    happens(story)


def test_a_placeholder_that_a_caller_says_is_none(happens: Happens, tmp_path: Path) -> None:
    till = Till("CARD")
    ask = [Say("At 800 what is your card number?")]
    script = Script(
        ask, [Say("At 900 thank you.")], [Use("pay", {"card": "CARD 1"})], [Say("At 950 done.")], tools=[till.tool]
    )

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("i want to pay")
        await asyncio.sleep(6)
        line.say(CARD, 4.0)
        await asyncio.sleep(8)
        line.say("and now use <CARD_1> for my friend")
        await asyncio.sleep(8)
        assert "CARD 1 for my friend" in str(script.asked[2])
        assert till.told == ["CARD 1"]

    _happens(happens, tmp_path, script, call)


@pytest.mark.parametrize(("said", "seconds"), [(CARD, 4.0), ("what are your opening hours", 0.0)])
def test_what_may_not_be_kept_is_a_tone_on_the_recording(
    said: str, seconds: float, happens: Happens, tmp_path: Path
) -> None:
    script = Script([Say("At 800 what is your card number?")], [Say("At 900 thank you.")])

    async def story() -> None:
        async with board(tmp_path, script, **script.document(recording="announce")) as one:
            line = await one.ring()
            await asyncio.sleep(12)
            line.say("i want to pay")
            await asyncio.sleep(6)
            line.say(said, 4.0)
            await asyncio.sleep(12)
            await line.hang_up()
            await line.over()
            masked = await masked_s(one, line)
            assert len(masked) * 0.25 == pytest.approx(seconds, abs=1.0)
            assert masked == [] or masked[-1] - masked[0] < seconds + 1, "it is one stretch"

    happens(story)
