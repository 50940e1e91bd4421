"""Tools in whole calls: what has begun ends, what takes long is told, and what goes wrong reaches the LLM."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from op26x.agents import Tool, ToolCall, ToolResult
from op26x.calls import CallState
from op26x.testing.scripted_llm import End, Say, Script, Use
from op26x.voice.speaking.sentences import Sentence
from virtual.call import Board, VirtualLine, board

pytestmark = pytest.mark.journey

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
GREETED_S = 2.5


class Nothing(msgspec.Struct):
    """No arguments."""


class Orders:
    """A tool that takes a while."""

    def __init__(self, seconds: float, **options: Any) -> None:
        self.seconds = seconds
        self.begun: list[ToolCall] = []
        self.done: list[str] = []
        self.tool = Tool("place_order", "Places the order.", Nothing, self.place, **options)

    async def place(self, call: ToolCall, _: Nothing) -> ToolResult:
        self.begun.append(call)
        await asyncio.sleep(self.seconds)
        self.done.append(call.idempotency_key)
        return ToolResult({"status": "ordered"}, outcome="order-placed")


def _results(asked: list[Any]) -> list[str]:
    """What a request tells of a tool that has ended, in whatever message."""
    return [str(m["content"]) for m in asked if "ordered" in str(m.get("content")) and m.get("role") != "assistant"]


Call = Callable[[Board, VirtualLine], Awaitable[None]]


def _happens(happens: Happens, folder: Path, script: Script, call: Call, **document: Any) -> None:
    async def story() -> None:
        async with board(folder, script, **script.document(**document)) as one:
            line = await one.ring()
            await asyncio.sleep(GREETED_S)
            await call(one, line)
            if line.open:
                await line.hang_up()
            await line.over()

    happens(story)


@pytest.mark.parametrize("words", ["uh-huh", "", "hello, are you still there", "wait a moment"])
def test_what_has_begun_is_not_undone_by_a_voice(words: str, happens: Happens, tmp_path: Path) -> None:
    orders = Orders(6.0)
    script = Script([Use("place_order")], [Say("At 800 it is ordered.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order the blue one")
        await asyncio.sleep(4.5)
        assert len(orders.begun) == 1
        line.say(words, 0.8)
        await asyncio.sleep(12)
        assert len(orders.begun) == len(orders.done) == 1
        told = [asked for asked in script.asked if _results(asked)]
        assert told, "the model knows that it was ordered"
        assert all(len(_results(asked)) == 1 for asked in told), "and knows it once"
        assert not any("CANCELLED" in str(asked) for asked in script.asked)
        assert any("it is ordered" in turn for turn in one.turns())

    _happens(happens, tmp_path, script, call)


def test_a_tool_that_takes_long_is_waited_for_and_the_caller_is_told(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(25.0)
    script = Script([Use("place_order")], [Say("At 800 it is ordered.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order the blue one")
        await asyncio.sleep(34)
        assert line.open
        assert one.turns()[1] == Sentence.ONE_MOMENT.value
        assert Sentence.STILL_THERE.value not in one.turns()
        assert one.turns()[-1] == "At 800 it is ordered."

    _happens(happens, tmp_path, script, call, limits={"silence_s": 5.0})


@pytest.mark.parametrize(("filler", "said"), [("At 900 I am looking.", True), ("", False)])
def test_the_filler_is_the_tools_own(filler: str, said: bool, happens: Happens, tmp_path: Path) -> None:
    orders = Orders(5.0, filler=filler)
    script = Script([Use("place_order")], [Say("At 800 it is ordered.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order the blue one")
        await asyncio.sleep(12)
        assert ("At 900 I am looking." in one.turns()) is said
        assert Sentence.ONE_MOMENT.value not in one.turns()

    _happens(happens, tmp_path, script, call)


def test_a_tool_that_never_returns_is_given_up_and_both_are_told(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(1e9)
    script = Script([Use("place_order")], [Say("At 800 I am sorry.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order the blue one")
        await asyncio.sleep(45)
        assert line.open
        assert Sentence.TOOK_TOO_LONG.value in one.turns()
        assert "At 800 I am sorry." in one.turns()
        assert "did not end within 30 seconds" in str(script.asked[-1])

    _happens(happens, tmp_path, script, call, limits={"silence_s": 5.0})


def test_whoever_hangs_up_over_an_order_has_ordered(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(20.0)
    script = Script([Use("place_order")], [Say("At 800 it is ordered.")], tools=[orders.tool])

    async def story() -> None:
        async with board(tmp_path, script, **script.document()) as one:
            line = await one.ring()
            await asyncio.sleep(GREETED_S)
            line.say("order the blue one")
            await asyncio.sleep(5)
            await line.hang_up()
            await line.over()
            call = await one.workspace.calls.by_provider_id("twilio", line.sid)
            assert call is not None
            assert CallState(call.state) is CallState.COMPLETED
            assert len(orders.done) == 1, "what has begun ends"
            assert call.outcome == "order-placed", "and is on record"
            assert len(script.asked) == 1, "nobody is asked after the end"

    happens(story)


def test_what_changes_nothing_may_be_broken_off(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(20.0, read_only=True)
    script = Script([Use("place_order")], [Say("At 800 very well.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("look up the blue one")
        await asyncio.sleep(5)
        line.say("no, never mind that")
        await asyncio.sleep(25)
        assert len(orders.begun) == 1
        assert not orders.done
        assert one.turns()[-1] == "At 800 very well."

    _happens(happens, tmp_path, script, call)


def test_two_tools_at_once_are_both_done_and_told_together(happens: Happens, tmp_path: Path) -> None:
    first, second = Orders(1.0), Orders(2.0)
    tools = [first.tool, _named(second, "place_another")]
    script = Script([Use("place_order"), Use("place_another")], [Say("At 800 both are ordered.")], tools=tools)

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order both")
        await asyncio.sleep(10)
        assert len(first.done) == len(second.done) == 1
        assert first.done != second.done, "each use has a key of its own"
        assert len(script.asked) == 2
        assert len(_results(script.asked[1])) == 2

    _happens(happens, tmp_path, script, call)


def test_a_slow_tool_beside_a_fast_one_is_nobodys_failure(happens: Happens, tmp_path: Path) -> None:
    first, second = Orders(1.0), Orders(12.0)
    tools = [first.tool, _named(second, "place_another")]
    script = Script([Use("place_order"), Use("place_another")], [Say("At 800 both are ordered.")], tools=tools)

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order both")
        await asyncio.sleep(22)
        assert not [event for event in one.events if event.kind == "error"]
        assert one.turns()[-1] == "At 800 both are ordered."

    _happens(happens, tmp_path, script, call)


def test_whoever_hangs_up_for_the_agent_waits_for_the_order(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(12.0)
    script = Script([Use("place_order"), Use("end_call")], [Say("At 800 it is ordered. Goodbye.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order and that was all")
        await asyncio.sleep(10)
        assert line.open
        await asyncio.sleep(15)
        assert not line.open
        assert "At 800 it is ordered. Goodbye." in one.turns()

    _happens(happens, tmp_path, script, call)


def test_an_llm_that_uses_one_tool_after_the_other_says_so(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(2.0)
    script = Script(*[[Use("place_order")]] * 12, [Say("At 800 at last.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order the blue one")
        await asyncio.sleep(40)
        assert one.turns().count(Sentence.ONE_MOMENT.value) >= 2
        assert one.turns()[-1] == "At 800 at last."

    _happens(happens, tmp_path, script, call)


def test_what_takes_too_long_is_told_behind_what_is_being_said(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(1e9, limit_s=7.0)
    long = "At 800 " + "the clinic is open from Monday to Friday " * 3 + "only."
    script = Script([Use("place_order")], [Say(long)], [Say("At 900 sorry.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order the blue one")
        await asyncio.sleep(5.5)
        line.say("and when are you open", 1.0)
        await asyncio.sleep(25)
        assert one.turns().count(long) == 1
        assert one.turns().index(long) < one.turns().index(Sentence.TOOK_TOO_LONG.value)

    _happens(happens, tmp_path, script, call)


def test_who_has_more_to_say_over_the_goodbye_is_heard(happens: Happens, tmp_path: Path) -> None:
    bye = "At 800 thank you very much for calling us today, and goodbye to you."
    script = Script([Say(bye), Use("end_call")], [Say("At 900 well then.")])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("that was all")
        await asyncio.sleep(4.2)
        line.say("no wait, one more thing", 1.2)
        await asyncio.sleep(6)
        assert line.open
        assert script.heard[-1] == "no wait, one more thing"
        assert "At 900 well then." in one.turns()

    _happens(happens, tmp_path, script, call)


def test_an_llm_may_call_a_tool_behind_the_end_of_its_answer(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(1.0)
    script = Script([End(), Use("place_order")], [Say("At 800 it is ordered.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("order the blue one")
        await asyncio.sleep(9)
        assert one.turns()[1:] == ["At 800 it is ordered."]

    _happens(happens, tmp_path, script, call)


def _named(orders: Orders, name: str) -> Tool:
    return Tool(name, "Places another.", Nothing, orders.place)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_tool_is_told_the_number_only_where_the_agent_allows_it_and_on_record(
    happens: Happens, allowed: bool, tmp_path: Path
) -> None:
    orders = Orders(0.1)
    script = Script([Use("place_order")], [Say("At 800 it is ordered.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        line.say("i take two")
        await asyncio.sleep(6)
        (told,) = orders.begun
        entries = [(e.who, e.what) for e in await one.workspace.audit.of(told.call_id) if e.what == "numbers.read"]
        if not allowed:
            assert (told.number, entries) == (None, [])
            return
        assert told.number is not None
        assert told.number == line.number
        assert told.number.reveal() not in repr(told)
        assert entries == [("tool:place_order", "numbers.read")]

    _happens(happens, tmp_path, script, call, tools_know_number=allowed)


def test_a_tool_works_without_the_number_if_it_can_not_be_read(happens: Happens, tmp_path: Path) -> None:
    orders = Orders(0.1)
    script = Script([Use("place_order")], [Say("At 800 it is ordered.")], tools=[orders.tool])

    async def call(one: Board, line: VirtualLine) -> None:
        async def fails(*_: object) -> None:
            raise OSError("the key database is gone")

        one.workspace.calls.numbers = fails  # type: ignore[method-assign, assignment]
        line.say("i take two")
        await asyncio.sleep(6)
        assert [told.number for told in orders.begun] == [None]
        assert orders.done

    _happens(happens, tmp_path, script, call, tools_know_number=True)
