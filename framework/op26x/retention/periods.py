"""Periods: the organization's, and an agent's own where it is shorter."""

from collections.abc import Mapping, Sequence
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
    """Whoever keeps something of calls until a deadline."""

    def deadlines(self, session: Session) -> dict[str, tuple[datetime, datetime]]:
        """When each call that something is kept of was made, and until when that is kept."""
        ...

    def later(self, session: Session, at: datetime) -> Sequence[str]:
        """Calls of which something is kept until after that moment."""
        ...

    def bring_forward(self, session: Session, deadlines: Mapping[str, datetime]) -> None:
        """Moves deadlines forward, in the caller's transaction; none is ever moved back."""
        ...

    async def follow(self, deadlines: Mapping[str, datetime]) -> None:
        """Moves forward what lies in other databases, after the transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What another period would do.

    Attributes:
        days: The period.
        gone: Calls of which everything personal would be erased at the next sweep.
        sooner: Calls whose deadline would come sooner, those that are gone included.
        kept: Calls that keep their deadline.
    """

    days: int
    gone: tuple[str, ...]
    sooner: tuple[str, ...]
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

    def deadline(self, session: Session, created_at: datetime, agent_days: int | None = None) -> datetime:
        """Until when something is kept: by the shorter of the agent's period and the organization's.

        Args:
            session: The transaction that writes it, begun as a writer: no other period can be set in between.
            created_at: When it was made.
            agent_days: The agent's own period, if it has one.
        """
        own = self._days(session)
        return created_at + timedelta(days=min(own, agent_days or own))

    async def preview(self, days: int, kept: Deadlines) -> Preview:
        """What a new period would do to what is stored; a longer one leaves every deadline as it was promised.

        Raises:
            UsageError: It is not from 1 day to ten years.
        """
        _check(days)
        return _previewed(days, await self._database.run(kept.deadlines), self._clock.now())

    async def change(self, days: int, kept: Deadlines, who: str) -> Preview:
        """Sets the period, with an entry in the audit log, and moves forward what it brings sooner, in one transaction.

        What begins before it is moved, what begins after it goes by the new period, and nothing begins in between.

        Args:
            days: The new period.
            kept: What it applies to.
            who: For the audit log.

        Raises:
            UsageError: It is not from 1 day to ten years.
        """
        _check(days)
        now = self._clock.now()

        def write(session: Session) -> tuple[Preview, dict[str, datetime]]:
            organization = session.get_one(Organization, self._organization_id)
            organization.retention_days = days
            session.add(organization)
            session.add(self._audit.entry("retention.changed", self._organization_id, Access(who, f"{days} days")))
            deadlines = kept.deadlines(session)
            preview = _previewed(days, deadlines, now)
            sooner = {call_id: deadlines[call_id][0] + timedelta(days=days) for call_id in preview.sooner}
            kept.bring_forward(session, sooner)
            return preview, sooner

        preview, sooner = await self._database.run(write, alone=True)
        await kept.follow(sooner)
        return preview

    async def hold(self, kept: Deadlines, at: datetime) -> Sequence[str]:
        """Brings back deadlines that lie further ahead than the period, and returns whose they were.

        What was written while the clock was ahead would be kept longer than promised. An agent's own period is not
        known any more: it is kept by the organization's.

        Args:
            kept: What is kept.
            at: What time it is, now that the clock is believed.
        """

        def write(session: Session) -> dict[str, datetime]:
            latest = at + timedelta(days=self._days(session))
            late = dict.fromkeys(kept.later(session, latest + SLACK), latest)
            if late:
                kept.bring_forward(session, late)
            return late

        late = await self._database.run(write, alone=True)
        await kept.follow(late)
        return tuple(late)

    def _days(self, session: Session) -> int:
        return session.get_one(Organization, self._organization_id).retention_days


def _check(days: int) -> None:
    if not 1 <= days <= LONGEST_DAYS:
        raise UsageError(f"A period of {days} days is not possible.", f"Give 1 to {LONGEST_DAYS} days.")


def _previewed(days: int, deadlines: Mapping[str, tuple[datetime, datetime]], now: datetime) -> Preview:
    gone, sooner, same = [], [], 0
    for call_id, (created_at, expires_at) in deadlines.items():
        deadline = created_at + timedelta(days=days)
        if deadline >= expires_at:
            same += 1
            continue
        sooner.append(call_id)
        if deadline <= now:
            gone.append(call_id)
    return Preview(days, tuple(gone), tuple(sooner), same)
