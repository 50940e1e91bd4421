"""Yes or no: reads the answer to the question whether a call may be recorded, by rules and without a language model."""

import re
from enum import StrEnum

from op26x.consent.texts import LETTER, spoken, texts, whole

QUESTION_MARKS = "?؟？"
WORD = re.compile(LETTER)
KEYS = {"1": "yes", "2": "no"}


class Answer(StrEnum):
    """What the caller answered."""

    YES = "yes"
    NO = "no"


class NoAnswer(StrEnum):
    """Why a question has no answer: nothing was said, no plain yes or no was, or nobody could hear what was said."""

    SILENCE = "silence"
    UNCLEAR = "unclear"
    NOT_HEARD = "not-heard"


def read_words(words: str, language: str) -> tuple[Answer, str] | None:
    """The answer in what was said, with the word that gave it; ``None`` if it is unclear.

    A "no" anywhere outweighs a "yes". Only a plain yes is one: whoever says anything beside it that is more than a
    courtesy has made a condition, asked something or told a story, and is asked again.
    """
    known = texts(language)
    if known is None:
        return None
    heard = spoken(words)
    if (refused := _first(known.no, heard)) is not None:
        return Answer.NO, refused
    agreed = _first(known.yes, heard)
    if agreed is None or any(mark in heard for mark in QUESTION_MARKS):
        return None
    rest = _without([*known.yes, *known.beside], heard)
    return None if WORD.search(rest) else (Answer.YES, agreed)


def read_key(digit: str) -> Answer | None:
    """The answer of a key: 1 is yes, 2 is no, others are unclear."""
    return Answer(KEYS[digit]) if digit in KEYS else None


def _first(phrases: list[str], heard: str) -> str | None:
    """The longest of the phrases that was said."""
    return next((phrase for phrase in _longest_first(phrases) if whole(re.escape(phrase)).search(heard)), None)


def _without(phrases: list[str], heard: str) -> str:
    for phrase in _longest_first(phrases):
        heard = whole(re.escape(phrase)).sub(" ", heard)
    return heard


def _longest_first(phrases: list[str]) -> list[str]:
    return sorted(phrases, key=len, reverse=True)
