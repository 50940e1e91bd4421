"""Yes and no: only a plain yes is one, whatever a model thinks of it, and everything that is not certain is unclear."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.consent import Answer, ConsentDefaults, Notice, read_key, read_reply
from op26x.consent.announcement import fits_answer
from op26x.consent.reading.agreements import Agreements
from op26x.consent.reading.languages import LANGUAGES, language_named
from op26x.consent.texts import texts

NO_CONSENT = Path(__file__).with_name("no_consent.tsv")
read = ConsentDefaults().op26x_read_assent
YES = {
    "de": ("ja", "ja gerne", "klar", "einverstanden", "natürlich", "in ordnung", "kein problem", "von mir aus"),
    "en": (
        "yes",
        "yeah go ahead",
        "sure",
        "Oh, that’s fine",
        "OK",
        "yes please",
        "Sure, I agree.",
        "no problem",
        "I don't mind",
    ),
    "es": ("sí", "¡Claro que sí!", "de acuerdo", "por supuesto", "vale", "no hay problema", "no me importa"),
    "fr": ("oui", "d'accord", "bien sûr", "oui bien sûr", "volontiers", "pas de problème", "ça ne me dérange pas"),
    "hi": ("हाँ", "जी हाँ", "ठीक है", "बिल्कुल", "haan", "ji haan", "theek hai", "कोई दिक्कत नहीं", "koi baat nahi"),
}
NO = {
    "de": ("nein", "nein danke", "auf keinen fall", "lieber nicht", "ich will das nicht"),
    "en": ("no", "nope", "no thanks", "I do not agree", "I'd rather you didn't", "please don't", "certainly not"),
    "es": ("no", "no gracias", "para nada", "prefiero que no", "no quiero que me graben"),
    "fr": ("non", "non merci", "pas question", "je refuse", "je ne veux pas être enregistré"),
    "hi": ("नहीं", "जी नहीं", "बिल्कुल नहीं", "nahi", "nahi ji", "मत कीजिए", "record mat karo"),
}
NOT_MINDING = {
    "de": ("kein problem", "das stört mich nicht", "ich hab nichts dagegen"),
    "en": ("no problem", "I don't mind", "I have no objection"),
    "es": ("no hay problema", "no me importa", "no tengo inconveniente"),
    "fr": ("pas de problème", "ça ne me dérange pas", "aucune objection"),
    "hi": ("कोई दिक्कत नहीं", "koi problem nahi hai"),
}
"""Said behind a no, these are a yes all the same: "no, I don't mind"."""
MINDING = {language: [said for said in YES[language] if said not in NOT_MINDING[language]] for language in YES}
BARE = {"de": "nein", "en": "no", "es": "no", "fr": "non", "hi": "नहीं"}
REFUSED = {"de": "nein danke", "en": "no thanks", "es": "no gracias", "fr": "non merci", "hi": "बिल्कुल नहीं"}
PLAIN = [(language, Answer.YES, words) for language, said in YES.items() for words in said] + [
    (language, Answer.NO, words) for language, said in NO.items() for words in said
]


def answer(words: str, language: str = "en") -> Answer | None:
    given_answer = read(words, language)
    return given_answer[0] if given_answer else None


@pytest.mark.parametrize(("language", "expected", "words"), PLAIN)
def test_a_plain_answer_is_read_however_it_is_written(language: str, expected: Answer, words: str) -> None:
    assert answer(words, language) is expected
    assert answer(f"  {words.upper()}! ", language) is expected
    assert answer(unicodedata.normalize("NFD", words), language) is expected


@pytest.mark.parametrize(("language", "expected", "words"), PLAIN)
def test_what_is_named_as_evidence_is_a_word_of_the_lexicon(language: str, expected: Answer, words: str) -> None:
    known = language_named(language)
    given_answer = read(words, language)
    assert given_answer is not None
    assert known is not None
    assert fits_answer(given_answer, {}) == ""
    assert given_answer[1] == expected.value or "x" not in known.lexicon.read(given_answer[1]).kinds


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_that_is_a_yes_is_fit_for_evidence_and_of_a_recording_only_where_it_may_be(language: str) -> None:
    """What can't be evidence is an answer lost; a yes to a recording is none to a question about a demand."""
    known, agreements = language_named(language), Agreements.of(language)
    assert known is not None
    for words, _ in (entry for entries in agreements.lexicon._entries.values() for entry in entries):
        form = " ".join(words)
        if (given_answer := read(form, language)) and given_answer[0] is Answer.YES:
            assert fits_answer(given_answer, {}) == "", form
        if read_reply(form, language) is Answer.YES:
            assert known.kinds.characters["record"] not in known.lexicon.read(form).kinds, form


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_beside_a_no_nothing_is_a_yes(language: str, data: st.DataObject) -> None:
    said = data.draw(st.lists(st.sampled_from(MINDING[language]), max_size=5))
    said.insert(data.draw(st.integers(0, len(said))), data.draw(st.sampled_from(NO[language])))
    assert answer(data.draw(st.sampled_from([" ", ", ", "... "])).join(said), language) is not Answer.YES


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_a_no_before_words_of_not_minding_is_a_yes_and_any_other_refusal_is_none(
    language: str, data: st.DataObject
) -> None:
    not_minding = data.draw(st.sampled_from(NOT_MINDING[language]))
    assert answer(f"{BARE[language]}, {not_minding}", language) is Answer.YES
    assert answer(f"{BARE[language]}. {not_minding}", language) is not Answer.YES
    assert answer(f"{REFUSED[language]}, {not_minding}", language) is not Answer.YES
    assert answer(f"{not_minding}, {BARE[language]}", language) is not Answer.YES


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("en", "yes please", Answer.YES),
        ("en", "go ahead", Answer.YES),
        ("en", "no", Answer.NO),
        ("en", "keep recording", None),
        ("en", "i don't mind being recorded", None),
        ("en", "what", None),
        ("de", "ja bitte", Answer.YES),
        ("de", "nehmen sie ruhig auf", None),
        ("de", "kann ruhig mitlaufen", None),
        ("fr", "oui bien sûr", Answer.YES),
        ("fr", "enregistrez", None),
        ("es", "claro que sí", Answer.YES),
        ("es", "puede grabar la llamada", None),
        ("hi", "haan kar do", Answer.YES),
        ("hi", "record kar lo", None),
        ("tlh", "yes", None),
    ],
)
def test_what_agrees_to_a_recording_is_no_answer_to_another_question(
    language: str, words: str, expected: Answer | None
) -> None:
    assert read_reply(words, language) is expected


def test_what_others_tried_to_have_read_as_a_yes_is_none() -> None:
    """Refusals, questions and requests for something else, made of words that are in the agreements."""
    tried = [line.split("\t") for line in NO_CONSENT.read_text("utf-8").splitlines()]
    assert [(language, words) for language, words in tried if answer(words, language) is Answer.YES] == []


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.text(max_size=80))
def test_what_has_no_word_of_the_lexicon_is_no_yes(language: str, text: str) -> None:
    known = language_named(language)
    assert known is not None
    lexicons = known.lexicon, Agreements.of(language).lexicon
    if not {kind for lexicon in lexicons for kind in lexicon.read(text).kinds} - {"x", "|"}:
        assert answer(text, language) is not Answer.YES


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_a_yes_with_any_unknown_word_is_none(language: str, data: st.DataObject) -> None:
    known = language_named(language)
    assert known is not None
    other = data.draw(
        st.text("bdgkpqxz", min_size=3, max_size=9).filter(lambda word: known.lexicon.read(word).kinds == "x")
    )
    said = [data.draw(st.sampled_from(YES[language]))]
    said.insert(data.draw(st.integers(0, 1)), other)
    assert answer(" ".join(said), language) is not Answer.YES


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "yesterday"),
        ("en", "what did you say?"),
        ("en", "it depends"),
        ("en", ""),
        ("de", "Januar"),
        ("es", "casi"),
        ("fr", "ouistiti"),
        ("hi", "पिताजी घर पर हैं"),
        ("hi", "सब्जी"),
        ("tlh", "yes"),
        ("", "yes"),
        ("en", "yes if you delete it tomorrow"),
        ("en", "yes, only if nobody hears it"),
        ("en", "yes, as long as it is deleted afterwards"),
        ("en", "yes provided that I get a copy"),
        ("en", "okay, but when I say so"),
        ("en", "what happens if I say yes"),
        ("en", "do I have to say yes"),
        ("en", "should I say yes"),
        ("en", "can I say yes"),
        ("en", "is that okay"),
        ("en", "yes?"),
        ("en", "okay, but who hears it"),
        ("en", "okay so who am I speaking to"),
        ("en", "yes my name is john miller"),
        ("en", "let me ask my wife, okay?"),
        ("en", "wait, okay, hold on"),
        ("en", "yes, it depends"),
        ("en", "maybe yes"),
        ("en", "Okay, I don’t want that"),
        ("en", "sure, but no recording"),
        ("en", "you can't do that, okay?"),
        ("en", "I do mind, yes"),
        ("en", "yes, I object"),
        ("en", "of course not"),
        ("en", "sure, why would I want that"),
        ("en", "yes but only if you delete it"),
        ("de", "ja, wenn Sie es morgen löschen"),
        ("de", "muss ich ja sagen"),
        ("de", "ja aber ohne meinen namen"),
        ("es", "sí, si lo borran mañana"),
        ("es", "sí, hablamos, pero sin grabar"),
        ("fr", "oui, si vous l'effacez demain"),
        ("fr", "oui mais vous les effacez après"),
        ("hi", "हाँ अगर आप इसे मिटा दें"),
        ("hi", "हाँ लेकिन बाद में डिलीट कर देना"),
    ],
)
def test_a_condition_a_question_or_a_story_is_never_a_yes(language: str, words: str) -> None:
    assert answer(words, language) is not Answer.YES


@pytest.mark.parametrize(
    ("language", "hello", "agreed", "asks"),
    [
        ("de", "Guten Tag", "ja, das ist okay", "warum nicht?"),
        ("en", "Hello", "yes, that's fine", "why not?"),
        ("es", "Buenos días", "sí, está bien", "¿por qué no?"),
        ("fr", "Bonjour", "oui, pas de problème", "pourquoi pas ?"),
        ("hi", "नमस्ते", "हाँ, ठीक है", "क्यों नहीं?"),
    ],
)
def test_a_greeting_hides_no_agreement_and_no_question_but_why_not_is_one(
    language: str, hello: str, agreed: str, asks: str
) -> None:
    assert answer(f"{hello}, {agreed}", language) is Answer.YES
    assert answer(f"{hello}. {agreed}", language) is Answer.YES
    assert answer(hello, language) is None
    assert answer(f"{agreed}?", language) is None
    assert answer(asks, language) is Answer.YES
    assert answer(f"{BARE[language]}, {asks}", language) is not Answer.YES


@pytest.mark.parametrize("notice", list(Notice))
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_stretch_of_a_sentence_of_ours_is_a_yes_if_the_line_echoes_it(language: str, notice: Notice) -> None:
    known = texts(language)
    assert known is not None
    words = known.sentences[notice].replace("?", "").split()
    stretches = [" ".join(words[a:b]) for a in range(len(words)) for b in range(a + 2, len(words) + 1)]
    assert [heard for heard in stretches if answer(heard, language) is Answer.YES] == []


def test_one_languages_words_are_not_anothers() -> None:
    assert answer("oui", "en") is not Answer.YES
    assert answer("oui", "de") is not Answer.YES
    assert answer("ja", "fr") is not Answer.YES


def test_keys() -> None:
    assert read_key("1") is Answer.YES
    assert read_key("2") is Answer.NO
    assert all(read_key(key) is None for key in ["0", "3", "4", "5", "6", "7", "8", "9", "*", "#", "", "11"])
