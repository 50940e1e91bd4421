"""How values read on a page: times, durations, states."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

NOTHING = "–"


def zone() -> tzinfo:
    """The visitor's time zone, as the browser tells it; UTC if it does not."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _unknown_zone() -> str:
    """What stands behind a short time if the visitor's zone is not known."""
    return " UTC" if zone() is UTC or str(zone()) == "UTC" else ""


def moment(at: datetime, now: datetime) -> str:
    """A point in time, short: ``Today 14:03:20``, ``5 Jan 14:03``, ``5 Jan 2025``; UTC says so."""
    local, today = at.astimezone(zone()), now.astimezone(zone())
    if local.date() == today.date():
        return f"Today {local:%H:%M:%S}{_unknown_zone()}"
    if local.year == today.year:
        return f"{local.day} {local:%b %H:%M}{_unknown_zone()}"
    return f"{local.day} {local:%b %Y}"


def full_moment(at: datetime | None) -> str:
    """A point in time to the second, with its zone."""
    if at is None:
        return NOTHING
    local = at.astimezone(zone())
    return f"{local.day} {local:%B %Y, %H:%M:%S %Z}"


def duration(seconds: float | None) -> str:
    """``41.8 s``, ``3 min 05 s``, ``1 h 02 min``."""
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def offset(milliseconds: int) -> str:
    """A point in a call: ``0:04.2``."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"


def milliseconds(value: int | None) -> str:
    """``840 ms``."""
    return NOTHING if value is None else f"{value:,} ms".replace(",", "\N{NARROW NO-BREAK SPACE}")


def plain(word: str) -> str:
    """A stored word as people read it: ``caller-hung-up`` becomes ``caller hung up``."""
    return word.replace("-", " ") or NOTHING


def sentence(word: str) -> str:
    """The same, beginning with a capital."""
    text = plain(word)
    return text[:1].upper() + text[1:]


def size(count: int) -> str:
    """A number of bytes: ``950 B``, ``12.3 kB``, ``4.5 MB``."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
