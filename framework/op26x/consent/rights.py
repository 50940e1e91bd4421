"""The caller's word: what a caller may demand in any call, by voice and by keypad, without asking a language model."""

import re
from enum import StrEnum
from functools import cache

from op26x.consent.texts import spoken, texts, whole

PREFIX = "*"


class Right(StrEnum):
    """What a caller may demand."""

    STOP = "stop"
    DELETE = "delete"
    SUPPRESS = "suppress"
    MACHINE = "machine"
    PAUSE = "pause"
    RESUME = "resume"


KEYS = {
    "1": Right.STOP,
    "2": Right.DELETE,
    "3": Right.SUPPRESS,
    "4": Right.PAUSE,
    "5": Right.RESUME,
    "0": Right.MACHINE,
}
"""The keys behind a star."""


def demanded(words: str, language: str) -> Right | None:
    """The right that the words demand, the farthest-reaching first: deletion before stopping."""
    heard = spoken(words)
    for right, pattern in _patterns(language):
        if pattern.search(heard):
            return right
    return None


class StarKeys:
    """Reads star codes from a keypad: ``*`` and a digit."""

    def __init__(self) -> None:
        self._starred = False

    def press(self, digit: str) -> Right | bool:
        """Takes a key: the right it completes, ``True`` if more must come, ``False`` if it is none of ours."""
        starred, self._starred = self._starred, digit == PREFIX
        if self._starred:
            return True
        return KEYS.get(digit, False) if starred else False


@cache
def _patterns(language: str) -> list[tuple[Right, re.Pattern[str]]]:
    known = texts(language)
    rights = known.rights if known else {}
    order = (Right.DELETE, Right.STOP, Right.PAUSE, Right.RESUME, Right.SUPPRESS, Right.MACHINE)
    return [(r, whole("|".join(rights[r.value]))) for r in order if r.value in rights]
