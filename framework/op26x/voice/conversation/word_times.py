"""Where in the audio something was said: spans of a text as stretches of time."""

from collections.abc import Sequence

from op26x.redaction import Span
from op26x.types import Word

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
