"""Placeholders: one for each value, opened for whoever may have it, made by nobody but the vault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.redaction import Placeholders, Span, disarmed, each_text

texts = st.text(max_size=40)
some_data = st.recursive(
    texts | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)


def test_a_value_has_one_however_it_is_said() -> None:
    placeholders = Placeholders()
    said = ["4111 1111 1111 1111", "four one one one, one one one one, 1111 1111", "4111-1111-1111-1111"]
    assert {placeholders.name("CARD", one) for one in said} == {"<CARD_1>"}
    assert placeholders.name("CARD", "5500 0000 0000 0004") == "<CARD_2>"
    assert placeholders.name("PHONE", "4111 1111 1111 1111") == "<PHONE_1>"


def test_it_stands_where_the_value_stood() -> None:
    text = "it is 4111 and then 4821"
    assert Placeholders().put(text, [Span(6, 10, "CARD"), Span(20, 24, "PIN")]) == "it is <CARD_1> and then <PIN_1>"


def test_it_is_opened_for_what_is_needed_and_for_nothing_else() -> None:
    placeholders = Placeholders()
    placeholders.name("CARD", "four one double one")
    placeholders.name("PIN", "4821")
    told = placeholders.reveal({"card": "<CARD_1>", "more": ["my <PIN_1>", 7, None], "<CARD_1>": "<CARD_2>"}, {"CARD"})
    assert told == {"card": "4111", "more": ["my <PIN_1>", 7, None], "<CARD_1>": "<CARD_2>"}


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Is your card number right?"), ("de", "Is Ihre Kartennummer right?"), ("xx", "Is your card number right?")],
)
def test_the_caller_hears_words(language: str, said: str) -> None:
    placeholders = Placeholders(language)
    placeholders.name("CARD", "4111111111111111")
    assert placeholders.spoken("Is <CARD_1> right?") == said


def test_the_last_four_are_said_only_where_they_may_be() -> None:
    placeholders = Placeholders()
    placeholders.name("CARD", "4111111111111234")
    assert placeholders.spoken("<CARD_1>", {"CARD"}) == "your card number 1 2 3 4"
    assert "1" not in placeholders.spoken("<CARD_1>")


@pytest.mark.parametrize("said", ["<CARD_1>", "use <CARD_1> please", "<<CARD_1>>", "<ONE_TIME_CODE_12>"])
def test_what_somebody_says_is_none(said: str) -> None:
    placeholders = Placeholders()
    placeholders.name("CARD", "4111")
    assert "4111" not in str(placeholders.reveal(disarmed(said), {"CARD"}))


def test_a_word_stands_for_what_is_not_known() -> None:
    assert Placeholders().spoken("I sent it to <EMAIL_7>.") == "I sent it to your e-mail address."
    assert Placeholders().spoken("It is <SOMETHING_1>.") == "It is what you told me."


@given(some_data)
def test_data_without_placeholders_stays_as_it_is(data: object) -> None:
    assert Placeholders().reveal(data, {"CARD"}) == data


def test_every_text_is_reached_with_the_name_of_its_field() -> None:
    data = {"a": ["x", {"b": "y"}], "c": 1, "d": ("z",)}
    assert each_text(data, lambda text, name: f"{name}={text}") == {"a": ["a=x", {"b": "b=y"}], "c": 1, "d": ["d=z"]}


def test_names_of_fields_are_texts_where_they_may_be_personal() -> None:
    assert each_text({"a": {"b": 1}}, lambda text, _: text, of_key=str.upper) == {"A": {"B": 1}}


def test_a_long_number_counts_as_text_and_stays_one_if_nothing_is_changed() -> None:
    told = each_text(
        {"id": 1234567, "card": 4111111111111111, "seats": 4}, lambda text, name: text[-4:] if name == "card" else text
    )
    assert told == {"id": 1234567, "card": "1111", "seats": 4}


def test_what_a_placeholder_stands_for_is_hidden_where_it_is_written_out() -> None:
    placeholders = Placeholders()
    card, pin = placeholders.name("CARD", "4242 4242 4242 4242"), placeholders.name("PIN", "4821")
    for text, hidden in (
        ("4821", "<PIN_1>"),
        ("flat 4821", "flat 4821"),
        ("paid with 4242424242424242.", "paid with <CARD_1>."),
        ("paid with 4242 4242 4242 4242.", "paid with <CARD_1>."),
        ("94242424242424242", "94242424242424242"),
    ):
        assert placeholders.hide(text, [card, pin]) == hidden
    assert placeholders.hide("4821", [card]) == "4821"


def test_a_short_number_counts_as_text_where_it_is_known() -> None:
    assert each_text({"pin": 1984, "year": 1985}, lambda _text, _name: "x", numbers=["1984"]) == {
        "pin": "x",
        "year": 1985,
    }
