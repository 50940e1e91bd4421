"""Identifiers, injectable: ULIDs (https://github.com/ulid/spec), 26 characters that sort by time of creation."""

import os
import secrets
import threading
from collections.abc import Callable

from ulid import ULID

from op26x.clock import Clock

CALL_ID_LENGTH = 26
RANDOM_BITS = 80


class Ids:
    """Makes identifiers and one-time tokens from a clock and a source of randomness.

    Args:
        clock: Gives the first 48 bits.
        entropy: Returns as many random bytes as it is asked for.
    """

    def __init__(self, clock: Clock, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._entropy = entropy
        self._alone = threading.Lock()
        self._last = 0

    def new(self) -> str:
        """A new ULID. It sorts after those made before, also in one millisecond, or when the clock was set back."""
        with self._alone:
            milliseconds = int(self._clock.now().timestamp() * 1000)
            if milliseconds <= self._last >> RANDOM_BITS:
                self._last += 1
            else:
                self._last = milliseconds << RANDOM_BITS | int.from_bytes(self._entropy(RANDOM_BITS // 8), "big")
            return str(ULID(self._last.to_bytes(16, "big")))

    def token(self) -> str:
        """A secret of 256 bits, safe in URLs and XML attributes."""
        return self._entropy(32).hex()


def same_secret(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return secrets.compare_digest(given.encode(), expected.encode())
