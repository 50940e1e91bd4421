"""Passwords: Argon2id (RFC 9106), and what makes one too weak (NIST SP 800-63B, OWASP ASVS 5.0)."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from op26x.errors import UsageError
from op26x.types import Secret

T = TypeVar("T")

SHORTEST, LONGEST = 12, 128
LOOKED_AT, STRONG = 72, 3
"""So many characters are looked at, which takes some milliseconds; and this score of zxcvbn's five (0 to 4) will do."""
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's Password Storage Cheat Sheet: 19 MiB, two passes; some 30 ms."""


class Passwords:
    """Hashes and verifies, one at a time and off the event loop: many at once would hold up calls."""

    def __init__(self) -> None:
        self._alone = asyncio.Lock()

    async def hash(self, password: Secret, about: tuple[str, ...] = ()) -> str:
        """The hash of a new password.

        Args:
            password: In clear.
            about: What an attacker would try first: the person's address and name.

        Raises:
            UsageError: It is too short, too long, or one of those that are tried first.
        """

        def checked() -> str:
            check_strength(password, about)
            return HASHER.hash(password.reveal())

        return await self._run(checked)

    async def verify(self, hashed: str, password: Secret) -> bool:
        """Whether a password is the one of a hash. Without a hash it takes as long, and is not."""
        return await self._run(lambda: _verified(hashed, password)) and bool(hashed)

    async def _run(self, work: Callable[[], T]) -> T:
        async with self._alone:
            return await asyncio.to_thread(work)


def check_strength(password: Secret, about: tuple[str, ...] = ()) -> None:
    """Sees that a password is not one of those that are tried first. No kinds of characters are asked for.

    Raises:
        UsageError: It is.
    """
    text = password.reveal()
    if not SHORTEST <= len(text) <= LONGEST:
        raise UsageError(f"A password has {SHORTEST} to {LONGEST} characters.", "Several words make a good one.")
    lowered = text.lower()
    if any(len(word) > 3 and word.lower() in lowered for word in about):
        raise UsageError("This password contains your name or address.", "Choose one that has nothing to do with you.")
    if _guessed(text) or len(set(lowered)) < 5:
        raise UsageError("This password is one of those that are tried first.", "Several words make a good one.")


def _verified(hashed: str, password: Secret) -> bool:
    try:
        return HASHER.verify(hashed or _dummy(), password.reveal())
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy() -> str:
    return HASHER.hash("nobody's")


def _guessed(text: str) -> bool:
    """Whether it is found in fewer than 10^8 guesses: a known one, doubled, with digits behind it, along the keys."""
    from zxcvbn import zxcvbn

    return int(zxcvbn(text[:LOOKED_AT])["score"]) < STRONG
