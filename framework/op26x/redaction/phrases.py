"""Phrases: many expressions of one or more words, looked up at a place in a text."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from op26x.redaction.tokens import Token, tokens_of

T = TypeVar("T")


class Phrases(Generic[T]):
    """Finds the longest phrase that begins at a token.

    Hyphens and full stops between the words of a phrase do not matter: ``e-mail`` is found as ``e mail``.
    """

    def __init__(self) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}

    def __contains__(self, token: Token) -> bool:
        """Whether a phrase may begin with a token."""
        return token.low in self._by_first or token.stem in self._by_first

    def add(self, phrases: Iterable[str], meaning: T) -> None:
        """Adds phrases that mean one thing."""
        for phrase in phrases:
            first, *rest = [token.low for token in tokens_of(phrase.lower()) if token.low not in "-."]
            listed = self._by_first.setdefault(first, [])
            listed.append((tuple(rest), meaning))
            listed.sort(key=lambda entry: -len(entry[0]))

    def at(self, tokens: Sequence[Token], place: int, end: int) -> tuple[int, T] | None:
        """The token behind the longest phrase that begins at a place, and what the phrase means."""
        token = tokens[place]
        for rest, meaning in self._by_first.get(token.low) or self._by_first.get(token.stem) or []:
            after = place + 1
            for word in rest:
                while after < end and tokens[after].low in "-.":
                    after += 1
                if after >= end or word not in (tokens[after].low, tokens[after].stem):
                    break
                after += 1
            else:
                return after, meaning
        return None
