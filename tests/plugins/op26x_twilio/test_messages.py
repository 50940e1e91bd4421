"""Media stream messages: whatever comes, nothing raises; what is valid reaches the session."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x import logs
from op26x.clock import ManualClock
from op26x.errors import AdmissionRefused
from op26x.logs import Tally
from op26x_twilio.messages import MAX_PAYLOAD, Malformed, Media, Outgoing, audio_of, decode
from op26x_twilio.stream import Stream, StreamWire

T = TypeVar("T")

START = {"event": "start", "start": {"streamSid": "MZ1", "callSid": "CA1", "customParameters": {"token": "good"}}}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
messages = st.fixed_dictionaries(
    {"event": st.sampled_from(["connected", "start", "media", "mark", "dtmf", "stop"]) | json_values},
    optional=dict.fromkeys(("media", "mark", "dtmf", "start", "streamSid", "sequenceNumber"), json_values),
).map(json.dumps)


class Session:
    """Notes what reaches it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []

    async def hear(self, ulaw: bytes) -> None:
        self.seen.append(("hear", ulaw))

    async def mark(self, name: str) -> None:
        self.seen.append(("mark", name))

    async def digit(self, digit: str) -> None:
        self.seen.append(("digit", digit))

    async def hung_up(self) -> None:
        self.seen.append(("hung_up", None))


class Board:
    """Lets in who shows the token ``good``."""

    def __init__(self) -> None:
        self.session = Session()

    async def connect(self, token: str, provider_call_id: str, wire: Any) -> Session:
        if (token, provider_call_id) != ("good", "CA1"):
            raise AdmissionRefused("no")
        return self.session


async def _send(_message: Any) -> None:
    pass


def _stream() -> tuple[Stream, Session]:
    board = Board()
    return Stream(board, _send, Tally(logs.get("twilio"), ManualClock())), board.session  # type: ignore[arg-type]


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@given(st.text() | messages | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")), st.booleans())
def test_whatever_comes_nothing_raises(text: str, started: bool) -> None:
    async def take() -> bool:
        stream, _ = _stream()
        if started:
            await stream.take(json.dumps(START))
        return await stream.take(text)

    assert _run(take()) in (True, False)


@given(st.lists(st.binary(max_size=400), max_size=5))
def test_audio_reaches_the_session_in_order(frames: list[bytes]) -> None:
    async def take() -> list[tuple[str, Any]]:
        stream, session = _stream()
        assert await stream.take(json.dumps(START))
        for frame in frames:
            payload = b64encode(frame).decode()
            message = {"event": "media", "media": {"payload": payload, "track": "inbound", "chunk": "1"}}
            assert await stream.take(json.dumps(message))
        return session.seen

    assert _run(take()) == [("hear", frame) for frame in frames]


async def test_marks_and_keys_reach_the_session() -> None:
    stream, session = _stream()
    assert await stream.take(json.dumps(START))
    assert await stream.take('{"event":"mark","mark":{"name":"7"}}')
    assert await stream.take('{"event":"dtmf","dtmf":{"track":"inbound_track","digit":"#"}}')
    assert session.seen == [("mark", "7"), ("digit", "#")]
    assert not await stream.take('{"event":"stop","stop":{"callSid":"CA1"}}')


@pytest.mark.parametrize("parameters", [{}, {"token": "bad"}])
async def test_a_wrong_token_ends_the_stream(parameters: dict[str, str]) -> None:
    stream, session = _stream()
    start = {"event": "start", "start": {**START["start"], "customParameters": parameters}}  # type: ignore[dict-item]
    assert not await stream.take(json.dumps(start))
    assert stream.session is None
    assert session.seen == []


async def test_nothing_reaches_a_session_before_start() -> None:
    stream, session = _stream()
    for event in ("media", "mark", "dtmf"):
        await stream.take(json.dumps({"event": event, "media": {"payload": ""}, "mark": {}, "dtmf": {}}))
    assert session.seen == []


async def test_the_fiftieth_malformed_message_ends_the_stream() -> None:
    stream, _ = _stream()
    assert [await stream.take("{") for _ in range(50)] == [True] * 49 + [False]


@pytest.mark.parametrize("where", ["{}", '{{"event":"media","x":{}}}', '{{"event":"start","start":{}}}'])
@pytest.mark.parametrize("depth", [2000, 30_000])
async def test_json_nested_too_deeply_is_malformed(where: str, depth: int) -> None:
    nested = where.format("[" * depth + "]" * depth)
    with pytest.raises(Malformed):
        decode(nested)
    stream, session = _stream()
    assert await stream.take(json.dumps(START))
    assert await stream.take(nested)
    assert session.seen == []


async def test_more_than_two_seconds_of_audio_in_one_message_are_malformed() -> None:
    two_seconds = b64encode(b"\x7f" * 16_000).decode()
    assert len(two_seconds) == MAX_PAYLOAD
    assert audio_of(Media(two_seconds)) == b"\x7f" * 16_000
    stream, session = _stream()
    assert await stream.take(json.dumps(START))
    assert await stream.take(json.dumps({"event": "media", "media": {"payload": two_seconds + "AAAA"}}))
    assert session.seen == []


@given(st.text(), st.binary(max_size=1600), st.text())
def test_what_is_sent_is_what_twilio_reads(sid: str, audio: bytes, name: str) -> None:
    outgoing = Outgoing(sid)
    assert json.loads(outgoing.media(audio)) == {
        "event": "media",
        "streamSid": sid,
        "media": {"payload": b64encode(audio).decode()},
    }
    assert json.loads(outgoing.mark(name)) == {"event": "mark", "streamSid": sid, "mark": {"name": name}}
    assert json.loads(outgoing.clear) == {"event": "clear", "streamSid": sid}


async def test_a_broken_wire_is_silent() -> None:
    sent = []

    async def send(message: Any) -> None:
        sent.append(message)
        raise OSError("gone")

    wire = StreamWire(send, "MZ1")
    await wire.send_audio(b"\xff")
    await wire.send_mark("1")
    await wire.clear()
    assert len(sent) == 1
    await wire.close()
    assert len(sent) == 1, "a broken socket can't be closed"


async def test_a_wire_is_closed_once() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    wire = StreamWire(send, "MZ1")
    await wire.close()
    await wire.close()
    await wire.send_audio(b"\xff")
    assert [message["type"] for message in sent] == ["websocket.close"]
