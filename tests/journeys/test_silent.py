"""The caller says nothing: they are asked, then the call ends."""

from journeys.conftest import OpenHouse
from journeys.documents import says
from journeys.stubs import FIXED
from op26x.voice.speaking.sentences import Sentence
from op26x_twilio.testing import CallEnd

STILL_THERE, NOBODY_THERE = FIXED[Sentence.STILL_THERE], FIXED[Sentence.NOBODY_THERE]


async def test_is_asked_and_then_said_goodbye_to(house: OpenHouse) -> None:
    home = await house(limits={"silence_s": 1.0})
    line = await home.ring()
    assert await line.over() is CallEnd.SERVICE
    ended = await home.witness.end()
    assert (ended.state, ended.end_reason) == ("completed", "silence")
    assert line.tunes == [500, STILL_THERE, NOBODY_THERE]
    greeted = line.last_heard(500)
    asked = line.first_heard(STILL_THERE)
    assert 0.9 < asked - greeted < 2.5
    assert 0.9 < line.first_heard(NOBODY_THERE) - line.last_heard(STILL_THERE) < 2.5
    assert line.seconds_of(NOBODY_THERE) > 0.5, "the goodbye is heard whole"
    assert (await home.record()).call.vendor_errors == 0


async def test_an_answer_to_the_question_saves_the_call(house: OpenHouse) -> None:
    home = await house(limits={"silence_s": 1.0}, llm=says("At 800 good.", "At 900 fine."))
    line = await home.ring()
    await line.until(lambda: STILL_THERE in line.tunes)
    line.say()
    await line.until(lambda: 800 in line.tunes)
    await line.over()
    assert line.tunes == [500, STILL_THERE, 800, STILL_THERE, NOBODY_THERE]
    assert (await home.witness.end()).end_reason == "silence"


async def test_a_key_counts_as_a_sign_of_life(house: OpenHouse) -> None:
    home = await house(limits={"silence_s": 1.0}, llm=says("At 800 good."))
    line = await home.ring()
    await line.until(lambda: STILL_THERE in line.tunes)
    await line.stream.press("1")
    await line.until(lambda: 800 in line.tunes)
    await line.hang_up()
    assert NOBODY_THERE not in line.tunes


async def test_speech_without_words_is_silence(house: OpenHouse) -> None:
    home = await house(limits={"silence_s": 1.0}, stt={"use": "scripted", "words": []})
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.over()
    assert (await home.witness.end()).end_reason == "silence"
    assert home.witness.words("caller") == []
    assert line.tunes[-1] == NOBODY_THERE
