"""Entries, appended and never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import SQLModel, col, select

from op26x.clock import Clock
from op26x.datamap import identifier, operational, organization
from op26x.ids import Ids
from op26x.storage import Database, UtcDateTime

EXPIRED = "expired"
"""The reason of whatever goes because its time is over."""


@dataclass(frozen=True, slots=True)
class Access:
    """On whose behalf something personal is read, changed or erased.

    Attributes:
        who: ``command-line``, ``api-key:ID``, ``operator``, ``user:ID``, ``caller``, ``sweep``, ``tool:NAME``.
        why: The reason; no personal data.
    """

    who: str
    why: str


class AuditEntry(SQLModel, table=True):
    """An act.

    Attributes:
        who: As in ``Access``.
        what: ``recording.read``, ``recording.exported``, ``recording.deleted``, ``call.erased`` and the like.
        record_id: What it was done to.
        why: The reason given; no personal data.
    """

    __tablename__ = "audit_entry"

    id: str = identifier()
    organization_id: str = organization(stays="What was done stays on record, the erasure included.")
    at: datetime = operational("when it was done", sa_type=UtcDateTime)
    who: str = operational("who did it: an identifier, or a word of a list")
    what: str = operational("what was done: a word of a list")
    record_id: str = operational("what it was done to: an identifier", index=True)
    why: str = operational("the reason that was given")


class AuditLog:
    """Appends and reads the entries of one organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, ids: Ids, clock: Clock) -> None:
        self._database = database
        self.organization_id = organization_id
        self._ids = ids
        self._clock = clock

    async def add(self, what: str, record_id: str, access: Access) -> None:
        """Appends an entry; if that fails, the act must not happen."""
        entry = self.entry(what, record_id, access)
        await self._database.run(lambda session: session.add(entry))

    def entry(self, what: str, record_id: str, access: Access) -> AuditEntry:
        """An entry for a session of the caller's, so that the act and its entry are written together or not at all."""
        return AuditEntry(
            id=self._ids.new(),
            organization_id=self.organization_id,
            at=self._clock.now(),
            who=access.who,
            what=what,
            record_id=record_id,
            why=access.why,
        )

    async def of(self, record_id: str) -> list[AuditEntry]:
        """The entries of a record, in order."""
        query = select(AuditEntry).where(
            AuditEntry.organization_id == self.organization_id, AuditEntry.record_id == record_id
        )
        return await self._database.run(lambda session: list(session.exec(query.order_by(col(AuditEntry.id))).all()))
