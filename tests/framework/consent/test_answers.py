"""Yes and no: a plain yes is one, a no outweighs it, and everything else is unclear."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.consent import Answer, ConsentDefaults, read_key
from op26x.consent.texts import languages, texts

read = ConsentDefaults().op26x_read_assent
LANGUAGES = ["de", "en", "es", "fr", "hi"]


def phrases(language: str, kind: str) -> list[str]:
    known = texts(language)
    assert known is not None
    return {"yes": known.yes, "no": known.no, "beside": known.beside}[kind]


EACH = [(lang, kind, phrase) for lang in LANGUAGES for kind in ("yes", "no") for phrase in phrases(lang, kind)]


def answer(words: str, language: str = "en") -> Answer | None:
    given_answer = read(words, language)
    return given_answer[0] if given_answer else None


@pytest.mark.parametrize(("language", "kind", "phrase"), EACH)
def test_each_word_of_the_lists_is_read(language: str, kind: str, phrase: str) -> None:
    assert answer(phrase, language) is Answer(kind)
    assert answer(f"  {phrase.upper()}! ", language) is Answer(kind)
    assert answer(unicodedata.normalize("NFD", phrase), language) is Answer(kind)


@pytest.mark.parametrize(("language", "kind", "phrase"), EACH)
def test_the_word_is_named_and_nothing_else_that_was_said(language: str, kind: str, phrase: str) -> None:
    around = "4711" if kind == "no" else phrases(language, "beside")[0]
    given_answer = read(f"{around} {phrase} {around}", language)
    assert given_answer is not None
    assert given_answer[1] in phrases(language, kind)


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_a_no_outweighs_any_yes(language: str, data: st.DataObject) -> None:
    said = data.draw(st.lists(st.sampled_from(phrases(language, "yes")), max_size=5))
    said.insert(data.draw(st.integers(0, len(said))), data.draw(st.sampled_from(phrases(language, "no"))))
    assert answer(data.draw(st.sampled_from([" ", ", ", "... "])).join(said), language) is Answer.NO


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.text(max_size=80))
def test_what_has_no_word_of_the_lists_is_no_answer(language: str, text: str) -> None:
    folded = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).lower())
    if not any(unicodedata.normalize("NFC", p) in folded for k in ("yes", "no") for p in phrases(language, k)):
        assert answer(text, language) is None


@pytest.mark.parametrize("kind", ["yes", "no"])
@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_a_part_of_another_word_is_no_answer(language: str, kind: str, data: st.DataObject) -> None:
    phrase = data.draw(st.sampled_from(phrases(language, kind)))
    letter = data.draw(st.sampled_from("qxz9ßकखाी"))
    assert answer(f"{letter}{phrase}{letter}", language) is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "yesterday"),
        ("en", "I know the Okavango"),
        ("en", "what did you say?"),
        ("en", "it depends"),
        ("en", ""),
        ("de", "Januar"),
        ("es", "casi"),
        ("fr", "ouistiti"),
        ("hi", "पिताजी घर पर हैं"),
        ("hi", "सब्जी"),
        ("hi", "आपकी मर्जी"),
        ("tlh", "yes"),
        ("", "yes"),
    ],
)
def test_unclear(language: str, words: str) -> None:
    assert read(words, language) is None


@pytest.mark.parametrize(
    "words",
    [
        "I do not agree",
        "Okay, I don’t want that",
        "sure, but no recording",
        "you can't do that, okay?",
        "I do mind, yes",
        "I'd rather you didn't, okay",
        "yes, I object",
        "okay, record nothing",
        "certainly not",
        "of course not",
        "okay, but only without a recording",
    ],
)
def test_a_yes_that_is_none(words: str) -> None:
    assert answer(words) is Answer.NO


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "what happens if i say yes"),
        ("en", "yes if you delete it tomorrow"),
        ("en", "do i have to say yes"),
        ("en", "is that okay"),
        ("en", "yes, only if nobody hears it"),
        ("en", "let me ask my wife, okay?"),
        ("en", "yes?"),
        ("en", "okay, but who hears it"),
        ("en", "yes my name is john miller"),
        ("de", "ja, wenn Sie es morgen löschen"),
        ("de", "muss ich ja sagen"),
        ("es", "sí, si lo borran mañana"),
        ("fr", "oui, si vous l'effacez demain"),
        ("hi", "हाँ अगर आप इसे मिटा दें"),
    ],
)
def test_a_condition_or_a_question_is_never_a_yes(language: str, words: str) -> None:
    assert read(words, language) is None


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_a_yes_with_any_other_word_is_unclear(language: str, data: st.DataObject) -> None:
    known = [*phrases(language, "yes"), *phrases(language, "no"), *phrases(language, "beside")]
    said = [data.draw(st.sampled_from(phrases(language, "yes")))]
    other = data.draw(st.text("bdgkpqxz", min_size=3, max_size=9).filter(lambda word: word not in known))
    said.insert(data.draw(st.integers(0, 1)), other)
    assert read(" ".join(said), language) is None


@pytest.mark.parametrize("words", ["Yes.", "yeah go ahead", "Oh, that’s fine", "OK", "yes please", "Sure, I agree."])
def test_plain_assent(words: str) -> None:
    assert answer(words) is Answer.YES
    assert answer(words, "en-GB") is Answer.YES


def test_one_languages_words_are_not_anothers() -> None:
    assert answer("ja", "en") is None
    assert answer("oui", "de") is None
    assert answer("sí", "fr") is None
    assert answer("yes", "hi") is None


def test_keys() -> None:
    assert read_key("1") is Answer.YES
    assert read_key("2") is Answer.NO
    assert all(read_key(key) is None for key in ["0", "3", "4", "5", "6", "7", "8", "9", "*", "#", "", "11"])


def test_no_phrase_is_both() -> None:
    assert languages() == LANGUAGES
    for language in LANGUAGES:
        assert not set(phrases(language, "yes")) & set(phrases(language, "no"))


@pytest.mark.parametrize(
    "words",
    [
        "yes if you delete it tomorrow",
        "yes, only if nobody hears it",
        "yes, as long as it is deleted afterwards",
        "yes provided that I get a copy",
        "okay, but when I say so",
        "what happens if I say yes",
        "do I have to say yes?",
        "should I say yes",
        "is that okay",
        "okay, who listens to that?",
        "yes? What do you mean?",
        "let me ask my wife, okay?",
        "wait, okay, hold on",
        "yes, it depends",
        "maybe yes",
    ],
)
def test_a_condition_and_a_question_are_no_yes(words: str) -> None:
    assert answer(words) is not Answer.YES
