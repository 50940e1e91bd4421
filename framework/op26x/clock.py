"""Time, injectable. Everything that asks for the time is handed a clock."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from op26x.errors import UsageError

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Linux: another one after each start of the machine (https://docs.kernel.org/admin-guide/sysctl/kernel.html#random)."""


def in_utc(time: datetime) -> datetime:
    """A time that somebody wrote, in UTC; one without a zone is taken for UTC.

    Raises:
        UsageError: It is past the last moment that there is in UTC.
    """
    try:
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        raise UsageError(f"There is no moment {time} in UTC.", "Choose one that is nearer.") from None


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The wall-clock time, in UTC and aware of it. It may be set, ahead or back, at any moment."""
        ...

    def reached(self) -> datetime:
        """The latest time that there is reason to believe has come: what is over by it can't be read any more."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    def uptime(self) -> float:
        """Seconds that count the machine's sleep as well, the same for all processes of one ``boot``."""
        ...

    def boot(self) -> str:
        """Within what ``uptime`` can be compared: one run of the machine, or of this process if that can't be told."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The wall-clock time, in UTC."""
        return datetime.now(UTC)

    def reached(self) -> datetime:
        """The wall-clock time: it knows no other."""
        return self.now()

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    def uptime(self) -> float:
        """Seconds since the machine was started. Where there is no such clock, the monotonic one counts sleep."""
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

    def boot(self) -> str:
        """The kernel's identifier of this run of the machine; one of this process where there is none."""
        return _boot()


@dataclass
class ManualClock:
    """A clock that stands still until it is told to move; for tests and replays."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    elapsed: float = 0.0
    machine: str = "manual"

    def now(self) -> datetime:
        """The time it was set to, plus what it was advanced by."""
        return self.at + timedelta(seconds=self.elapsed)

    def reached(self) -> datetime:
        """The same."""
        return self.now()

    def monotonic(self) -> float:
        """Seconds that it was advanced by."""
        return self.elapsed

    def uptime(self) -> float:
        """The same."""
        return self.elapsed

    def boot(self) -> str:
        """The machine that it is said to be on."""
        return self.machine

    def advance(self, seconds: float) -> None:
        """Moves the time forward."""
        self.elapsed += seconds

    def jump(self, **by: float) -> None:
        """Sets the wall clock, ahead or back, while no time passes; as ``timedelta`` takes it."""
        self.at += timedelta(**by)


class FlooredClock:
    """A clock that, set back, goes on knowing how late it was.

    Args:
        clock: The one beneath.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._floor: tuple[datetime, float] | None = None

    def hold(self, at: datetime) -> None:
        """From now on ``reached`` goes on from this time, or from the wall clock's where that is later."""
        self._floor = at, self._clock.uptime()

    def now(self) -> datetime:
        """The wall-clock time, in UTC."""
        return self._clock.now()

    def reached(self) -> datetime:
        """The later of the wall-clock time and the one it was told, with what has passed since."""
        if self._floor is None:
            return self.now()
        at, uptime = self._floor
        return max(self.now(), at + timedelta(seconds=self.uptime() - uptime))

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return self._clock.monotonic()

    def uptime(self) -> float:
        """Seconds since the machine was started."""
        return self._clock.uptime()

    def boot(self) -> str:
        """Within what ``uptime`` can be compared."""
        return self._clock.boot()


@cache
def _boot() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return uuid4().hex
