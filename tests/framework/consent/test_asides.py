"""Agreements with a story: a yes if nothing in the story could take it back, and never against the rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.consent.test_answers import NO, NO_CONSENT, answer
from framework.consent.test_reading import BENCHMARK, read
from op26x.consent import Answer
from op26x.consent.reading.agreements import Agreements
from op26x.consent.reading.asides import Asides
from op26x.consent.reading.languages import LANGUAGES

STORIES = {
    "de": (
        "Klar, ich kenn das schon.",
        "ich war dreißig jahre lehrer, nehmen sie ruhig auf",
        "kein problem, das macht ja jeder",
        "ich arbeite selbst am telefon also ja",
    ),
    "en": (
        "Sure, I work in a call centre myself, I know the drill.",
        "we do that too at the bakery, go ahead",
        "My bank does the same, go ahead",
        "record away, I was in the army",
        "i've done this before so go ahead",
    ),
    "es": (
        "Claro, ya conozco el procedimiento.",
        "ya estoy acostumbrada a esto, grabe",
        "ningún problema, gracias por preguntar",
        "soy un libro abierto así que grabe",
    ),
    "fr": (
        "Oui oui, je connais la chanson.",
        "j'ai travaillé dans un centre d'appels, allez-y",
        "aucun souci, je connais la musique",
        "ma banque le fait aussi donc enregistrez",
    ),
    "hi": (
        "मेरे पास छुपाने को क्या है, कर लो",
        "सब करते हैं, रिकॉर्ड कर लीजिए",
        "main retired teacher hoon, record kar lo",
        "हाँ जी, मुझे इसकी आदत हो गई है, कर लीजिए",
    ),
}
TOLD = [(language, said) for language, stories in STORIES.items() for said in stories]
PLAIN = {"de": "ja", "en": "yes", "es": "sí", "fr": "oui", "hi": "haan"}


def vetoes(language: str) -> list[str]:
    """Single words that are in nothing that agrees or settles."""
    asides = Asides.of(language)
    kinds = {kind: name for name, kind in asides.kinds.characters.items()}
    entries = [(words, kinds[kind]) for forms in asides.lexicon._entries.values() for words, kind in forms if kind]
    said = {word for forms in asides.agreements.lexicon._entries.values() for words, _ in forms for word in words}
    said |= {word for words, name in entries if name != "veto" for word in words}
    return sorted(words[0] for words, name in entries if name == "veto" and len(words) == 1 and words[0] not in said)


VETOES = {language: vetoes(language) for language in LANGUAGES}


@pytest.mark.parametrize(("language", "said"), TOLD)
def test_who_says_why_they_agree_agrees(language: str, said: str) -> None:
    assert Agreements.of(language).word(said) is None
    assert answer(said, language) is Answer.YES
    assert answer(said.upper(), language) is Answer.YES


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_no_yes_survives_a_word_that_could_take_it_back(language: str, data: st.DataObject) -> None:
    said = data.draw(st.sampled_from(STORIES[language])).split()
    at = data.draw(st.integers(0, len(said)))
    said.insert(at, data.draw(st.sampled_from(VETOES[language])) + data.draw(st.sampled_from(["", ",", "."])))
    assert answer(" ".join(said), language) is not Answer.YES


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_no_story_makes_a_yes_of_a_no(language: str, data: st.DataObject) -> None:
    """But for "no, no problem"."""
    stories = [said for said in STORIES[language] if not said.startswith(("kein", "ning", "aucun"))]
    said = data.draw(st.permutations([data.draw(st.sampled_from(stories)), PLAIN[language]]))
    said.insert(data.draw(st.integers(0, 2)), data.draw(st.sampled_from(NO[language])))
    assert answer(data.draw(st.sampled_from([" ", ", ", ". "])).join(said), language) is not Answer.YES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("end", ["?", " ...", ",", " 🤔"])
def test_a_story_that_asks_or_breaks_off_is_no_yes(language: str, end: str) -> None:
    assert [said for said in STORIES[language] if answer(said.rstrip(".") + end, language) is Answer.YES] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_model_no_refusal_is_a_yes_either(language: str) -> None:
    """The model can only object: what it thinks makes nothing a yes that is none by the rules."""
    folder = BENCHMARK / "phrases" / language
    phrases = [one for split in ("train", "test") for one in read(folder / f"answers-{split}.tsv")]
    tried = [line.split("\t") for line in NO_CONSENT.read_text("utf-8").splitlines()]
    none = [said for label, said in phrases if label != "yes"] + [said for where, said in tried if where == language]
    assert [said for said in none if Asides.of(language).word(said)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_yes_before_something_else_agrees_to_nothing(language: str) -> None:
    """ "Yes, I'm calling about …": only a full agreement, or a reason to agree, makes a yes of it."""
    asides = Asides.of(language)
    assert asides.lexicon.doubled() == []
    forms = (" ".join(words) for entries in asides.lexicon._entries.values() for words, _ in entries)
    assert [form for form in forms if asides.word(f"{PLAIN[language]}, {form} bdgkp zqgdp")] == []


@pytest.mark.parametrize(
    ("language", "agreed", "opens", "matter"),
    [
        ("de", "das ist okay", "ja", "ich rufe wegen meiner Rechnung an"),
        ("en", "that's fine", "yes", "I'm calling about my bill"),
        ("es", "no hay problema", "sí", "llamo por mi factura"),
        ("fr", "pas de problème", "oui", "j'appelle pour ma facture"),
        ("hi", "haan theek hai", "haan", "mujhe bill ke baare me puchna hai"),
    ],
)
def test_what_somebody_calls_about_takes_no_agreement_back_and_makes_none_of_an_opening(
    language: str, agreed: str, opens: str, matter: str
) -> None:
    assert answer(f"{agreed}, {matter}", language) is Answer.YES
    for between in (" ", ", ", ". "):
        assert Asides.of(language).word(f"{agreed}{between}{matter}")
        assert answer(f"{opens}{between}{matter}", language) is not Answer.YES
    for veto in VETOES[language]:
        assert Asides.of(language).word(f"{agreed}, {matter} {veto}") is None


@pytest.mark.parametrize(("language", "said"), TOLD)
def test_what_is_named_as_evidence_is_no_word_of_a_story(language: str, said: str) -> None:
    named = Asides.of(language).word(said)
    assert named == "yes" or Agreements.of(language).word(named or "")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Hi, this is John Smith, yes that's fine"),
        ("en", "hello my name is Anna, sure go ahead"),
        ("en", "Sorry. Yes, that's fine."),
        ("de", "Guten Tag, hier ist Schneider, ja gerne"),
        ("es", "Hola, soy Carlos, sí, está bien"),
        ("fr", "Bonjour, mon nom est Dupont, pas de problème"),
    ],
)
def test_who_says_who_they_are_before_they_agree_agrees(language: str, said: str) -> None:
    assert answer(said, language) is Answer.YES


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Hi, this is John Smith"),
        ("en", "Hi, this is John Smith, yes"),
        ("en", "yes, this is Anna"),
        ("de", "hier ist Schneider, ja"),
        ("es", "me llamo Carlos, sí"),
        ("fr", "je m'appelle Dupont, oui"),
    ],
)
def test_who_says_no_more_than_who_they_are_has_not_agreed(language: str, said: str) -> None:
    assert answer(said, language) is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Sure, but don't record it."),
        ("en", "that's fine but without the recording please"),
        ("en", "okay but I don't want to be recorded"),
        ("de", "Okay, aber bitte ohne Aufzeichnung."),
        ("de", "gut, aber die Aufnahme aus"),
        ("es", "Podemos hablar, pero la grabadora apagada."),
        ("fr", "oui mais n'enregistrez pas"),
        ("hi", "ठीक है, लेकिन रिकॉर्ड मत करना।"),
        ("hi", "haan lekin record mat karo"),
    ],
)
def test_a_yes_to_the_talk_and_a_no_to_the_recording_is_a_no(language: str, said: str) -> None:
    assert answer(said, language) is Answer.NO
