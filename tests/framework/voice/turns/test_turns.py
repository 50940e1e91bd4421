"""The book of turns: who spoke when, and how long the answer took, on a clock that tests move."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from op26x.calls import TurnInfo
from op26x.clock import ManualClock
from op26x.voice.hearing.vad import STOP_S
from op26x.voice.turns.turns import TurnBook

STOP_MS = round(STOP_S * 1000)


def book(clock: ManualClock) -> TurnBook:
    clock.advance(1000)
    return TurnBook(clock)


def test_its_zero_is_when_it_was_made(clock: ManualClock) -> None:
    made = book(clock)
    assert made.now_ms() == 0
    clock.advance(1.2344)
    assert made.now_ms() == 1234


def test_a_question_and_its_answer(clock: ManualClock) -> None:
    made = book(clock)
    clock.advance(1)
    made.caller_started(made.now_ms())
    clock.advance(2)
    made.caller_stopped(made.now_ms())
    clock.advance(0.3)
    asked = made.caller_finished("A slot on Monday, please.")
    clock.advance(0.2)
    made.agent_started()
    clock.advance(1.5)
    answered = made.agent_finished("Monday at nine.", interrupted=False)
    assert (asked.number, asked.speaker, asked.started_ms, asked.ended_ms) == (1, "caller", 1000, 3000 - STOP_MS)
    assert (asked.latency_ms, asked.interrupted) == (None, False)
    assert (answered.number, answered.speaker, answered.started_ms, answered.ended_ms) == (2, "agent", 3500, 5000)
    assert answered.latency_ms == 500 + STOP_MS
    assert asked.text.reveal() == "A slot on Monday, please."
    assert "Monday" not in repr([asked, answered])


def test_the_greeting_answers_nobody(clock: ManualClock) -> None:
    made = book(clock)
    made.agent_started()
    clock.advance(2)
    assert made.agent_finished("Hello.", interrupted=False).latency_ms is None


def test_an_answer_is_timed_once(clock: ManualClock) -> None:
    made = book(clock)
    made.caller_started(made.now_ms())
    clock.advance(1)
    made.caller_stopped(made.now_ms())
    made.caller_finished("Hello?")
    made.agent_started()
    made.agent_finished("One moment.", interrupted=False)
    clock.advance(1)
    made.agent_started()
    assert made.agent_finished("Here I am.", interrupted=False).latency_ms is None


def test_a_pause_within_a_turn_does_not_end_it(clock: ManualClock) -> None:
    made = book(clock)
    made.caller_started(made.now_ms())
    clock.advance(1)
    made.caller_stopped(made.now_ms())
    clock.advance(0.1)
    made.caller_started(made.now_ms())
    clock.advance(1)
    made.caller_stopped(made.now_ms())
    turn = made.caller_finished("My name is … Ada.")
    assert (turn.started_ms, turn.ended_ms) == (0, 2100 - STOP_MS)


def test_who_speaks_again_is_not_answered_yet(clock: ManualClock) -> None:
    made = book(clock)
    made.caller_started(made.now_ms())
    clock.advance(1)
    made.caller_stopped(made.now_ms())
    made.caller_started(made.now_ms())
    made.agent_started()
    assert made.agent_finished("Yes?", interrupted=True).latency_ms is None


def test_a_turn_that_was_cut_short_says_so(clock: ManualClock) -> None:
    made = book(clock)
    made.agent_started()
    assert made.agent_finished("Monday at", interrupted=True).interrupted


def test_words_without_detected_speech_are_a_turn_of_no_length(clock: ManualClock) -> None:
    made = book(clock)
    clock.advance(3)
    turn = made.caller_finished("Yes.")
    assert (turn.started_ms, turn.ended_ms) == (3000, 3000)
    answer = made.agent_finished("", interrupted=False)
    assert (answer.started_ms, answer.ended_ms, answer.number) == (3000, 3000, 2)


def test_words_that_come_before_the_end_of_speech_end_now(clock: ManualClock) -> None:
    made = book(clock)
    made.caller_started(made.now_ms())
    clock.advance(1)
    assert made.caller_finished("Yes.").ended_ms == 1000


def test_speech_too_short_to_measure_does_not_end_before_it_began(clock: ManualClock) -> None:
    made = book(clock)
    clock.advance(1)
    made.caller_started(made.now_ms())
    clock.advance(STOP_S / 2)
    made.caller_stopped(made.now_ms())
    turn = made.caller_finished("Oh.")
    assert turn.ended_ms == turn.started_ms == 1000


class Conversation(RuleBasedStateMachine):
    """Whatever ears and mouth report in whatever order, the book stays a book."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.book = TurnBook(self.clock)
        self.turns: list[TurnInfo] = []

    @rule(seconds=st.floats(0, 30))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def caller_starts(self) -> None:
        self.book.caller_started(self.book.now_ms())

    @rule()
    def caller_stops(self) -> None:
        self.book.caller_stopped(self.book.now_ms())

    @rule(text=st.text(max_size=5))
    def caller_finishes(self, text: str) -> None:
        self.turns.append(self.book.caller_finished(text))

    @rule()
    def agent_starts(self) -> None:
        self.book.agent_started()

    @rule(text=st.text(max_size=5), interrupted=st.booleans())
    def agent_finishes(self, text: str, interrupted: bool) -> None:
        self.turns.append(self.book.agent_finished(text, interrupted=interrupted))

    @invariant()
    def turns_are_numbered_and_lie_in_the_past(self) -> None:
        assert [t.number for t in self.turns] == list(range(1, len(self.turns) + 1))
        for turn in self.turns:
            assert 0 <= turn.started_ms <= turn.ended_ms <= self.book.now_ms()
            assert turn.latency_ms is None or (turn.speaker == "agent" and turn.latency_ms >= 0)
            assert not (turn.interrupted and turn.speaker == "caller")


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=40, stateful_step_count=25)
