"""Script: the words that were heard, and no others, each once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.frames.frames import AggregatedTextFrame, TTSTextFrame
from pipecat.utils.text.base_text_aggregator import TextType

from op26x.voice.speaking.script import Script

SECOND = 8000
NS = 1_000_000_000


def _announced(text: str) -> AggregatedTextFrame:
    return AggregatedTextFrame(text, TextType.SENTENCE)


def _spoken(text: str, at_s: float | None = None) -> TTSTextFrame:
    frame = TTSTextFrame(text, TextType.SENTENCE)
    frame.pts = None if at_s is None else int(at_s * NS)
    return frame


def _texts(frames: list[TTSTextFrame]) -> list[str]:
    return [frame.text for frame in frames]


def _sentence(script: Script, text: str, seconds: float) -> None:
    script.announced(_announced(text))
    script.audio(int(seconds * SECOND), 0)
    script.spoken(_spoken(text))


def test_a_sentence_is_heard_when_all_of_it_was_played() -> None:
    script = Script()
    script.begin(0)
    _sentence(script, "One is here.", 1)
    _sentence(script, "Two is there.", 2)
    assert _texts(script.heard(SECOND - 1)) == []
    assert _texts(script.heard(2 * SECOND)) == ["One is here."]
    assert _texts(script.heard(3 * SECOND)) == ["Two is there."]
    assert script.heard(9 * SECOND) == []


def test_a_sentence_without_audio_was_not_said() -> None:
    script = Script()
    script.begin(0)
    script.announced(_announced("Nobody hears this."))
    script.spoken(_spoken("Nobody hears this."))
    _sentence(script, "But this.", 1)
    script.finished()
    assert _texts(script.heard(9 * SECOND)) == ["But this."]


def test_of_a_sentence_that_was_cut_short_the_words_remain_that_were_heard() -> None:
    script = Script()
    script.begin(0)
    _sentence(script, "One is here.", 1)
    _sentence(script, "alpha bravo charlie delta", 4)
    assert _texts(script.cut(3 * SECOND)) == ["One is here.", "alpha bravo"]
    assert script.cut(9 * SECOND) == []


@pytest.mark.parametrize(("played_s", "heard"), [(0.0, []), (0.3, []), (1.0, ["alpha bravo"]), (1.4, ["alpha bravo"])])
def test_while_the_end_of_a_sentence_is_not_known_it_is_reckoned(played_s: float, heard: list[str]) -> None:
    script = Script()
    script.begin(0)
    script.announced(_announced("alpha bravo charlie delta"))
    script.audio(2 * SECOND, 0)
    assert _texts(script.cut(int(played_s * SECOND))) == heard


def test_what_is_announced_before_the_voice_begins_is_what_it_says() -> None:
    script = Script()
    script.announced(_announced("First."))
    script.begin(0)
    script.audio(SECOND, 0)
    script.spoken(_spoken("First."))
    script.finished()
    script.announced(_announced("Second."))
    script.begin(3 * SECOND)  # something else was said in between
    script.audio(SECOND, 0)
    script.spoken(_spoken("Second."))
    assert _texts(script.heard(SECOND)) == ["First."]
    assert _texts(script.heard(4 * SECOND - 1)) == []
    assert _texts(script.heard(4 * SECOND)) == ["Second."]


def test_a_voice_that_times_its_words_is_believed_to_the_word() -> None:
    script = Script()
    script.announced(_announced("alpha bravo charlie"))
    script.begin(SECOND)
    script.audio(800, 5 * NS)
    for word, at_s in (("alpha", 5.0), ("bravo", 5.5), ("charlie", 6.25)):
        script.spoken(_spoken(word, at_s))
    script.audio(2 * SECOND - 800, 7 * NS)
    assert _texts(script.heard(SECOND + SECOND // 2)) == ["alpha"]
    assert _texts(script.cut(int(2.3 * SECOND))) == ["bravo"], "a word that was begun was not heard"


def test_a_voice_that_announces_nothing_is_believed_when_it_is_through() -> None:
    script = Script()
    script.begin(0)
    script.audio(SECOND, 0)
    script.spoken(_spoken("I heard you."))
    script.finished()
    assert _texts(script.heard(SECOND)) == ["I heard you."]


def test_what_is_said_aside_comes_before_what_is_announced() -> None:
    script = Script()
    script.announced(_announced("alpha bravo charlie delta"))
    script.begin(0)
    script.aside(_spoken("One moment."), SECOND, 0)
    script.audio(4 * SECOND, 0)
    script.spoken(_spoken("alpha bravo charlie delta"))
    assert _texts(script.heard(SECOND)) == ["One moment."]
    assert _texts(script.cut(3 * SECOND)) == ["alpha bravo"]


def test_an_aside_that_nobody_could_speak_was_not_said() -> None:
    script = Script()
    script.aside(_spoken("Sorry."), 0, 0)
    _sentence(script, "But this.", 1)
    assert _texts(script.heard(SECOND)) == ["But this."]


def test_an_aside_moves_the_words_that_come_behind_it() -> None:
    script = Script()
    script.begin(0)
    script.aside(_spoken("One moment."), SECOND, 0)
    script.audio(SECOND, 5 * NS)
    script.spoken(_spoken("alpha", 5.0))
    script.spoken(_spoken("bravo", 5.5))
    script.finished()
    assert _texts(script.heard(SECOND + SECOND // 2)) == ["One moment.", "alpha"]
    assert _texts(script.heard(2 * SECOND)) == ["bravo"]


@given(
    st.lists(st.tuples(st.text(alphabet="abc ", min_size=1, max_size=30), st.integers(0, 3)), max_size=6),
    st.lists(st.integers(0, 20 * SECOND), max_size=4),
)
def test_nothing_is_told_twice_or_that_was_not_written(sentences: list[tuple[str, int]], moments: list[int]) -> None:
    script = Script()
    script.begin(0)
    for text, seconds in sentences:
        _sentence(script, text, seconds)
    told = [text for moment in sorted(moments) for text in _texts(script.heard(moment))]
    last = max(moments, default=0)
    told += _texts(script.cut(last))
    written = [text for text, seconds in sentences if seconds]
    assert told[:-1] == written[: len(told) - 1] if told else True
    if told:
        assert written[len(told) - 1].split()[: len(told[-1].split())] == told[-1].split()
