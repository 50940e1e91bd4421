"""Guesses of API keys: counted by address and minute, in memory that is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x import logs
from op26x.accounts import Guesses
from op26x.accounts.guesses import FREE, MOST, WINDOW_S
from op26x.clock import ManualClock


class Silence:
    """A log that nobody reads."""

    def warning(self, event: str, **values: object) -> None:
        """Nothing."""


@pytest.fixture
def guesses(clock: ManualClock) -> Guesses:
    return Guesses(clock, logs.Tally(Silence(), clock))


def test_one_address_does_not_count_for_another(guesses: Guesses) -> None:
    assert [guesses.wrong("192.0.2.1") for _ in range(FREE + 1)] == [0] * FREE + [60]
    assert guesses.wrong("192.0.2.2") == 0


def test_a_new_minute_begins_anew(guesses: Guesses, clock: ManualClock) -> None:
    for _ in range(FREE):
        guesses.wrong("192.0.2.1")
    clock.advance(WINDOW_S - 0.2)
    assert guesses.wrong("192.0.2.1") == 1
    clock.advance(0.2)
    assert guesses.wrong("192.0.2.1") == 0


def test_memory_is_bounded_and_the_busiest_are_not_forgotten(guesses: Guesses) -> None:
    for number in range(3 * MOST):
        guesses.wrong(f"address {number}")
        guesses.wrong("the busiest")
    assert len(guesses._wrong) == MOST
    assert guesses.wrong("the busiest") > 0


@given(st.lists(st.floats(0, 100), max_size=60))
def test_a_wait_never_outlasts_the_minute(pauses: list[float]) -> None:
    clock = ManualClock()
    guesses = Guesses(clock, logs.Tally(Silence(), clock))
    for pause in pauses:
        clock.advance(pause)
        assert 0 <= guesses.wrong("192.0.2.1") <= WINDOW_S
