"""How callers' words are read: kinds of words, patterns among them, and models that know what they were made of."""

import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.consent import Answer, Right, all_demanded, demanded, read_words
from op26x.consent.reading.agreements import MOST, Agreements
from op26x.consent.reading.languages import LANGUAGES, Language, language_named
from op26x.consent.reading.model import model
from op26x.consent.reading.patterns import BREAK, OTHER, Kinds
from op26x.consent.reading.ways import Ways
from op26x.consent.reading.words import Lexicon

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "rights"
sys.path.append(str(BENCHMARK))

from train import fingerprint, read  # noqa: E402

RECALL, PRECISION, ASKED_BACK, ACCURACY = 0.94, 0.97, 0.08, 0.93
"""What no change may fall below in any language; the table in docs/benchmarks.md has what is reached."""


def known(language: str) -> Language:
    found = language_named(language)
    assert found is not None
    return found


# Words and patterns.

KINDS = Kinds.of(["stop", "record", "this", "not"], {"plain": "stop this* record"})
FORMS = {"stop": ["stop/s", "knock off"], "record": ["recording"], "this": ["this"]}
LEXICON = Lexicon(KINDS.characters, FORMS, ["um"])


def kinds(text: str) -> list[str]:
    names = {character: name for name, character in KINDS.characters.items()}
    return [names.get(character, character) for character in LEXICON.read(text).kinds]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Stop this, um, recording!", ["stop", "this", "record", BREAK]),
        ("knock off", ["stop"]),
        ("knock it off", [OTHER] * 3),
        ("stops", ["stop"]),
        ("stopping", [OTHER]),
        ("recoding", ["record"]),
        ("recordings", ["record"]),
        ("recrdng", [OTHER]),
        ("!? stop", ["stop"]),
        ("", []),
    ],
)
def test_an_utterance_is_read_as_kinds_of_words(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_a_word_is_taken_for_another_in_what_is_heard_and_in_the_lexicon() -> None:
    lexicon = Lexicon(KINDS.characters, {"not": ["do not", "dont"]}, spelled={"dont": "don't", "no": "not"})
    assert lexicon.read("Dont, do no").words == ("don't", "do not")
    assert lexicon.spelling("dont stop") == "don't stop"


WAYS = Lexicon(
    KINDS.characters,
    {"stop": ["(you|please)? (can|may) STOP (it|this)? (now|right away)?", "stop"], "not": ["can stop dead"]},
    parts={"STOP": "stop|knock off", "LOUD": "STOP loudly"},
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("you may stop", ("you may stop",)),
        ("can knock off this right away", ("can knock off this right away",)),
        ("please can stop it", ("please can stop it",)),
        ("stop it", ("stop", "it")),
        ("can stop dead", ("can stop dead",)),
        ("you can stop right", ("you can stop", "right")),
        ("you can, stop", ("you", "can", "stop")),
        ("STOP", ("stop",)),
        ("LOUD", ("loud",)),
    ],
)
def test_a_way_to_say_something_stands_for_each_phrase_it_can_become(text: str, words: tuple[str, ...]) -> None:
    assert WAYS.read(text).words == words
    assert "stop" not in WAYS.read("you can stop", ways=False).words[0]


def test_no_word_that_leads_nowhere_is_kept() -> None:
    ways = Ways({}, str.split)
    ways.add("you (can|may) stop", "s")
    assert ways.longest(["you", "miller", "stop"], 0) == ("", 0)
    assert ways.longest(["you", "may", "stop", "miller"], 0) == ("s", 3)
    assert "miller" not in {word for _, word in ways._known}


def test_a_way_with_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="BANANA"):
        Ways({}, str.split).add("stop BANANA", "s")


def test_sentences_are_parts_and_so_is_what_stands_between_commas() -> None:
    heard = LEXICON.read("stop this. recording now, stop it")
    assert [part.words for part in heard.parts(KINDS.characters["not"])] == [
        ("stop", "this"),
        ("recording", "now"),
        ("stop", "it"),
    ]
    assert list(LEXICON.read("stop recording").parts(KINDS.characters["not"])) == []


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("stop record", "stop recording", True),
        ("stop record", "stop this recording", False),
        ("^ plain $", "stop this recording", True),
        ("^ plain $", "please stop this recording", False),
        ("^ plain $", "well. stop recording. now", True),
        ("(?<!this) stop", "this stops", False),
        ("x record", "my recording", True),
    ],
)
def test_a_pattern_is_about_kinds_of_words(pattern: str, text: str, found: bool) -> None:
    assert bool(KINDS.compile(pattern).search(LEXICON.read(text).kinds)) is found


def test_of_no_patterns_none_is_found() -> None:
    assert KINDS.any_of([]).search("") is None


def test_a_pattern_about_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError, match="banana"):
        KINDS.compile("stop banana")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_form_is_of_two_kinds(language: str) -> None:
    assert known(language).lexicon.doubled() == []
    assert Agreements.of(language).lexicon.doubled() == []


@pytest.mark.parametrize(
    ("language", "yes", "end"),
    [("de", "ja", "das"), ("en", "yes", "it"), ("es", "sí", "la"), ("fr", "oui", "cette"), ("hi", "haan", "यह")],
)
def test_however_often_somebody_agrees_it_is_read_in_time(language: str, yes: str, end: str) -> None:
    """One expression for a row of agreements would try all ways to cut it apart, of which there are 2 to the 38th."""
    agreements = Agreements.of(language)
    assert set((agreements.word(" ".join([yes] * MOST)) or "").split()) == {yes}
    assert agreements.word(" ".join([yes] * (MOST - 1) + [end])) is None
    assert agreements.word(" ".join([yes] * (MOST + 1))) is None


# Models.


@pytest.mark.parametrize("of", ["demands", "answers"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_was_made_of_the_phrases_and_the_lexicon_that_are_here(language: str, of: str) -> None:
    trained = model(language, of)
    assert trained is not None
    phrases = read(BENCHMARK / "phrases" / language / f"{of}-train.tsv")
    assert trained.trained_on == fingerprint(phrases, known(language).lexicon), "python tests/benchmarks rights --train"


def test_what_spoke_for_a_right_can_be_told() -> None:
    trained = model("en", "demands")
    assert trained is not None
    heard = known("en").lexicon.read("please do stop taping me")
    reasons = trained.reasons(heard, Right.STOP, most=1000)
    likely = trained.probabilities(heard)
    assert max(likely, key=likely.__getitem__) == Right.STOP
    assert reasons[0][1] > 0
    assert [abs(weight) for _, weight in reasons] == sorted((abs(weight) for _, weight in reasons), reverse=True)
    assert sum(likely.values()) == pytest.approx(1)


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.text(max_size=60))
def test_any_text_is_read_the_same_each_time_and_in_any_composition(language: str, text: str) -> None:
    assert all_demanded(text, language) == all_demanded(text, language)
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert demanded(composed, language) == demanded(decomposed, language)
    assert read_words(composed, language) == read_words(decomposed, language)


# Phrases that the models were not made of.


@pytest.mark.parametrize("language", LANGUAGES)
def test_demands_are_read_as_well_as_is_published(language: str) -> None:
    phrases = read(BENCHMARK / "phrases" / language / "demands-test.tsv")
    rows = [(label, demanded(text, language)) for label, text in phrases]
    wanted = [(label, one) for label, one in rows if label != "none"]
    sure = [(label, one) for label, one in rows if one and one.sure]
    none = [one for label, one in rows if label == "none"]
    assert sum(one is not None and one.right == label for label, one in wanted) >= RECALL * len(wanted)
    assert sum(one is not None and one.right == label for label, one in sure) >= PRECISION * len(sure)
    assert sum(one is not None and not one.sure for one in none) <= ASKED_BACK * len(none)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_refusal_is_read_as_a_yes(language: str) -> None:
    phrases = read(BENCHMARK / "phrases" / language / "answers-test.tsv")
    rows = [(label, text, read_words(text, language)) for label, text in phrases]
    assert [text for label, text, one in rows if label != "yes" and one and one[0] is Answer.YES] == []
    right = [label == (one[0] if one else "neither") for label, _, one in rows]
    assert sum(right) >= ACCURACY * len(right)
