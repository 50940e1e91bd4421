"""Strangers' work in small turns: between two of them, calls in progress have theirs."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

TURN_S = 0.002
PIECES = 4


class Turnstile:
    """Does pieces of work one after another, a few of them each time the event loop comes round.

    Args:
        loop: The event loop.
        monotonic: Seconds; the loop's own time stands still while it works.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._loop = loop
        self._monotonic = monotonic
        self._waiting: deque[Callable[[], None]] = deque()
        self._called = False

    def queue(self, piece: Callable[[], None]) -> None:
        """Takes a piece of work, of a few milliseconds at the most."""
        self._waiting.append(piece)
        self._call()

    def _turn(self) -> None:
        self._called = False
        enough = self._monotonic() + TURN_S
        try:
            for _ in range(min(PIECES, len(self._waiting))):
                self._waiting.popleft()()
                if self._monotonic() >= enough:
                    break
        finally:
            self._call()

    def _call(self) -> None:
        if self._waiting and not self._called:
            self._called = True
            self._loop.call_soon(self._turn)
