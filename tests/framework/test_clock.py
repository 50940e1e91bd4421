"""Clocks: the machine's, the one that tests move, and the one that remembers how late it was."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.clock import FlooredClock, ManualClock, SystemClock, in_utc
from op26x.errors import UsageError


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


def test_a_manual_clock_is_set_while_no_time_passes() -> None:
    clock = ManualClock()
    start = clock.now()
    clock.jump(days=-2, seconds=5)
    assert (clock.now() - start, clock.monotonic(), clock.uptime()) == (timedelta(days=-2, seconds=5), 0, 0)


def test_processes_of_one_machine_share_its_uptime() -> None:
    program = "from op26x.clock import SystemClock as S; print(S().uptime(), S().boot(), S().boot())"
    before = SystemClock().uptime()
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60, text=True)
    uptime, boot, again = told.stdout.split()
    assert before <= float(uptime) <= SystemClock().uptime()
    assert boot == again
    if sys.platform == "linux":
        assert boot == SystemClock().boot()


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(-10_000, 10_000)), max_size=20))
def test_a_floored_clock_never_tells_less_than_was_believed(steps: list[tuple[int, int]]) -> None:
    beneath = ManualClock()
    clock = FlooredClock(beneath)
    believed = beneath.now()
    clock.hold(believed)
    for passed, by in steps:
        beneath.advance(passed)
        beneath.jump(seconds=by)
        believed += timedelta(seconds=passed)
        assert clock.now() == beneath.now()
        assert clock.reached() == max(beneath.now(), believed)


def test_a_floored_clock_that_was_told_nothing_tells_what_the_other_does() -> None:
    beneath = ManualClock(machine="this one")
    clock = FlooredClock(beneath)
    beneath.advance(7)
    assert (clock.reached(), clock.monotonic(), clock.uptime(), clock.boot()) == (beneath.now(), 7, 7, "this one")


@given(st.datetimes(timezones=st.none() | st.timezones(), allow_imaginary=False))
def test_a_time_that_somebody_wrote_is_the_same_moment_in_utc_or_refused(time: datetime) -> None:
    try:
        found = in_utc(time)
    except UsageError:
        assert time.year in (1, 9999)
        return
    assert found.utcoffset() == timedelta(0)
    assert found == (time if time.tzinfo else time.replace(tzinfo=UTC))


def test_a_moment_that_there_is_not_in_utc_is_refused() -> None:
    with pytest.raises(UsageError, match="no moment"):
        in_utc(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))))
