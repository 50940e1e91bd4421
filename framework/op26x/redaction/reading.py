"""Reading: one turn as the recognisers see it, with what was asked before and what is known already."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from op26x.redaction.names import names
from op26x.redaction.runs import Run, Runs
from op26x.redaction.tokens import Kind, Token, tokens_of
from op26x.redaction.vocabulary import Vocabulary, cues, vocabulary
from op26x.redaction.word_lists import word_lists

NONE = "NONE"
"""The topic of what is a number too, and nobody's secret: orders, flights, prices."""
ENDS = frozenset(".?!;।\n")
LISTS = word_lists("readings")
ABBREVIATED = LISTS["abbreviated"]
GENERIC = frozenset(["number", "numéro", "nummer", "número", "numero", "nambar", "नंबर"])
NUMBER_WORDS = frozenset(["number", "numbers", "id", "code"])
OF_NOTHING = LISTS["of_nothing"]
"""What stands before ``number`` and does not tell whose it is."""
CLOSE = 3
"""Tokens within which ``number`` is that of what was just spoken of: ``your booking is number 4``."""
NEAR = 16
"""Tokens within which a cue of the sentence before still tells what follows."""


@dataclass(frozen=True, slots=True)
class Cue:
    """An expression that tells which entity follows."""

    topic: str
    first: int
    after: int


@dataclass(slots=True)
class Reading:
    """One turn, cut and prepared.

    Attributes:
        text: What was said.
        by_agent: Whether the agent said it.
        tokens: The text, cut.
        words: The language.
        asked: Topics of the last question, the last first.
        stale: Topics of questions before it, which may still be being answered.
        harmless: Numbers that were said to be of an order, a case, a reference.
        cues: Of numbers, from left to right.
        runs: Digits and letters, from left to right.
        sentences: The sentence of each token.
        language: ISO 639-1.
        passwords: Whether a turn not long before spoke of passwords.
        questioned: Whether the other side has just asked something, and nobody knows for what.
        born: Whether the caller has just told a date of birth, which the agent may read back.
        named: The places of tokens that belong to a cue.
    """

    text: str
    by_agent: bool
    tokens: list[Token]
    words: Vocabulary
    asked: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    harmless: frozenset[str] | set[str] = frozenset()
    cues: list[Cue] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    language: str = "en"
    passwords: bool = False
    born: bool = False
    questioned: bool = False

    def low(self, place: int) -> str:
        """The word at a place; nothing beyond either end."""
        return self.tokens[place].low if 0 <= place < len(self.tokens) else ""

    def said(self, first: int, after: int) -> str:
        """The text of some tokens, as it was written."""
        return self.text[self.tokens[first].start : self.tokens[after - 1].end]

    def cue_before(self, place: int) -> Cue | None:
        """The nearest cue on the left: in the same sentence, or close by in the one before."""
        nearest = None
        for cue in self.cues:
            if cue.after > place:
                break
            nearest = cue
        if nearest is None or self.sentences[nearest.first] == self.sentences[place]:
            return nearest
        close = (
            not self.by_agent
            and place - nearest.after <= NEAR
            and self.sentences[place] - self.sentences[nearest.first] == 1
        )
        return nearest if close else None

    def cue_behind(self, place: int) -> Cue | None:
        """A cue close on the right: ``4821 was the code``."""
        for cue in self.cues:
            if place <= cue.first <= place + 5 and self.sentences[cue.first] == self.sentences[place - 1]:
                between = {self.low(at) for at in range(place, cue.first)}
                linked = bool(between & LINKS) and not between & PARTING
                return cue if linked or ("still" in between and "," not in between) else None
        return None


LINKS = LISTS["links"]
PARTING = LISTS["parting"]
"""What begins another thought: ``at 8 what is your card number``."""
JOINING = frozenset(["and", "then", "y", "e", "et", "puis", "und", "aur", "next"])
"""What joins two things, and is a filler within one."""


def read(text: str, speaker: str, asked: tuple[str, ...], stale: tuple[str, ...], language: str) -> Reading:
    """Prepares a turn for the recognisers."""
    words = vocabulary(language)
    tokens = tokens_of(text)
    reading = Reading(text, speaker == "agent", tokens, words, asked, stale)
    reading.language = language
    reading.sentences = _sentences(text, tokens)
    reading.cues = list(_cues(tokens))
    reading.named = {place for cue in reading.cues for place in range(cue.first, cue.after)}
    reading.runs = list(Runs(tokens, words, reading.named).all())
    return reading


def _cues(tokens: list[Token]) -> Iterator[Cue]:
    known, place, end = cues(), 0, len(tokens)
    last: Cue | None = None
    while place < end:
        if tokens[place] in known and (found := known.at(tokens, place, end)) is not None:
            if not _is_no_cue(tokens, place, found[0]):
                last = Cue(_topic(tokens, place, found[1], last), place, found[0])
                yield last
            place = found[0]
        elif tokens[place].low in NUMBER_WORDS and _is_of_something(tokens, place):
            last = Cue(NONE, place - 1, place + 1)
            yield last
            place += 1
        elif tokens[place].low == "number" and (last is None or last.topic != NONE or place - last.after > CLOSE):
            last = Cue("PHONE", place, place + 1)
            yield last
            place += 1
        else:
            place += 1


def _is_no_cue(tokens: list[Token], place: int, after: int) -> bool:
    """``upper case``; ``ph`` in ``PH07 LYU``."""
    if tokens[place].low == "case":
        return place > 0 and tokens[place - 1].low in ("upper", "lower")
    return after < len(tokens) and tokens[after].kind is Kind.DIGITS and tokens[after].start == tokens[after - 1].end


def _topic(tokens: list[Token], place: int, topic: str, last: Cue | None) -> str:
    """What a cue tells; ``number`` tells what the word before it does: ``commande numéro``, ``donor number``."""
    if tokens[place].low not in GENERIC:
        return topic
    if last is not None and last.after == place:
        return last.topic
    return NONE if _is_of_something(tokens, place) else topic


def _is_of_something(tokens: list[Token], place: int) -> bool:
    """Whether a number is called after something that is no person's: ``donor number``, ``voucher code``."""
    before = tokens[place - 1] if place else None
    return (
        before is not None
        and before.kind is Kind.WORD
        and len(before.low) > 2
        and before.low not in OF_NOTHING
        and before not in cues()
        and not before.low.endswith("'s")
        and before.low not in names().family
        and (before.low not in names().given or before.low in names().dictionary)
    )


def _sentences(text: str, tokens: list[Token]) -> list[int]:
    number, listed = 0, []
    for place, token in enumerate(tokens):
        listed.append(number)
        if token.kind is not Kind.MARK or token.text not in ENDS:
            continue
        if (
            token.text == "."
            and place
            and (
                tokens[place - 1].low in ABBREVIATED
                or len(tokens[place - 1].low) == 1
                or text[token.end : token.end + 1].isalnum()
            )
        ):
            continue
        if token.text == "." and (
            text[token.end : token.end + 1] == "." or text[max(0, token.start - 1) : token.start] == "."
        ):
            continue
        number += 1
    return listed
