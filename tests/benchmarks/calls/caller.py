"""One simulated caller: speaks, listens, and times the answer, over the Twilio Media Streams protocol.

The caller behaves as a phone behind Twilio does: a mu-law frame every 20 ms whether anybody speaks or not,
marks echoed once the audio before them was played out, everything buffered thrown away on `clear`. It speaks
only when the agent has finished, so an interruption is a fault of the service and is counted as one.
"""

import base64
import json
import random
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from time import monotonic

import msgspec
import numpy as np

from wire import Socket, text_frame

FRAME_BYTES = 160
"""Bytes of mu-law in one 20 ms frame at 8 kHz."""
REPLY_TIMEOUT_S = 10.0
"""A turn without an answer for this long is lost, and counts with this latency."""
GREETING_TIMEOUT_S = 10.0
"""A service that has not greeted by then is spoken to anyway."""
OVERDUE_S = 2.0
"""At the end of a window, turns that wait longer than this count with the time they have waited so far."""


class _Media(msgspec.Struct):
    payload: str = ""


class _Mark(msgspec.Struct):
    name: str = ""


class _Message(msgspec.Struct):
    event: str
    media: _Media | None = None
    mark: _Mark | None = None


_decode = msgspec.json.Decoder(_Message).decode


_HEAD = b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d","payload":"'


class _Phase(Enum):
    GREETING = auto()
    SPEAKING = auto()
    WAITING = auto()
    HEARING = auto()


@dataclass
class Tally:
    """What a window measured. Latencies in ms, from the last speech frame to the first reply audio."""

    latencies_ms: list[float] = field(default_factory=list)
    interrupted: int = 0
    lost: int = 0
    dropped_calls: int = 0


class Script:
    """The audio that every caller sends, encoded once: base64 of 20 ms mu-law frames of speech and noise.

    `speech.ulaw` is "i would like an appointment" by flite's voice rms, normalised to -1 dB and trimmed at
    both ends: `flite -voice rms -t "..." out.wav; sox out.wav -r 8000 -e mu-law -b 8 -c 1 -t raw speech.ulaw
    gain -n -1 silence 1 0.01 1% reverse silence 1 0.01 5% reverse`.
    """

    def __init__(self, seed: int = 1) -> None:
        speech = (Path(__file__).parent / "speech.ulaw").read_bytes()
        count = len(speech) // FRAME_BYTES
        self.speech = [_b64(speech[i * FRAME_BYTES : (i + 1) * FRAME_BYTES]) for i in range(count)]
        # Mu-law 0xFF and 0x7F are plus and minus zero, each step down about 8 of 32,768: a line's hiss, not
        # digital silence, which some services may skip.
        rng = np.random.default_rng(seed)
        steps = rng.integers(0, 5, (64, FRAME_BYTES), dtype=np.uint8)
        signs = rng.integers(0, 2, (64, FRAME_BYTES), dtype=np.uint8) * 0x80
        self.noise = [_b64(row.tobytes()) for row in (0x7F - steps) | signs]


def _b64(audio: bytes) -> bytes:
    return base64.b64encode(audio)


class Caller:
    """One call. `tick` is called every 20 ms by the clock that all calls of the process share."""

    def __init__(self, number: int, script: Script, tally: Tally) -> None:
        name = f"{secrets.randbits(96):024x}{number:08x}"
        self.stream_sid, self.call_sid = f"MZ{name}", f"CA{name}"
        self.tally = tally
        self.ready = self.ended = False
        self._script = script
        self._random = random.Random(number)
        self._socket = Socket(self._on_text, self._on_lost)
        self._phase = _Phase.GREETING
        self._sequence = self._chunk = self._position = 0
        self._phase_since = self._play_end = self._last_audio = self._gap = 0.0
        self._heard = self._spoilt = False
        self._marks: deque[tuple[float, str]] = deque()
        self._tail = b'"},"streamSid":"' + self.stream_sid.encode() + b'"}'
        self._now = 0.0

    async def connect(self, url: str, parameters: Mapping[str, str], account_sid: str, now: float) -> None:
        """Open the media socket and send `connected` and `start`; `now` is the clock's time in seconds."""
        await self._socket.open(url)
        self._phase_since = self._now = now
        self._gap = self._random.uniform(0.5, 1.5)
        self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"}, numbered=False)
        self._send(
            {
                "event": "start",
                "streamSid": self.stream_sid,
                "start": {
                    "accountSid": account_sid,
                    "streamSid": self.stream_sid,
                    "callSid": self.call_sid,
                    "tracks": ["inbound"],
                    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                    "customParameters": dict(parameters),
                },
            }
        )

    def hang_up(self, account_sid: str) -> None:
        """Send `stop` and close the socket."""
        if not self.ended:
            self.ended = True
            self._send(
                {
                    "event": "stop",
                    "streamSid": self.stream_sid,
                    "stop": {"accountSid": account_sid, "callSid": self.call_sid},
                }
            )
            self._socket.close()

    def abandon(self) -> None:
        """Close the socket, if there is one, of a call that could not be set up."""
        self.ended = True
        self._socket.close()

    def tick(self, now: float) -> None:
        """Send this frame's audio, echo the marks that were played out, move the conversation on."""
        self._now = now
        phase = self._phase
        if phase is _Phase.SPEAKING:
            self._frame(self._script.speech[self._position])
            self._position += 1
            if self._position == len(self._script.speech):
                self._enter(_Phase.WAITING)
            return
        self._frame(self._script.noise[self._chunk & 63])
        while self._marks and self._marks[0][0] <= now:
            self._echo(self._marks.popleft()[1])
        waited = now - self._phase_since
        if phase is _Phase.WAITING:
            if waited > REPLY_TIMEOUT_S:
                self.tally.lost += 1
                self.tally.latencies_ms.append(waited * 1000)
                self._speak()
        elif not self._heard:
            if waited > GREETING_TIMEOUT_S:
                self._speak()
        # The second term keeps a starved service, whose audio arrives in pieces, from being talked over.
        elif now > self._play_end + self._gap and now > self._last_audio + 0.6:
            self._speak()

    def overdue_ms(self) -> float | None:
        """Milliseconds that a pending turn has waited when that is already too long: its latency at least."""
        waited = self._now - self._phase_since
        return waited * 1000 if self._phase is _Phase.WAITING and waited > OVERDUE_S else None

    def _speak(self) -> None:
        self.ready = True
        self._position, self._heard, self._spoilt = 0, False, False
        self._gap = self._random.uniform(0.4, 0.9)
        self._enter(_Phase.SPEAKING)

    def _enter(self, phase: _Phase) -> None:
        self._phase, self._phase_since = phase, self._now

    def _frame(self, payload: bytes) -> None:
        self._sequence += 1
        self._chunk += 1
        body = _HEAD % (self._sequence, self._chunk, self._chunk * 20) + payload + self._tail
        self._socket.send(b"\x81\xfe" + len(body).to_bytes(2) + b"\0\0\0\0" + body)

    def _send(self, message: dict[str, object], *, numbered: bool = True) -> None:
        if numbered:
            self._sequence += 1
            message["sequenceNumber"] = str(self._sequence)
        self._socket.send(text_frame(json.dumps(message).encode()))

    def _echo(self, name: str) -> None:
        self._send({"event": "mark", "streamSid": self.stream_sid, "mark": {"name": name}})

    def _on_text(self, data: bytes) -> None:
        message = _decode(data)
        now = monotonic()
        if message.event == "media" and message.media is not None:
            self._on_audio(len(message.media.payload) * 0.75 / 8000, now)
        elif message.event == "mark" and message.mark is not None:
            self._marks.append((max(now, self._play_end), message.mark.name))
        elif message.event == "clear":
            # Pipecat sends `clear` at the start of every turn: only one that throws audio away interrupts
            # anything.
            if self._play_end > now + 0.04:
                self.tally.interrupted += 1
            self._play_end = now
            while self._marks:
                self._echo(self._marks.popleft()[1])

    def _on_audio(self, seconds: float, now: float) -> None:
        self._play_end = max(self._play_end, now) + seconds
        self._last_audio = now
        if self._phase is _Phase.SPEAKING and not self._spoilt:
            self._spoilt = True
            self.tally.interrupted += 1
        elif self._phase is _Phase.WAITING:
            if not self._spoilt:
                self.tally.latencies_ms.append((now - self._phase_since) * 1000)
            self._enter(_Phase.HEARING)
        self._heard = True

    def _on_lost(self) -> None:
        if not self.ended:
            self.ended = True
            self.tally.dropped_calls += 1
