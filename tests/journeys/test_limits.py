"""What ends a call from our side: the time limit, the agent itself, an operator."""

from journeys.conftest import OpenHouse
from journeys.documents import does, says
from journeys.stubs import FIXED
from op26x.voice.speaking.sentences import Sentence
from op26x_twilio.testing import CallEnd

TIME_IS_UP = FIXED[Sentence.TIME_IS_UP]
LONG = "At 800 " + "and so on " * 30


async def test_time_limit(house: OpenHouse) -> None:
    home = await house(limits={"duration_s": 2.0})
    line = await home.ring()
    assert await line.over() is CallEnd.SERVICE
    assert line.tunes == [500, TIME_IS_UP]
    assert line.seconds_of(TIME_IS_UP) > 0.5
    ended = await home.witness.end()
    assert (ended.state, ended.end_reason) == ("completed", "time-limit")
    assert ended.duration_s is not None
    assert 2.0 < ended.duration_s < 6.0


async def test_time_limit_cuts_an_answer_short(house: OpenHouse) -> None:
    home = await house(limits={"duration_s": 4.5}, llm=says(LONG))
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.over()
    assert line.tunes == [500, 800, TIME_IS_UP]
    assert line.stream.ears.clears == 1
    await home.witness.end()
    assert [turn.interrupted for turn in home.witness.of("agent")] == [False, True, False]
    assert home.witness.words("agent")[-1] == Sentence.TIME_IS_UP.value


async def test_the_agent_hangs_up_after_its_last_word(house: OpenHouse) -> None:
    home = await house(llm=does([{"say": "At 800 goodbye then."}, {"use": "end_call"}]))
    line = await home.ring()
    await line.heard_out()
    line.say()
    assert await line.over() is CallEnd.SERVICE
    assert line.seconds_of(800) > 0.8, "the goodbye is heard whole"
    assert (await home.witness.end()).end_reason == "agent-hung-up"


async def test_an_operator_ends_the_call(house: OpenHouse) -> None:
    home = await house(llm=says(LONG))
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.hears(2)
    (session,) = home.service.switchboard.sessions.values()
    await session.end("operator")
    assert await line.over() is CallEnd.SERVICE
    ended = await home.witness.end()
    assert (ended.state, ended.end_reason) == ("completed", "operator")
    assert home.witness.of("agent")[-1].interrupted
    assert len(home.witness.ended) == 1
    assert home.service.switchboard.sessions == {}
