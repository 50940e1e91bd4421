"""Erasing: noted first, unreadable from that moment, and finished by work that survives crashes.

The row of a recording says that it is to be erased before anything is touched. Then its key is destroyed, then its
bytes and its words go, and the row says that it is done, in one transaction with the entry in the audit log. Whoever is
killed in between leaves the row as it was noted, and the next sweep goes on.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlmodel import Session, col, select

from op26x import logs
from op26x.audit import Access, AuditLog
from op26x.audit.entries import EXPIRED
from op26x.clock import Clock
from op26x.consent import ConsentGiven, ConsentLedger
from op26x.consent.ledger import UNWRITABLE
from op26x.errors import NotErased, NotNoted, Op26xError
from op26x.recording.model import FOLDER, Recording, RecordingState, find
from op26x.recording.transcripts import Transcripts
from op26x.storage import BlobStore, Database
from op26x.vault import KeyKind, Keyring
from op26x.work.intents import Intent, IntentKind, Intents

log = logs.get("recording")


class Beside(Protocol):
    """Whoever keeps something of calls beside their recordings."""

    async def destroy_key(self, call_id: str) -> None:
        """Destroys the key of what it keeps of a call."""
        ...

    def erase(self, session: Session, call_id: str) -> None:
        """Removes what it keeps of a call."""
        ...


class Erasures:
    """Erases recordings of one organization: key, bytes and words.

    Args:
        database: Where their rows are kept.
        blobs: Where their bytes are kept.
        keys: Has the calls' keys.
        audit: Each demand and each erasure is an entry.
        transcripts: What was said.
        consents: Takes a withdrawal together with the demand.
        intents: Take a demand while the database can't be written.
        organization_id: Whose they are.
        clock: Tells when.
        beside: Keeps something of calls that goes with their recordings.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        keys: Keyring,
        audit: AuditLog,
        transcripts: Transcripts,
        consents: ConsentLedger,
        intents: Intents,
        organization_id: str,
        clock: Clock,
        beside: Beside | None = None,
    ) -> None:
        self._database = database
        self._beside = beside
        self._blobs = blobs
        self._keys = keys
        self._audit = audit
        self._transcripts = transcripts
        self._consents = consents
        self._intents = intents
        self._organization_id = organization_id
        self._clock = clock
        intents.when(IntentKind.ERASE, self._carry_out)

    async def demand(self, call_id: str, access: Access, withdrawn: ConsentGiven | None = None) -> None:
        """Notes durably that a recording is to be erased; from now on nobody can read it. It may be repeated.

        Args:
            call_id: Whose.
            access: Who wants it, and why.
            withdrawn: What the caller said, for the consent ledger; written together with the demand.

        Raises:
            NotNoted: It is in the memory of this process alone.
            NotErased: Its time is over, and that can't be noted; the next sweep finds it again.
        """
        entry = self._consents.entry(withdrawn) if withdrawn is not None else None

        def write(session: Session) -> None:
            if entry is not None and not self._consents.withdrawn(session, call_id):
                session.add_all([entry, self._consents.noted(entry)])
            self._note(session, call_id, access)

        try:
            await self._database.run(write, alone=True)
        except UNWRITABLE as error:
            if access.why == EXPIRED:  # which its deadline says; the next sweep finds it, and the reserve is for people
                raise NotErased("A recording whose time is over could not be erased yet.") from error
            log.error("a deletion can't be noted in the database", call=call_id, exc_info=error)
            await self._note_later(call_id, access, withdrawn)
            return
        if entry is not None:
            self._consents.tell(entry)

    async def erase(self, call_id: str, access: Access) -> bool:
        """Destroys the call's key, then its bytes and words; ``False`` if there was nothing. It may be repeated.

        Args:
            call_id: Whose.
            access: Who wants it, and why.

        Raises:
            NotErased: Nobody can read it any more, but part of it is still there; the next sweep goes on.
            NotNoted: Not even that could be written down.
        """
        await self.demand(call_id, access)
        return await self.erase_demanded(call_id)

    async def erase_demanded(self, call_id: str) -> bool:
        """Goes on with an erasure that was noted, from wherever it was left; ``False`` if there was nothing.

        Raises:
            NotErased: Nobody can read it any more, but part of it is still there; the next sweep goes on.
        """
        try:
            return await self._finish(call_id)
        except (Op26xError, *UNWRITABLE) as error:
            log.error("a recording could not be erased yet", call=call_id, exc_info=error)
            raise NotErased(
                "The recording can't be read any more, but it could not be erased yet.",
                "It is tried again every minute while the service runs; the log says what failed.",
            ) from error

    async def demanded(self) -> Sequence[str]:
        """Calls whose recording is to be erased because somebody said so, or has begun to be; due at any time."""
        return await self._calls(Recording.state == RecordingState.ERASING.value)

    async def expired(self, at: datetime) -> Sequence[str]:
        """Calls whose recording's time was over at that moment and whose recording was not erased."""
        return await self._calls(col(Recording.expires_at) <= at)

    async def undo(self, call_id: str) -> None:
        """Removes a recording that was begun and never held a byte; what can't be removed now, the next sweep does."""
        await self.erase(call_id, Access("service", "not-begun"))
        await self.forget(call_id)

    async def forget(self, call_id: str) -> None:
        """Removes the row of a recording that has neither key nor file."""

        def write(session: Session) -> None:
            row = find(session, self._organization_id, call_id)
            if row is not None:
                session.delete(row)

        await self._database.run(write)

    async def _finish(self, call_id: str) -> bool:
        destroyed = await self._keys.destroy(KeyKind.CALL, call_id)
        await self._erase_beside(call_id)
        row = await self._database.run(lambda session: find(session, self._organization_id, call_id))
        if row is None:  # another database may be in its place; who puts back the right one finds nothing to play
            return destroyed and (await self._blobs.delete(f"{FOLDER}{call_id}") or destroyed)
        await self._blobs.delete(row.blob)
        now = self._clock.now()

        def write(session: Session) -> None:
            kept = find(session, self._organization_id, call_id)
            self._transcripts.erase(session, call_id)
            if kept is None or kept.erased_at is not None:
                return
            access = Access(kept.erasure_by, kept.erasure_why)
            kept.state, kept.erased_at = RecordingState.ERASED.value, now
            kept.end_reason = f"erased: {access.why}"
            session.add(kept)
            session.add(self._audit.entry("recording.erased", kept.id, access))

        await self._database.run(write, alone=True)
        await self._database.checkpoint()
        return True

    async def _erase_beside(self, call_id: str) -> None:
        """What plugins keep of the call may be words of it: whoever wants the recording deleted means those too."""
        beside = self._beside
        if beside is not None:
            await beside.destroy_key(call_id)
            await self._database.run(lambda session: beside.erase(session, call_id), alone=True)

    async def _note_later(self, call_id: str, access: Access, withdrawn: ConsentGiven | None) -> None:
        failed: NotNoted | None = None
        try:
            await self._intents.note(Intent.of(IntentKind.ERASE, call_id, who=access.who, why=access.why))
        except NotNoted as error:
            failed = error
        if withdrawn is not None:
            await self._consents.add_later(withdrawn)
        if failed is not None:
            raise failed

    async def _carry_out(self, intent: Intent) -> None:
        """Notes on the row what the reserve kept, and the sweep does the rest; without a row it is done here."""
        details = dict(intent.details)
        access = Access(details["who"], details["why"])
        if not await self._database.run(lambda session: self._note(session, intent.record_id, access), alone=True):
            await self._finish(intent.record_id)

    def _note(self, session: Session, call_id: str, access: Access) -> bool:
        """``False`` if there is no row."""
        row = find(session, self._organization_id, call_id)
        if row is None:
            return False
        if row.state in (RecordingState.ERASING, RecordingState.ERASED):
            return True
        row.state = RecordingState.ERASING.value
        row.erasure_by, row.erasure_why = access.who, access.why
        session.add(row)
        if access.why != EXPIRED:
            session.add(self._audit.entry("recording.erasure-demanded", row.id, access))
        return True

    async def _calls(self, condition: object) -> Sequence[str]:
        query = select(Recording.call_id).where(
            Recording.organization_id == self._organization_id,
            col(Recording.erased_at).is_(None),
            condition,  # type: ignore[arg-type]
        )
        return await self._database.run(lambda session: list(session.exec(query).all()))
