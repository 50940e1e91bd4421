"""Identifiers, injectable: ULIDs (https://github.com/ulid/spec), 26 characters that sort by time of creation."""

import os
import secrets
from collections.abc import Callable

from ulid import ULID

from op26x.clock import Clock

CALL_ID_LENGTH = 26


class Ids:
    """Makes identifiers and one-time tokens from a clock and a source of randomness.

    Args:
        clock: Gives the first 48 bits.
        entropy: Returns as many random bytes as it is asked for.
    """

    def __init__(self, clock: Clock, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._entropy = entropy

    def new(self) -> str:
        """A new ULID."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return str(ULID(milliseconds.to_bytes(6, "big") + self._entropy(10)))

    def token(self) -> str:
        """A secret of 256 bits, safe in URLs and XML attributes."""
        return self._entropy(32).hex()


def same_secret(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return secrets.compare_digest(given.encode(), expected.encode())
