"""How expressions of several words are found at a place in a text."""

import pytest

from op26x.redaction.phrases import Phrases
from op26x.redaction.tokens import tokens_of

PHRASES: Phrases[str] = Phrases()
PHRASES.add(["e-mail", "e mail address"], "mail")
PHRASES.add(["card", "Card number"], "card")
PHRASES.add(["driver's licence"], "licence")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("card", (1, "card")),
        ("CARD Number please", (2, "card")),
        ("card numbers", (1, "card")),
        ("card's number", (2, "card")),
        ("e mail", (2, "mail")),
        ("e-mail", (3, "mail")),
        ("e.-mail address", (5, "mail")),
        ("e, mail", None),
        ("driver’s licence", (2, "licence")),
        ("email", None),
        ("e", None),
        ("the card", None),
    ],
)
def test_the_longest_phrase_that_begins_at_a_place_is_found(text: str, found: tuple[int, str] | None) -> None:
    tokens = tokens_of(text)
    assert PHRASES.at(tokens, 0, len(tokens)) == found


def test_a_phrase_ends_before_the_end_that_is_given() -> None:
    assert PHRASES.at(tokens_of("card number"), 0, 1) == (1, "card")
    assert PHRASES.at(tokens_of("e - mail"), 0, 2) is None


def test_it_can_be_told_whether_a_phrase_may_begin_with_a_token() -> None:
    assert [token in PHRASES for token in tokens_of("Card's mail e")] == [True, False, True]
