"""An LLM that listens and speaks by itself is given the caller's audio, and the agent's voice keeps out of it."""

import pytest

from journeys.conftest import OpenHouse
from journeys.line import SPEECH


async def test_it_hears_the_caller_and_answers_with_its_own_voice(house: OpenHouse) -> None:
    home = await house(llm="hearing")
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.heard_out(2)
    assert line.tunes == [500, 800], "the greeting is the voice's, the answer the LLM's alone"
    assert line.seconds_of(800) == pytest.approx(len(SPEECH) / 8000, abs=0.5)
    line.say()
    await line.heard_out(3)
    await line.hang_up()
    await home.witness.end()
    assert home.witness.words("agent") == ["At 500 hello.", "I heard you.", "I heard you."]
    record = await home.record()
    assert [turn.latency_ms is not None for turn in record.turns if turn.speaker == "agent"] == [False, True, True]
    assert record.call.vendor_errors == 0


async def test_it_does_not_hear_what_is_said_over_the_greeting(house: OpenHouse) -> None:
    home = await house(llm="hearing", greeting="At 500 " + "welcome " * 10)
    line = await home.ring()
    await line.hears()
    line.say()
    await line.heard_out()
    line.say()
    await line.heard_out(2)
    assert line.seconds_of(800) == pytest.approx(len(SPEECH) / 8000, abs=0.5)
    await line.hang_up()
