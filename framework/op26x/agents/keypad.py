"""The keypad of a call, as tools have it: digits that a caller enters for one of them alone."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from op26x.types import Personal

LONGEST_ENTRY = 32
"""Digits of one entry at most."""


class EntryEnd(StrEnum):
    """What ended a secure entry."""

    COMPLETE = "complete"
    """As many digits as there can be."""
    HASH = "hash"
    PAUSE = "pause"
    """No further key came."""
    NOTHING = "nothing"
    """No key came at all."""
    CALL_OVER = "call-over"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a caller entered.

    Attributes:
        digits: Without the hash key; prints as ``…``.
        end: What ended it.
    """

    digits: Personal
    end: EntryEnd


class Keypad(Protocol):
    """The keys of a call, as far as a tool may have them."""

    async def collect(
        self, entity: str, most: int = LONGEST_ENTRY, done: Callable[[str], bool] | None = None
    ) -> Entered:
        """Waits for digits that nobody else is told: no LLM, no transcript, no live view, no plugin.

        Until it returns, a tone is recorded in place of both sides. The hash key ends it, ``most`` digits do, and so
        does a pause of six seconds, or of two when ``done``; who enters nothing is reminded twice. All of that may
        take a minute or two: give the tool a ``limit_s`` to match, and no ``filler``.

        Args:
            entity: What it is, as ``op26x.redaction.Entity`` names it. For the rest of the call every sink has a
                placeholder for it, whatever the policy says.
            most: Digits that it can have at most.
            done: Whether digits could be all of it.

        Raises:
            IllegalTransition: Another entry is under way.
            UsageError: The entity has no such name, or there can't be so many digits.
        """
        ...
