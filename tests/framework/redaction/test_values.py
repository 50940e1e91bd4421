"""Values: what was said, as a form wants it."""

import pytest

from op26x.redaction.values import same, value_of


@pytest.mark.parametrize(
    ("label", "said", "value"),
    [
        ("CARD", "four one double one 1111 triple one one 1111", "4111111111111111"),
        ("CARD", "4111 1111 1111 1112 no sorry 4111 1111 1111 1111", "4111111111111111"),
        ("PHONE", "oh two oh, seven nine four six, then oh nine fifty-eight", "02079460958"),
        ("POSTCODE", "S for sugar W one A, one double A", "SW1A1AA"),
        ("EMAIL", "john dot smith eighty two at gmail dot com", "john.smith82@gmail.com"),
        ("EMAIL", "j underscore s m i t h at my dash company dot co dot uk", "j_smith@my-company.co.uk"),
        ("EMAIL", "John.Smith@Example.com", "john.smith@example.com"),
        ("UPI", "ravi nine eight at okaxis", "ravi98@okaxis"),
        ("PERSON", "Daniel Okafor", "Daniel Okafor"),
        ("PIN", "none of your business", "none of your business"),
    ],
)
def test_it_is_what_was_meant(label: str, said: str, value: str) -> None:
    assert value_of(label, said) == value


SAYING_017 = {"de": "null eins sieben", "es": "cero uno siete", "fr": "zéro un sept", "hi": "shunya ek saat"}


@pytest.mark.parametrize(("language", "said"), SAYING_017.items())
def test_numbers_are_read_in_the_language_of_the_call(language: str, said: str) -> None:
    assert value_of("PHONE", said, language) == "017"


def test_what_differs_in_writing_alone_is_the_same() -> None:
    assert same("Daniel  O'Kafor") == same("daniel okafor")


@pytest.mark.parametrize(
    "said", ["ada let me see byron at example dot com", "ada you know byron all one word at example dot com"]
)
def test_what_is_said_of_an_address_is_no_part_of_it(said: str) -> None:
    assert value_of("EMAIL", said) == "adabyron@example.com"
