"""A caller on the line, in the time of the running loop: what they say and press, and what they hear."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from op26x import g711
from op26x.calls import MediaSession
from op26x.testing.stand_ins import CallersWords
from op26x.types import PhoneNumber

FRAME = 160
SILENCE = b"\xff" * FRAME
SPEECH = (Path(__file__).parent / "speech.ulaw").read_bytes()
"""Somebody speaking for two seconds: what voice detection takes for speech, whatever it is said to mean."""


class Caller:
    """A person with a telephone; an ``op26x.calls.Wire``.

    Args:
        sid: The call's identifier at the provider.
        number: The caller's.
        stt: Is told what they say.

    Attributes:
        session: The call, once the stream is connected.
        open: Nobody has hung up.
        closed_at: When somebody did, in seconds from the start of the stream.
        sent: What the caller was sent, ``audio`` or ``clear``, and when by the loop.
        echo: What the line brings back of the agent: so many dB below it, so many seconds later.
    """

    def __init__(self, sid: str, number: PhoneNumber, stt: CallersWords) -> None:
        self.sid = sid
        self.number = number
        self.session: MediaSession | None = None
        self.open = True
        self.closed_at = float("inf")
        self.sent: list[tuple[float, str]] = []
        self.sent_s = 0.0
        self.cleared_s = 0.0
        self.echo: tuple[float, float] | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self._stt = stt
        self._played = bytearray()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._play_end = 0.0
        self._speech = b""
        self._marks: list[asyncio.TimerHandle] = []

    async def send_audio(self, ulaw: bytes) -> None:
        """Is played after what was sent before."""
        self.sent.append((self._loop.time(), "audio"))
        self.sent_s += len(ulaw) / 8000
        begins = round((max(self._loop.time(), self._play_end) - self._began) * 8000)
        self._played += b"\xff" * (begins - len(self._played)) + ulaw
        self._play_end = max(self._loop.time(), self._play_end) + len(ulaw) / 8000

    async def send_mark(self, name: str) -> None:
        """Comes back when everything before it was played."""
        self._marks.append(self._loop.call_at(max(self._loop.time(), self._play_end), self._echo, name))

    async def clear(self) -> None:
        """Throws away what was not yet played."""
        self.sent.append((self._loop.time(), "clear"))
        self.cleared_s += max(0.0, self._play_end - self._loop.time())
        self._play_end = self._loop.time()
        del self._played[round(self.now() * 8000) :]

    async def close(self) -> None:
        """The call is over."""
        self._close()

    @property
    def heard_s(self) -> float:
        """Seconds of the agent's audio that were played, and not thrown away."""
        return self.sent_s - self.cleared_s

    @property
    def heard(self) -> bytes:
        """What was played so far from the start of the stream, silence included: 8 kHz mu-law."""
        return bytes(self._played[: round(self.now() * 8000)])

    @property
    def hears(self) -> bool:
        """Whether something is being played."""
        return self._play_end > self._loop.time()

    @property
    def speaks(self) -> bool:
        """Whether they have not said everything yet."""
        return bool(self._speech)

    def now(self) -> float:
        """Seconds from the start of the stream."""
        return self._loop.time() - self._began

    def live(self) -> None:
        """Sends a frame every 20 ms from now on, until the call is over."""
        self.tasks.append(asyncio.ensure_future(self._live()))

    async def _live(self) -> None:
        began = self._loop.time()
        for number in itertools.count(1):
            if not self.open:
                break
            await self.frame()
            await asyncio.sleep(max(0.0, began + number * 0.02 - self._loop.time()))

    async def frame(self) -> None:
        """Sends the next 20 ms."""
        frame, self._speech = self._speech[:FRAME] or SILENCE, self._speech[FRAME:]
        if self.session is not None:
            await self.session.hear(self._with_echo(frame.ljust(FRAME, b"\xff")))

    def say(self, words: str, seconds: float = 0.0) -> None:
        """Speaks: sound, two seconds of it if it is not said how many, and what the STT service makes of it."""
        self._stt.words = words
        length = int(seconds * 8000) if seconds else len(SPEECH)
        self._speech = (SPEECH * (length // len(SPEECH) + 1))[:length]

    def sound(self, ulaw: bytes) -> None:
        """Something is heard on their side."""
        self._speech = ulaw

    async def press(self, keys: str) -> None:
        """Presses keys."""
        for key in keys:
            if self.open and self.session is not None:
                await self.session.digit(key)

    async def hang_up(self) -> None:
        """The stream is over."""
        self._close()
        if self.session is not None:
            await self.session.hung_up()

    def at(self, seconds: float, do: Callable[[], Any]) -> None:
        """Does something that many seconds from now."""

        async def later() -> None:
            await asyncio.sleep(seconds)
            done = do()
            if asyncio.iscoroutine(done):
                await done

        self.tasks.append(asyncio.ensure_future(later()))

    def _close(self) -> None:
        if self.open:
            self.open, self.closed_at = False, self.now()

    def _echo(self, name: str) -> None:
        if self.open and self.session is not None:
            self.tasks.append(asyncio.ensure_future(self.session.mark(name)))

    def _with_echo(self, frame: bytes) -> bytes:
        if self.echo is None:
            return frame
        below_db, delay_s = self.echo
        end = round((self.now() - delay_s) * 8000)
        heard = bytes(self._played[max(0, end - FRAME) : max(0, end)]).rjust(FRAME, b"\xff")
        ours, theirs = (np.frombuffer(g711.decode(ulaw), "<i2").astype(float) for ulaw in (heard, frame))
        mixed = np.clip(theirs + ours * 10 ** (-below_db / 20), -32000, 32000)
        return g711.encode(mixed.astype("<i2").tobytes())
