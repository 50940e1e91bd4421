"""The telephone of our counterpart plays as a telephone does, whatever holds this process up."""

import asyncio
from base64 import b64encode
from typing import Any

import msgspec

from op26x_twilio.testing import MediaStream
from op26x_twilio.testing.media import FRAME_BYTES, FRAME_S, SILENCE

LOUD = b"\x10" * FRAME_BYTES


class _Socket:
    """Takes what the telephone sends."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def send(self, text: str) -> None:
        self.sent.append(msgspec.json.decode(text))


def _telephone() -> tuple[MediaStream, _Socket]:
    stream, socket = MediaStream("ws://127.0.0.1", "CA0", {}), _Socket()
    stream._socket = socket  # type: ignore[assignment]
    return stream, socket


def _sends(stream: MediaStream, frames: int) -> None:
    """The service sends so much audio, and a mark behind it."""
    stream._receive({"event": "media", "media": {"payload": b64encode(LOUD * frames).decode()}})
    stream._receive({"event": "mark", "mark": {"name": "1"}})


async def test_frames_that_are_made_up_for_play_nothing_that_came_later() -> None:
    stream, socket = _telephone()
    held_up_since = asyncio.get_running_loop().time() - 1
    _sends(stream, 2)
    for number in range(50):
        await stream._play_frame(held_up_since + number * FRAME_S)
    assert (bytes(stream.ears.heard), socket.sent) == (SILENCE * 50, []), "a mark would come before its audio"
    due = asyncio.get_running_loop().time()
    for number in range(3):
        await stream._play_frame(due + number * FRAME_S)
    assert bytes(stream.ears.heard) == SILENCE * 50 + LOUD * 2 + SILENCE
    assert [message["mark"]["name"] for message in socket.sent] == ["1"]


async def test_an_agent_that_is_late_with_the_rest_of_its_sentence_has_not_finished() -> None:
    stream, _ = _telephone()
    stream._receive({"event": "media", "media": {"payload": b64encode(LOUD).decode()}})
    assert stream.ears.unfinished
    _sends(stream, 1)
    assert not stream.ears.unfinished
    _sends(stream, 1)
    stream._receive({"event": "media", "media": {"payload": b64encode(LOUD).decode()}})
    stream._receive({"event": "clear"})
    assert not stream.ears.unfinished, "what was thrown away needs no end"
