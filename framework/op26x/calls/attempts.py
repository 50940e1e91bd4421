"""Attempts: how often a person was called, remembered for as long as a law counts, whatever becomes of the calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select

from op26x.audit import Access, AuditLog
from op26x.calls.model import OPEN_STATES, Attempt, Call
from op26x.calls.states import Direction
from op26x.clock import Clock
from op26x.ids import Ids
from op26x.policy import EffectivePolicy
from op26x.storage import Database


class CallAttempts:
    """Counts those of one organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        audit: Where it is entered that some went.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, audit: AuditLog, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._organization_id = organization_id
        self._audit = audit
        self._ids = ids
        self._clock = clock

    async def note(self, call: Call, policy: EffectivePolicy) -> None:
        """Remembers whom a call goes to, for as long as its policy counts calls to them; for no time if it does not."""
        days = max((limit.days for limit in policy.attempts), default=0)
        if not days or not call.called_index:
            return
        row = Attempt(
            id=self._ids.new(),
            organization_id=self._organization_id,
            call_id=call.id,
            called_index=call.called_index,
            expires_at=call.created_at + timedelta(days=days),
        )
        await self._database.run(lambda session: session.add(row))

    async def since(self, subject_index: str, moment: datetime, but: str = "") -> Sequence[datetime]:
        """When a person was called since a moment, newest first, whether or not they answered.

        Args:
            subject_index: Who, as a blind index.
            moment: From when on.
            but: A call that is not counted; those that were ordered before it are, though they may not be placed yet.
        """
        own = Call.organization_id == self._organization_id
        ordered = select(Call.created_at).where(own, Call.id == but)
        before = sa.tuple_(col(Call.created_at), col(Call.id)) < sa.tuple_(ordered.scalar_subquery(), but)
        about_to_be = col(Call.state).in_(OPEN_STATES) & before
        remembered = select(Attempt.call_id).where(
            Attempt.organization_id == self._organization_id, Attempt.called_index == subject_index
        )
        query = select(Call.created_at).where(
            own,
            (col(Call.called_index) == subject_index) | col(Call.id).in_(remembered),
            Call.direction == Direction.OUTBOUND.value,
            col(Call.provider_call_id).is_not(None) | about_to_be,
            col(Call.created_at) > moment,
            Call.id != but,
        )
        newest = query.order_by(col(Call.created_at).desc())
        return await self._database.run(lambda session: session.exec(newest).all())

    async def ended(self, at: datetime) -> int:
        """How many are counted no longer at a moment."""
        query = select(func.count()).select_from(Attempt).where(*self._over(at))
        return await self._database.run(lambda session: session.exec(query).one())

    async def sweep(self, at: datetime, access: Access) -> int:
        """Forgets those; returns how many."""

        def write(session: Session) -> int:
            gone = int(session.exec(delete(Attempt).where(*self._over(at))).rowcount)
            if gone:
                session.add(self._audit.entry("attempts.erased", self._organization_id, access))
            return gone

        return await self._database.run(write, alone=True)

    def _over(self, at: datetime) -> tuple[ColumnElement[bool], ...]:
        return col(Attempt.organization_id) == self._organization_id, col(Attempt.expires_at) <= at
