"""Streaming: however a text is cut, the same is released, and nothing of an entity ever is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from op26x.redaction import Dialogue, Placeholders, StreamRedactor, Turn

TEXTS = [
    "Let me read that back, your card is four one one one, double one, 1111 1111 and it expires in May.",
    "Thank you, Daniel Okafor. I have sent it to daniel dot okafor at gmail dot com, is that right?",
    "I would like to book a table for two people tonight, and my number is 020 7946 0958 if you need it.",
    "It was S for sugar, M, I, T, H. And I live at 42 Elm Street, apartment 3b, Springfield.",
    "4821 was the code that you sent me, and the order number is 77 12 04.",
    "Nothing of this is personal. We are open from nine to five. Would you like to come on Friday?",
]
cuts = st.lists(st.integers(1, 9), min_size=1, max_size=60)


def mark(label: str, said: str) -> str:
    """A stroke for each character."""
    return "█" * len(said)


def released(text: str, sizes: list[int]) -> list[str]:
    """What is released after each piece, and at the end."""
    stream, at, out = StreamRedactor(Dialogue("en"), "agent", mark), 0, []
    while at < len(text):
        size = sizes[len(out) % len(sizes)]
        out.append(stream.feed(text[at : at + size]))
        at += size
    return [*out, stream.finish()]


@pytest.mark.parametrize("text", TEXTS)
@given(sizes=cuts)
@settings(max_examples=25, deadline=None)
def test_the_pieces_make_no_difference(text: str, sizes: list[int]) -> None:
    assert "".join(released(text, sizes)) == "".join(released(text, [len(text)]))


@pytest.mark.parametrize("text", TEXTS)
@given(sizes=cuts)
@settings(max_examples=25, deadline=None)
def test_no_character_of_an_entity_is_released(text: str, sizes: list[int]) -> None:
    out = "".join(released(text, sizes))
    assert len(out) == len(text)
    for span in Dialogue("en").spans(Turn("agent", text)):
        assert not any(char.isalnum() for char in out[span.start : span.end])


@given(st.text(max_size=80), cuts)
@settings(deadline=None)
def test_any_text_comes_out_as_long_as_it_went_in(text: str, sizes: list[int]) -> None:
    assert len("".join(released(text, sizes))) == len(text)


def test_plain_speech_is_held_back_by_little() -> None:
    stream, held = StreamRedactor(Dialogue("en"), "agent", mark), []
    words = "we would like to see if there was some better way to do that for them when they come back home"
    for word in words.split():
        stream.feed(word + " ")
        held.append(stream.held)
    assert sorted(held)[len(held) // 2] <= len("better way ")


def test_the_conversation_knows_the_turn_when_it_is_over() -> None:
    dialogue, placeholders = Dialogue("en"), Placeholders()
    stream = StreamRedactor(dialogue, "agent", placeholders.name)
    stream.feed("What is your ")
    stream.feed("card number?")
    stream.finish()
    assert [span.label for span in dialogue.spans(Turn("caller", "4111 1111"))] == ["CARD"]
