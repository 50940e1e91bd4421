"""Who has no business here: forged webhooks, stolen tokens, streams that make no sense."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from journeys.conftest import OpenHouse
from journeys.house import AUTH_TOKEN, CALLER, House, form, new_sid
from op26x.calls import Refuse
from op26x.calls.tokens import TOKEN_LIFE_S
from op26x.hookspecs import hookimpl
from op26x_twilio.testing import MediaStream, Webhooks

POLICY_VIOLATION = 1008


async def _calls(home: House) -> int:
    return len(await home.service.installation.workspace().calls.list())


@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/status"])
async def test_unsigned_and_forged_webhooks_change_nothing(house: OpenHouse, path: str) -> None:
    home = await house()
    signed_elsewhere = Webhooks(home.url, AUTH_TOKEN, signed_for="http://192.0.2.1")
    other_key = Webhooks(home.url, "another-token")
    replies = [
        await home.webhooks.post(path, form(new_sid()), signature=""),
        await home.webhooks.post(path, form(new_sid()), signature="AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        await other_key.post(path, form(new_sid())),
        await signed_elsewhere.post(path, form(new_sid())),
    ]
    for reply in replies:
        assert reply.status_code == 403
        assert reply.headers["content-type"].startswith("application/problem+json")
        assert "Stream" not in reply.text
    assert await _calls(home) == 0
    assert CALLER not in home.output.getvalue()


async def test_a_signature_covers_the_form(house: OpenHouse) -> None:
    home = await house()
    sent: list[httpx.Request] = []

    async def note(request: httpx.Request) -> None:
        sent.append(request)

    sid = new_sid()
    async with httpx.AsyncClient(event_hooks={"request": [note]}) as client:
        signature = home.webhooks._validator.compute_signature(home.url + "/twilio/voice", form(sid))
        changed = form(sid, caller="+12125550124")
        headers = {"X-Twilio-Signature": signature}
        reply = await client.post(home.url + "/twilio/voice", data=changed, headers=headers)
        assert reply.status_code == 403
        reply = await client.post(home.url + "/twilio/voice", data=form(sid), headers=headers)
        assert reply.status_code == 200
    assert await _calls(home) == 1


async def test_without_an_auth_token_nobody_is_let_in(house: OpenHouse) -> None:
    home = await house(settings={"twilio_auth_token": ""})
    for token in ("", AUTH_TOKEN):
        reply = await Webhooks(home.url, token).post("/twilio/voice", form(new_sid()))
        assert reply.status_code == 403
    assert await _calls(home) == 0


async def test_a_plugin_refuses(house: OpenHouse) -> None:
    class Doorkeeper:
        @hookimpl
        def op26x_call_arriving(self, arrival: Any) -> Refuse:
            return Refuse("closed today")

    home = await house(Doorkeeper())
    assert await home.webhooks.voice(form(new_sid())) is None
    record = await home.record()
    assert (record.call.state, record.call.end_reason) == ("failed", "refused: closed today")


async def test_a_plugin_that_breaks_refuses(house: OpenHouse) -> None:
    class Broken:
        @hookimpl
        def op26x_call_arriving(self, arrival: Any) -> None:
            raise ValueError(arrival.caller.reveal())

    home = await house(Broken())
    assert await home.webhooks.voice(form(new_sid())) is None
    record = await home.record()
    assert record.call.state == "failed"
    assert CALLER not in home.output.getvalue()


async def test_a_replayed_token_does_not_disturb_the_call(house: OpenHouse) -> None:
    home = await house()
    sid = new_sid()
    order = await home.webhooks.voice(form(sid))
    assert order
    line = home.join(MediaStream(order.url, sid, order.parameters), sid)
    await line.hears()
    thief = home.join(MediaStream(order.url, sid, order.parameters), sid)
    await _thrown_out(thief)
    await line.heard_out()
    line.say()
    await line.until(lambda: 800 in line.tunes)
    await line.hang_up()
    assert (await home.witness.end()).end_reason == "caller-hung-up"
    assert len(home.witness.answered) == 1


async def test_foreign_invented_and_missing_tokens(house: OpenHouse) -> None:
    home = await house()
    mine, other = new_sid(), new_sid()
    order = await home.webhooks.voice(form(mine))
    foreign = await home.webhooks.voice(form(other))
    assert order
    assert foreign
    for parameters in (foreign.parameters, {"token": "0" * 64}, {"token": ""}, {}):
        await _thrown_out(home.join(MediaStream(order.url, mine, parameters), mine))
    assert home.witness.answered == []
    for sid, own in ((mine, order), (other, foreign)):  # who shows what is not theirs takes it from nobody
        line = home.join(MediaStream(own.url, sid, own.parameters), sid)
        await line.hears()
        await line.hang_up()


async def test_an_expired_token(house: OpenHouse) -> None:
    """Nobody says that a stream comes no more: the call is over when it should have come, and opens nothing then."""
    home = await house()
    sid = new_sid()
    order = await home.webhooks.voice(form(sid))
    assert order
    await asyncio.sleep(TOKEN_LIFE_S + 1)
    await _thrown_out(home.join(MediaStream(order.url, sid, order.parameters), sid))
    assert home.witness.answered == []
    record = await home.record()
    assert (record.call.state, record.call.end_reason) == ("failed", "no-stream")


async def _thrown_out(line: Any) -> None:
    with pytest.raises(ConnectionClosedError) as closed:
        await line.over()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == POLICY_VIOLATION
    assert line.tunes == []


def _media_url(home: House) -> str:
    return home.url.replace("http", "ws", 1) + "/twilio/media"


async def test_a_stream_without_start_reaches_nothing(house: OpenHouse) -> None:
    home = await house()
    async with connect(_media_url(home)) as socket:
        for event in ("connected", "media", "mark", "dtmf", "nonsense"):
            await socket.send(msgspec.json.encode({"event": event, "media": {"payload": "////"}}).decode())
        await socket.send('{"event":"stop"}')
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == POLICY_VIOLATION
    assert await _calls(home) == 0


async def test_too_much_rubbish_ends_the_stream(house: OpenHouse) -> None:
    home = await house()
    async with connect(_media_url(home)) as socket:
        with pytest.raises(ConnectionClosed):
            for _ in range(51):
                await socket.send("rubbish")
            await asyncio.wait_for(socket.recv(), 10)
    lines = [line for line in home.log if line["event"] == "malformed message dropped"]
    assert [line["count"] for line in lines] == [1], "the others are counted, and said a minute later"
    assert "rubbish" not in home.output.getvalue()


async def test_the_media_path_is_a_socket_only(house: OpenHouse) -> None:
    home = await house()
    async with httpx.AsyncClient() as client:
        reply = await client.get(home.url + "/twilio/media")
    assert reply.status_code == 426
