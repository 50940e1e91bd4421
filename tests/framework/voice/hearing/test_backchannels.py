"""Backchannels: what shows that somebody listens, in five languages, and what is a turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.consent.texts import languages
from op26x.voice.hearing.backchannels import Backchannels, _listed

SHOWS = {
    "en": ["uh-huh", "Uh-huh.", "MM-HMM", "Okay, okay.", "yeah right", "I see.", "mm", "(laughs) okay"],
    "de": ["mhm", "Ja, ja.", "Ach so!", "genau", "alles klar", "okay"],
    "es": ["ajá", "sí, sí", "Vale.", "claro", "de acuerdo"],
    "fr": ["mm-hm", "D'accord.", "oui oui", "d’accord", "très bien"],
    "hi": ["हम्म", "हाँ हाँ", "ठीक है।", "अच्छा", "जी हाँ"],
}
SPEAKS = {
    "en": ["no", "okay but when", "yes please book it", "right now", "stop", "what", "I see a problem"],
    "de": ["nein", "ja aber wann", "genau das nicht", "halt", "okay das war alles"],
    "es": ["no", "sí pero cuándo", "claro que no", "espere"],
    "fr": ["non", "oui mais quand", "attendez", "d'accord mais plus tard"],
    "hi": ["नहीं", "हाँ लेकिन कब", "रुकिए", "ठीक नहीं है"],
}


@pytest.mark.parametrize(("language", "words"), [(lang, words) for lang, all_ in SHOWS.items() for words in all_])
def test_what_shows_that_one_listens_takes_no_turn(language: str, words: str) -> None:
    assert Backchannels(language).only(words)


@pytest.mark.parametrize(("language", "words"), [(lang, words) for lang, all_ in SPEAKS.items() for words in all_])
def test_what_says_more_is_a_turn(language: str, words: str) -> None:
    assert not Backchannels(language).only(words)
    assert not Backchannels(language).nothing_in(words)


@pytest.mark.parametrize("words", ["", " ", "[cough]", "(inaudible)", "*sigh*", "...", "♪", "[BLANK_AUDIO]", "<noise>"])
def test_a_noise_has_no_words(words: str) -> None:
    reader = Backchannels("en")
    assert reader.nothing_in(words)
    assert not reader.only(words)


def test_an_agent_may_add_its_own() -> None:
    assert not Backchannels("en").only("roger that")
    assert Backchannels("en", ["Roger that"]).only("roger that, okay")


def test_every_language_of_the_announcements_has_some() -> None:
    assert set(_listed()) == set(languages())
    assert all(isinstance(phrase, str) for phrases in _listed().values() for phrase in phrases)


def test_a_region_or_an_unknown_language_has_some_too() -> None:
    assert Backchannels("de-AT").only("genau")
    assert Backchannels("nl").only("okay")


@given(st.text(max_size=60), st.sampled_from(languages()))
def test_whatever_was_heard_is_read(words: str, language: str) -> None:
    reader = Backchannels(language)
    assert not (reader.nothing_in(words) and reader.only(words))
