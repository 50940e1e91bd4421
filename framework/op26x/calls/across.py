"""The few questions that are asked across organizations: whose a call or a number is, and who has work waiting.

Whoever asks is the service itself; nothing but identifiers of organizations comes back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select
from ulid import ULID

from op26x.accounts import Organization, PhoneLine, is_open, line_of
from op26x.audit.model import AuditCheckpoint, AuditEntry, AuditTree
from op26x.calls.model import OPEN_STATES, Call, ScheduledCall
from op26x.calls.scheduled import PLACING
from op26x.calls.states import ScheduleState
from op26x.processors import ProcessorAcceptance, unended
from op26x.recording import Recording, RecordingState
from op26x.storage import Database
from op26x.types import PhoneNumber
from op26x.vault import BlindIndex

MOST_WAITING = 50_000
"""Entries that are looked at for whose they are; SQLite would read the whole log to tell them apart by itself."""


def _kept(
    table: type[Call] | type[Recording] | type[ScheduledCall] | type[ProcessorAcceptance],
) -> ColumnElement[bool]:
    """Whether a row is of an organization that was not erased."""
    kept = select(Organization.id).where(col(Organization.erased_at).is_(None))
    return col(table.organization_id).in_(kept)


class Across:
    """Finds the organization that something belongs to.

    Args:
        database: Where everything is kept.
        index: The installation's blind index of phone lines.
    """

    def __init__(self, database: Database, index: BlindIndex) -> None:
        self._database = database
        self._index = index

    async def line(self, provider: str, number: PhoneNumber) -> tuple[PhoneLine | None, bool]:
        """The phone line of a number, and whether its organization takes calls."""
        if not number:
            return None, False

        def read(session: Session) -> tuple[PhoneLine | None, bool]:
            line = line_of(session, provider, self._index.of(number))
            return line, line is not None and is_open(session, line.organization_id)

        return await self._database.run(read)

    async def is_open(self, organization_id: str) -> bool:
        """Whether an organization takes and places calls."""
        return await self._database.run(lambda session: is_open(session, organization_id))

    async def owner_of_call(self, provider: str, provider_call_id: str) -> str | None:
        """The organization of the call that a provider means by its identifier."""
        query = select(Call.organization_id).where(Call.provider == provider, Call.provider_call_id == provider_call_id)
        return await self._database.run(lambda session: session.exec(query).first())

    async def with_waiting_entries(self) -> list[str]:
        """Organizations whose log has entries that are not in its tree yet."""
        query = select(AuditEntry.organization_id).where(col(AuditEntry.position).is_(None)).limit(MOST_WAITING)
        return sorted(set(await self._database.run(lambda session: session.exec(query).all())))

    async def with_logs(self) -> Sequence[str]:
        """Organizations, erased ones too, that have entries in a tree."""
        query = select(AuditTree.organization_id).order_by(col(AuditTree.organization_id))
        return await self._database.run(lambda session: session.exec(query).all())

    async def with_unsigned_entries(self) -> list[str]:
        """Organizations whose log has grown since its last checkpoint."""
        newest = select(func.max(AuditCheckpoint.size)).where(
            AuditCheckpoint.organization_id == AuditTree.organization_id
        )
        query = select(AuditTree.organization_id).where(
            AuditTree.size > func.coalesce(newest.correlate(AuditTree).scalar_subquery(), 0)
        )
        return list(await self._database.run(lambda session: session.exec(query).all()))

    async def untold_checkpoints(self, limit: int = 100) -> Sequence[AuditCheckpoint]:
        """Checkpoints that did not go elsewhere yet, oldest first: they hold nothing of anybody."""
        query = select(AuditCheckpoint).where(col(AuditCheckpoint.told_at).is_(None), col(AuditCheckpoint.size) > 0)
        return await self._database.run(
            lambda session: session.exec(query.order_by(col(AuditCheckpoint.id)).limit(limit)).all()
        )

    async def with_open_calls(self) -> Sequence[str]:
        """Organizations of which calls or recordings are in progress on record."""
        calls = select(Call.organization_id).where(col(Call.state).in_(OPEN_STATES), _kept(Call)).distinct()
        recordings = (
            select(Recording.organization_id)
            .where(Recording.state == RecordingState.IN_PROGRESS.value, _kept(Recording))
            .distinct()
        )
        return await self._database.run(
            lambda session: sorted({*session.exec(calls).all(), *session.exec(recordings).all()})
        )

    async def due_scheduled_calls(self, at: datetime, limit: int = 200) -> Sequence[tuple[str, str]]:
        """Scheduled calls that are to be tried now, or have been tried for so long that their service must be gone.

        Args:
            at: Now.
            limit: At most so many, those first that have waited longest.

        Returns:
            The organization of each, and its identifier.
        """
        state, since = col(ScheduledCall.state), col(ScheduledCall.not_before)
        waits = (state == ScheduleState.WAITING.value) & (since <= at)
        lost = (state == ScheduleState.PLACING.value) & (since <= at - PLACING)
        query = select(ScheduledCall.organization_id, ScheduledCall.id).where(waits | lost, _kept(ScheduledCall))
        oldest = query.order_by(col(ScheduledCall.not_before), col(ScheduledCall.id)).limit(limit)
        return await self._database.run(lambda session: session.exec(oldest).all())

    async def seats_of_open_calls(self) -> frozenset[int]:
        """The services that hold calls which are in progress on record."""
        query = select(Call.service).where(col(Call.state).in_(OPEN_STATES), _kept(Call)).distinct()
        return await self._database.run(lambda session: frozenset(session.exec(query).all()))

    async def accepted_terms(self, now: datetime) -> frozenset[str]:
        """``Processor.fingerprint`` of those whose terms some organization has accepted, and that hold."""
        table = ProcessorAcceptance
        query = select(table.fingerprint).where(col(table.at) <= now, unended(now), _kept(table)).distinct()
        return await self._database.run(lambda session: frozenset(session.exec(query).all()))

    async def accepted_since(self, now: datetime) -> Mapping[str, tuple[datetime, datetime]]:
        """From when on the terms of each company hold that some organization has accepted, and when that was noted."""
        table = ProcessorAcceptance
        query = select(table.fingerprint, func.min(table.at), func.min(table.id)).where(unended(now), _kept(table))
        grouped = query.group_by(col(table.fingerprint))
        found = await self._database.run(lambda session: session.exec(grouped).all())
        return {fingerprint: (since, ULID.from_str(first).datetime) for fingerprint, since, first in found}

    async def recorded(self) -> Sequence[str]:
        """Organizations that have recordings, be they erased."""
        query = select(Recording.organization_id).where(_kept(Recording)).distinct()
        return await self._database.run(lambda session: sorted(session.exec(query).all()))

    async def expired(self, at: datetime) -> int:
        """How many calls of all organizations should have been erased by then and are not."""
        query = select(func.count()).where(
            col(Call.state).not_in(OPEN_STATES), col(Call.erased_at).is_(None), col(Call.expires_at) <= at
        )
        return await self._database.run(lambda session: session.exec(query).one())

    async def erasing(self) -> Sequence[str]:
        """Calls of all organizations of which a recording is to be erased."""
        query = select(Recording.call_id).where(Recording.state == RecordingState.ERASING.value)
        return await self._database.run(lambda session: session.exec(query).all())
