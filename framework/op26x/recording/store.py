"""The recordings of one organization: begun under a permit, read while their time lasts, erased key first."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from sqlmodel import Session, col, select

from op26x import logs
from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.consent import Permit
from op26x.errors import GateClosed, KeyGone, NotFound, VaultError
from op26x.ids import Ids
from op26x.recording.model import Recording, RecordingState
from op26x.recording.playback import WavReader
from op26x.recording.recorder import Recorder
from op26x.recording.tap import WireTap
from op26x.recording.transcripts import Transcripts
from op26x.storage import BlobStore, Database
from op26x.vault import DataKey, KeyKind, Keyring
from op26x.vault.aead import bind
from op26x.vault.sealed_stream import SealedReader, SealedWriter

log = logs.get("recording")

PURPOSE = "recording"


class Recordings:
    """Begins, reads and erases recordings.

    Args:
        database: Where their rows are kept.
        blobs: Where their bytes are kept.
        keys: Has the calls' keys.
        audit: Each reading and each erasure is an entry.
        transcripts: What was said; erased along with the audio.
        organization_id: Whose they are.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        keys: Keyring,
        audit: AuditLog,
        transcripts: Transcripts,
        organization_id: str,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._keys = keys
        self._audit = audit
        self._transcripts = transcripts
        self._organization_id = organization_id
        self._ids = ids
        self._clock = clock

    async def begin(
        self, permit: Permit, tap: WireTap, expires_at: datetime, failed: Callable[[], None]
    ) -> tuple[Recording, Recorder, DataKey]:
        """Starts to record the permit's call.

        Args:
            permit: Leave to do so.
            tap: Where the audio comes from.
            expires_at: Until when it is kept.
            failed: Told once if it can't be written any more.

        Returns:
            The row, the recorder, and the call's key, which transcripts need as well.

        Raises:
            GateClosed: The permit was withdrawn.
            VaultError: No key can be made.
            BlobError: Nothing can be written.
        """
        permit.check(permit.call_id)
        key = await self._keys.create(KeyKind.CALL, permit.call_id, expires_at)
        place = f"recordings/{permit.call_id}"
        blob = await self._blobs.create(place)
        sealer = SealedWriter(key.for_purpose(PURPOSE), self._associated_data(permit.call_id))
        try:
            recorder = Recorder(permit, permit.call_id, tap, sealer, blob, failed)
        except GateClosed:
            await self._blobs.delete(place)
            raise
        row = Recording(
            id=self._ids.new(),
            organization_id=self._organization_id,
            call_id=permit.call_id,
            mode=permit.mode.value,
            announcement=permit.announcement,
            blob=place,
            started_ms=recorder.started_ms,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )
        try:
            await self._database.run(lambda session: session.add(row))
        except Exception:
            await recorder.discard()
            await self._blobs.delete(place)
            raise
        return row, recorder, key

    async def finish(self, call_id: str, recorder: Recorder, reason: str) -> Recording:
        """Notes what a recorder that has finished made; whole is only what can be read again."""
        lost = "storage-failed" if recorder.broken else await self._why_unreadable(call_id)

        def write(session: Session) -> Recording:
            row = self._row(session, call_id)
            if row.erased_at is not None:
                return row
            row.state = (RecordingState.INTERRUPTED if lost else RecordingState.COMPLETED).value
            row.duration_ms, row.size, row.segments = recorder.duration_ms, recorder.size, recorder.segments
            row.sha256 = recorder.sha256
            row.gaps = msgspec.json.encode(recorder.gaps).decode()
            row.end_reason = lost or reason
            session.add(row)
            return row

        return await self._database.run(write)

    async def find(self, record_id: str) -> Recording | None:
        """A recording by its own identifier or its call's; ``None`` if there is none."""
        query = select(Recording).where(
            Recording.organization_id == self._organization_id,
            (col(Recording.id) == record_id) | (col(Recording.call_id) == record_id),
        )
        return await self._database.run(lambda session: session.exec(query).first())

    async def get(self, record_id: str) -> Recording:
        """The same.

        Raises:
            NotFound: There is none.
        """
        row = await self.find(record_id)
        if row is None:
            raise NotFound(f"There is no recording {record_id}.", "See op26x calls list.")
        return row

    async def readable(self, record_id: str) -> Recording:
        """The same, while it may be read.

        Raises:
            NotFound: There is none.
            KeyGone: It was erased, or the time to keep it is over.
        """
        row = await self.get(record_id)
        if row.state == RecordingState.ERASED:
            raise KeyGone(f"The recording {row.id} was erased: nobody can read it any more.")
        if row.expires_at <= self._clock.now():
            raise KeyGone(f"The time to keep the recording {row.id} is over: nobody can read it any more.")
        return row

    async def of_calls(self, call_ids: list[str]) -> dict[str, Recording]:
        """The recordings of calls, by call."""
        query = select(Recording).where(
            Recording.organization_id == self._organization_id, col(Recording.call_id).in_(call_ids)
        )
        rows = await self._database.run(lambda session: list(session.exec(query).all()))
        return {row.call_id: row for row in rows}

    async def open(
        self, record_id: str, access: Access, what: str = "recording.read", *, noted: bool = False
    ) -> tuple[Recording, WavReader]:
        """A recording to be read; that is an entry in the audit log.

        Args:
            record_id: Its identifier or its call's.
            access: Who reads it, and why.
            what: The act, for the audit log.
            noted: Whether the reading that this is a part of has its entry already.

        Raises:
            NotFound: There is none.
            KeyGone: It was erased, or the time to keep it is over.
            Tampered: Its file is not as long as it was written.
        """
        row = await self.readable(record_id)
        key = await self._keys.get(KeyKind.CALL, row.call_id)
        finished = row.state == RecordingState.COMPLETED
        # What was written is what must be there: a file that was cut at a segment's edge would else read as shorter.
        size = row.size if finished else await self._blobs.size(row.blob)

        async def fetch(start: int, end: int) -> bytes:
            return await self._blobs.read(row.blob, start, end)

        if not noted:
            await self._audit.add(what, row.id, access)
        associated = self._associated_data(row.call_id)
        return row, WavReader(SealedReader(key.for_purpose(PURPOSE), associated, fetch, size, finished=finished))

    async def erase(self, call_id: str, access: Access) -> bool:
        """Destroys the call's key, then its bytes and words; ``False`` if there was nothing. It may be repeated.

        Args:
            call_id: Whose.
            access: Who wants it, and why.
        """
        destroyed = await self._keys.destroy(KeyKind.CALL, call_id)
        row = await self.find(call_id)
        if row is None:
            return destroyed
        await self._blobs.delete(row.blob)
        now = self._clock.now()

        entry = self._audit.entry("recording.erased", row.id, access)

        def write(session: Session) -> None:
            kept = self._row(session, call_id)
            self._transcripts.erase(session, call_id)
            if kept.erased_at is not None:
                return
            kept.state, kept.erased_at = RecordingState.ERASED.value, now
            kept.end_reason = f"erased: {access.why}"
            session.add(kept)
            session.add(entry)

        await self._database.run(write)
        return True

    async def expired(self, at: datetime) -> Sequence[str]:
        """Calls whose recording's time was over at that moment and whose recording was not erased."""
        query = select(Recording.call_id).where(
            Recording.organization_id == self._organization_id,
            col(Recording.erased_at).is_(None),
            col(Recording.expires_at) <= at,
        )
        return await self._database.run(lambda session: list(session.exec(query).all()))

    async def shorten(self, call_id: str, expires_at: datetime) -> None:
        """Moves the end of a call's recording forward; it is never moved back."""

        def write(session: Session) -> None:
            row = self._row(session, call_id)
            row.expires_at = min(row.expires_at, expires_at)
            session.add(row)

        if await self.find(call_id) is not None:
            await self._database.run(write)
        await self._keys.shorten(KeyKind.CALL, call_id, expires_at)

    async def interrupt_unfinished(self) -> list[Recording]:
        """Closes recordings that a killed service left open, and returns them."""
        query = select(Recording).where(
            Recording.organization_id == self._organization_id, Recording.state == RecordingState.IN_PROGRESS.value
        )

        def write(session: Session) -> list[Recording]:
            rows = list(session.exec(query).all())
            for row in rows:
                row.state, row.end_reason = RecordingState.INTERRUPTED.value, "service-stopped"
                session.add(row)
            return rows

        return await self._database.run(write)

    async def _why_unreadable(self, call_id: str) -> str:
        try:
            await self._keys.get(KeyKind.CALL, call_id)
        except VaultError as error:
            log.error("a recording can't be read again", call=call_id, exc_info=error)
            return "key-lost"
        return ""

    def _row(self, session: Session, call_id: str) -> Recording:
        query = select(Recording).where(
            Recording.organization_id == self._organization_id, Recording.call_id == call_id
        )
        return session.exec(query).one()

    def _associated_data(self, call_id: str) -> bytes:
        return bind("sealed stream", self._organization_id, call_id, PURPOSE)
