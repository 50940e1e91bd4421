"""The pace of a stream: speech never waits, a flood waits for real time."""

import asyncio
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x_twilio.pace import OTHER_S, SPEED, WAIT_S, YIELD_S, Pace

FRAME = 160


class Time:
    """A loop's time, and what was slept."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace_on(time: Time) -> Pace:
    return Pace(time)  # type: ignore[arg-type]


@given(st.lists(st.floats(0.0, 0.05), min_size=1, max_size=20))
def test_speech_in_real_time_is_never_held_however_it_jitters(jitter: list[float]) -> None:
    time = Time()
    pace = pace_on(time)
    for number in range(1000):
        time.now = max(time.now, 100.0 + number * 0.02 + jitter[number % len(jitter)])
        assert not pace.count(FRAME)
        if number % 10 == 0:
            assert not pace.count(0), "marks come on top"


async def test_a_burst_after_a_gap_gives_others_their_turn_and_does_not_wait() -> None:
    time = Time()
    pace = pace_on(time)
    with patch.object(asyncio, "sleep", time.sleep):
        for _ in range(int(3 / 0.02)):
            if pace.count(FRAME):
                await pace.wait()
    assert set(time.slept) == {0}
    assert len(time.slept) == pytest.approx((3 - YIELD_S) / 0.02, abs=1)


@pytest.mark.parametrize("samples", [FRAME, 0, 16_000])
async def test_a_flood_goes_on_at_twice_the_speed_of_speech(samples: int) -> None:
    time = Time()
    pace = pace_on(time)
    each = samples / 8000 or OTHER_S
    with patch.object(asyncio, "sleep", time.sleep):
        for _ in range(int(400 / each)):
            if pace.count(samples):
                await pace.wait()
    assert time.now - 100.0 == pytest.approx((400 - WAIT_S) / SPEED, abs=3)
