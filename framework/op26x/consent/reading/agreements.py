"""What is a yes: agreements, put together from kinds of words. Nothing else is one, and no model has a say in that."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from op26x.consent.reading.patterns import BREAK, OTHER, Kinds
from op26x.consent.reading.words import Heard, Lexicon

FOLDER = Path(__file__).parent / "agreements"
UNSPOKEN = re.compile(r"[^\w\s\u0300-\u036f\u0900-\u0965\u200c\u200d.,;:!¡…'’\"-]")
"""A question mark, an emoji: whatever is no word and no plain mark makes an answer unclear."""
UNFINISHED = ("...", "…", ",")
"""Behind which more was to come."""
MOST = 40
"""Whoever needs more words than that says more than yes."""


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is a yes in one language, as it is written.

    Attributes:
        spelled: Words that are taken for others: as they are written without an apostrophe, in a dialect, by mistake.
        dropped: Words and phrases that are passed over.
        parts: Alternatives with a name, for use in phrases.
        kinds: Words and phrases, by kind; a phrase may have alternatives.
        sets: Patterns with a name, for use in others.
        agrees: Patterns of which each is an agreement.
        never: Patterns that keep a sentence from being a yes: its agreements belong together otherwise, or it is cut.
        rhetorical: What agrees although it asks: "why not?".
        opening: The pattern of a first sentence that belongs to the one behind it: "hello", "I understand".
        beside: The pattern of a sentence that counts for nothing, and is no yes if no other sentence is one.
        reply: The pattern of a yes to the question whether a demand was meant: nothing that agrees to be recorded.
    """

    spelled: dict[str, str]
    dropped: list[str]
    parts: dict[str, str]
    kinds: dict[str, list[str]]
    sets: dict[str, str]
    agrees: list[str]
    never: list[str]
    rhetorical: list[str]
    opening: str
    beside: str
    reply: str


def _count(heard: Heard) -> int:
    return sum(len(words.split()) for words in heard.words)


@dataclass(frozen=True, slots=True)
class Agreements:
    """What is a yes in one language.

    Attributes:
        lexicon: Which words are of which kind; none is known with a letter wrong.
        agrees: What is an agreement.
        never: What keeps a sentence from being a yes, whatever it is made of.
        rhetorical: What agrees although it asks.
        opening: What belongs to the sentence behind it, if it is the first.
        beside: What a sentence may be if another is a yes.
        reply: What is a yes to the question whether a demand was meant.
    """

    lexicon: Lexicon
    agrees: re.Pattern[str]
    never: re.Pattern[str]
    rhetorical: re.Pattern[str]
    opening: re.Pattern[str]
    beside: re.Pattern[str]
    reply: re.Pattern[str]

    @classmethod
    @cache
    def of(cls, language: str) -> "Agreements":
        """Reads a language's file."""
        written = msgspec.yaml.decode((FOLDER / f"{language}.yaml").read_bytes(), type=Written)
        kinds = Kinds.of(written.kinds, written.sets)
        lexicon = Lexicon(
            kinds.characters,
            written.kinds,
            written.dropped,
            misheard=False,
            spelled=written.spelled,
            parts=written.parts,
        )
        never, agrees = kinds.any_of(written.never), kinds.any_of(written.agrees)
        opening, beside, reply = map(kinds.compile, (written.opening, written.beside, written.reply))
        asked = re.compile(rf"\b(?:{'|'.join(map(re.escape, written.rhetorical))})\s*\?", re.IGNORECASE)
        return cls(lexicon, agrees, never, asked, opening, beside, reply)

    def word(self, text: str) -> str | None:
        """The word or phrase that makes an answer a yes: one that would be a yes alone, or else the first.

        ``None`` if it is no yes: it must be one agreement after another, and nothing else.
        """
        return next(filter(None, (self._word(text, heard) for heard in self.readings(text.replace(",", " ")))), None)

    def readings(self, text: str) -> Iterator[Heard]:
        """How an answer can be read: as phrases that stand in the lexicon, or with ways to say something.

        A way may take more words than it should, and leave a rest that is no agreement.
        """
        yield self.lexicon.read(text, ways=False)
        yield self.lexicon.read(text)

    def _word(self, text: str, heard: Heard) -> str | None:
        sentences = [one for one in self._sentences(heard.kinds) if one and not self.beside.fullmatch(one)]
        if self.is_unclear(text, heard) or not sentences or not all(map(self._agrees_throughout, sentences)):
            return None
        words = zip(heard.kinds, heard.words, strict=True)
        return next((word for kind, word in words if self.agrees.fullmatch(kind)), heard.words[0])

    def _sentences(self, kinds: str) -> list[str]:
        opening = self.opening.match(kinds)
        if opening and kinds.startswith(BREAK, opening.end()):
            kinds = kinds[: opening.end()] + kinds[opening.end() + 1 :]
        return kinds.split(BREAK)

    def is_unclear(self, text: str, heard: Heard) -> bool:
        """Whether no words could make an answer a yes: it asks, breaks off, or is too long."""
        asks = UNSPOKEN.search(self.rhetorical.sub(" ", text.replace("¿", " ")) if "?" in text else text)
        return bool(asks) or text.rstrip().endswith(UNFINISHED) or _count(heard) > MOST

    def reply_agrees(self, text: str) -> bool:
        """Whether a yes is one to the question whether a demand was meant as well: "keep recording" is not."""
        heard = self.lexicon.read(text.replace(",", " "), ways=False)
        return bool(self.reply.fullmatch(heard.kinds.replace(BREAK, "")))

    def _agrees_throughout(self, kinds: str) -> bool:
        """Looked for from each end of an agreement on: one expression for all would try all ways to cut them apart."""
        if OTHER in kinds or self.never.search(kinds):
            return False
        ends = [0]
        for end in range(1, len(kinds) + 1):
            if any(self.agrees.fullmatch(kinds, start, end) for start in ends):
                ends.append(end)
        return ends[-1] == len(kinds)
