"""Reconciling: rows, keys and files of recordings lie in three stores, and each must know of the others.

They part when one of them is restored from a backup, lost or exchanged. What no row knows of can't be read, but must
have an end as well: it goes when its key's time is over, so that whoever put back the wrong database can mend that
before. What a row knows of and is not there is lost; that is told, and nothing is done about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, select

from op26x import logs
from op26x.accounts import Organization
from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.errors import BlobMissing
from op26x.ids import CALL_ID_LENGTH
from op26x.recording.model import CALLS, FOLDER, Recording, RecordingState, call_of, find, replaced
from op26x.storage import BlobStore, Database
from op26x.vault import KeyKind, Keyring
from op26x.vault.key_tables import KeyEntry

log = logs.get("recording")

Rows = dict[str, Recording]
Keys = dict[str, KeyEntry]

YOUNG = timedelta(hours=1)
"""A key is made a moment before the row that needs it; younger ones are left alone."""


class Found(StrEnum):
    """What does not fit together.

    Attributes:
        FILE_WITHOUT_ROW: A file of a recording that the database does not know.
        FILE_REPLACED: A file of a recording that another has replaced, in which less can be heard.
        FILE_OF_ERASED: A file of a recording that was erased: it came back with a backup of the files.
        KEY_WITHOUT_ROW: A key of a call that was not recorded, or of a person who is in no call.
        ROW_WITHOUT_FILE: The audio of a recording is missing.
        ROW_WITHOUT_KEY: The key of a recording is missing, so that nobody can read it.
    """

    FILE_WITHOUT_ROW = "file-without-row"
    FILE_REPLACED = "file-replaced"
    FILE_OF_ERASED = "file-of-erased"
    KEY_WITHOUT_ROW = "key-without-row"
    ROW_WITHOUT_FILE = "row-without-file"
    ROW_WITHOUT_KEY = "row-without-key"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not fit.

    Attributes:
        id: The call's identifier; of a person's key their blind index; of a file its name, which begins with the call.
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
        """What does not fit, by identifier.

        Rows are read last, since they are written first; and what seems wrong is looked at once more, since calls begin
        and recordings are erased meanwhile.
        """
        files = {key.removeprefix(FOLDER) for key in await self._blobs.list(FOLDER)}
        keys = await self._keys.all(KeyKind.CALL)
        theirs = await self._keys.all(KeyKind.SUBJECT)
        others = await self._keys.of_others(KeyKind.CALL)
        rows = {row.call_id: row for row in await self._database.run(self._rows)}
        people = await self._database.run(self._people)
        foreign = await self._database.of_everybody().run(lambda session: self._foreign(session, others))
        seen = [
            *self._unknown_files({file for file in files if call_of(file) not in foreign}, others | keys, rows),
            *self._unknown_keys(keys, {call_of(file) for file in files}, rows),
            *self._unknown_people(theirs, people, keep),
            *self._lost(files, keys, rows),
        ]
        confirmed = [difference for difference in seen if await self._still(difference)]
        return sorted(confirmed, key=lambda difference: (difference.id, difference.what))

    def _unknown_files(self, files: set[str], keys: Keys, rows: Rows) -> Iterator[Difference]:
        now = self._clock.now()
        for file in files:
            row, key = rows.get(call_of(file)), keys.get(call_of(file))
            if row is None:
                yield Difference(file, Found.FILE_WITHOUT_ROW, (key and key.expires_at) or now)
            elif row.state == RecordingState.ERASED:
                yield Difference(file, Found.FILE_OF_ERASED, now)
            elif row.blob != FOLDER + file:
                # A later one may be what is being written, or what a database that was put back does not know yet.
                older = replaced(FOLDER + file) < replaced(row.blob)
                due = now if older else (key and key.expires_at) or row.expires_at
                yield Difference(file, Found.FILE_REPLACED, due)

    def _unknown_keys(self, keys: Keys, files: set[str], rows: Rows) -> Iterator[Difference]:
        now = self._clock.now()
        for call_id, key in keys.items():
            row = rows.get(call_id)
            if call_id in files or key.created_at >= now - YOUNG:
                continue
            if row is None:
                yield Difference(call_id, Found.KEY_WITHOUT_ROW, key.expires_at or now)
            elif row.state == RecordingState.ERASED:
                yield Difference(call_id, Found.KEY_WITHOUT_ROW, now)

    def _unknown_people(self, keys: Keys, people: set[str], keep: timedelta) -> Iterator[Difference]:
        for index, key in keys.items():
            if index not in people and key.created_at < self._clock.now() - YOUNG:
                yield Difference(index, Found.KEY_WITHOUT_ROW, key.created_at + keep)

    def _lost(self, files: set[str], keys: Keys, rows: Rows) -> Iterator[Difference]:
        for call_id, row in rows.items():
            if row.state not in (RecordingState.COMPLETED, RecordingState.INTERRUPTED):
                continue
            if row.blob.removeprefix(FOLDER) not in files:
                yield Difference(call_id, Found.ROW_WITHOUT_FILE, None)
            elif call_id not in keys:
                yield Difference(call_id, Found.ROW_WITHOUT_KEY, None)

    async def _still(self, seen: Difference) -> bool:
        """Whether a difference is still one."""
        match seen.what:
            case Found.FILE_WITHOUT_ROW | Found.FILE_OF_ERASED:
                return await self._is_there(FOLDER + seen.id)
            case Found.FILE_REPLACED:
                row = await self._database.run(lambda session: self._row(session, call_of(seen.id)))
                return row is not None and row.blob != FOLDER + seen.id and await self._is_there(FOLDER + seen.id)
            case Found.KEY_WITHOUT_ROW:
                return seen.id in await self._keys.all(_kind(seen.id))
            case Found.ROW_WITHOUT_FILE:
                row = await self._database.run(lambda session: self._row(session, seen.id))
                return row is not None and not await self._is_there(row.blob)
            case Found.ROW_WITHOUT_KEY:
                row = await self._database.run(lambda session: self._row(session, seen.id))
                return row is not None and seen.id not in await self._keys.all(KeyKind.CALL)

    async def _is_there(self, blob: str) -> bool:
        try:
            await self._blobs.size(blob)
        except BlobMissing:
            return False
        return True

    def _row(self, session: Session, call_id: str) -> Recording | None:
        """The row of a recording that is neither erased nor being erased."""
        row = find(session, self._organization_id, call_id)
        return None if row is None or row.state in (RecordingState.ERASING, RecordingState.ERASED) else row

    async def _erase(self, found: Difference, access: Access) -> None:
        if found.what is not Found.FILE_REPLACED:  # whose key opens what has replaced it
            owner = call_of(found.id)
            await self._keys.destroy(_kind(owner), owner)
        if found.what in (Found.FILE_WITHOUT_ROW, Found.FILE_REPLACED, Found.FILE_OF_ERASED):
            await self._blobs.delete(FOLDER + found.id)
        await self._audit.add("orphan.erased", found.id, access)

    def _rows(self, session: Session) -> list[Recording]:
        query = select(Recording).where(Recording.organization_id == self._organization_id)
        return list(session.exec(query).all())

    def _foreign(self, session: Session, others: Keys) -> set[str]:
        """Calls of other organizations here, whose files lie in the same store; nothing else is read of them."""
        here = set(session.exec(select(Organization.id)).all())
        query = select(Recording.call_id).where(Recording.organization_id != self._organization_id)
        return {call_id for call_id, key in others.items() if key.organization_id in here} | set(session.exec(query))

    def _people(self, session: Session) -> set[str]:
        query = sa.select(CALLS.c.caller_index, CALLS.c.called_index).where(
            CALLS.c.organization_id == self._organization_id
        )
        return {index for both in session.connection().execute(query) for index in both}


def _kind(owner: str) -> KeyKind:
    """A call's identifier is a ULID, a person's a blind index."""
    return KeyKind.CALL if len(owner) == CALL_ID_LENGTH else KeyKind.SUBJECT
