"""Yes or no: reads the answer to the question whether a call may be recorded, without a language model.

Only a plain yes is one. A condition, a question, a story and whatever else is not certain is none, and is asked again.
"""

from enum import StrEnum

from op26x.consent.reading.agreements import Agreements
from op26x.consent.reading.asides import Asides
from op26x.consent.reading.languages import Language, language_named
from op26x.consent.reading.model import model
from op26x.consent.reading.patterns import BREAK
from op26x.consent.reading.words import Heard
from op26x.consent.texts import stand_in_a_notice

LIKELY = 0.8
"""From which probability on an agreement with asides is a yes; no model makes one of anything else."""
LONGEST = 40
"""So many letters of a phrase are evidence."""
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


def read_words(text: str, language: str) -> tuple[Answer, str] | None:
    """The answer in what was said, with the word that gave it; ``None`` if it is unclear.

    Only what ``agreements`` knows is a yes. No model has a say in that; one tells a no from what is unclear.

    Args:
        text: What was said, as it was recognised.
        language: As in BCP 47; in a language that is not known every answer is unclear.
    """
    known = language_named(language)
    if known is None or stand_in_a_notice(text, language):
        return None
    if agreed := Agreements.of(known.name).word(text):
        return _yes(agreed)
    heard = known.lexicon.read(text)
    trained = model(known.name, "answers")
    likely = trained.probabilities(heard) if trained else {}
    is_no = max(likely, key=likely.__getitem__, default="") == Answer.NO and heard.words
    if is_no or known.refuses.fullmatch(heard.kinds.rstrip(BREAK)):
        return Answer.NO, _evidence(known, heard, "not", "refuse", "two") or Answer.NO.value
    if likely.get(Answer.YES, 0.0) >= LIKELY and (agreed := Asides.of(known.name).word(text)):
        return _yes(agreed)
    return None


def _yes(agreed: str) -> tuple[Answer, str]:
    """Evidence has no digits, and is no whole sentence."""
    fits = len(agreed) <= LONGEST and not any(map(str.isdigit, agreed))
    return Answer.YES, agreed if fits else Answer.YES.value


def read_reply(text: str, language: str) -> Answer | None:
    """The answer to the question whether a caller meant a demand: as ``read_words`` has it, with one difference.

    "Keep recording" and "you can record me" agree to something else than what was asked, and so are unclear.

    Args:
        text: What was said, as it was recognised.
        language: As in BCP 47.
    """
    read, known = read_words(text, language), language_named(language)
    if read is None or known is None:
        return None
    unclear = read[0] is Answer.YES and not Agreements.of(known.name).reply_agrees(text)
    return None if unclear else read[0]


def read_key(digit: str) -> Answer | None:
    """The answer of a key: 1 is yes, 2 is no, others are unclear."""
    return Answer(KEYS[digit]) if digit in KEYS else None


def _evidence(known: Language, heard: Heard, *kinds: str) -> str:
    """The first word or phrase of certain kinds: out of the lexicon, and so never something of the caller's own."""
    wanted = {known.kinds.characters[kind] for kind in kinds}
    found = (word for kind, word in zip(heard.kinds, heard.words, strict=True) if kind in wanted and word.isalpha())
    return next(found, "")
