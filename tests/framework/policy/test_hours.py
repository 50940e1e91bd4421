"""Hours: by the clock where people are, in every zone that they may be in, and not on their holidays."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws import policies
from op26x.policy import ALWAYS, UNKNOWN, CallingHours
from op26x.policy.demands import WEEK
from op26x.policy.places import ANYWHERE

BERLIN, NEW_YORK, CHICAGO, AUCKLAND = "Europe/Berlin", "America/New_York", "America/Chicago", "Pacific/Auckland"


def daily(*spans: tuple[float, float], closed: str = "", holidays: tuple[str, ...] = ()) -> CallingHours:
    """The same hours on every day but those that are closed."""
    open_spans = tuple((round(start * 60), round(end * 60)) for start, end in spans)
    week = tuple(() if day in closed.split() else open_spans for day in WEEK)
    return CallingHours(week, frozenset(holidays))


def utc(text: str) -> datetime:
    """``2026-11-27 17:00``, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NINE_TO_FIVE = daily((9, 17))
WORKDAYS = daily((9, 17), closed="sat sun")


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-27 08:59:59", False),
        ("2026-11-27 09:00:00", True),
        ("2026-11-27 16:59:59", True),
        ("2026-11-27 17:00:00", False),
    ],
)
def test_a_span_begins_on_the_minute_and_is_over_on_the_minute(at: str, is_open: bool) -> None:
    assert NINE_TO_FIVE.open_at(utc(at), ["UTC"]) is is_open


@pytest.mark.parametrize("at", ["2026-01-01 00:00", "2026-03-08 07:30", "2026-11-27 23:59:59"])
def test_what_nobody_limits_is_open_at_any_moment(at: str) -> None:
    assert ALWAYS.open_at(utc(at), ANYWHERE.zones)
    assert ALWAYS.opens_at(utc(at), ANYWHERE.zones) == utc(at)


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        (NEW_YORK, "2026-01-15 14:00"),
        (NEW_YORK, "2026-07-15 13:00"),
        (BERLIN, "2026-01-15 08:00"),
        (BERLIN, "2026-07-15 07:00"),
        ("Asia/Kolkata", "2026-07-15 03:30"),
        ("Asia/Calcutta", "2026-07-15 03:30"),
    ],
)
def test_the_clock_is_that_of_the_person_summer_time_included(zone: str, opens: str) -> None:
    assert NINE_TO_FIVE.open_at(utc(opens), [zone])
    assert not NINE_TO_FIVE.open_at(utc(opens) - timedelta(minutes=1), [zone])


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("2026-11-22 19:59", False), ("2026-11-22 20:00", True), ("2026-11-27 04:30", False), ("2026-11-27 20:30", False)],
)
def test_the_day_of_the_week_is_that_of_the_person(at: str, is_open: bool) -> None:
    """In Auckland it is Monday morning while it is Sunday evening in UTC, and Saturday while it is Friday."""
    assert WORKDAYS.open_at(utc(at), [AUCKLAND]) is is_open


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-07", 3), ("2026-03-08", 2), ("2026-10-31", 3), ("2026-11-01", 4)],
    ids=["a day before", "an hour is left out", "another day before", "an hour comes twice"],
)
def test_on_the_nights_when_clocks_are_set_a_span_has_the_hours_that_there_are(day: str, hours: int) -> None:
    spans, midnight = daily((1, 4)), utc(f"{day} 05:00")
    open_halves = [spans.open_at(midnight + timedelta(minutes=30 * half), [NEW_YORK]) for half in range(20)]
    assert sum(open_halves) == 2 * hours


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-03-07 23:00", "2026-03-08 13:00"),
        ("2026-03-06 23:00", "2026-03-07 14:00"),
        ("2026-10-31 22:00", "2026-11-01 14:00"),
        ("2026-10-30 22:00", "2026-10-31 13:00"),
    ],
)
def test_after_the_clocks_are_set_it_opens_at_the_new_hour(at: str, opens: str) -> None:
    assert NINE_TO_FIVE.opens_at(utc(at), [NEW_YORK]) == utc(opens)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-01-15 14:30", False),
        ("2026-01-15 15:00", True),
        ("2026-01-15 21:59", True),
        ("2026-01-15 22:30", False),
    ],
    ids=["only in the east", "in both", "still in both", "only in the west"],
)
def test_who_may_be_in_several_zones_is_called_when_all_are_open(at: str, is_open: bool) -> None:
    assert NINE_TO_FIVE.open_at(utc(at), [NEW_YORK, CHICAGO]) is is_open


def test_it_opens_when_the_last_of_several_zones_does() -> None:
    assert NINE_TO_FIVE.opens_at(utc("2026-01-15 03:00"), [NEW_YORK, CHICAGO]) == utc("2026-01-15 15:00")
    assert WORKDAYS.opens_at(utc("2026-01-16 22:00"), [CHICAGO, NEW_YORK]) == utc("2026-01-19 15:00")


@pytest.mark.parametrize("hours", [daily((8, 21)), NINE_TO_FIVE, daily((10, 13), (14, 17), closed="sat sun")])
@pytest.mark.parametrize("month", range(1, 13))
def test_who_may_be_anywhere_is_never_called_within_hours_of_the_day(hours: CallingHours, month: int) -> None:
    assert hours.opens_at(datetime(2026, month, 1, tzinfo=UTC), ANYWHERE.zones) is None


@pytest.mark.parametrize(
    ("place", "day", "is_holiday"),
    [
        ("US-AL", "2026-04-27", True),
        ("US-NY", "2026-04-27", False),
        ("US-RI", "2026-08-10", True),
        ("US-AL", "2026-08-10", False),
        ("US-NY", "2026-07-03", True),
        ("US-NY", "2026-07-02", False),
        ("DE", "2026-01-06", True),
        ("DE-BY", "2026-01-06", True),
        ("DE-BE", "2026-01-06", False),
        ("DE", "2026-01-07", False),
        ("FR", "2026-07-14", True),
        ("RE", "2026-07-14", True),
        ("DE", "2026-07-14", False),
        (UNKNOWN, "2026-07-14", True),
        (UNKNOWN, "2026-04-27", True),
        (UNKNOWN, "2026-12-25", True),
    ],
)
def test_on_public_holidays_of_a_place_it_is_closed(place: str, day: str, is_holiday: bool) -> None:
    """Those of a part count there only, and in the whole country if the part is not known; with days in lieu."""
    hours = daily((0, 24), holidays=(place,))
    assert hours.open_at(utc(f"{day} 12:00"), ["UTC"]) is not is_holiday


def test_a_holiday_lasts_from_midnight_to_midnight_where_the_person_is() -> None:
    hours = daily((0, 24), holidays=("US-NY",))
    assert hours.opens_at(utc("2026-12-25 04:59"), [NEW_YORK]) == utc("2026-12-25 04:59")
    assert hours.opens_at(utc("2026-12-25 05:00"), [NEW_YORK]) == utc("2026-12-26 05:00")


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-05-22 12:00", "2026-05-22 14:00"),
        ("2026-05-22 15:00", "2026-05-22 15:00"),
        ("2026-05-22 22:00", "2026-05-26 14:00"),
        ("2026-05-24 15:00", "2026-05-26 14:00"),
        ("2026-05-25 15:00", "2026-05-26 14:00"),
    ],
    ids=["before it opens", "while it is open", "on Friday evening", "on Sunday", "on Memorial Day"],
)
def test_over_a_weekend_with_a_holiday_it_opens_on_the_next_working_day(at: str, opens: str) -> None:
    hours = daily((9, 17), closed="sat sun", holidays=("US-AL",))
    assert hours.opens_at(utc(at), [CHICAGO]) == utc(opens)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-27 12:30", "2026-11-27 12:30"),
        ("2026-11-27 13:00", "2026-11-27 14:00"),
        ("2026-11-27 17:00", "2026-11-30 10:00"),
    ],
)
def test_between_two_spans_it_opens_with_the_next(at: str, opens: str) -> None:
    hours = daily((10, 13), (14, 17), closed="sat sun")
    assert hours.opens_at(utc(at), ["UTC"]) == utc(opens)


def test_what_never_opens_has_no_moment() -> None:
    assert daily().opens_at(utc("2026-11-27 12:00"), [BERLIN]) is None


@given(
    policies.hours,
    st.frozensets(
        st.sampled_from([BERLIN, NEW_YORK, CHICAGO, "Asia/Kolkata", "Pacific/Honolulu"]), min_size=1, max_size=3
    ),
    st.sampled_from([1, 7]),
    st.integers(0, 7 * 48),
)
@settings(max_examples=40)
def test_it_opens_at_the_first_moment_that_is_open(
    hours: CallingHours, zones: frozenset[str], month: int, half_hours: int
) -> None:
    """In weeks in which no clock is set."""
    at = datetime(2026, month, 5, tzinfo=UTC) + timedelta(minutes=30 * half_hours + 7)
    opens = hours.opens_at(at, zones)
    until = opens or at + timedelta(days=14)
    assert opens is None or hours.open_at(opens, zones)
    halves = (datetime(2026, month, 5, tzinfo=UTC) + timedelta(minutes=30 * half) for half in range(24 * 48))
    assert not any(hours.open_at(half, zones) for half in [at, *halves] if at <= half < until)


@given(policies.hours, policies.hours, st.integers(0, 21 * 24 * 4))
@settings(max_examples=100)
def test_of_two_sets_of_hours_both_must_be_open(one: CallingHours, other: CallingHours, quarters: int) -> None:
    at = datetime(2026, 12, 14, tzinfo=UTC) + timedelta(minutes=15 * quarters)
    both = one.open_at(at, [BERLIN]) and other.open_at(at, [BERLIN])
    assert (one & other).open_at(at, [BERLIN]) is both


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (daily((8, 21)), daily((9, 17)), daily((9, 17))),
        (daily((8, 13)), daily((12, 20)), daily((12, 13))),
        (daily((8, 12)), daily((12, 20)), daily()),
        (daily((8, 21)), daily((10, 13), (14, 22)), daily((10, 13), (14, 21))),
        (daily((8, 21), closed="sun"), daily((8, 21), closed="sat"), daily((8, 21), closed="sat sun")),
        (daily((8, 21), holidays=("DE",)), daily((8, 21), holidays=("FR",)), daily((8, 21), holidays=("DE", "FR"))),
    ],
)
def test_what_is_open_in_both_is_what_they_share(one: CallingHours, other: CallingHours, both: CallingHours) -> None:
    assert one & other == both
    assert other & one == both


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (ALWAYS, "at any time"),
        (daily((8, 21)), "Mon-Sun 08:00-21:00"),
        (WORKDAYS, "Mon-Fri 09:00-17:00, Sat-Sun closed"),
        (daily((8, 20), closed="sun", holidays=("US-AL",)), "Mon-Sat 08:00-20:00, Sun closed, public holidays closed"),
        (
            daily((10, 13), (14, 19.5), closed="wed"),
            "Mon-Tue 10:00-13:00 and 14:00-19:30, Wed closed, Thu-Sun 10:00-13:00 and 14:00-19:30",
        ),
        (daily((0, 24), closed="mon"), "Mon closed, Tue-Sun 00:00-24:00"),
        (daily(), "Mon-Sun closed"),
        (daily((0, 24), holidays=("DE",)), "Mon-Sun 00:00-24:00, public holidays closed"),
    ],
)
def test_hours_are_told_in_words(hours: CallingHours, words: str) -> None:
    assert str(hours) == words
