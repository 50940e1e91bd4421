"""Clocks: the machine's and the one that tests move."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from op26x.clock import ManualClock, SystemClock


def test_the_system_clock_tells_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)


def test_the_system_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_a_manual_clock_stands_still() -> None:
    clock = ManualClock()
    assert (clock.now(), clock.monotonic()) == (clock.now(), clock.monotonic())
    assert clock.now().utcoffset() == timedelta(0)


def test_a_manual_clock_starts_where_it_is_set() -> None:
    at = datetime(2030, 2, 3, tzinfo=UTC)
    assert ManualClock(at).now() == at


@given(st.lists(st.integers(0, 10_000), max_size=20))
def test_a_manual_clock_moves_both_times_by_what_it_is_told(steps: list[int]) -> None:
    clock = ManualClock()
    start, zero = clock.now(), clock.monotonic()
    for step in steps:
        clock.advance(step)
    assert clock.now() - start == timedelta(seconds=sum(steps))
    assert clock.monotonic() - zero == sum(steps)
