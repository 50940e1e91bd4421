"""The floor: what a call physically needs, on a bare ASGI socket without any framework around it.

Typed decode of every message, mu-law by table, the same Silero model on every 32 ms window (one session for
the process), both tracks sealed with AES-256-GCM once a second, the turn's two timers, the reply as mu-law in
200 ms messages with a mark. Nothing that answers the phone can cost less on this interpreter; the distance to
it is what a framework costs.
"""

import asyncio
import base64
import importlib.util
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import numpy as np
import onnxruntime
import uvicorn
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

WINDOW = 256
"""Samples in one window of the VAD: 32 ms at 8 kHz."""
CONFIDENCE, START_WINDOWS, STOP_WINDOWS = 0.7, 6, 6
"""Pipecat's VADParams: 0.7, and 0.2 s of 32 ms windows either way."""
SPEECH_TIMEOUT_S = 0.2
REPLY_S, CHUNK_S = 1.5, 0.2
SEAL_BYTES = 2 * 8000

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class _Media(msgspec.Struct):
    payload: str = ""


class _Start(msgspec.Struct):
    streamSid: str = ""  # noqa: N815 - Twilio's name


class _Message(msgspec.Struct):
    event: str
    media: _Media | None = None
    start: _Start | None = None


def _ulaw_table() -> np.ndarray:
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return (np.where(code & 0x80, -magnitude, magnitude) / 32768).astype(np.float32)


def _reply() -> bytes:
    """The 440 Hz tone as mu-law: the sample's nearest code by search in the decoding table."""
    wave = np.sin(2 * np.pi * 440 * np.arange(int(REPLY_S * 8000)) / 8000) * 8000 / 32768
    order = np.argsort(_TABLE)
    nearest = np.searchsorted(_TABLE[order], wave).clip(0, 255)
    return bytes(order[nearest].astype(np.uint8))


def _session() -> onnxruntime.InferenceSession:
    # The model file that Pipecat ships, found without importing Pipecat.
    spec = importlib.util.find_spec("pipecat")
    assert spec is not None and spec.submodule_search_locations, "the model comes with pipecat-ai"
    path = Path(spec.submodule_search_locations[0]) / "audio/vad/data/silero_vad.onnx"
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


_TABLE = _ulaw_table()
_REPLY = _reply()
_SESSION = _session()
_RATE = np.array(8000, dtype=np.int64)
_decode = msgspec.json.Decoder(_Message).decode


class Vad:
    """Silero and Pipecat's start and stop rule; `feed` tells a change of speaking."""

    def __init__(self) -> None:
        self._pending = np.empty(0, np.float32)
        self._reset()
        self._speaking = False
        self._count = self._windows = self._quiet = 0

    def _reset(self) -> None:
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros((1, 32), np.float32)

    def feed(self, samples: np.ndarray) -> bool | None:
        """Take float32 samples in -1..1 at 8 kHz; True when speech began, False when it ended, else None."""
        pending = np.concatenate((self._pending, samples))
        if len(pending) < WINDOW:
            self._pending = pending
            return None
        window = np.concatenate((self._context, pending[None, :WINDOW]), axis=1)
        self._pending, self._context = pending[WINDOW:], window[:, -32:]
        out, self._state = _SESSION.run(None, {"input": window, "state": self._state, "sr": _RATE})
        return self._judge(float(out[0, 0]))

    def _judge(self, confidence: float) -> bool | None:
        # As Pipecat does: a reset every two seconds of audio, only in clear non-speech.
        self._windows += 1
        self._quiet = self._quiet + 1 if confidence < 0.1 else 0
        if self._windows >= 63 and self._quiet >= 5 and not self._speaking:
            self._reset()
            self._windows = 0
        against = (confidence >= CONFIDENCE) is not self._speaking
        self._count = self._count + 1 if against else 0
        if self._count < (STOP_WINDOWS if self._speaking else START_WINDOWS):
            return None
        self._speaking, self._count = not self._speaking, 0
        return self._speaking


class Call:
    """One call: hears, seals, answers."""

    def __init__(self, send: Send) -> None:
        self._send_raw = send
        self._vad = Vad()
        self._cipher = AESGCM(os.urandom(32))
        self._sealed = 0
        self._in, self._out = bytearray(), bytearray()
        self._sid = ""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._play_end = 0.0

    async def take(self, text: str) -> None:
        """Handle one message of the media stream."""
        message = _decode(text)
        if message.event == "media" and message.media is not None:
            audio = base64.b64decode(message.media.payload)
            self._record(self._in, audio)
            change = self._vad.feed(_TABLE[np.frombuffer(audio, np.uint8)])
            if change is not None:
                await self._turn(change)
        elif message.start is not None:
            self._sid = message.start.streamSid
            self._answer()

    async def _turn(self, speaking: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not speaking:
            self._timer = asyncio.get_running_loop().call_later(SPEECH_TIMEOUT_S, self._answer)
        elif self._play_end > monotonic():
            await self._send({"event": "clear", "streamSid": self._sid})

    def _answer(self) -> None:
        task = asyncio.create_task(self._speak())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _speak(self) -> None:
        self._play_end = monotonic() + REPLY_S
        size = int(CHUNK_S * 8000)
        for start in range(0, len(_REPLY), size):
            audio = _REPLY[start : start + size]
            self._record(self._out, audio)
            payload = base64.b64encode(audio).decode()
            await self._send({"event": "media", "streamSid": self._sid, "media": {"payload": payload}})
        await self._send({"event": "mark", "streamSid": self._sid, "mark": {"name": "reply"}})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_raw({"type": "websocket.send", "text": msgspec.json.encode(message).decode()})

    def _record(self, track: bytearray, audio: bytes) -> None:
        track += audio
        if len(self._in) + len(self._out) >= SEAL_BYTES:
            self._cipher.encrypt(self._sealed.to_bytes(12), bytes(self._in + self._out), None)
            self._sealed += 1
            self._in.clear()
            self._out.clear()


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """POST anything answers TwiML; any WebSocket is a media stream."""
    if scope["type"] == "http":
        url = f"ws://127.0.0.1:{scope['server'][1]}/ws"
        body = f'<?xml version="1.0"?><Response><Connect><Stream url="{url}"/></Connect></Response>'.encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/xml")]})
        await send({"type": "http.response.body", "body": body})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        call = Call(send)
        while (event := await receive())["type"] == "websocket.receive":
            await call.take(event["text"])


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        lifespan="off",
        ws="websockets-sansio",
        loop="uvloop",
    )
