"""The states of a call, against a model of them written from Twilio's documentation and not from the code.

https://www.twilio.com/docs/voice/api/call-resource#call-status-values
"""

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from op26x.calls import CallState, advance
from op26x.errors import IllegalTransition

WORDS = ["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]
FINAL = {"completed", "busy", "failed", "no-answer", "canceled"}


class Line:
    """A phone line as Twilio tells of it: it is dialled, it rings, someone answers, it is over.

    Each but the last may happen without being told of: a webhook got lost.
    """

    def __init__(self) -> None:
        self.rang = self.answered = False
        self.over: str | None = None

    @property
    def word(self) -> str:
        if self.over:
            return self.over
        if self.answered:
            return "in-progress"
        return "ringing" if self.rang else "queued"

    def may(self, word: str) -> bool:
        """Whether what a word reports can happen now."""
        if self.over:
            return False
        return {
            "queued": False,
            "ringing": not self.rang and not self.answered,
            "in-progress": not self.answered,
            "completed": True,
            "failed": True,
            "busy": not self.answered,
            "no-answer": not self.answered,
            "canceled": not self.answered,
        }[word]

    def happens(self, word: str) -> None:
        """It happens."""
        if word == "ringing":
            self.rang = True
        elif word == "in-progress":
            self.answered = True
        else:
            self.over = word


class Calls(RuleBasedStateMachine):
    """Tells a line and a call the same things; they agree on what can happen and on where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        self.state = CallState.QUEUED

    @rule(word=st.sampled_from(WORDS))
    def hears(self, word: str) -> None:
        if self.line.may(word):
            self.state = advance(self.state, CallState(word))
            self.line.happens(word)
        else:
            with pytest.raises(IllegalTransition) as caught:
                advance(self.state, CallState(word))
            assert self.state.value in caught.value.message
            assert word in caught.value.message

    @precondition(lambda self: not self.line.over)
    @rule(word=st.sampled_from(sorted(FINAL)))
    def ends(self, word: str) -> None:
        self.hears(word)

    @invariant()
    def they_agree(self) -> None:
        assert self.state.value == self.line.word
        assert self.state.is_final == (self.line.over is not None)


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=50, stateful_step_count=15)


def test_the_words_are_twilios() -> None:
    assert [state.value for state in CallState] == WORDS
    assert {state.value for state in CallState if state.is_final} == FINAL


@pytest.mark.parametrize("final", sorted(FINAL))
@pytest.mark.parametrize("word", WORDS)
def test_nothing_follows_the_end(final: str, word: str) -> None:
    with pytest.raises(IllegalTransition):
        advance(CallState(final), CallState(word))


@pytest.mark.parametrize("word", WORDS)
def test_no_state_follows_itself(word: str) -> None:
    with pytest.raises(IllegalTransition):
        advance(CallState(word), CallState(word))


def test_no_way_is_longer_than_a_call_can_be() -> None:
    for first, second, third in itertools.product(CallState, repeat=3):
        try:
            last = advance(advance(advance(CallState.QUEUED, first), second), third)
        except IllegalTransition:
            continue
        assert last.is_final
