"""How languages say digits, letters and dates, and what tells which entity follows."""

import pytest

from op26x.redaction import Entity
from op26x.redaction.reading import NONE
from op26x.redaction.tokens import tokens_of
from op26x.redaction.vocabulary import LANGUAGES, cues, marks, units, vocabulary
from op26x.redaction.word_lists import word_lists

SPOKEN = sorted(path.stem for path in LANGUAGES.glob("*.yaml"))


@pytest.mark.parametrize("language", SPOKEN)
def test_each_language_says_every_digit(language: str) -> None:
    assert {str(digit) for digit in range(10)} <= set(vocabulary(language).digits.values())


@pytest.mark.parametrize("language", SPOKEN)
def test_each_language_says_every_month_and_every_ten(language: str) -> None:
    assert set(vocabulary(language).months.values()) == set(range(1, 13))
    assert set(vocabulary(language).tens.values()) == {str(ten) for ten in range(2, 10)}


@pytest.mark.parametrize("language", SPOKEN)
def test_each_language_has_words_that_tell_it(language: str) -> None:
    others = frozenset().union(*(words for other, words in marks().items() if other != language))
    assert len(marks()[language] - others) > 10


def test_a_language_that_is_not_known_is_read_as_english() -> None:
    assert vocabulary("xx").digits == vocabulary("en").digits


def test_hindi_is_read_with_english_in_both_scripts() -> None:
    digits = vocabulary("hi").digits
    assert (digits["nine"], digits["nau"], digits["नौ"], digits["निन्यानवे"]) == ("9", "9", "9", "99")


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        ("einundzwanzig", "21"),
        ("neunundneunzig", "99"),
        ("dreißig", "30"),
        ("hundert", None),
        ("einhundert", "100"),
        ("einhundertfünf", "105"),
        ("neunhundertneunundneunzig", "999"),
        ("neunzehnhundertfünf", "1905"),
        ("neunzehnhundert", "1900"),
        ("zweitausend", "2000"),
        ("zweitausendundzehn", "2010"),
        ("zweitausendeinundzwanzig", "2021"),
        ("null", "0"),
    ],
)
def test_german_numbers_are_one_word(word: str, digits: str | None) -> None:
    assert vocabulary("de").digits.get(word) == digits


def test_every_cue_is_of_an_entity_or_of_none() -> None:
    assert set(word_lists("cues")) == {*Entity, NONE}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("sort code", Entity.SORT_CODE),
        ("card number", Entity.CARD),
        ("order number", NONE),
        ("pin code", Entity.POSTCODE),
        ("pin number", Entity.PIN),
        ("three digits on the back", Entity.CVV),
        ("kontonummer", Entity.BANK_ACCOUNT),
        ("fecha de nacimiento", Entity.DATE_OF_BIRTH),
        ("numéro de téléphone", Entity.PHONE),
        ("आधार नंबर", Entity.AADHAAR),
    ],
)
def test_a_cue_tells_what_follows(text: str, topic: str) -> None:
    tokens = tokens_of(text)
    assert cues().at(tokens, 0, len(tokens)) == (len(tokens), topic)


def test_cues_of_names_and_addresses_are_asked_for_by_themselves() -> None:
    (name,) = tokens_of("surname")
    assert name in cues(Entity.PERSON)
    assert name not in cues()
    assert name not in cues(Entity.ADDRESS)


def test_units_are_what_numbers_count() -> None:
    assert {"dollars", "minutes", "tage", "noches", "heures", "रुपये"} <= units()


@pytest.mark.parametrize("name", ["addresses", "brands", "contacts", "cues", "introductions", "names", "secrets"])
def test_no_word_list_is_empty(name: str) -> None:
    assert all(word_lists(name).values())
