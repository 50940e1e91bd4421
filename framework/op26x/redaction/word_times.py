"""Words with their times: where in the audio something was said, and the words that may be told of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from op26x.redaction.entities import Span
from op26x.types import Personal, Word

MARGIN_MS = 150
"""Recognisers are not sure where a word begins and ends."""


def times_of(text: str, spans: Sequence[Span], words: Sequence[Word]) -> list[tuple[int, int]]:
    """The stretches in which what spans hold was said, in milliseconds.

    A word that is not found in the text may be of any of them: it counts as one of the next word that is found, and
    of the last one before.
    """
    places = _places(text, words)
    found = []
    for span in spans:
        inside = [at for at, place in enumerate(places) if place is not None and _overlap(place, span)]
        if not inside:
            return [(words[0].start_ms - MARGIN_MS, words[-1].end_ms + MARGIN_MS)]
        first, last = inside[0], inside[-1]
        while first and places[first - 1] is None:
            first -= 1
        while last + 1 < len(words) and places[last + 1] is None:
            last += 1
        found.append((words[first].start_ms - MARGIN_MS, words[last].end_ms + MARGIN_MS))
    return found


def replaced_words(
    text: str, spans: Sequence[Span], words: tuple[Word, ...], put: Callable[[str, str], str]
) -> tuple[Word, ...]:
    """Words with something else for those of an entity: the first has it, the others say nothing.

    A recogniser may write numbers otherwise than it heard them; words that are not found in the text tell nothing
    where the text has anything personal.

    Args:
        text: What was said.
        spans: Its entities.
        words: Each word with its times.
        put: Called with a span's label and text.
    """
    if not spans:
        return words
    told: set[Span] = set()
    kept = []
    for word, place in zip(words, _places(text, words), strict=True):
        inside = next((span for span in spans if place is not None and _overlap(place, span)), None)
        if inside is None:
            kept.append(word if place is not None else replace(word, text=Personal("")))
            continue
        name = "" if inside in told else put(inside.label, text[inside.start : inside.end])
        told.add(inside)
        kept.append(replace(word, text=Personal(name)))
    return tuple(kept)


def _places(text: str, words: Sequence[Word]) -> list[tuple[int, int] | None]:
    """Where in the text each word stands, in order; nothing, if it does not."""
    low, at = text.lower(), 0
    places: list[tuple[int, int] | None] = []
    for word in words:
        said = word.text.reveal().strip().lower()
        start = low.find(said, at) if said else -1
        if start < 0:
            places.append(None)
            continue
        at = start + len(said)
        places.append((start, at))
    return places


def _overlap(place: tuple[int, int], span: Span) -> bool:
    return place[0] < span.end and span.start < place[1]
