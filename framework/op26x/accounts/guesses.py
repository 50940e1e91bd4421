"""Guesses of API keys: a party that shows wrong ones is told to wait, and the log says so."""

from op26x.clock import Clock
from op26x.logs import Tally

WINDOW_S = 60.0
FREE = 10
MOST = 10_000


class Guesses:
    """How many wrong keys each address has shown within a minute.

    It keeps nobody out: who shows a right key is let in, whatever others at the same address, behind the same proxy,
    have tried. A key has 256 random bits; what is limited here is what guessing costs and that it goes unnoticed.

    Args:
        clock: Tells when a minute is over.
        told: Says who guesses, once a minute.
    """

    def __init__(self, clock: Clock, told: Tally) -> None:
        self._clock = clock
        self._told = told
        self._wrong: dict[str, tuple[float, int]] = {}

    def wrong(self, address: str) -> int:
        """Notes a wrong key.

        Args:
            address: Where it came from.

        Returns:
            Seconds to wait before the next one; 0 for the first ten within a minute.
        """
        now = self._clock.monotonic()
        since, count = self._wrong.pop(address, (now, 0))
        if now - since >= WINDOW_S:
            since, count = now, 0
        self._wrong[address] = (since, count + 1)
        if len(self._wrong) > MOST:
            del self._wrong[next(iter(self._wrong))]  # who has been quiet for longest
        self._told.note("wrong API key", address=address)
        return 0 if count < FREE else max(1, round(since + WINDOW_S - now))
