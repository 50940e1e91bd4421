"""How a text is cut into words, digits and marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.redaction.tokens import Kind, tokens_of


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        (" \n\t ", []),
        ("call me", ["call", "me"]),
        ("4111-1111", ["4111", "-", "1111"]),
        ("AB12CD", ["AB", "12", "CD"]),
        ("it's O’Brien", ["it's", "O’Brien"]),
        ("'quoted'", ["'", "quoted", "'"]),
        ("snake_case", ["snake", "_", "case"]),
        ("J.Smith@x.com", ["J", ".", "Smith", "@", "x", ".", "com"]),
        ("£5?!", ["£", "5", "?", "!"]),
        ("Müller weiß", ["Müller", "weiß"]),
        ("मेरा नाम हिंदी है।", ["मेरा", "नाम", "हिंदी", "है", "।"]),
        ("१२३ ٤٥", ["१२३", "٤٥"]),
        ("\U0001f600x", ["\U0001f600", "x"]),
    ],
)
def test_a_text_is_cut_into_words_digits_and_marks(text: str, pieces: list[str]) -> None:
    assert [token.text for token in tokens_of(text)] == pieces


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("word", Kind.WORD),
        ("नौ", Kind.WORD),
        ("éa", Kind.WORD),
        ("7", Kind.DIGITS),
        ("७", Kind.DIGITS),
        ("-", Kind.MARK),
        ("_", Kind.MARK),
        ("½", Kind.MARK),
    ],
)
def test_a_token_knows_what_it_is_made_of(text: str, kind: Kind) -> None:
    (token,) = tokens_of(text)
    assert token.kind is kind


def test_words_are_compared_in_lower_case_and_without_their_owner() -> None:
    (token,) = tokens_of("Dana’S")
    assert (token.text, token.low, token.stem) == ("Dana’S", "dana's", "dana")
    assert token.is_capitalised


def test_what_a_token_says_is_not_in_what_it_is_printed_as() -> None:
    assert repr(tokens_of("my secret")[1]) == "<word 3:9>"


@given(st.text())
def test_tokens_are_the_text_without_its_white_space(text: str) -> None:
    tokens = tokens_of(text)
    assert [text[token.start : token.end] for token in tokens] == [token.text for token in tokens]
    assert "".join(token.text for token in tokens) == "".join(text.split())
