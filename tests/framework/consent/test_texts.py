"""Texts and announcements: whole in every language, and each named by exactly what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.consent import Announcement, Answer, ConsentDefaults, Notice, demanded
from op26x.consent.texts import languages, texts

WORDS = st.text(max_size=40)


def test_there_are_five_languages() -> None:
    assert languages() == ["de", "en", "es", "fr", "hi"]


@pytest.mark.parametrize("language", languages())
def test_a_language_is_complete(language: str) -> None:
    known = texts(language)
    assert known is not None
    assert set(known.sentences) == set(Notice)
    for notice in Notice:
        assert len(known.sentences[notice].split()) >= 2, notice


@pytest.mark.parametrize("language", languages())
def test_the_question_names_both_keys(language: str) -> None:
    known = texts(language)
    assert known is not None
    for notice in (Notice.ASSENT, Notice.ASK_AGAIN):
        assert "1" in known.sentences[notice]
        assert "2" in known.sentences[notice]
    assert "1" in known.sentences[Notice.ANNOUNCE], "how to stop it"


@pytest.mark.parametrize("language", languages())
def test_the_thanks_for_a_yes_are_neither_a_no_nor_a_demand_if_the_line_echoes_them(language: str) -> None:
    known = texts(language)
    assert known is not None
    words = known.sentences[Notice.GRANTED].split()
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            heard = " ".join(words[start:end])
            answer = ConsentDefaults().op26x_read_assent(heard, language)
            assert answer is None or answer[0] is not Answer.NO, heard
            assert demanded(heard, language) is None, heard


def test_a_region_is_passed_over_and_an_unknown_language_has_no_texts() -> None:
    assert texts("EN-in") == texts("en")
    assert texts("tlh") is None
    assert texts("../texts/en") is None
    assert texts("") is None


@pytest.mark.parametrize("notice", list(Notice))
def test_the_standard_announcement_is_the_text(notice: Notice) -> None:
    said = ConsentDefaults().op26x_announce(notice, "fr-CA")
    known = texts("fr")
    assert said is not None
    assert known is not None
    assert (said.text, said.language, said.audio) == (known.sentences[notice], "fr-CA", b"")
    assert ConsentDefaults().op26x_announce(notice, "tlh") is None


@given(WORDS, WORDS, st.binary(max_size=20), st.binary(max_size=20))
def test_a_version_names_one_text_and_audio(text: str, other: str, audio: bytes, other_audio: bytes) -> None:
    one, two = Announcement(text, "en", audio), Announcement(other, "en", other_audio)
    assert (one.version == two.version) is ((text, audio) == (other, other_audio))
    assert one.version != Announcement(text, "de", audio).version
    assert one.version.startswith("en/")


def test_text_and_audio_do_not_run_into_each_other() -> None:
    assert Announcement("a|b", "en", b"c").version != Announcement("a", "en", b"b|c").version
