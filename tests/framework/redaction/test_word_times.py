"""Where in the audio something was said."""

import pytest

from op26x.redaction import Span
from op26x.redaction.word_times import MARGIN_MS, times_of
from op26x.types import Personal, Word


def spoken(*said: str) -> list[Word]:
    """A word each second, of half a second."""
    return [Word(Personal(word), at * 1000, at * 1000 + 500) for at, word in enumerate(said)]


TEXT = "my pin is 4821 and my name is Ada"
PIN, NAME = Span(10, 14, "PIN"), Span(30, 33, "PERSON")


@pytest.mark.parametrize(
    ("words", "spans", "times"),
    [
        (TEXT.split(), [PIN], [(3000, 3500)]),
        (TEXT.split(), [PIN, NAME], [(3000, 3500), (8000, 8500)]),
        (["my", "pin", "is", "forty", "eight", "twenty", "one", "and", "my", "name", "is", "Ada"], [PIN], [(0, 11500)]),
        (["my", "pin", "is", "48", "21", "and", "my", "name", "is", "Ada"], [PIN], [(3000, 4500)]),
        (["my", "pin", "is", "4821", "um", "and", "my", "name", "is", "Ada"], [PIN], [(3000, 4500)]),
        (["MY", "PIN", "IS", "4821"], [PIN], [(3000, 3500)]),
        (["pin", "", "4821"], [PIN], [(1000, 2500)]),
    ],
)
def test_the_words_of_a_span_tell(words: list[str], spans: list[Span], times: list[tuple[int, int]]) -> None:
    found = times_of(TEXT, spans, spoken(*words))
    assert found == [(start - MARGIN_MS, end + MARGIN_MS) for start, end in times]


def test_where_nothing_tells_it_is_everything_that_was_said() -> None:
    words = spoken("four", "eight", "two", "one")
    assert times_of("4821", [Span(0, 4, "PIN")], words) == [(-MARGIN_MS, 3500 + MARGIN_MS)]
