"""Yes or no: reads the answer to the question whether a call may be recorded, by rules and without a language model."""

import re
from enum import StrEnum

from op26x.consent.texts import spoken, texts, whole

KEYS = {"1": "yes", "2": "no"}


class Answer(StrEnum):
    """What the caller answered."""

    YES = "yes"
    NO = "no"


def read_words(words: str, language: str) -> tuple[Answer, str] | None:
    """The answer in what was said, with the word that gave it; ``None`` if it is unclear.

    A "no" anywhere outweighs a "yes", and whatever is neither is unclear: only a plain yes is one.
    """
    known = texts(language)
    if known is None:
        return None
    heard = spoken(words)
    for answer, phrases in ((Answer.NO, known.no), (Answer.YES, known.yes)):
        for phrase in sorted(phrases, key=len, reverse=True):
            if whole(re.escape(phrase)).search(heard):
                return answer, phrase
    return None


def read_key(digit: str) -> Answer | None:
    """The answer of a key: 1 is yes, 2 is no, others are unclear."""
    return Answer(KEYS[digit]) if digit in KEYS else None
