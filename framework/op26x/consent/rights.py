"""The caller's word: what a caller may demand in any call, by voice and by keypad, without asking a language model."""

import re
from enum import StrEnum
from functools import cache

from op26x.consent.texts import spoken, texts, whole

PREFIX = "*"
NOTHING = r"(?!)"
"""A regular expression that nothing matches."""


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
    return next(iter(all_demanded(words, language)), None)


def all_demanded(words: str, language: str) -> list[Right]:
    """All rights that the words demand, the farthest-reaching first; who has a recording deleted need not stop it."""
    heard = spoken(words)
    found = [right for right, pattern in _patterns(language) if _means(pattern, heard, language)]
    return [right for right in found if right is not Right.STOP or Right.DELETE not in found]


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


def _means(pattern: re.Pattern[str], heard: str, language: str) -> bool:
    """Whether a demand is in the words, and is not the opposite of one: "please do not delete the recording"."""
    begins, ends = _negation(language)
    found = pattern.finditer(heard)
    return any(begins.match(match[0]) or not ends.search(heard[: match.start()].rstrip()) for match in found)


@cache
def _negation(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What begins a demand that is negative by itself, and what ends the words before one and makes it none."""
    known = texts(language)
    negation = known.negation if known and known.negation else NOTHING
    return whole(f"^(?:{negation})"), whole(f"(?:{negation})$")
