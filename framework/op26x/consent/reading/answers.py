"""Yes or no: reads the answer to the question whether a call may be recorded, without a language model.

Only a plain yes is one. A condition, a question, a story and whatever else is not certain is none, and is asked again.
"""

from enum import StrEnum

from op26x.consent.reading.languages import Language, language_named
from op26x.consent.reading.model import model
from op26x.consent.reading.patterns import BREAK
from op26x.consent.reading.words import Heard
from op26x.consent.texts import stand_in_a_notice

KEYS = {"1": "yes", "2": "no"}
LIKELY = 0.4
"""From which probability on an answer is a yes, if the rules let it be one."""


class Answer(StrEnum):
    """What the caller answered."""

    YES = "yes"
    NO = "no"


class NoAnswer(StrEnum):
    """Why a question has no answer: nothing was said, no plain yes or no was, or nobody could hear what was said."""

    SILENCE = "silence"
    UNCLEAR = "unclear"
    NOT_HEARD = "not-heard"


def read_words(text: str, language: str) -> tuple[Answer, str] | None:
    """The answer in what was said, with the word that gave it; ``None`` if it is unclear.

    The rules say which answers may be a yes, and a model which of these is one: it can't outvote them.

    Args:
        text: What was said, as it was recognised.
        language: As in BCP 47; in a language that is not known every answer is unclear.
    """
    known = language_named(language)
    trained = model(known.name, "answers") if known else None
    if known is None or trained is None:
        return None
    if stand_in_a_notice(text, language):
        return None
    heard = known.lexicon.read(text)
    likely = trained.probabilities(heard)
    kinds = heard.kinds.rstrip(BREAK)
    if likely[Answer.YES] >= LIKELY and not heard.asks and known.agrees.fullmatch(kinds):
        return Answer.YES, _evidence(known, heard, "yes", "nomind", "consent", "one") or Answer.YES.value
    if known.refuses.fullmatch(heard.kinds.rstrip(BREAK)) or likely[Answer.NO] > max(
        likely[Answer.YES], likely["neither"]
    ):
        return Answer.NO, _evidence(known, heard, "not", "refuse", "two") or Answer.NO.value
    return None


def read_key(digit: str) -> Answer | None:
    """The answer of a key: 1 is yes, 2 is no, others are unclear."""
    return Answer(KEYS[digit]) if digit in KEYS else None


def _evidence(known: Language, heard: Heard, *kinds: str) -> str:
    """The first word or phrase of certain kinds: out of the lexicon, and so never something of the caller's own."""
    wanted = {known.kinds.characters[kind] for kind in kinds}
    found = (word for kind, word in zip(heard.kinds, heard.words, strict=True) if kind in wanted and word.isalpha())
    return next(found, "")
