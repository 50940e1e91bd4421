"""A caller on the line: what they hear, and what they do about it."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from op26x import g711
from op26x_twilio.simulator.script import recording
from op26x_twilio.testing import CallEnd, MediaStream

PATIENCE_S = 30.0
"""Bounds a wait for something that must happen; only a hung test comes near it."""
POLL_S = 0.02
WINDOW_S = 0.05
QUIET_S = 0.3

SPEECH = recording("I would like to make an appointment")
"""Somebody speaking: what voice detection takes for speech, whatever the STT service makes of it."""
BRIEFLY = recording("yes please")
"""The same in under a second."""


class Tone(NamedTuple):
    """A stretch of one tone, in seconds from the start of the stream."""

    hertz: int
    start: float
    end: float


class Line:
    """A caller on the line."""

    def __init__(self, stream: MediaStream, sid: str) -> None:
        self.stream = stream
        self.sid = sid
        self.living = asyncio.create_task(stream.run())

    async def until(self, condition: Callable[[], Any], within: float = PATIENCE_S) -> None:
        """Waits, in real time, for something that the caller hears; fails if the call ends before."""
        async with asyncio.timeout(within):
            while not condition():
                assert not self.stream.ended.is_set(), "the call ended too early"
                await asyncio.sleep(POLL_S)

    async def hears(self, stretches: int = 1) -> None:
        """Waits until the agent has begun to speak that often."""
        await self.until(lambda: len(self.stream.ears.first_audio_at) >= stretches)

    async def heard_out(self, stretches: int = 1) -> None:
        """Waits until the agent has spoken that often and is quiet."""
        await self.until(lambda: len(self.stream.ears.first_audio_at) >= stretches and self.quiet())

    async def heard_whole(self, hertz: int, times: int = 1) -> None:
        """Waits until that tone was heard so often and the agent is quiet."""
        await self.until(lambda: self.quiet() and self.tunes.count(hertz) >= times)

    def quiet(self, for_s: float = QUIET_S) -> bool:
        """Whether the agent has said all of what it was saying, and has been silent for so long since.

        A gap in the middle of a sentence, where the machine was busy, is none: the service marks the end of each.
        """
        return not self.stream.ears.unfinished and self.stream.quiet_for() > for_s

    def say(self, ulaw: bytes = SPEECH) -> None:
        """Speaks."""
        self.stream.say(ulaw)

    async def press(self, keys: str) -> None:
        """Presses keys, one after the other."""
        for key in keys:
            await self.stream.press(key)

    async def said(self) -> None:
        """Waits until everything was spoken."""
        await self.until(lambda: not self.stream.speaking)

    async def hang_up(self) -> None:
        """Hangs up."""
        await self.stream.hang_up()
        await self.over()

    async def over(self, within: float = PATIENCE_S) -> CallEnd:
        """Waits for the end of the call."""
        return await asyncio.wait_for(self.living, within)

    @property
    def heard(self) -> list[Tone]:
        """What the caller has heard so far, silence left out."""
        return tones(bytes(self.stream.ears.heard))

    @property
    def tunes(self) -> list[int]:
        """How high each stretch of it was."""
        return [tone.hertz for tone in self.heard]

    def seconds_of(self, hertz: int) -> float:
        """For how long that tone was heard."""
        return sum(tone.end - tone.start for tone in self.heard if tone.hertz == hertz)

    def first_heard(self, hertz: int) -> float:
        """When that tone began, in seconds from the start of the stream."""
        return min(tone.start for tone in self.heard if tone.hertz == hertz)

    def last_heard(self, hertz: int) -> float:
        """When that tone ended."""
        return max(tone.end for tone in self.heard if tone.hertz == hertz)


def tones(ulaw: bytes) -> list[Tone]:
    """The tones in a recording, to the nearest 20 Hz; silence is left out, and so is what lasts one window."""
    samples = np.frombuffer(g711.decode(ulaw), "<i2").astype(float)
    size = int(8000 * WINDOW_S)
    windows = samples[: len(samples) // size * size].reshape(-1, size)
    loud = np.sqrt(np.mean(windows**2, axis=1)) > 500
    hertz = np.where(loud, np.abs(np.fft.rfft(windows)).argmax(axis=1) / WINDOW_S, 0).round().astype(int)
    found: list[Tone] = []
    for pitch, run in itertools.groupby(enumerate(hertz), key=lambda pair: pair[1]):
        places = [place for place, _ in run]
        if pitch and len(places) > 1:
            found.append(Tone(int(pitch), places[0] * WINDOW_S, (places[-1] + 1) * WINDOW_S))
    return found
