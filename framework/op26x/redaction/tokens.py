"""Tokens: a text cut into words, digits and marks, each with its place."""

import re
import unicodedata
from enum import IntEnum

DEVANAGARI = "\u0900-\u0963\u0970-\u097f"
ACCENTS = "\u0300-\u036f"
PIECES = re.compile(rf"\d+|(?:[^\W\d_]|[{DEVANAGARI}{ACCENTS}])+(?:['’](?:[^\W\d_]|[{ACCENTS}])+)*|\S")


class Kind(IntEnum):
    """What a token is made of."""

    WORD = 0
    DIGITS = 1
    MARK = 2


class Token:
    """A word, a run of digits or one mark.

    Attributes:
        text: As it stands in the text.
        low: In lower case, with a plain apostrophe.
        stem: The same without ``'s``.
        start: Its first character.
        end: The character behind its last.
        kind: What it is made of.
    """

    __slots__ = ("end", "kind", "low", "start", "stem", "text")

    def __init__(self, text: str, start: int, end: int, kind: Kind) -> None:
        self.text = text
        self.low = _plain(text) if kind is Kind.WORD else text
        self.stem = self.low.removesuffix("'s")
        self.start = start
        self.end = end
        self.kind = kind

    def __repr__(self) -> str:
        return f"<{self.kind.name.lower()} {self.start}:{self.end}>"

    @property
    def is_capitalised(self) -> bool:
        return self.text[0].isupper()


def _plain(text: str) -> str:
    low = text.lower().replace("’", "'")
    return low if low.isascii() else unicodedata.normalize("NFC", low)


def tokens_of(text: str) -> list[Token]:
    """Cuts a text. White space is in no token; the accents of Devanagari belong to their words."""
    found = []
    for match in PIECES.finditer(text):
        piece = match.group()
        first = piece[0]
        if first.isdecimal():
            kind = Kind.DIGITS
        elif first.isalpha() or "\u0900" <= first <= "\u0963":
            kind = Kind.WORD
        else:
            kind = Kind.MARK
        found.append(Token(piece, match.start(), match.end(), kind))
    return found
