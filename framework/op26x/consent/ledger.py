"""The consent ledger and the do-not-call list of one organization."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select

from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.consent.model import Consent, ConsentState, Purpose, Suppression
from op26x.errors import UsageError
from op26x.ids import Ids
from op26x.storage import Database

KEEP = timedelta(days=5 * 365)
"""How long an entry proves what was agreed: longer than the four years in which 28 USC 1658 lets a claim be brought."""


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """What a person decided, and how it shows.

    Attributes:
        subject_index: Who, as a blind index.
        call_id: In which call.
        state: What they decided.
        evidence: ``mark``, ``digit``, ``words`` or ``silence``.
        value: The key, or the recognised word of a fixed list.
        announcement: Version of what they were told.
        purpose: What for.
    """

    subject_index: str
    call_id: str
    state: ConsentState
    evidence: str
    value: str = ""
    announcement: str = ""
    purpose: Purpose = Purpose.RECORDING


class ConsentLedger:
    """Appends and reads; there is no way to change an entry.

    Args:
        database: Where it is kept.
        organization_id: Whose it is.
        audit: Where it is entered that entries went.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, audit: AuditLog, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._organization_id = organization_id
        self._audit = audit
        self._ids = ids
        self._clock = clock
        self._tell: Callable[[Consent], Awaitable[None]] | None = None

    def when_changed(self, tell: Callable[[Consent], Awaitable[None]]) -> None:
        """Has somebody told of each entry, after it was written."""
        self._tell = tell

    async def add(self, given: ConsentGiven) -> Consent:
        """Appends an entry."""
        now = self._clock.now()
        entry = Consent(
            id=self._ids.new(),
            organization_id=self._organization_id,
            subject_index=given.subject_index,
            call_id=given.call_id,
            purpose=given.purpose.value,
            state=given.state.value,
            evidence=given.evidence,
            value=given.value,
            announcement=given.announcement,
            at=now,
            expires_at=now + KEEP,
        )
        await self._database.run(lambda session: session.add(entry))
        if self._tell is not None:
            await self._tell(entry)
        return entry

    async def of_call(self, call_id: str) -> list[Consent]:
        """The entries of a call, in order."""
        query = select(Consent).where(Consent.organization_id == self._organization_id, Consent.call_id == call_id)
        return await self._database.run(lambda session: list(session.exec(query.order_by(col(Consent.id))).all()))

    async def suppress(self, subject_index: str, call_id: str) -> None:
        """Puts a person on the do-not-call list; twice changes nothing.

        Raises:
            UsageError: The number was withheld, so nobody knows whom not to call.
        """
        if not subject_index:
            raise UsageError("The caller's number was withheld.", "Nobody can call it again either.")
        row = Suppression(
            id=self._ids.new(),
            organization_id=self._organization_id,
            subject_index=subject_index,
            call_id=call_id,
            at=self._clock.now(),
        )

        def write(session: Session) -> None:
            if self._suppressed(session, subject_index) is None:
                session.add(row)

        await self._database.run(write)

    async def is_suppressed(self, subject_index: str) -> bool:
        """Whether a person asked not to be called."""
        if not subject_index:
            return False
        return await self._database.run(lambda session: self._suppressed(session, subject_index)) is not None

    async def ended(self, at: datetime) -> int:
        """How many entries are over at a moment."""
        query = select(func.count()).select_from(Consent).where(*self._over(at))
        return await self._database.run(lambda session: session.exec(query).one())

    async def sweep(self, at: datetime, access: Access) -> int:
        """Removes entries that are over at a moment; returns how many."""
        query = delete(Consent).where(*self._over(at))

        def write(session: Session) -> int:
            gone = int(session.exec(query).rowcount)
            if gone:
                session.add(self._audit.entry("consents.erased", self._organization_id, access))
            return gone

        return await self._database.run(write, alone=True)

    def _over(self, at: datetime) -> tuple[ColumnElement[bool], ...]:
        return col(Consent.organization_id) == self._organization_id, col(Consent.expires_at) <= at

    def _suppressed(self, session: Session, subject_index: str) -> Suppression | None:
        query = select(Suppression).where(
            Suppression.organization_id == self._organization_id, Suppression.subject_index == subject_index
        )
        return session.exec(query).first()
