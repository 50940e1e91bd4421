"""How often one key or person may ask."""

from hypothesis import given
from hypothesis import strategies as st

from op26x.clock import ManualClock
from op26x_service.doors import RequestRate, request_rate


def test_a_minute_s_requests_may_come_at_once_and_then_one_at_a_time() -> None:
    clock = ManualClock()
    rate = RequestRate(clock, 60)
    assert [rate.wait("api-key:1") for _ in range(60)] == [0.0] * 60
    assert rate.wait("api-key:1") == 1.0
    clock.advance(1.0)
    assert rate.wait("api-key:1") == 0.0
    assert rate.wait("api-key:1") == 1.0


def test_nobody_waits_for_anybody_else() -> None:
    rate = RequestRate(ManualClock(), 1)
    assert (rate.wait("api-key:1"), rate.wait("user:1"), rate.wait("api-key:1")) == (0.0, 0.0, 60.0)


@given(st.lists(st.floats(0, 30), max_size=300), st.integers(1, 100))
def test_within_any_minute_there_are_at_most_twice_as_many(waits: list[float], per_minute: int) -> None:
    clock = ManualClock()
    rate = RequestRate(clock, per_minute)
    taken = []
    for wait in waits:
        clock.advance(wait)
        if rate.wait("user:1") == 0.0:
            taken.append(clock.monotonic())
    assert all(sum(at <= one < at + request_rate.WINDOW_S for one in taken) <= 2 * per_minute for at in taken)


def test_who_has_been_quiet_for_longest_is_forgotten_first() -> None:
    rate = RequestRate(ManualClock(), 1)
    for number in range(request_rate.MOST + 1):
        rate.wait(f"user:{number}")
    assert rate.wait(f"user:{request_rate.MOST}") > 0
    assert rate.wait("user:0") == 0.0
