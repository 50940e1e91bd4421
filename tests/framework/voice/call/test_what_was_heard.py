"""Whatever happens in a call: its context and its transcript hold what was played, in order, and nothing else."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.voice.call.test_tools_in_calls import Orders
from op26x.audit import Access
from op26x.consent import Evidence, Proof, Right
from op26x.testing.scripted_llm import Push, Say, Script, Use, Wait
from op26x.testing.virtual_loop import happen
from op26x.voice.vendors.frames import AnswerRefusedFrame, Refusal
from virtual.call import Board, VirtualLine, board

pytestmark = pytest.mark.journey

ANSWERS = [
    [Say("At 800 the clinic is open from Monday to Friday. It is closed on Sundays. What else shall I tell?")],
    [Use("place_order")],
    [Say("At 900 it is done, and it will be with you tomorrow.")],
    [],
    [Wait(3.5), Say("At 700 that took a while.")],
    [Say("At 600 let me see. "), Use("place_order")],
    [Push(lambda: AnswerRefusedFrame(Refusal.REFUSED))],
    [Say("At 850 one word after the other comes slowly now.", every_s=0.3)],
]
OPERATOR = Access("an operator", "a test")
WORDS = [
    "when are you open",
    "uh-huh",
    "",
    "no, wait",
    "okay",
    "[cough]",
    "stop recording",
    "am i talking to a machine",
]

events = st.lists(
    st.tuples(
        st.floats(0.2, 4.0),
        st.one_of(
            st.tuples(st.just("say"), st.sampled_from(WORDS), st.floats(0.4, 2.0)),
            st.tuples(st.just("press"), st.sampled_from(["5", "#", "*5"]), st.just(0.0)),
            st.tuples(st.just("order"), st.sampled_from(["stop", "pause"]), st.just(0.0)),
        ),
    ),
    max_size=6,
)


async def _do(one: Board, line: VirtualLine, what: str, detail: str, seconds: float) -> None:
    if not line.open or line.session is None:
        return
    if what == "say":
        line.say(detail, seconds)
    elif what == "press":
        await line.press(detail)
    else:
        session: Any = line.session
        await session.word.order(Right(detail), Proof(Evidence.OPERATOR, "", one.workspace.clock.now()), OPERATOR)


@given(events, st.permutations(range(len(ANSWERS))), st.sampled_from(["words", "voice", "none"]))
@settings(max_examples=12, deadline=None)
def test_context_and_transcript_are_what_was_played(
    happened: list[tuple[float, tuple[str, str, float]]], order: list[int], by: str
) -> None:
    async def story(folder: Path) -> None:
        orders = Orders(4.0)
        script = Script(*([ANSWERS[number] for number in order] * 3), tools=[orders.tool])
        async with board(folder, script, **script.document(recording="one-party", interruptions={"by": by})) as one:
            line = await one.ring()
            session: Any = line.session
            await asyncio.sleep(2.0)
            for after_s, (what, detail, seconds) in happened:
                await asyncio.sleep(after_s)
                await _do(one, line, what, detail, seconds)
            await asyncio.sleep(30)
            context = session._conversation._context.get_messages()
            said = [str(m["content"]) for m in context if m.get("role") == "assistant" and m.get("content")]
            heard = [text for text in one.turns() if text]
            assert " ".join(said).split() == " ".join(heard).split()
            played = sum(len(text) for text in one.turns())
            assert len(orders.begun) == len(orders.done) == sum("use-" in str(m.get("tool_calls", "")) for m in context)
            if line.open:
                await line.hang_up()
            await line.over()
            assert played or not line.sent_s

    with tempfile.TemporaryDirectory() as folder:
        happen(lambda: story(Path(folder)))
