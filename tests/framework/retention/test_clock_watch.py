"""The watch over the clock: however it jumps, nothing is erasable before its time, and nothing waits for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.retention import ClockWatch
from op26x.retention.clock_watch import AGREEMENT, DRIFT, LONGEST_OFF, SLACK

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
YEAR_S = 365 * 86_400
STEPS = st.lists(st.tuples(st.floats(0, 7_200), st.floats(-YEAR_S, YEAR_S)), min_size=1, max_size=40)
"""Between readings: seconds that pass, and seconds by which the wall clock is set."""


class Watched:
    """A watch that is read, with the truth beside it."""

    def __init__(self) -> None:
        self.truth, self.uptime, self.offset = START, 5000.0, timedelta(0)
        self.watch = ClockWatch.begin(START, self.uptime, None)

    def later(self, passed: timedelta = MINUTE, jump: timedelta = timedelta(0)) -> ClockWatch:
        """Time passes, the clock is set, and it is read."""
        self.truth += passed
        self.uptime += passed.total_seconds()
        self.offset += jump
        self.watch = self.watch.read(self.truth + self.offset, self.uptime)
        return self.watch

    def minutes(self, count: int) -> ClockWatch:
        """So many readings, a minute apart."""
        for _ in range(count):
            self.later()
        return self.watch


@given(STEPS)
def test_nothing_is_erasable_that_is_not_over_by_both_clocks(steps: list[tuple[float, float]]) -> None:
    watched = Watched()
    for passed_s, jump_s in steps:
        before = watched.watch
        passed = timedelta(seconds=passed_s)
        watch = watched.later(passed, timedelta(seconds=jump_s))
        assert watch.erasable <= watch.wall
        if watch.trusted > before.trusted + passed * (1 + DRIFT) + timedelta(microseconds=2):
            assert before.doubt is not None, "it goes ahead of the uptime after a doubt only"
            agreed = timedelta(seconds=watched.uptime - before.doubt.uptime_s)
            assert agreed >= AGREEMENT
            assert abs(watch.wall - before.doubt.wall - agreed) <= SLACK


@given(STEPS)
def test_after_an_hour_without_a_jump_the_clock_is_believed(steps: list[tuple[float, float]]) -> None:
    watched = Watched()
    for passed_s, jump_s in steps:
        watched.later(timedelta(seconds=passed_s), timedelta(seconds=jump_s))
    watch = watched.minutes(62)
    assert watch.doubt is None
    assert abs(watch.wall - watch.erasable) <= SLACK


@given(st.lists(st.floats(0, 200_000), min_size=1, max_size=30))
def test_a_clock_that_is_not_set_is_never_in_doubt_however_long_the_machine_sleeps(sleeps: list[float]) -> None:
    watched = Watched()
    for seconds in sleeps:
        watch = watched.later(timedelta(seconds=seconds))
        assert (watch.doubt, watch.erasable) == (None, watched.truth)


@given(STEPS)
def test_an_operators_word_is_taken_for_the_clock_as_it_is(steps: list[tuple[float, float]]) -> None:
    watched = Watched()
    for passed_s, jump_s in steps:
        watched.later(timedelta(seconds=passed_s), timedelta(seconds=jump_s))
    confirmed = watched.watch.confirmed()
    assert (confirmed.doubt, confirmed.erasable) == (None, watched.watch.wall)


@pytest.mark.parametrize("ahead", [40 * DAY, timedelta(seconds=61), -timedelta(seconds=61), -2 * DAY])
def test_a_jump_is_seen_at_once_and_waits_for_an_hour(ahead: timedelta) -> None:
    watched = Watched()
    watch = watched.later(jump=ahead)
    assert (watch.ahead, watch.settles_in) == (ahead, AGREEMENT)
    assert watch.erasable == min(watched.truth, watched.truth + ahead)
    watch = watched.minutes(59)
    assert (watch.erasable, watch.settles_in) == (min(watched.truth, watched.truth + ahead), MINUTE)
    watch = watched.minutes(1)
    assert (watch.erasable, watch.doubt) == (watched.truth + ahead, None)


def test_a_minute_is_no_jump() -> None:
    watched = Watched()
    watch = watched.later(jump=timedelta(seconds=60))
    assert watch.doubt is None
    assert watch.erasable <= watched.truth + timedelta(seconds=0.1)


def test_forty_days_ahead_for_half_a_minute_and_back_leaves_nothing_behind() -> None:
    watched = Watched()
    watched.later(jump=40 * DAY)
    assert watched.later(timedelta(seconds=30)).erasable == watched.truth
    watch = watched.later(timedelta(seconds=1), -40 * DAY)
    assert (watch.doubt, watch.erasable) == (None, watched.truth)


def test_another_jump_begins_the_hour_anew() -> None:
    watched = Watched()
    watched.later(jump=40 * DAY)
    watched.minutes(50)
    watched.later(jump=DAY)
    watch = watched.minutes(50)
    assert (watch.ahead, watch.settles_in) == (41 * DAY, 10 * MINUTE)


@pytest.mark.parametrize(
    ("off", "doubted"),
    [
        (timedelta(0), False),
        (LONGEST_OFF, False),
        (LONGEST_OFF + timedelta(seconds=1), True),
        (-SLACK, False),
        (-SLACK - timedelta(seconds=1), True),
        (-30 * DAY, True),
    ],
)
def test_at_the_start_of_a_machine_the_newest_time_on_record_counts(off: timedelta, doubted: bool) -> None:
    watch = ClockWatch.begin(START + off, 12.0, START)
    assert watch.erasable == (min(START, START + off) if doubted else START + off)
    assert (watch.doubt is not None) == doubted
