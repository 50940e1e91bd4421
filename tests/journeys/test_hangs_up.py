"""The caller hangs up: in the greeting, in an answer, before the media stream comes."""

import asyncio

from journeys.conftest import OpenHouse
from journeys.house import form, new_sid
from op26x_twilio.testing import CallEnd

LONG_GREETING = "At 500 " + "hello " * 20


async def test_in_the_greeting(house: OpenHouse) -> None:
    home = await house(greeting=LONG_GREETING)
    line = await home.ring()
    await line.hears()
    await line.stream.hang_up()
    assert await line.over() is CallEnd.CALLER
    ended = await home.witness.end()
    assert (ended.state, ended.end_reason, ended.outcome) == ("completed", "caller-hung-up", "")
    record = await home.record()
    assert record.call.vendor_errors == 0
    assert [(t.speaker, t.interrupted) for t in record.turns] == [("agent", True)]


async def test_in_an_answer(house: OpenHouse) -> None:
    home = await house(llm={"use": "scripted", "answers": [[{"say": "At 800 " + "and so on " * 20}]]})
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.hears(2)
    await line.hang_up()
    ended = await home.witness.end()
    assert ended.end_reason == "caller-hung-up"
    speakers = [(turn.speaker, turn.interrupted) for _, turn in home.witness.turns]
    assert speakers == [("agent", False), ("caller", False), ("agent", True)]


async def test_the_socket_breaks_without_a_stop(house: OpenHouse) -> None:
    home = await house()
    line = await home.ring()
    await line.heard_out()
    line.living.cancel()
    await asyncio.wait([line.living])
    assert (await home.witness.end()).end_reason == "caller-hung-up"


async def test_before_the_media_stream(house: OpenHouse) -> None:
    home = await house()
    sid = new_sid()
    assert await home.webhooks.voice(form(sid)) is not None
    assert (await home.record()).call.state == "ringing"
    await home.webhooks.status(form(sid, CallStatus="no-answer"))
    record = await home.record()
    assert (record.call.state, record.call.end_reason) == ("no-answer", "provider: no-answer")
    assert record.call.duration_s is None
