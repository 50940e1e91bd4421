"""Streams that are odd but honest: rubbish in between, unknown events, marks out of order or lost, a proxy."""

from journeys.conftest import OpenHouse
from journeys.house import AUTH_TOKEN, form, new_sid
from op26x_twilio.testing import MediaStream, Webhooks

ODD = (
    "",
    "{",
    "null",
    "[]",
    '"media"',
    '{"event":7}',
    '{"event":"media"}',
    '{"event":"media","media":{"payload":"!"}}',
    '{"event":"media","media":{"payload":""}}',
    '{"event":"media","media":{"payload":"/w=="}}',
    '{"event":"mark"}',
    '{"event":"mark","mark":{}}',
    '{"event":"mark","mark":{"name":"no-such-mark"}}',
    '{"event":"dtmf"}',
    '{"event":"start"}',
    '{"event":"connected"}',
    '{"event":"an-event-of-next-year","more":{"of":["it"]}}',
)


async def test_odd_messages_do_not_disturb_a_call(house: OpenHouse) -> None:
    home = await house()
    line = await home.ring()
    await line.hears()
    for text in ODD:
        await line.stream.send_raw(text)
    await line.heard_out()
    line.say()
    for text in ODD:
        await line.stream.send_raw(text)
    await line.until(lambda: 800 in line.tunes)
    await line.hang_up()
    assert (await home.witness.end()).end_reason == "caller-hung-up"
    assert home.witness.words("caller") == ["good morning"]
    assert any(entry["event"] == "malformed message dropped" for entry in home.log)


async def test_a_second_start_is_ignored(house: OpenHouse) -> None:
    home = await house()
    line = await home.ring()
    await line.hears()
    await line.stream._send_start()
    await line.heard_out()
    line.say()
    await line.until(lambda: 800 in line.tunes)
    await line.hang_up()
    assert len(home.witness.answered) == 1


async def test_old_and_repeated_marks_mean_nothing(house: OpenHouse) -> None:
    home = await house()
    line = await home.ring()
    await line.heard_out()
    line.say()
    await line.hears(2)
    for name in ("1", "1", "0", "99"):
        await line.stream._echo(name)
    answer = await home.witness.turn("agent", 2)
    assert answer.ended_ms - answer.started_ms > 700, "the answer lasts 0.9 s"
    await line.hang_up()


async def test_lost_marks_end_no_call(house: OpenHouse) -> None:
    home = await house()
    line = await home.ring()
    line.stream.lose_marks = True
    await home.witness.turn("agent", 1)
    line.say()
    await home.witness.turn("agent", 2)
    await line.hang_up()
    assert line.tunes == [500, 800]
    assert (await home.record()).call.vendor_errors == 0


async def test_behind_a_proxy_the_public_address_counts(house: OpenHouse) -> None:
    home = await house(settings={"public_url": "https://calls.example.com"})
    direct = Webhooks(home.url, AUTH_TOKEN, signed_for=home.url)
    assert (await direct.post("/twilio/voice", form(new_sid()))).status_code == 403
    sid = new_sid()
    order = await home.webhooks.voice(form(sid))
    assert order
    assert order.url == "wss://calls.example.com/twilio/media"
    inside = order.url.replace("wss://calls.example.com", home.url.replace("http", "ws", 1))
    line = home.join(MediaStream(inside, sid, order.parameters), sid)
    await line.heard_out()
    await line.hang_up()
    assert line.tunes == [500]
