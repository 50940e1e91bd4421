"""The ear for the caller's word: demands by voice and by key, and our own announcement come back as an echo."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from framework.consent.phrases import DEMANDS, ORDINARY
from op26x.consent import MEANT, Demand, Evidence, Notice, Right, all_demanded
from op26x.consent.texts import languages, texts
from op26x.voice.hearing import word_ear
from op26x.voice.hearing.word_ear import ECHO_OF_OURS, WordEar

ENGLISH = texts("en")
assert ENGLISH is not None
ANNOUNCEMENT = ENGLISH.sentences[Notice.ANNOUNCE]
CODES = {"1": Right.STOP, "2": Right.DELETE, "3": Right.SUPPRESS, "4": Right.PAUSE, "5": Right.RESUME}
CODES |= {"0": Right.MACHINE, "9": Right.HUMAN}


class Caller:
    """Somebody with such an ear at the other end, and what they demanded."""

    def __init__(self, language: str = "en", saying: str = "", to_agent: frozenset[Right] = frozenset()) -> None:
        self.demanded: list[tuple[Right, Evidence]] = []
        self.asked: list[tuple[Right, str]] = []
        self.can_be_asked = True
        self.ear = WordEar(
            language, lambda right, evidence: self.demanded.append((right, evidence)), self._ask, to_agent
        )
        if saying:
            self.ear.saying(saying)

    def _ask(self, right: Right, text: str) -> bool:
        if self.can_be_asked:
            self.asked.append((right, text))
            self.ear.asked(right, text)
        return self.can_be_asked


@pytest.mark.parametrize("saying", ["", ANNOUNCEMENT])
@pytest.mark.parametrize(("right", "words"), [(right, words) for right, said in DEMANDS.items() for words in said])
def test_a_demand_is_told_once_also_over_the_announcement(right: Right, words: str, saying: str) -> None:
    caller = Caller(saying=saying)
    assert caller.ear.words(words) is right
    assert caller.demanded == [(right, Evidence.WORDS)]


@pytest.mark.parametrize("words", ORDINARY)
def test_an_ordinary_sentence_is_none(words: str) -> None:
    caller = Caller()
    assert caller.ear.words(words) == words
    assert caller.demanded == []


@pytest.mark.parametrize("language", ["en", "en-IN", "EN"])
def test_it_hears_the_agents_language(language: str) -> None:
    assert Caller(language).ear.words("stop recording") is Right.STOP


@pytest.mark.parametrize("language", ["tlh", ""])
def test_a_language_without_phrases_has_the_keys(language: str) -> None:
    caller = Caller(language)
    assert caller.ear.words("stop recording") == "stop recording"
    assert [caller.ear.key(key) for key in "*1"] == [True, Right.STOP]
    assert caller.demanded == [(Right.STOP, Evidence.DIGIT)]


# Echo.


@pytest.mark.parametrize(
    "heard",
    [
        ANNOUNCEMENT,
        ANNOUNCEMENT.upper(),
        "call is being recorded to stop the recording say stop recording or press star one",
        "this call is been recorded to stop the recordings say stop recording or breast star one",
    ],
)
def test_the_echo_of_our_own_announcement_demands_nothing(heard: str) -> None:
    caller = Caller(saying=ANNOUNCEMENT)
    assert caller.ear.words(heard) == heard
    assert caller.demanded == []


@given(st.data())
def test_no_long_stretch_of_a_sentence_of_ours_demands_anything_while_it_is_said(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(languages()))
    known = texts(language)
    assert known is not None
    sentence = known.sentences[data.draw(st.sampled_from(Notice))]
    words = [word for word in sentence.split() if any(map(str.isalpha, word))]
    length = data.draw(st.integers(math.ceil(ECHO_OF_OURS * len(words)), len(words)))
    start = data.draw(st.integers(0, len(words) - length))
    heard = " ".join(words[start : start + length])
    assert Caller(language, saying=sentence).ear.words(heard) == heard


@pytest.mark.parametrize(
    "words",
    [
        "stop recording",
        "Stop the recording.",
        "no, stop recording this, please",
        "please stop recording this call immediately",
        "stop recording me, this is my private call",
        "please stop the recording, stop recording",
        "to stop the recording I say stop recording",
        "this call is being recorded? stop recording",
    ],
)
def test_a_demand_over_the_announcement_is_no_echo(words: str) -> None:
    caller = Caller(saying=ANNOUNCEMENT)
    assert caller.ear.words(words) is Right.STOP
    assert caller.demanded == [(Right.STOP, Evidence.WORDS)]


def test_only_what_is_being_said_comes_back() -> None:
    caller = Caller(saying=ANNOUNCEMENT)
    caller.ear.saying(ENGLISH.sentences[Notice.MACHINE])  # type: ignore[union-attr]
    assert caller.ear.words(ANNOUNCEMENT) is Right.STOP


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("notice", [n for n in Notice if n not in (Notice.ANNOUNCE, *MEANT.values())])
def test_no_other_sentence_of_ours_demands_anything_even_late(language: str, notice: Notice) -> None:
    known = texts(language)
    assert known is not None
    caller = Caller(language)
    assert caller.ear.words(known.sentences[notice]) == known.sentences[notice]
    assert caller.demanded == caller.asked == []


# What is not sure is asked back.

NOT_SURE = "hmm being taped i don't know"


@pytest.fixture(autouse=True)
def _not_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: str, language: str) -> list[Demand]:
        return [Demand(Right.STOP, sure=False)] if text == NOT_SURE else all_demanded(text, language)

    monkeypatch.setattr(word_ear, "all_demanded", read)


def asked() -> Caller:
    """Somebody who may have demanded that the recording stop, and was asked."""
    caller = Caller()
    assert caller.ear.words(NOT_SURE) is Right.STOP
    assert caller.asked == [(Right.STOP, NOT_SURE)]
    assert caller.demanded == []
    return caller


def test_who_says_yes_has_demanded_it() -> None:
    caller = asked()
    assert caller.ear.words("yes please") is Right.STOP
    assert caller.demanded == [(Right.STOP, Evidence.WORDS)]
    assert caller.ear.words("yes please") == "yes please"


def test_who_says_no_has_not_and_what_they_said_first_was_for_the_agent() -> None:
    caller = asked()
    assert caller.ear.words("no") == NOT_SURE
    assert caller.demanded == []


def test_a_recording_is_stopped_unless_they_say_no() -> None:
    caller = asked()
    assert caller.ear.words("i have an appointment on monday") == "i have an appointment on monday"
    assert caller.demanded == [(Right.STOP, Evidence.WORDS)]


def test_nothing_else_is_done_unless_they_say_yes() -> None:
    caller = Caller()
    caller.ear.asked(Right.DELETE, "don't store this")
    assert caller.ear.words("i have an appointment on monday") == "i have an appointment on monday"
    assert caller.demanded == []


@pytest.mark.parametrize("words", ["keep recording", "no problem, keep recording", "you can record me", "record it"])
def test_who_agrees_to_be_recorded_has_not_agreed_to_have_it_deleted(words: str) -> None:
    caller = Caller()
    caller.ear.asked(Right.DELETE, "don't store this")
    assert caller.ear.words(words) == words
    assert caller.demanded == []


def test_a_plain_demand_is_no_answer() -> None:
    caller = asked()
    assert caller.ear.words("delete the recording") is Right.DELETE
    assert caller.demanded == [(Right.DELETE, Evidence.WORDS)]


def test_who_can_not_be_asked_now_is_taken_by_their_words() -> None:
    caller = Caller()
    caller.can_be_asked = False
    assert caller.ear.words(NOT_SURE) == NOT_SURE
    assert caller.ear.words("yes") == "yes"
    assert caller.demanded == []


def test_a_wish_for_a_person_is_for_the_agent_if_it_sees_to_that_itself() -> None:
    words = "let me talk to a real person"
    assert Caller().ear.words(words) is Right.HUMAN
    caller = Caller(to_agent=frozenset({Right.HUMAN}))
    assert caller.ear.words(words) == words
    assert [caller.ear.key(key) for key in "*9"] == [True, False]
    assert caller.demanded == caller.asked == []


# Keys.


class Keypad(RuleBasedStateMachine):
    """A star and a digit are a demand, a star alone is to be gone on with, and all other keys are somebody else's."""

    def __init__(self) -> None:
        super().__init__()
        self.caller = Caller()
        self.starred = False
        self.expected: list[tuple[Right, Evidence]] = []

    @rule(digit=st.sampled_from("0123456789*#"))
    def press(self, digit: str) -> None:
        code = CODES.get(digit) if self.starred else None
        answer = self.caller.ear.key(digit)
        self.starred = digit == "*"
        if code is not None:
            self.expected.append((code, Evidence.DIGIT))
        assert answer is (code if code is not None else self.starred)
        assert self.caller.demanded == self.expected

    @rule()
    def speak(self) -> None:
        """Words between two keys play no part."""
        self.caller.ear.words("hello")


TestKeypad = Keypad.TestCase
