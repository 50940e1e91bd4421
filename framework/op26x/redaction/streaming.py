"""Streaming: text that comes in pieces, released as far as nothing that follows can make it personal.

A text is cut into stretches: a sentence ends one, and so do two quiet words, which are no part of anything. Each is
redacted when it ends, with all that was said before it. What is released thus never depends on how the text was cut
into pieces, and lags one word behind plain speech.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

from op26x.redaction.dialogue import Dialogue
from op26x.redaction.entities import Span, Turn
from op26x.redaction.names import names
from op26x.redaction.placeholders import replaced
from op26x.redaction.reading import ENDS
from op26x.redaction.tokens import Kind, Token, tokens_of
from op26x.redaction.vocabulary import cues, vocabulary

BEHIND_CUE = 12
"""Tokens behind a cue that are held back: a name or an address may be made of ordinary words."""
LONGEST_CUE = 4
"""Words of a cue that may have begun."""
BEHIND_OTHERS = 5
"""Tokens behind anything that is not quiet: ``4821 was the code`` is known for one by its end."""
OPENERS = ("PERSON", "ADDRESS")


class StreamRedactor:
    """Redacts one turn that comes in pieces.

    Args:
        dialogue: The conversation, which knows what was asked; told of the turn at its end.
        speaker: ``agent`` or ``caller``.
        put: What takes the place of an entity, by label and text.
    """

    def __init__(self, dialogue: Dialogue, speaker: str, put: Callable[[str, str], str]) -> None:
        self._dialogue = dialogue
        self._speaker = speaker
        self._put = put
        self._text = ""
        self._done = 0
        self._spans: list[Span] = []

    def feed(self, delta: str) -> str:
        """Takes a piece, and returns what may be released now."""
        self._text += delta
        return "".join(self._release(end) for end in list(self._ends(over=False)))

    def finish(self) -> str:
        """The turn is over: returns what is left."""
        ends = [*self._ends(over=True), len(self._text)]
        released = "".join(self._release(end) for end in ends)
        self._dialogue.spans(Turn(self._speaker, self._text))
        return released

    @property
    def held(self) -> int:
        """Characters that are held back."""
        return len(self._text) - self._done

    def _release(self, end: int) -> str:
        said = self._text[:end]
        spans = [span for span in self._dialogue.preview(Turn(self._speaker, said)) if span.end > self._done]
        start, self._done = self._done, end
        inside = [Span(max(span.start, start) - start, span.end - start, span.label) for span in spans]
        return replaced(self._text[start:end], inside, self._put)

    def _ends(self, *, over: bool) -> Iterator[int]:
        """Where stretches end that are certain to have ended.

        Args:
            over: Whether no more of the text comes.
        """
        tokens = tokens_of(self._text)
        if not over and self._text and not self._text[-1].isspace():
            tokens = tokens[:-1]  # its last word may go on
        held = 0
        for place, (token, following) in enumerate(pairwise(tokens)):
            behind = _holds(tokens, place, over=over)
            if behind is None:
                return
            if place < held and token in vocabulary("en").skipped:
                behind = place + BEHIND_OTHERS
            held = max(held, behind)
            if following.start <= self._done:
                continue
            if _ends_sentence(tokens, place) or (place >= held and _is_quiet(token) and _is_quiet(following)):
                yield following.start


def _holds(tokens: list[Token], place: int, *, over: bool) -> int | None:
    """The token up to which text is held back for one token's sake; nothing, if that is not known yet."""
    token, end = tokens[place], len(tokens)
    known = [phrases for phrases in (cues(), *(cues(topic) for topic in OPENERS)) if token in phrases]
    found = [at[0] for phrases in known if (at := phrases.at(tokens, place, end)) is not None]
    if known and not over and place + LONGEST_CUE >= end:
        return None
    if found:
        return max(found) + BEHIND_CUE
    return place if token.kind is Kind.WORD and _is_quiet(token) else place + BEHIND_OTHERS


def _ends_sentence(tokens: list[Token], place: int) -> bool:
    """Whether a sentence ends here; behind a number or a letter it may go on: ``seven six... one``, ``J. O.``"""
    token, before = tokens[place], tokens[place - 1] if place else None
    if token.text not in ENDS or before is None or tokens[place + 1].start == token.end:
        return False
    words = vocabulary("en")
    spelled = (
        len(before.low) == 1 or before.low in words.letters or before.low in words.digits or before.low in words.tens
    )
    return before.kind is Kind.WORD and not spelled


def _is_quiet(token: Token) -> bool:
    """Whether a word can neither be personal nor make its neighbours so."""
    lists, words = names(), vocabulary("en")
    low = token.low
    if (
        token.kind is not Kind.WORD
        or not token.text.islower()
        or len(low) < 2
        or (low not in lists.stop and low not in lists.common)
    ):
        return False
    loud = (words.digits, words.tens, words.times, words.ordinals, words.months, words.letters)
    if any(low in listed for listed in loud) or (low in lists.given and low not in lists.stop):
        return False
    return not (token in words.at or token in words.mail_words or token in words.separators)
