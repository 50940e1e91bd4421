"""When people may be called, by the clock where they are."""

from collections.abc import Container, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from op26x.policy.places import LIKELY_COUNTRIES, UNKNOWN

DAY = 24 * 60
LOOK_AHEAD_DAYS = 40
"""Longer than any run of closed days, even if the holidays of many countries are joined: the longest has 26."""

Span = tuple[int, int]
"""From and to, in minutes since midnight; the end is no longer open."""


class CallingHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Spans of a week in which a call may reach a person.

    Attributes:
        week: The spans of each day from Monday to Sunday, in order; a day without any is closed.
        holidays: Places on whose public holidays nobody is called.
    """

    week: tuple[tuple[Span, ...], ...] = (((0, DAY),),) * 7
    holidays: frozenset[str] = frozenset()

    def __and__(self, other: "CallingHours") -> "CallingHours":
        """What is open in both."""
        if self == other:
            return self
        week = tuple(tuple(_common(a, b)) for a, b in zip(self.week, other.week, strict=True))
        return CallingHours(week, self.holidays | other.holidays)

    def open_at(self, at: datetime, zones: Iterable[str]) -> bool:
        """Whether a call may be made: it must be open in every zone that the person may be in.

        Args:
            at: When, UTC.
            zones: Names out of the time zone database; one that is not there is never open, and neither is none.
        """
        clocks = [_zone(name) for name in zones]
        return bool(clocks) and all(clock is not None and self._open(at.astimezone(clock)) for clock in clocks)

    def opens_at(self, at: datetime, zones: Iterable[str]) -> datetime | None:
        """The first moment from ``at`` on when a call may be made, UTC; ``None`` if there is none within weeks."""
        zones = frozenset(zones)
        moments = sorted({at, *self._beginnings(at, zones)})
        return next((moment for moment in moments if self.open_at(moment, zones)), None)

    def _open(self, local: datetime) -> bool:
        minute = local.hour * 60 + local.minute
        inside = any(start <= minute < end for start, end in self.week[local.weekday()])
        return inside and not any(_is_holiday(place, local.date()) for place in self.holidays)

    def _beginnings(self, at: datetime, zones: Iterable[str]) -> Iterator[datetime]:
        for zone in filter(None, map(_zone, zones)):
            first = at.astimezone(zone).date()
            for day in (first + timedelta(days) for days in range(LOOK_AHEAD_DAYS)):
                for start, _ in self.week[day.weekday()]:
                    local = datetime(day.year, day.month, day.day, start // 60, start % 60, tzinfo=zone)
                    if local >= at:
                        yield local.astimezone(UTC)

    def __str__(self) -> str:
        """``Mon-Fri 08:00-21:00, Sat closed``, days that are alike together."""
        if self == ALWAYS:
            return "at any time"
        days, parts, first = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), [], 0
        for day in range(1, 8):
            if day == 7 or self.week[day] != self.week[first]:
                name = days[first] if day - first == 1 else f"{days[first]}-{days[day - 1]}"
                spans = " and ".join(f"{_clock(start)}-{_clock(end)}" for start, end in self.week[first])
                parts.append(f"{name} {spans or 'closed'}")
                first = day
        if self.holidays:
            parts.append("public holidays closed")
        return ", ".join(parts)


ALWAYS = CallingHours()


def _common(mine: Iterable[Span], theirs: Iterable[Span]) -> Iterator[Span]:
    theirs = tuple(theirs)
    for start, end in mine:
        for other_start, other_end in theirs:
            if max(start, other_start) < min(end, other_end):
                yield max(start, other_start), min(end, other_end)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def local_day(at: datetime, zone: str) -> date:
    """Which day it is in a zone; in one that is not known, the day in Greenwich."""
    return at.astimezone(_zone(zone) or UTC).date()


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


@lru_cache(maxsize=2000)
def _is_holiday(place: str, day: date) -> bool:
    """Whether a day is a public holiday of a place, or of any part of it that it may be."""
    country, _, part = place.partition("-")
    calendars = () if place == UNKNOWN else _calendars(country, part, day.year)
    if not calendars:
        return any(_is_holiday(country, day) for country in LIKELY_COUNTRIES)
    return any(day in calendar for calendar in calendars)


@lru_cache(maxsize=500)
def _calendars(country: str, part: str, year: int) -> tuple[Container[date], ...]:
    import holidays

    parts = holidays.list_supported_countries().get(country)
    if parts is None:
        return ()
    within = [part] if part in parts else [None, *parts]
    return tuple(holidays.country_holidays(country, subdiv=one, years=year) for one in within)
