"""Values: what was said, as it would be written: ``four one double one`` is ``4111``."""

import re

from stdnum import luhn

from op26x.redaction.entities import Entity
from op26x.redaction.runs import Run, Runs
from op26x.redaction.tokens import Kind, Token, tokens_of
from op26x.redaction.vocabulary import Vocabulary, remarks, vocabulary

WORDS = frozenset(
    [Entity.PERSON, Entity.ADDRESS, Entity.DATE_OF_BIRTH, Entity.PASSWORD, Entity.URL, Entity.IP_ADDRESS, Entity.AGE]
)
"""What stays as it was said."""
ADDRESSES = frozenset([Entity.EMAIL, Entity.UPI])


def value_of(label: str, said: str, language: str = "en") -> str:
    """An entity as a form or a database wants it.

    Args:
        label: Which entity.
        said: The words that it was said with.
        language: ISO 639-1.

    Returns:
        Digits and capitals for numbers and codes, ``name@example.com`` for addresses, else the words. Of what was
        corrected, the part that is right: of a card's number the one whose check digit is.
    """
    if label in WORDS:
        return said
    words = vocabulary(language)
    tokens = tokens_of(said)
    if label in ADDRESSES:
        return "".join(_written(tokens, words))
    runs = list(Runs(tokens, words).all())
    if not runs:
        return said
    if label == Entity.CARD and len(runs) == 1 and runs[0].corrected:
        return _corrected(runs[0])
    return "".join(run.chars for run in runs)


def same(said: str) -> str:
    """By what two values are told to be one: letters and digits, in lower case."""
    return re.sub(r"\W|_", "", said.lower())


def _corrected(run: Run) -> str:
    """The end of a number that was begun anew, if its check digit is right."""
    tails = ("".join(run.groups[start:]) for start in range(len(run.groups)))
    return next((tail for tail in tails if len(tail) > 11 and luhn.is_valid(tail)), run.chars)


def _written(tokens: list[Token], words: Vocabulary) -> list[str]:
    """An address on the net, piece by piece."""
    pieces: list[str] = []
    place, end = 0, len(tokens)
    runs = {run.first: run for run in Runs(tokens, words).all()}
    while place < end:
        token = tokens[place]
        if token.text == "@" or ((found := words.at.at(tokens, place, end)) is not None and "@" not in pieces):
            pieces.append("@")
            place = place + 1 if token.text == "@" else found[0]  # type: ignore[index]
        elif (sign := words.mail_words.at(tokens, place, end)) is not None:
            pieces.append(sign[1])
            place = sign[0]
        elif (skipped := words.skipped.at(tokens, place, end) or remarks().at(tokens, place, end)) is not None:
            place = skipped[0]
        elif place in runs:
            pieces.append(runs[place].chars.lower())
            place = runs[place].after
        else:
            pieces.append(token.low if token.kind is not Kind.MARK or token.text in "._-+" else "")
            place += 1
    return pieces
