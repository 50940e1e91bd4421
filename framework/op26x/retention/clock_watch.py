"""The watch over the clock: what it says is checked against one that nobody can set, before anything is erased by it.

A pure state machine over readings of two clocks: the wall clock, which may be set by a person, a virtual machine or a
time server, and the machine's uptime, which counts seconds and sleep and can't be set. ``trusted`` goes on with the
uptime; the wall clock is believed while it keeps within ``SLACK`` of it. When it does not, it is in doubt, and nothing
is erased that is not overdue by both, until they have agreed again for ``AGREEMENT`` or an operator has confirmed it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SLACK = timedelta(seconds=60)
AGREEMENT = timedelta(hours=1)
LONGEST_OFF = timedelta(hours=25)
"""How long a machine may have been off, with nothing but the wall clock to tell how long that was."""
DRIFT = 0.001
"""How much faster or slower than the uptime a clock may be without being in doubt; time servers slew by half of it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The reading at which the wall clock was first seen where it is now.

    Attributes:
        wall: What the wall clock said.
        uptime_s: What the uptime was.
    """

    wall: datetime
    uptime_s: float


@dataclass(frozen=True, slots=True)
class ClockWatch:
    """What is known of the clock as of the last reading.

    Attributes:
        wall: What the wall clock said then.
        uptime_s: What the uptime was then.
        trusted: What time it was then, by the uptime and the last time in which the wall clock was believed.
        doubt: Since when the wall clock says something else; nothing if it does not.
    """

    wall: datetime
    uptime_s: float
    trusted: datetime
    doubt: Doubt | None = None

    @classmethod
    def begin(cls, wall: datetime, uptime_s: float, newest: datetime | None) -> "ClockWatch":
        """The first reading since the machine was started.

        Args:
            wall: What the wall clock says.
            uptime_s: What the uptime is.
            newest: The newest trusted time on record; nothing if there is none, and the wall clock is believed.
        """
        if newest is None or -SLACK <= wall - newest <= LONGEST_OFF:
            return cls(wall, uptime_s, wall)
        return cls(wall, uptime_s, newest, Doubt(wall, uptime_s))

    def read(self, wall: datetime, uptime_s: float) -> "ClockWatch":
        """The next reading."""
        passed = timedelta(seconds=max(0.0, uptime_s - self.uptime_s))
        due = self.trusted + passed
        if abs(wall - due) <= SLACK:
            drift = passed * DRIFT
            return ClockWatch(wall, uptime_s, due + min(max(wall - due, -drift), drift))
        doubt = self.doubt
        if doubt is None or abs(wall - doubt.wall - timedelta(seconds=uptime_s - doubt.uptime_s)) > SLACK:
            return ClockWatch(wall, uptime_s, due, Doubt(wall, uptime_s))
        if timedelta(seconds=uptime_s - doubt.uptime_s) < AGREEMENT:
            return ClockWatch(wall, uptime_s, due, doubt)
        return ClockWatch(wall, uptime_s, wall)

    def confirmed(self) -> "ClockWatch":
        """After an operator said that the wall clock is right."""
        return replace(self, trusted=self.wall, doubt=None)

    @property
    def erasable(self) -> datetime:
        """What was over by then may be erased: it is so by the wall clock, and by the time that is trusted."""
        return min(self.wall, self.trusted)

    @property
    def ahead(self) -> timedelta:
        """How far the wall clock is ahead of the time that is trusted; below zero if it is behind."""
        return self.wall - self.trusted

    @property
    def settles_in(self) -> timedelta:
        """How long the wall clock must still agree with the uptime to be believed."""
        if self.doubt is None:
            return timedelta(0)
        return AGREEMENT - timedelta(seconds=self.uptime_s - self.doubt.uptime_s)
