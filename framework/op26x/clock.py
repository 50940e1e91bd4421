"""Time, injectable. Everything that asks for the time is handed a clock."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The wall-clock time, in UTC and aware of it."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The wall-clock time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()


@dataclass
class ManualClock:
    """A clock that stands still until it is told to move; for tests and replays."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    elapsed: float = 0.0

    def now(self) -> datetime:
        """The time it was set to, plus what it was advanced by."""
        return self.at + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        """Seconds that it was advanced by."""
        return self.elapsed

    def advance(self, seconds: float) -> None:
        """Moves the time forward."""
        self.elapsed += seconds
