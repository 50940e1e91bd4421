"""Twilio's side of a media stream: real time, a play-out buffer, marks echoed when their audio was played.

A telephone never plays faster than it should: where this process was held up, the frames that are due are made up for
one after the other, and each plays only what had come by the time that it stands for.

https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

import asyncio
from base64 import b64decode, b64encode
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

FRAME_BYTES = 160
FRAME_S = 0.02
SILENCE = b"\xff" * FRAME_BYTES


class CallEnd(StrEnum):
    """Who ended the call."""

    CALLER = "caller"
    SERVICE = "service"


@dataclass
class Ears:
    """What the caller heard.

    Attributes:
        heard: Every byte that was played, mu-law, silence included.
        clears: How often the service threw audio away.
        first_audio_at: Loop times at which a stretch of audio began to be played.
        unfinished: Whether the newest that the service sent is audio, with no mark behind it yet.
    """

    heard: bytearray = field(default_factory=bytearray)
    clears: int = 0
    first_audio_at: list[float] = field(default_factory=list)
    unfinished: bool = False


class MediaStream:
    """A caller's line.

    Args:
        url: The media socket.
        call_sid: The call.
        parameters: As TwiML had them.

    Attributes:
        ears: What the caller heard.
        spoken: Every byte that was sent, mu-law, silence included.
        lose_marks: Echoes no mark from now on.
        end: Who ended the call; ``None`` while it lasts.
        ended: Set when it is over.
    """

    def __init__(self, url: str, call_sid: str, parameters: dict[str, str]) -> None:
        self._url = url
        self._call_sid = call_sid
        self._stream_sid = "MZ" + call_sid[2:]
        self._parameters = parameters
        self._speech: deque[bytes] = deque()
        self._buffer: deque[tuple[float, bytes | str]] = deque()
        self._sequence = 0
        self._socket: ClientConnection | None = None
        self._playing = False
        self._quiet_since: float | None = None
        self.ears = Ears()
        self.spoken = bytearray()
        self.lose_marks = False
        self.end: CallEnd | None = None
        self.ended = asyncio.Event()

    async def run(self) -> CallEnd:
        """Connects and lives through the call; returns who ended it."""
        async with connect(self._url, open_timeout=10, close_timeout=2) as self._socket:
            await self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
            await self._send_start()
            line = asyncio.create_task(self._line())
            try:
                async for message in self._socket:
                    self._receive(msgspec.json.decode(message))
            finally:
                line.cancel()
                self.end = self.end or CallEnd.SERVICE
                self.ended.set()
        return self.end

    def say(self, ulaw: bytes) -> None:
        """Speaks, from now on, in real time."""
        for start in range(0, len(ulaw), FRAME_BYTES):
            self._speech.append(ulaw[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\xff"))

    @property
    def speaking(self) -> bool:
        """Whether something of what was to be said is left."""
        return bool(self._speech)

    @property
    def agent_speaking(self) -> bool:
        """Whether the agent's audio is being played."""
        return self._playing

    def quiet_for(self) -> float:
        """Seconds since the agent's audio ended; 0 while it plays or before it began."""
        if self._playing or self._quiet_since is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._quiet_since

    async def press(self, digit: str) -> None:
        """Presses a key."""
        await self._send(
            {"event": "dtmf", "streamSid": self._stream_sid, "dtmf": {"track": "inbound_track", "digit": digit}}
        )

    async def hang_up(self) -> None:
        """Ends the call as a caller does."""
        if self._socket is None or self.ended.is_set():
            return
        self.end = CallEnd.CALLER
        await self._send({"event": "stop", "streamSid": self._stream_sid, "stop": {"callSid": self._call_sid}})
        await self._socket.close()

    async def send_raw(self, text: str) -> None:
        """Sends any text, for tests of malformed messages."""
        assert self._socket is not None
        await self._socket.send(text)

    async def _send_start(self) -> None:
        start: dict[str, Any] = {
            "streamSid": self._stream_sid,
            "accountSid": "AC" + "0" * 32,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": self._parameters,
        }
        await self._send({"event": "start", "streamSid": self._stream_sid, "start": start})

    async def _line(self) -> None:
        """Every 20 ms: one frame out, one frame played."""
        loop = asyncio.get_running_loop()
        next_at = loop.time()
        frames = 0
        while True:
            frame = self._speech.popleft() if self._speech else SILENCE
            media = {
                "track": "inbound",
                "chunk": str(frames + 1),
                "timestamp": str(frames * 20),
                "payload": b64encode(frame).decode(),
            }
            await self._send({"event": "media", "streamSid": self._stream_sid, "media": media})
            self.spoken += frame
            await self._play_frame(next_at)
            frames += 1
            next_at += FRAME_S
            await asyncio.sleep(max(0.0, next_at - loop.time()))

    async def _play_frame(self, due: float) -> None:
        played = False
        while self._buffer and self._buffer[0][0] <= due and (isinstance(self._buffer[0][1], str) or not played):
            _, item = self._buffer.popleft()
            if isinstance(item, str):
                await self._echo(item)
            else:
                self.ears.heard += item
                played = True
        if played and not self._playing:
            self.ears.first_audio_at.append(due)
        if not played:
            self.ears.heard += SILENCE
            if self._playing:
                self._quiet_since = due
        self._playing = played

    def _receive(self, message: dict[str, Any]) -> None:
        event, now = message.get("event"), asyncio.get_running_loop().time()
        if event == "media":
            audio = b64decode(message["media"]["payload"])
            for start in range(0, len(audio), FRAME_BYTES):
                self._buffer.append((now, audio[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\xff")))
        elif event == "mark":
            self._buffer.append((now, message["mark"]["name"]))
        elif event == "clear":
            self.ears.clears += 1
            self._buffer = deque(item for item in self._buffer if isinstance(item[1], str))
        if event in ("media", "mark", "clear"):
            self.ears.unfinished = event == "media"

    async def _echo(self, name: str) -> None:
        if not self.lose_marks:
            await self._send({"event": "mark", "streamSid": self._stream_sid, "mark": {"name": name}})

    async def _send(self, message: dict[str, Any]) -> None:
        assert self._socket is not None
        self._sequence += 1
        try:
            await self._socket.send(msgspec.json.encode({"sequenceNumber": str(self._sequence), **message}).decode())
        except ConnectionClosed:
            self.ended.set()
