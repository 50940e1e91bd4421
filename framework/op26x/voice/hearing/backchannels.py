"""Backchannels: what a listener says to show that they listen. It is heard, and takes nobody's turn.

V. H. Yngve, "On getting a word in edgewise", 1970, named them.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from op26x.consent.reading.words import spoken
from op26x.types import primary_language

LISTED = Path(__file__).with_suffix(".yaml")
NOISE = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|<[^>]*>|♪")
"""How STT services write what is no word: ``[cough]``, ``(laughs)``, ``*sigh*``."""
MARKS = re.compile(r"[^\w\s'\u0900-\u0963\u0966-\u097f-]")
"""What stands between words; vowel signs of Devanagari belong to them, its full stop does not."""


class Backchannels:
    """Reads what was said over an agent's voice.

    Args:
        language: The agent's.
        more: What counts besides what is usual in that language.
    """

    def __init__(self, language: str, more: Iterable[str] = ()) -> None:
        self._only = _nothing_but(primary_language(language), tuple(more))

    def nothing_in(self, text: str) -> bool:
        """Whether there is no word in it: silence, or a noise that the STT service describes."""
        return not _plain(text)

    def only(self, text: str) -> bool:
        """Whether it is nothing but backchannels."""
        return self._only.fullmatch(_plain(text)) is not None


def _plain(text: str) -> str:
    return " ".join(MARKS.sub(" ", NOISE.sub(" ", spoken(text))).split())


@cache
def _nothing_but(language: str, more: tuple[str, ...]) -> re.Pattern[str]:
    """Compiled once for each agent, not for each call."""
    phrases = {_plain(phrase) for phrase in (*_usual(language), *more)}
    listed = "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True) if phrase)
    return re.compile(rf"(?:{listed})(?: (?:{listed}))*")


def _usual(language: str) -> list[str]:
    listed = _listed()
    return listed.get(language) or listed["en"]


@cache
def _listed() -> dict[str, list[str]]:
    return msgspec.yaml.decode(LISTED.read_bytes(), type=dict[str, list[str]])
