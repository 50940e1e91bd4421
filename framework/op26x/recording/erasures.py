"""Erasing: noted first, unreadable from that moment, and finished by work that survives crashes.

The row of a recording says that it is to be erased before anything is touched. Then its key is destroyed, then its
bytes and its words go, and the row says that it is done, in one transaction with the entry in the audit log. Whoever is
killed in between leaves the row as it was noted, and the next sweep goes on.
"""

import asyncio
from collections.abc import Mapping, Sequence
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
from op26x.recording.model import FOLDER, Recording, RecordingState, find, note_recorded
from op26x.recording.transcripts import Transcripts
from op26x.retention import BATCH, Due, due
from op26x.storage import BlobStore, Database
from op26x.vault import KeyKind, Keyring
from op26x.work.intents import Intent, IntentKind, Intents

log = logs.get("recording")


class Beside(Protocol):
    """Whoever keeps something of calls beside their recordings."""

    async def destroy_keys(self, call_ids: Sequence[str]) -> None:
        """Destroys the keys of what it keeps of calls."""
        ...

    def erase(self, session: Session, call_ids: Sequence[str]) -> None:
        """Removes what it keeps of calls."""
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
            self._note(session, [call_id], access)

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
            return bool(await self._finish([call_id]))
        except (Op26xError, *UNWRITABLE) as error:
            log.error("a recording could not be erased yet", call=call_id, exc_info=error)
            raise NotErased(
                "The recording can't be read any more, but it could not be erased yet.",
                "It is tried again every minute while the service runs; the log says what failed.",
            ) from error

    async def erase_all(self, call_ids: Sequence[str], access: Access) -> None:
        """Erases recordings whose time is over; what of it was done is not done again. It may be repeated.

        Raises:
            NotErased: Nobody can read them any more, but part of them is still there; the next sweep goes on.
        """
        try:
            await self._database.run(lambda session: self._note(session, call_ids, access), alone=True)
            await self._finish(call_ids)
        except (Op26xError, *UNWRITABLE) as error:
            raise NotErased("Recordings whose time is over could not be erased yet.") from error

    async def demanded(self) -> Sequence[str]:
        """Calls whose recording is to be erased because somebody said so, or has begun to be; due at any time."""
        query = select(Recording.call_id).where(
            Recording.organization_id == self._organization_id, Recording.state == RecordingState.ERASING.value
        )
        return await self._database.run(lambda session: session.exec(query).all())

    async def expired(self, at: datetime, after: Due | None = None, limit: int = BATCH) -> Sequence[Due]:
        """Calls whose recording's time was over at that moment and was not erased; see ``retention.Keeper``."""
        query = due(Recording, col(Recording.call_id), at, after, limit)
        query = query.where(col(Recording.organization_id) == self._organization_id)
        return await self._database.run(lambda session: [Due(*row) for row in session.execute(query)])

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
                note_recorded(session, call_id, recorded=False)

        await self._database.run(write)

    async def _finish(self, call_ids: Sequence[str]) -> set[str]:
        """Destroys keys, then bytes and words; returns the calls of which there was something."""
        destroyed = await self._keys.destroy_all(KeyKind.CALL, call_ids)
        await self._erase_beside(call_ids)
        rows = await self._database.run(lambda session: self._rows(session, call_ids))
        blobs = {row.call_id: row.blob for row in rows}
        gone = await self._delete(blobs)
        # Another database may be in its place; who puts back the right one finds nothing to play.
        unknown = {call_id: f"{FOLDER}{call_id}" for call_id in destroyed - blobs.keys()}
        gone |= destroyed | await self._delete(unknown)
        if blobs:
            await self._database.run(lambda session: self._erased(session, call_ids), alone=True)
            await self._database.checkpoint()
        return gone | blobs.keys()

    async def _delete(self, blobs: Mapping[str, str]) -> set[str]:
        """Deletes blobs, several at once; returns the calls of those that there were."""
        found = await asyncio.gather(*(self._blobs.delete(blob) for blob in blobs.values()), return_exceptions=True)
        for failed in found:
            if isinstance(failed, BaseException):
                raise failed
        return {call_id for call_id, gone in zip(blobs, found, strict=True) if gone}

    def _erased(self, session: Session, call_ids: Sequence[str]) -> None:
        """Removes the words and writes that all of it is gone, with the entries that say so."""
        self._transcripts.erase(session, call_ids)
        now = self._clock.now()
        for row in self._rows(session, call_ids):
            if row.erased_at is None:
                access = Access(row.erasure_by, row.erasure_why)
                row.state, row.erased_at = RecordingState.ERASED.value, now
                row.end_reason = f"erased: {access.why}"
                session.add_all([row, self._audit.entry("recording.erased", row.id, access, row.policy)])

    async def _erase_beside(self, call_ids: Sequence[str]) -> None:
        """What plugins keep of the calls may be words of them: whoever wants a recording deleted means those too."""
        beside = self._beside
        if beside is not None:
            await beside.destroy_keys(call_ids)
            await self._database.run(lambda session: beside.erase(session, call_ids), alone=True)

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
        call_ids = [intent.record_id]
        if not await self._database.run(lambda session: self._note(session, call_ids, access), alone=True):
            await self._finish(call_ids)

    def _note(self, session: Session, call_ids: Sequence[str], access: Access) -> bool:
        """Notes on rows that they are to be erased; ``False`` if there are none."""
        rows = self._rows(session, call_ids)
        for row in rows:
            if row.state in (RecordingState.ERASING, RecordingState.ERASED):
                continue
            row.state = RecordingState.ERASING.value
            row.erasure_by, row.erasure_why = access.who, access.why
            session.add(row)
            if access.why != EXPIRED:
                session.add(self._audit.entry("recording.erasure-demanded", row.id, access, row.policy))
        return bool(rows)

    def _rows(self, session: Session, call_ids: Sequence[str]) -> Sequence[Recording]:
        query = select(Recording).where(
            Recording.organization_id == self._organization_id, col(Recording.call_id).in_(call_ids)
        )
        return session.exec(query).all()
