"""The media socket, as ASGI has it: what it waits for, and what it hands on in one go."""

import asyncio
import json
from base64 import b64encode
from typing import Any
from unittest.mock import patch

import pytest

from op26x.doors import CONNECTION
from op26x.errors import AdmissionRefused
from op26x_twilio import stream
from op26x_twilio.stream import AT_ONCE, media_route

START = {"event": "start", "start": {"streamSid": "MZ1", "callSid": "CA1", "customParameters": {"token": "good"}}}


class Session:
    """Notes what it hears; fails if it is told to."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.over = False
        self.error: Exception | None = None

    async def hear(self, ulaw: bytes) -> None:
        if self.error:
            raise self.error
        self.heard.append(ulaw)

    async def hung_up(self) -> None:
        self.over = True


class Board:
    """Lets in who shows the token ``good``."""

    takes_streams = True

    def __init__(self) -> None:
        self.session = Session()

    async def connect(self, token: str, provider_call_id: str, wire: Any) -> Session:
        if token != "good":
            raise AdmissionRefused("no")
        return self.session


class Socket:
    """The server's side of a socket."""

    def __init__(self, *messages: Any) -> None:
        self._incoming: asyncio.Queue[Any] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        for message in messages:
            self._incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})
        self.sent: list[Any] = []
        self.proved = False

    def prove(self, _who: str) -> None:
        self.proved = True

    def leave(self) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def serve(self, board: Board) -> None:
        scope = {"type": "websocket", "state": {CONNECTION: self}}
        await media_route(board).fn(scope, self._incoming.get, self._send)  # type: ignore[arg-type]

    async def _send(self, message: Any) -> None:
        self.sent.append(message)


@pytest.fixture(autouse=True)
def _soon() -> Any:
    with patch.object(stream, "START_S", 0.1):
        yield


@pytest.mark.parametrize("messages", [(), ({"event": "connected"},), ({"event": "media", "media": {"payload": ""}},)])
async def test_a_socket_that_sends_no_start_is_closed(messages: tuple[Any, ...]) -> None:
    socket = Socket(*messages)
    await asyncio.wait_for(socket.serve(Board()), 5)
    assert [message["type"] for message in socket.sent] == ["websocket.accept", "websocket.close"]
    assert socket.sent[-1]["code"] == 1008
    assert not socket.proved


async def test_a_service_that_stops_while_another_goes_on_refuses_the_connection() -> None:
    board, socket = Board(), Socket(START)
    board.takes_streams = False
    await asyncio.wait_for(socket.serve(board), 5)
    assert socket.sent == [{"type": "websocket.close", "code": 1001}], "before it is accepted: a proxy tries another"


async def test_after_the_start_a_stream_may_be_silent() -> None:
    board, socket = Board(), Socket(START)
    serving = asyncio.create_task(socket.serve(board))
    await asyncio.sleep(0.3)
    assert not serving.done()
    assert socket.proved
    socket.leave()
    await serving
    assert board.session.over


async def test_a_refused_token_proves_nothing() -> None:
    socket = Socket({**START, "start": {"streamSid": "MZ1", "callSid": "CA1"}})
    await socket.serve(Board())
    assert socket.sent[-1]["code"] == 1008
    assert not socket.proved


@pytest.mark.parametrize("samples", [0, 1, 160, AT_ONCE, AT_ONCE + 1, 16_000])
async def test_long_audio_is_handed_on_in_pieces(samples: int) -> None:
    board = Board()
    audio = bytes(number % 251 for number in range(samples))
    socket = Socket(START, {"event": "media", "media": {"payload": b64encode(audio).decode()}}, {"event": "stop"})
    await socket.serve(board)
    assert b"".join(board.session.heard) == audio
    assert max(map(len, board.session.heard)) <= AT_ONCE


async def test_a_session_that_times_out_is_not_taken_for_a_socket_without_start() -> None:
    board = Board()
    board.session.error = TimeoutError()
    with pytest.raises(TimeoutError):
        await Socket(START, {"event": "media", "media": {"payload": "AAAA"}}).serve(board)
    assert board.session.over
