"""Secure entry in whole calls: what a caller enters reaches a tool, and nobody and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from op26x.agents import Entered, EntryEnd, Tool, ToolCall
from op26x.errors import UsageError
from op26x.hookspecs import hookimpl
from op26x.testing.scripted_llm import Say, Script, Use, Wait
from op26x.voice.speaking.sentences import Sentence
from virtual.call import READER, Board, VirtualLine, board
from virtual.recorded import masked_s

pytestmark = pytest.mark.journey

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
GREETED_S = 2.5
CARD = "4242424242424242"
ASKED = (Say("At 800 please enter your card number, then the hash key."), Use("collect_digits", {"what": "CARD"}))


class Payment(msgspec.Struct):
    """What is paid with."""

    card: str


@dataclass
class Till:
    """A tool that takes cards, and one that asks for a PIN itself."""

    cards: list[str] = field(default_factory=list)
    pins: list[Entered] = field(default_factory=list)

    async def pay(self, _: ToolCall, payment: Payment) -> dict[str, str]:
        """Takes one."""
        self.cards.append(payment.card)
        return {"receipt": f"paid with {payment.card}"}

    async def sign(self, call: ToolCall, _: Payment) -> dict[str, str]:
        """Asks for a PIN."""
        assert call.keypad is not None
        self.pins.append(await call.keypad.collect("PIN", 4))
        return {"status": "signed"}

    @property
    def tools(self) -> list[Tool]:
        """Both."""
        return [
            Tool("pay", "Takes a payment.", Payment, self.pay, needs=frozenset({"CARD"})),
            Tool("sign", "Signs for it.", Payment, self.sign, limit_s=120.0),
        ]


@dataclass
class Turns:
    """A plugin that is told of turns."""

    texts: list[str] = field(default_factory=list)

    @hookimpl
    async def op26x_turn_finished(self, call: Any, turn: Any) -> None:
        """Keeps the words."""
        self.texts.append(turn.text.reveal())


Call = Callable[[Board, VirtualLine], Awaitable[None]]


def _happens(happens: Happens, folder: Path, script: Script, call: Call, *more: object, **document: Any) -> None:
    tools = [*script.document()["tools"], "collect_digits"]

    async def story() -> None:
        async with board(folder, script, *more, **script.document(tools=tools, **document)) as one:
            line = await one.ring()
            await asyncio.sleep(GREETED_S)
            line.say("i want to pay")
            await call(one, line)
            if line.open:
                await line.hang_up()
            await line.over()

    happens(story)


@pytest.mark.parametrize("redact", ["off", "secrets"])
@pytest.mark.parametrize("end", ["#", ""])
def test_what_is_entered_goes_to_the_tool_that_needs_it_and_nowhere_else(
    redact: str, end: str, happens: Happens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OP26X_REDACT", redact)
    till, heard = Till(), Turns()
    script = Script([*ASKED], [Use("pay", {"card": "<CARD_1>"})], [Say("At 900 thank you.")], tools=till.tools)

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(8)
        await line.press(CARD + end)
        await asyncio.sleep(12)
        assert till.cards == [CARD]
        assert "entered" in str(script.asked[1])
        await line.hang_up()
        await line.over()
        kept = await one.kept(line)
        assert kept.recording is not None
        said = await one.workspace.transcripts.of_call(kept.recording.call_id, READER)
        everywhere = [*map(str, script.asked), *heard.texts, *(turn.text.reveal() for turn in said)]
        everywhere += [f"{event.text} {event.detail}" for event in one.events]
        assert not [text for text in everywhere if CARD in text or "4242" in text]
        assert "paid with <CARD_1>" in str(script.asked[2]), "what a tool gives away is known as well"

    _happens(happens, tmp_path, script, call, heard, recording="announce")


def test_a_tone_is_recorded_from_the_question_to_the_last_key(happens: Happens, tmp_path: Path) -> None:
    script = Script([Wait(10.0), *ASKED], [Say("At 900 thank you.")], tools=Till().tools)

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(20)
        line.say("four two four two four two", 2.0)
        for key in CARD:
            await asyncio.sleep(0.5)
            await line.press(key)
        await asyncio.sleep(3)
        line.say("and what happens now")
        await asyncio.sleep(5)
        await line.hang_up()
        await line.over()
        masked = await masked_s(one, line)
        assert 8 < len(masked) * 0.25 < 20
        assert masked[-1] - masked[0] == (len(masked) - 1) * 0.25, "it is one stretch"

    _happens(happens, tmp_path, script, call, recording="announce", limits={"reply_s": 20.0})


def test_a_tool_may_ask_by_itself(happens: Happens, tmp_path: Path) -> None:
    till = Till()
    script = Script([Use("sign", {"card": ""})], [Say("At 900 thank you.")], tools=till.tools)

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(5)
        await line.press("4821")
        await asyncio.sleep(5)
        assert [(pin.digits.reveal(), pin.end) for pin in till.pins] == [("4821", EntryEnd.COMPLETE)]
        assert Sentence.ONE_MOMENT.value not in one.turns()
        assert not [asked for asked in script.asked if "4821" in str(asked)]

    _happens(happens, tmp_path, script, call)


def test_keys_behind_an_entry_that_seemed_over_are_of_it(happens: Happens, tmp_path: Path) -> None:
    script = Script([Use("collect_digits", {"what": "SSN"})], [Say("At 900 thank you.")], tools=Till().tools)

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(5)
        await line.press("123456789")
        await line.press("#")
        await asyncio.sleep(8)
        assert "<SSN_1>" in str(script.asked[1])
        assert not [asked for asked in script.asked if "pressed" in str(asked)]
        await line.press("5")
        await asyncio.sleep(5)
        assert "The caller pressed: 5" in str(script.asked[-1]), "later keys are for the agent again"

    _happens(happens, tmp_path, script, call)


@pytest.mark.parametrize(("entity", "most"), [("CVV2", 3), ("my pin", 4), ("PIN", 0), ("PIN", 99)])
def test_what_can_not_be_entered_is_told(entity: str, most: int, happens: Happens, tmp_path: Path) -> None:
    told: list[str] = []

    async def ask(call: ToolCall, _: Payment) -> dict[str, str]:
        assert call.keypad is not None
        try:
            await call.keypad.collect(entity, most)
        except UsageError as error:
            told.append(error.message)
        return {"status": "done"}

    tool = Tool("ask", "Asks.", Payment, ask)
    script = Script([Use("ask", {"card": ""})], [Say("At 900 thank you.")], tools=[tool])

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(6)
        assert told == [f"{most} digits of {entity!r} can't be entered."]

    _happens(happens, tmp_path, script, call)


@pytest.mark.parametrize("pin", ["1984", "4821"])
def test_a_pin_that_looks_like_a_year_is_one_all_the_same(pin: str, happens: Happens, tmp_path: Path) -> None:
    async def check(call: ToolCall, payment: Payment) -> dict[str, object]:
        return {"pin": int(payment.card), "said": f"{payment.card} accepted"}

    tool = Tool("check", "Checks.", Payment, check, needs=frozenset({"PIN"}))
    asks = [Use("collect_digits", {"what": "PIN", "length": 4})]
    script = Script(asks, [Use("check", {"card": "<PIN_1>"})], [Say("At 900 thank you.")], tools=[tool])

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(5)
        await line.press(pin)
        await asyncio.sleep(8)
        assert "accepted" in str(script.asked[2])
        assert pin not in str(script.asked)

    _happens(happens, tmp_path, script, call)


def test_who_enters_nothing_is_reminded_twice(happens: Happens, tmp_path: Path) -> None:
    script = Script([Use("collect_digits", {"what": "PIN"})], [Say("At 900 never mind.")], tools=Till().tools)

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(75)
        assert one.turns().count(Sentence.ENTER_DIGITS.value) == 2
        assert "Nothing was entered" in str(script.asked[1])
        assert Sentence.STILL_THERE.value not in one.turns()

    _happens(happens, tmp_path, script, call, limits={"silence_s": 60.0})


def test_what_is_not_finished_is_asked_for_again(happens: Happens, tmp_path: Path) -> None:
    again = [Say("At 850 once more, please."), Use("collect_digits", {"what": "CARD"})]
    script = Script([*ASKED], again, [Say("At 900 thank you.")], tools=Till().tools)

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(8)
        await line.press("4242")
        await asyncio.sleep(16)
        assert "4 digits were entered" in str(script.asked[1])
        await line.press(CARD)
        await asyncio.sleep(8)
        assert "<CARD_2>" in str(script.asked[2])

    _happens(happens, tmp_path, script, call)


def test_the_callers_word_counts_while_they_enter_something(happens: Happens, tmp_path: Path) -> None:
    script = Script([*ASKED], [Say("At 900 thank you.")], tools=Till().tools)

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(8)
        await line.press("42")
        await line.press("*1")
        await asyncio.sleep(8)
        assert "stop" in {event.text for event in one.events if event.kind == "right"}

    _happens(happens, tmp_path, script, call, recording="announce")


def test_two_are_not_taken_at_once_and_a_call_that_ends_ends_both(happens: Happens, tmp_path: Path) -> None:
    both = [[Use("collect_digits", {"what": "CARD"})], [Use("collect_digits", {"what": "PIN"})]]
    script = Script(*both, [Say("At 900 go on.")], tools=Till().tools)

    async def call(one: Board, line: VirtualLine) -> None:
        await asyncio.sleep(8)
        line.say("which one did you mean")
        await asyncio.sleep(8)
        assert "entering something already" in str(script.asked[-1])
        await line.hang_up()
        await line.over()
        assert not one.missed

    _happens(happens, tmp_path, script, call)
