"""Echo: what comes back of our own voice is not a caller.

We know what we send. An echo is a delayed, filtered and quieter copy of it, so a few taps of a filter explain most of
its energy; of what somebody else says they explain little. That is judged over a quarter of a second, and an echo is
handed to voice detection as silence. (A least-squares fit of a short FIR filter: S. Haykin, Adaptive Filter Theory,
chapter 9; the delay is found by cross-correlation.)

What voice detection takes for no voice is not judged, nor who plainly speaks while we say nothing.

Positions are samples of the caller's track since the start of the media stream, on which the wire tap places what we
send. Audio is 8 kHz mu-law.
"""

from collections.abc import Callable

import numpy as np

from op26x import g711
from op26x.g711 import SAMPLE_RATE, Samples

WINDOW = SAMPLE_RATE // 4
"""What is judged at a time, in samples."""
REACH = SAMPLE_RATE * 3 // 2
"""The longest delay, in samples: half a second of a bad line, and what the networks on both ways take."""
TAPS = 32
"""The length of the filter: 4 ms."""
AHEAD = TAPS // 4
"""The strongest tap is not the first: telephones' filters ring before and behind it."""
OFTEN, SELDOM = 2, 15
"""Frames from one judgement to the next: while it is unclear or an echo, and once it is plain that somebody speaks."""
COARSE = 4
"""The delay is searched at a quarter of the rate; the taps of the filter find the rest."""
FOUND, KNOWN = 0.75, 0.45
"""How much of the energy must be explained: at a delay that is new, and at one that has proved right before."""
QUIET = 60.0
"""Root mean square below which nothing is judged."""


class EchoReference:
    """What we played, by position; so much of it as can still come back."""

    def __init__(self) -> None:
        self._played = bytearray()
        self._begin = 0

    def agent(self, ulaw: bytes, position: int) -> None:
        """We play this from that position on, which is never before the end of what was played."""
        self._played += g711.silence(position - self._end)
        self._played += ulaw
        old = max(0, position - WINDOW - REACH - self._begin)
        if old > REACH:
            del self._played[:old]
            self._begin += old

    def cut(self, position: int) -> None:
        """Nothing was played from there on."""
        del self._played[max(0, position - self._begin) :]

    def goes_on(self, position: int) -> bool:
        """Whether we play something then, or shall."""
        return self._end > position

    def is_over(self, position: int) -> bool:
        """Whether nothing of it can still come back at that position."""
        return self._end <= position - WINDOW - REACH

    def until(self, position: int, length: int) -> Samples:
        """What was played in the samples before a position; silence where it was nothing."""
        wanted = np.zeros(length, np.float32)
        start = position - length - self._begin
        have = self._played[max(0, start) : max(0, start + length)]
        first = max(0, -start)
        wanted[first : first + len(have)] = g711.samples(have)
        return wanted

    @property
    def _end(self) -> int:
        return self._begin + len(self._played)


class EchoDetector:
    """Tells whether what comes in is our own voice.

    Args:
        reference: What we played.
        position: Tells the position behind the caller's last sample.
    """

    def __init__(self, reference: EchoReference, position: Callable[[], int]) -> None:
        self._reference = reference
        self._position = position
        self._heard = bytearray(g711.silence(WINDOW))
        self._wait = 0
        self._interval = OFTEN
        self._delay: int | None = None
        self._seen: int | None = None
        self._echo = False

    def hear(self, ulaw: bytes, *, voice: bool) -> bool:
        """Takes what the caller's side just sent; ``True`` if it is an echo.

        Args:
            ulaw: Audio.
            tts: Whether there is a voice in it, or may be one.
        """
        self._heard += ulaw
        del self._heard[:-WINDOW]
        if not (voice or self._echo):
            self._wait, self._interval = 0, OFTEN
        elif self._wait:
            self._wait -= 1
        else:
            if self._interval < SELDOM or self._reference.goes_on(self._position()):
                self._judge()
            self._wait = self._interval - 1
        return self._echo

    def _judge(self) -> None:
        heard = g711.samples(self._heard)
        energy = float(heard @ heard)
        if energy < QUIET**2 * WINDOW:
            self._interval = OFTEN
            return
        position = self._position()
        if self._reference.is_over(position):
            self._echo = False
            return
        played = self._reference.until(position + TAPS, WINDOW + REACH + 2 * TAPS)
        if float(played @ played) < QUIET**2 * WINDOW:
            self._echo = False
            return
        self._echo = self._is_echo(heard, played, energy)
        self._interval = OFTEN if self._echo or self._seen is not None else min(SELDOM, 2 * self._interval)

    def _is_echo(self, heard: Samples, played: Samples, energy: float) -> bool:
        if self._delay is not None and _explained(heard, played, self._delay) > KNOWN * energy:
            return True
        delay = _most_alike(heard, played)
        if _explained(heard, played, delay) < FOUND * energy:
            self._seen = None
            return False
        proved = self._seen is not None and abs(self._seen - delay) < TAPS // 2
        self._seen = delay
        if proved:
            self._delay = delay
        return proved


def _explained(heard: Samples, played: Samples, delay: int) -> float:
    """The energy of what came in that a filter of what we played explains."""
    start = REACH - delay + AHEAD
    stretch = played[start : start + WINDOW + TAPS - 1]
    rows = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(stretch, TAPS))
    against = np.correlate(stretch, heard)
    power = rows.T @ rows
    power[np.diag_indices(TAPS)] += 1e-3 * np.trace(power) / TAPS + 1.0
    return float(against @ np.linalg.solve(power, against))


def _most_alike(heard: Samples, played: Samples) -> int:
    """The delay, in samples, at which what we played is most like what came in."""
    near, far = _coarse(heard), _coarse(played[TAPS:-TAPS])
    size = 1 << (len(near) + len(far) - 1).bit_length()
    delays = (len(far) - len(near)) + 1
    alike = np.fft.irfft(np.fft.rfft(far, size) * np.conj(np.fft.rfft(near, size)), size)[:delays]
    energy = np.concatenate(([0.0], np.cumsum(far.astype(np.float64) ** 2)))
    power = energy[len(near) :] - energy[:delays]
    return REACH - int(np.argmax(alike**2 / (power + QUIET**2 * len(near) / 100))) * COARSE


def _coarse(samples: Samples) -> Samples:
    coarse: Samples = samples.reshape(-1, COARSE) @ _MEAN
    return coarse


_MEAN = np.full(COARSE, 1 / COARSE, np.float32)
