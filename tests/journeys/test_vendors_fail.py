"""A vendor fails in the middle of a call: the caller hears a fixed sentence in time, the record says why."""

from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError

from journeys.conftest import OpenHouse
from journeys.documents import does, says
from journeys.house import AUTH_TOKEN, House
from journeys.line import Line
from journeys.stubs import FIXED
from op26x.errors import WorkError
from op26x.voice.speaking.sentences import Sentence
from op26x_twilio.simulator import ring
from op26x_twilio.simulator.script import load_script
from op26x_twilio.testing import CallEnd

SAY_AGAIN, TROUBLE = FIXED[Sentence.SAY_AGAIN], FIXED[Sentence.TROUBLE]
WITHIN_S = 3.0
NOISE_S = 0.3
"""What a busy machine may add."""
GOOD = [{"say": "At 800 here I am."}]
HALF = {"say": "At 800 I was just about to say. And more "}

BROKEN: dict[str, dict[str, Any]] = {
    "LLM raises at once": {"llm": does([{"raise": "dead"}], GOOD)},
    "LLM raises mid-sentence": {"llm": does([HALF, {"raise": "dead"}], GOOD)},
    "LLM reports an error": {"llm": does([HALF, {"error": "dead"}], GOOD)},
    "LLM never answers": {"llm": does([{"hang": True}], GOOD)},
    "LLM stalls mid-answer": {"llm": does([HALF, {"hang": True}], GOOD)},
    "TTS raises": {"llm": says("At 666 oh.", "At 800 yes."), "tts": {"use": "tone", "raises_at": "666"}},
    "TTS is silent": {"llm": says("At 666 oh.", "At 800 yes."), "tts": {"use": "tone", "silent_at": "666"}},
    "STT service raises": {"stt": {"use": "scripted", "words": ["!dead", "good morning"]}},
}


async def _wait_for_apology(line: Line, sentence: int) -> float:
    """Speaks and waits for a fixed sentence; returns how long the caller heard nothing before it."""
    line.say()
    await line.said()
    spoken = len(line.stream.ears.heard) / 8000
    await line.until(lambda: sentence in line.tunes)
    heard_before = [tone.end for tone in line.heard if tone.hertz == 800 and tone.end <= line.first_heard(sentence)]
    return line.first_heard(sentence) - max([spoken, *heard_before])


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN.keys())
async def test_once_and_the_call_goes_on(house: OpenHouse, changes: dict[str, Any]) -> None:
    home = await house(**changes)
    line = await home.ring()
    await line.heard_out()
    waited = await _wait_for_apology(line, SAY_AGAIN)
    assert waited < WITHIN_S + NOISE_S
    await line.until(lambda: line.seconds_of(SAY_AGAIN) > 0.5)
    before = line.seconds_of(800)
    await line.until(line.quiet)
    line.say()
    await line.until(lambda: line.seconds_of(800) > before + 0.2)
    await line.hang_up()
    record = await home.record()
    assert (record.call.state, record.call.end_reason) == ("completed", "caller-hung-up")
    assert record.call.vendor_errors == 1


@pytest.mark.parametrize("step", [{"raise": "dead"}, {"hang": True}], ids=["raises", "never answers"])
async def test_twice_and_the_call_ends_with_an_apology(house: OpenHouse, step: dict[str, Any]) -> None:
    home = await house(llm=does([step]))
    line = await home.ring()
    await line.heard_out()
    await _wait_for_apology(line, SAY_AGAIN)
    await line.until(line.quiet)
    await _wait_for_apology(line, TROUBLE)
    assert await line.over() is CallEnd.SERVICE
    assert line.tunes == [500, SAY_AGAIN, TROUBLE]
    assert line.seconds_of(TROUBLE) > 0.5, "the apology is heard whole"
    await _ended_by_vendor(home, errors=2)


@pytest.mark.parametrize("option", ["raises_at", "silent_at"])
async def test_in_the_greeting(house: OpenHouse, option: str) -> None:
    home = await house(tts={"use": "tone", option: "500"})
    line = await home.ring()
    await line.over()
    assert line.tunes == [TROUBLE]
    assert line.first_heard(TROUBLE) < WITHIN_S + NOISE_S
    await _ended_by_vendor(home, errors=1)


async def test_a_service_that_cannot_be_built(house: OpenHouse) -> None:
    home = await house(tts={"use": "unbuildable"})
    line = await home.ring()
    with pytest.raises(ConnectionClosedError):
        await line.over()
    assert line.tunes == []
    record = await home.record()
    assert (record.call.state, record.call.end_reason) == ("failed", "no-service")


async def test_a_simulated_caller_says_that_the_call_was_broken_off(house: OpenHouse) -> None:
    home = await house(tts={"use": "unbuildable"})
    with pytest.raises(WorkError, match="broke the call off"):
        await ring.ring(ring.Line(home.url, AUTH_TOKEN), load_script("silent").steps, {}, sid=ring.new_sid())
    assert home.service.switchboard.sessions == {}


async def test_a_tool_that_fails_is_told_to_the_llm_only(house: OpenHouse) -> None:
    use_wrongly = {"use": "note", "arguments": {}}
    home = await house(llm=does([use_wrongly], GOOD))
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.until(lambda: 800 in line.tunes)
    await line.hang_up()
    record = await home.record()
    assert (record.call.vendor_errors, record.call.outcome) == (0, "")


async def _ended_by_vendor(home: House, errors: int) -> None:
    ended = await home.witness.end()
    assert (ended.state, ended.end_reason) == ("completed", "vendor-error")
    record = await home.record()
    assert record.call.vendor_errors == errors
    failures = [line for line in home.log if line["event"] == "a vendor failed"]
    assert len(failures) == errors


async def test_an_llm_that_dies_after_a_tool(house: OpenHouse) -> None:
    use = {"use": "note", "arguments": {"words": "it"}}
    home = await house(llm=does([{"say": "At 900 one moment."}, use], [{"hang": True}]))
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.until(lambda: SAY_AGAIN in line.tunes)
    assert line.first_heard(SAY_AGAIN) - line.last_heard(900) < WITHIN_S + NOISE_S
    await line.hang_up()
    assert (await home.record()).call.vendor_errors == 1


async def test_speaking_on_while_the_llm_thinks_is_no_failure(house: OpenHouse) -> None:
    home = await house(llm=does([{"hang": True}], GOOD), limits={"reply_s": 2.0})
    line = await home.ring()
    await line.heard_out()
    line.say()
    await home.witness.turn("caller")
    line.say()
    line.say()
    await line.until(lambda: 800 in line.tunes)
    await line.hang_up()
    assert SAY_AGAIN not in line.tunes
    assert (await home.record()).call.vendor_errors == 0
