"""Periods: the organization's, and an agent's own where it is shorter."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from op26x.accounts import Organization
from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.errors import UsageError
from op26x.retention.clock_watch import SLACK
from op26x.storage import Database

LONGEST_DAYS = 3650


class Deadlines(Protocol):
    """Whoever keeps something of calls until a deadline. No deadline is ever moved back."""

    def preview(self, session: Session, days: int, now: datetime) -> "Preview":
        """What it would do to keep nothing longer than so many days from its beginning."""
        ...

    async def shorten(self, days: int) -> int:
        """Keeps nothing longer than that, some at a time; returns how many deadlines it moved."""
        ...

    async def cap(self, after: datetime, latest: datetime) -> int:
        """Moves deadlines that lie after a moment to ``latest``, some at a time; returns how many."""
        ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What another period would do, in numbers of calls.

    Attributes:
        days: The period.
        gone: Those of which everything personal would be erased at the next sweep.
        sooner: Those whose deadline would come sooner, those that are gone included.
        kept: Those that keep their deadline.
    """

    days: int
    gone: int
    sooner: int
    kept: int


class Periods:
    """The organization's period, and the deadlines that follow from it.

    Args:
        database: Where the organization is kept.
        organization_id: Whose period.
        audit: Where changes of it are entered.
        clock: Tells what is over.
    """

    def __init__(self, database: Database, organization_id: str, audit: AuditLog, clock: Clock) -> None:
        self._database = database
        self._organization_id = organization_id
        self._audit = audit
        self._clock = clock

    async def days(self) -> int:
        """The organization's period in days."""
        return await self._database.run(self._days)

    def kept_days(self, session: Session, agent_days: int | None = None) -> int:
        """For how many days something is kept that is written now: the shorter of the agent's and the organization's.

        Args:
            session: The transaction that writes it, begun as a writer: no other period can be set in between.
            agent_days: The agent's own period, if it has one.
        """
        own = self._days(session)
        return min(own, agent_days or own)

    async def preview(self, days: int, kept: Deadlines) -> Preview:
        """What a new period would do to what is stored; a longer one leaves every deadline as it was promised.

        Raises:
            UsageError: It is not from 1 day to ten years.
        """
        _check(days)
        now = self._clock.now()
        return await self._database.run(lambda session: kept.preview(session, days, now))

    async def change(self, days: int, kept: Deadlines, who: str) -> Preview:
        """Sets the period, with an entry in the audit log, and then moves forward what it brings sooner.

        What begins before it is set is moved, what begins after it goes by the new period, and nothing begins in
        between. Who is killed on the way leaves the rest to ``hold``.

        Args:
            days: The new period.
            kept: What it applies to.
            who: For the audit log.

        Raises:
            UsageError: It is not from 1 day to ten years.
        """
        _check(days)
        now = self._clock.now()

        def write(session: Session) -> Preview:
            organization = session.get_one(Organization, self._organization_id)
            organization.retention_days = days
            session.add(organization)
            session.add(self._audit.entry("retention.changed", self._organization_id, Access(who, f"{days} days")))
            return kept.preview(session, days, now)

        preview = await self._database.run(write, alone=True)
        if preview.sooner:
            await kept.shorten(days)
        return preview

    async def hold(self, kept: Deadlines, at: datetime) -> int:
        """Brings deadlines that lie further ahead than the period forward, and returns how many.

        What was written while the clock was ahead would be kept longer than promised. An agent's own period is not
        known any more: it is kept by the organization's. And a shorter period may have been set by a process that was
        killed before it had moved everything.

        Args:
            kept: What is kept.
            at: What time it is, now that the clock is believed.
        """
        days = await self.days()
        latest = at + timedelta(days=days)
        return await kept.shorten(days) + await kept.cap(latest + SLACK, latest)

    def _days(self, session: Session) -> int:
        return session.get_one(Organization, self._organization_id).retention_days


def _check(days: int) -> None:
    if not 1 <= days <= LONGEST_DAYS:
        raise UsageError(f"A period of {days} days is not possible.", f"Give 1 to {LONGEST_DAYS} days.")
