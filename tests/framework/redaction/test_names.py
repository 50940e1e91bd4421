"""Which words are names, and which of them are ordinary words too."""

import pytest

from op26x.redaction.names import brands, is_word, names, ordinary, plain
from op26x.redaction.tokens import tokens_of


@pytest.mark.parametrize("name", ["james", "priya", "jürgen", "jurgen", "lucía", "chloé", "arjun", "siobhan"])
def test_given_names_of_many_countries_are_listed(name: str) -> None:
    assert name in names().given


@pytest.mark.parametrize("name", ["smith", "patel", "müller", "garcía", "dubois", "sharma", "o'connor"])
def test_family_names_of_many_countries_are_listed(name: str) -> None:
    assert name in names().family


@pytest.mark.parametrize("word", ["mark", "may", "will", "grace", "amazon", "page"])
def test_names_that_are_words_too_are_ordinary(word: str) -> None:
    assert word in names().ordinary


@pytest.mark.parametrize("name", ["smith", "johnson", "harris"])
def test_the_most_frequent_family_names_are_not_ordinary(name: str) -> None:
    assert name not in names().ordinary


@pytest.mark.parametrize("town", ["austin", "madison", "florence", "paris", "delhi"])
def test_towns_that_are_named_like_persons_are_none_alone(town: str) -> None:
    assert town in names().not_persons


@pytest.mark.parametrize(
    ("low", "known"),
    [
        ("house", True),
        ("houses", True),
        ("booked", True),
        ("walking", True),
        ("baking", True),
        ("student's", True),
        ("quickly", True),
        ("dunmore", False),
        ("xqzing", False),
        ("", False),
    ],
)
def test_a_word_is_english_in_its_forms_too(low: str, known: bool) -> None:
    assert is_word(low) is known


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Calvin Klein jeans", 2),
        ("JP Morgan", 2),
        ("Ben & Jerry", 3),
        ("Victoria's Secret", 2),
        ("Calvin Smith", None),
        ("Santa", None),
    ],
)
def test_brands_and_towns_are_known_by_their_whole_name(text: str, after: int | None) -> None:
    tokens = tokens_of(text)
    found = brands().at(tokens, 0, len(tokens))
    assert (found and found[0]) == after


@pytest.mark.parametrize(("language", "word"), [("de", "ich"), ("es", "usted"), ("fr", "vous")])
def test_other_languages_have_ordinary_words(language: str, word: str) -> None:
    assert word in ordinary(language)


@pytest.mark.parametrize("language", ["en", "hi", "xx"])
def test_where_no_ordinary_words_are_listed_there_are_none(language: str) -> None:
    assert ordinary(language) == frozenset()


@pytest.mark.parametrize(("name", "without"), [("Müller", "Muller"), ("José", "Jose"), ("Smith", "Smith")])
def test_a_name_is_compared_without_its_accents(name: str, without: str) -> None:
    assert plain(name) == without
