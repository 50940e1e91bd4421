"""Reconciling: rows, keys and files of recordings lie in three stores, and each must know of the others.

They part when one of them is restored from a backup, lost or exchanged. What no row knows of can't be read, but must
have an end as well: it goes when its key's time is over, so that whoever put back the wrong database can mend that
before. What a row knows of and is not there is lost; that is told, and nothing is done about it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, select

from op26x import logs
from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.ids import CALL_ID_LENGTH
from op26x.recording.model import Recording, RecordingState
from op26x.storage import BlobStore, Database
from op26x.vault import KeyKind, Keyring

log = logs.get("recording")

FOLDER = "recordings/"
KEPT = [state.value for state in RecordingState if state is not RecordingState.ERASED]
YOUNG = timedelta(hours=1)
"""A key is made a moment before the row that needs it; younger ones are left alone."""
CALLS = sa.table("call", sa.column("caller_index"), sa.column("called_index"), sa.column("organization_id"))


class Found(StrEnum):
    """What does not fit together.

    Attributes:
        FILE_WITHOUT_ROW: A file of a recording that the database does not know.
        KEY_WITHOUT_ROW: A key of a call that was not recorded, or of a person who is in no call.
        ROW_WITHOUT_FILE: The audio of a recording is missing.
        ROW_WITHOUT_KEY: The key of a recording is missing, so that nobody can read it.
    """

    FILE_WITHOUT_ROW = "file-without-row"
    KEY_WITHOUT_ROW = "key-without-row"
    ROW_WITHOUT_FILE = "row-without-file"
    ROW_WITHOUT_KEY = "row-without-key"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not fit.

    Attributes:
        id: The call's identifier; of a person's key their blind index.
        what: What is wrong.
        due: When it is erased; ``None`` if it is lost and there is nothing to erase.
        erased: Whether it was erased now.
    """

    id: str
    what: Found
    due: datetime | None
    erased: bool = False


class Reconciliation:
    """Compares the three stores of one organization.

    Args:
        database: Has the rows.
        blobs: Has the files.
        keys: Has the keys.
        audit: What is erased is an entry.
        organization_id: Whose they are.
        clock: Tells what is over.
    """

    def __init__(
        self, database: Database, blobs: BlobStore, keys: Keyring, audit: AuditLog, organization_id: str, clock: Clock
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._keys = keys
        self._audit = audit
        self._organization_id = organization_id
        self._clock = clock

    async def run(self, access: Access, keep: timedelta, *, erase: bool = False) -> list[Difference]:
        """Finds what does not fit, and erases what is due.

        Args:
            access: Who wants it, and why.
            keep: How long a person's key that no call needs is kept; it has no deadline of its own.
            erase: Erases what no row knows of now, due or not.
        """
        now = self._clock.now()
        done = []
        for found in await self.find(keep):
            due = found.due is not None and (erase or found.due <= now)
            if due:
                await self._erase(found, access)
            log.error("stores differ", id=found.id, what=found.what.value, erased=due)
            done.append(Difference(found.id, found.what, found.due, erased=due))
        return done

    async def find(self, keep: timedelta) -> list[Difference]:
        """What does not fit, by identifier."""
        now = self._clock.now()
        rows = {row.call_id: row for row in await self._database.run(self._rows)}
        people = await self._database.run(self._people)
        files = {key.removeprefix(FOLDER) for key in await self._blobs.list(FOLDER)}
        keys = await self._keys.all(KeyKind.CALL)
        found = []
        for call_id in files - rows.keys():
            key = keys.get(call_id)
            found.append(Difference(call_id, Found.FILE_WITHOUT_ROW, (key and key.expires_at) or now))
        for call_id, key in keys.items():
            if call_id not in rows and call_id not in files and key.created_at < now - YOUNG:
                found.append(Difference(call_id, Found.KEY_WITHOUT_ROW, key.expires_at or now))
        for index, key in (await self._keys.all(KeyKind.SUBJECT)).items():
            if index not in people and key.created_at < now - YOUNG:
                found.append(Difference(index, Found.KEY_WITHOUT_ROW, key.created_at + keep))
        for call_id, row in rows.items():
            if row.blob.removeprefix(FOLDER) not in files:
                found.append(Difference(call_id, Found.ROW_WITHOUT_FILE, None))
            elif call_id not in keys:
                found.append(Difference(call_id, Found.ROW_WITHOUT_KEY, None))
        return sorted(found, key=lambda difference: (difference.id, difference.what))

    async def _erase(self, found: Difference, access: Access) -> None:
        kind = KeyKind.CALL if len(found.id) == CALL_ID_LENGTH else KeyKind.SUBJECT
        await self._keys.destroy(kind, found.id)
        if found.what is Found.FILE_WITHOUT_ROW:
            await self._blobs.delete(FOLDER + found.id)
        await self._audit.add("orphan.erased", found.id, access)

    def _rows(self, session: Session) -> list[Recording]:
        query = select(Recording).where(
            Recording.organization_id == self._organization_id, col(Recording.state).in_(KEPT)
        )
        return list(session.exec(query).all())

    def _people(self, session: Session) -> set[str]:
        query = sa.select(CALLS.c.caller_index, CALLS.c.called_index).where(
            CALLS.c.organization_id == self._organization_id
        )
        return {index for both in session.connection().execute(query) for index in both}
