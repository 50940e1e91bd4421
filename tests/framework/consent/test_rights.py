"""The caller's word: demands are understood however they are put, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from framework.consent.phrases import DEMANDS, ORDINARY
from op26x.consent import Demand, Right, StarKeys, all_demanded, demanded

CODES = {"1": "stop", "2": "delete", "3": "suppress", "4": "pause", "5": "resume", "0": "machine", "9": "human"}


def right_of(words: str, language: str = "en") -> Right | None:
    demand = demanded(words, language)
    return demand.right if demand else None


@pytest.mark.parametrize(("right", "words"), [(right, words) for right, said in DEMANDS.items() for words in said])
def test_a_demand_is_understood(right: Right, words: str) -> None:
    assert right_of(words, "en") is right
    assert right_of(words.upper(), "en-IN") is right
    assert right_of(f"well, listen: {words}", "en") is right


@pytest.mark.parametrize("words", ORDINARY)
def test_an_ordinary_sentence_demands_nothing(words: str) -> None:
    assert demanded(words, "en") is None


def test_the_farthest_reaching_demand_counts() -> None:
    everything = "are you a robot? don't call me again, stop recording, delete the recording"
    assert right_of(everything, "en") is Right.DELETE
    assert right_of("are you a robot? stop recording! don't call me again", "en") is Right.STOP
    assert right_of("are you a robot? don't call me again", "en") is Right.SUPPRESS


@pytest.mark.parametrize(
    ("words", "rights"),
    [
        ("delete this recording and never call me again", [Right.DELETE, Right.SUPPRESS]),
        ("stop recording and take me off your list", [Right.STOP, Right.SUPPRESS]),
        ("stop recording, delete the recording", [Right.DELETE]),
        ("do not delete the recording, just stop recording", [Right.STOP]),
    ],
)
def test_all_that_is_demanded_is_understood(words: str, rights: list[Right]) -> None:
    assert [demand.right for demand in all_demanded(words, "en")] == rights


def test_what_is_sure_is_not_lost_to_what_is_not() -> None:
    assert Demand(Right.STOP) in all_demanded("stop recording, and maybe have it deleted", "en")


@pytest.mark.parametrize("language", ["tlh", ""])
def test_in_an_unknown_language_nothing_is_demanded(language: str) -> None:
    assert demanded("stop recording", language) is None


@given(st.text("stoprecdinglmahuvy 'áç", max_size=60), st.sampled_from(["x", "é", "ा"]))
def test_a_demand_is_whole_words(text: str, letter: str) -> None:
    assert demanded(f"{letter}stop recording{letter}", "en") != Demand(Right.STOP)
    if "record" not in text:
        assert demanded(text, "en") != Demand(Right.DELETE)


class Keypad(RuleBasedStateMachine):
    """A star and a digit are a code; whatever was pressed before plays no part."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = StarKeys()
        self.pressed: list[str] = []

    @rule(digit=st.sampled_from("0123456789*#"))
    def press(self, digit: str) -> None:
        before, self.pressed = self.pressed[-1:], [*self.pressed, digit]
        expected: object = False
        if digit == "*":
            expected = True
        elif before == ["*"] and digit in CODES:
            expected = Right(CODES[digit])
        answer = self.keys.press(digit)
        assert answer is expected


TestKeypad = Keypad.TestCase


@pytest.mark.parametrize(
    "words",
    [
        "please do not delete this recording",
        "don't delete the recording",
        "never delete my recordings",
        "I don't want you to delete the recording",
        "you need not delete the recording",
        "don't stop recording",
        "I don't want you to stop recording",
        "please don't pause the recording",
        "please don't ever stop calling me",
    ],
)
def test_whoever_demands_that_it_is_not_done_demands_nothing(words: str) -> None:
    assert demanded(words, "en") is None


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("dont call me again", Right.SUPPRESS),
        ("please dont call me any more", Right.SUPPRESS),
        ("dont record me", Right.STOP),
        ("dont record this call", Right.STOP),
        ("stop recording my call", Right.STOP),
    ],
)
def test_an_stt_service_that_writes_no_apostrophes_is_understood(words: str, right: Right) -> None:
    assert right_of(words, "en") is right
