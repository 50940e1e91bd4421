"""The caller speaks while the agent does: an answer stops at once, the greeting is heard whole."""

import pytest

from journeys.conftest import OpenHouse
from journeys.documents import says
from journeys.house import House
from journeys.line import Line
from journeys.stubs import SECONDS_PER_CHARACTER

LONG = "At 800 " + "and so on " * 30
GREETING = "At 500 " + "welcome " * 10


async def _speech_noticed(home: House, line: Line) -> float:
    """Waits until voice detection has noticed the caller; returns the seconds heard by then."""
    async with (await home.feed()).listen() as queue:
        line.say()
        while True:
            event = await queue.get()
            if (event.kind, event.speaker) == ("speaking", "caller"):
                return len(line.stream.ears.heard) / 8000


async def test_the_answer_stops_at_once(house: OpenHouse) -> None:
    home = await house(llm=says(LONG, "At 900 of course."))
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.hears(2)
    noticed = await _speech_noticed(home, line)
    answer = await home.witness.turn("agent", 2)
    assert answer.interrupted
    await line.until(lambda: 900 in line.tunes)
    assert line.stream.ears.clears == 1
    assert line.last_heard(800) - noticed < 0.3
    assert line.seconds_of(800) < 0.5 * len(LONG) * SECONDS_PER_CHARACTER
    await home.witness.turn("agent", 3)
    await line.hang_up()
    assert [(t.speaker, t.interrupted) for t in (await home.record()).turns] == [
        ("agent", False),
        ("caller", False),
        ("agent", True),
        ("caller", False),
        ("agent", False),
    ]


async def test_the_greeting_is_heard_whole_and_what_was_said_over_it_counts(house: OpenHouse) -> None:
    home = await house(greeting=GREETING, stt={"use": "scripted", "words": ["over the greeting"]})
    line = await home.ring()
    await line.hears()
    line.say()
    await line.said()
    assert not line.quiet(0), "the greeting must outlast the caller's words"
    await home.witness.turn("agent", 2)
    assert line.stream.ears.clears == 0
    assert line.tunes == [500, 800]
    assert line.seconds_of(500) == pytest.approx(len(GREETING) * SECONDS_PER_CHARACTER, abs=0.15)
    assert home.witness.words("caller") == ["over the greeting"]
    assert not home.witness.of("agent")[0].interrupted
    await line.hang_up()


async def test_still_speaking_when_the_greeting_ends(house: OpenHouse) -> None:
    home = await house(stt={"use": "scripted", "words": ["over the greeting"]})
    line = await home.ring()
    line.say()
    await home.witness.turn("agent", 2)
    assert line.tunes == [500, 800]
    assert home.witness.words("caller") == ["over the greeting"]
    await line.hang_up()


async def test_speaking_again_before_the_answer_joins_the_turn(house: OpenHouse) -> None:
    home = await house(stt={"use": "scripted", "words": ["one", "two", "three"]}, limits={"end_of_speech_s": 1.5})
    line = await home.ring()
    await line.heard_out()
    async with (await home.feed()).listen() as queue:
        line.say()
        while (await queue.get()).kind != "speaking":
            pass
        await line.said()
    line.say(b"\xff" * 4800)
    line.say()
    await home.witness.turn("agent", 2)
    assert home.witness.words("caller") == ["one two"]
    assert line.tunes == [500, 800]
    await line.hang_up()
