"""The recordings of one organization: begun under a permit, sealed, and read while their time lasts."""

from collections.abc import Awaitable, Callable, Collection

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from op26x import logs
from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.consent import Permit
from op26x.errors import BlobMissing, IllegalTransition, KeyGone, NotFound, Tampered, VaultError
from op26x.ids import Ids
from op26x.recording.erasures import Erasures
from op26x.recording.model import CALLS, FOLDER, Recording, RecordingState, TranscriptLine, find, note_recorded
from op26x.recording.playback import WavReader
from op26x.recording.recorder import Recorder
from op26x.recording.seal import check_seal, is_from_before, seal_row
from op26x.recording.tap import WireTap
from op26x.storage import BlobStore, Database
from op26x.vault import DataKey, KeyKind, Keyring
from op26x.vault.aead import bind
from op26x.vault.sealed_stream import SealedReader, SealedWriter
from op26x.work.intents import IntentKind, Intents

log = logs.get("recording")

PURPOSE = "recording"
RESTORE = "Restore it from a backup; what is damaged can't be mended."


class Recordings:
    """Begins and reads recordings.

    Args:
        database: Where their rows are kept.
        blobs: Where their bytes are kept.
        keys: Has the calls' keys.
        audit: Each reading is an entry.
        erasures: Undoes a beginning that failed.
        intents: Tell what is to be erased and can't be noted yet.
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
        erasures: Erasures,
        intents: Intents,
        organization_id: str,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._keys = keys
        self._audit = audit
        self._erasures = erasures
        self._intents = intents
        self._organization_id = organization_id
        self._ids = ids
        self._clock = clock
        self._under_way: dict[str, DataKey] = {}

    async def begin(
        self, permit: Permit, tap: WireTap, failed: Callable[[], None]
    ) -> tuple[Recording, Recorder, DataKey]:
        """Starts to record the permit's call.

        The row comes first and tells, from then on, of key and file; so a process that is killed on the way leaves
        nothing that nobody knows of. It is kept as long as its call.

        Args:
            permit: Leave to do so.
            tap: Where the audio comes from.
            failed: Told once if it can't be written any more.

        Returns:
            The row, the recorder, and the call's key, which transcripts need as well.

        Raises:
            GateClosed: The permit was withdrawn.
            VaultError: No key can be made.
            BlobError: Nothing can be written.
        """
        permit.check(permit.call_id)
        row = await self._new_row(permit, tap)
        try:
            key = await self._keys.create(KeyKind.CALL, permit.call_id, row.expires_at)
        except Exception:
            await self._undone(self._erasures.forget, permit.call_id)
            raise
        try:
            blob = await self._blobs.create(row.blob)
            sealer = SealedWriter(key.for_purpose(PURPOSE), associated_data(self._organization_id, permit.call_id))
            recorder = Recorder(permit, permit.call_id, tap, sealer, blob, failed)
        except Exception:
            await self._undo(permit.call_id)
            raise
        try:
            row = await self._database.run(lambda session: self._started(session, row.id, recorder, key))
            await self._keys.bring_forward(KeyKind.CALL, {permit.call_id: row.expires_at})
        except Exception:
            await recorder.discard()
            await self._undo(permit.call_id)
            raise
        self._under_way[permit.call_id] = key
        return row, recorder, key

    async def finish(self, call_id: str, recorder: Recorder, reason: str) -> Recording:
        """Notes what a recorder that has finished made, and seals the row; whole is only what can be read again.

        Raises:
            NotFound: ``begin`` did not make that recorder.
        """
        key = self._under_way.pop(call_id, None)
        if key is None:
            raise NotFound(f"No recording of the call {call_id} is under way.", "It is finished once.")
        lost = "storage-failed" if recorder.broken else await self._why_unreadable(call_id)

        def write(session: Session) -> Recording:
            row = self._row(session, call_id)
            if row.state != RecordingState.IN_PROGRESS:
                return row
            row.state = (RecordingState.INTERRUPTED if lost else RecordingState.COMPLETED).value
            row.duration_ms, row.size, row.segments = recorder.duration_ms, recorder.size, recorder.segments
            row.sha256 = recorder.sha256
            row.gaps = msgspec.json.encode(recorder.gaps).decode()
            row.end_reason = lost or reason
            row.seal = seal_row(row, key, self._lines(session, call_id))
            session.add(row)
            return row

        return await self._database.run(write, alone=True)

    async def find(self, record_id: str) -> Recording | None:
        """A recording by its own identifier or its call's; ``None`` if there is none."""
        return await self._database.run(lambda session: find(session, self._organization_id, record_id))

    async def get(self, record_id: str) -> Recording:
        """The same.

        Raises:
            NotFound: There is none.
        """
        row = await self.find(record_id)
        if row is None:
            raise NotFound(
                f"There is no recording {record_id}.",
                "If it is a call, op26x calls show says why there is none.",
            )
        return row

    async def readable(self, record_id: str) -> Recording:
        """The same, while it may be read.

        Raises:
            NotFound: There is none.
            KeyGone: It was erased or is to be, or the time to keep it is over.
        """
        row = await self.get(record_id)
        if row.state == RecordingState.ERASED:
            raise KeyGone(f"The recording {row.id} was erased: nobody can read it any more.")
        if row.state == RecordingState.ERASING or self._intents.pending(IntentKind.ERASE, row.call_id):
            raise KeyGone(f"The recording {row.id} is being erased: nobody can read it any more.")
        if row.expires_at <= self._clock.reached():
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
        """A recording to be read, checked to its end; that is an entry in the audit log.

        Args:
            record_id: Its identifier or its call's.
            access: Who reads it, and why.
            what: The act, for the audit log.
            noted: Whether the reading that this is a part of was checked, and has its entry, already.

        Raises:
            NotFound: There is none.
            KeyGone: It was erased, or the time to keep it is over.
            IllegalTransition: It is still being written: nothing authenticates how long it is.
            Tampered: The file or the row is damaged. That is an entry too, and nothing was read.
        """
        row = await self.readable(record_id)
        try:
            wav = await self._reader(row)
            if not noted:
                await wav.check()
        except Tampered:
            await self._audit.add("recording.damaged", row.id, access, row.policy)
            raise
        if not noted:
            await self._audit.add(what, row.id, access, row.policy)
        return row, wav

    async def interrupt(self, call_ids: Collection[str]) -> list[Recording]:
        """Closes recordings that are in progress on record though their calls have ended, and returns them.

        What never began is removed.
        """
        query = select(Recording).where(
            Recording.organization_id == self._organization_id,
            Recording.state == RecordingState.IN_PROGRESS.value,
            col(Recording.call_id).in_(call_ids),
        )
        left = await self._database.run(lambda session: list(session.exec(query).all()))
        return [closed for row in left if (closed := await self._interrupt(row)) is not None]

    async def _interrupt(self, row: Recording) -> Recording | None:
        try:
            size = await self._blobs.size(row.blob)
        except BlobMissing:
            await self._undo(row.call_id)
            return None
        try:
            key = await self._keys.get(KeyKind.CALL, row.call_id, over=True)
        except KeyGone:
            key = None
        except VaultError as error:  # it may come back, and then there is something to seal the row with
            log.error("a recording can't be closed yet", call=row.call_id, exc_info=error)
            return row

        if size == 0 and row.seal is None and not is_from_before(row):  # it was killed before the first byte
            await self._undo(row.call_id)
            return None

        def write(session: Session) -> Recording:
            kept = self._row(session, row.call_id)
            if kept.state != RecordingState.IN_PROGRESS:  # somebody demanded its erasure meanwhile
                return kept
            sound = key is not None and _is_sound(kept, key)
            # What only a recorder can know is not taken from the row: nothing has authenticated it so far.
            kept.duration_ms, kept.segments, kept.sha256, kept.gaps = 0, 0, "", "[]"
            kept.state, kept.size = RecordingState.INTERRUPTED.value, size
            kept.end_reason = "service-stopped" if key else "key-lost"
            kept.seal = seal_row(kept, key, self._lines(session, kept.call_id)) if key and sound else None
            session.add(kept)
            return kept

        return await self._database.run(write, alone=True)

    async def _new_row(self, permit: Permit, tap: WireTap) -> Recording:
        row = Recording(
            id=self._ids.new(),
            organization_id=self._organization_id,
            call_id=permit.call_id,
            mode=permit.mode.value,
            announcement=permit.announcement,
            blob=f"{FOLDER}{permit.call_id}",
            started_ms=tap.ms,
            created_at=self._clock.now(),
            expires_at=self._clock.now(),
        )

        def write(session: Session) -> Recording:
            if find(session, self._organization_id, permit.call_id) is not None:
                raise KeyGone("This call was recorded before, and is not recorded again.")
            # In one transaction: a period that is shortened meanwhile holds for this recording too.
            of_call = sa.select(CALLS.c.expires_at, CALLS.c.policy).where(CALLS.c.id == permit.call_id)
            row.expires_at, policy = session.connection().execute(of_call).one()
            row.policy = policy or None
            session.add(row)
            note_recorded(session, permit.call_id, recorded=True)
            return row

        return await self._database.run(write, alone=True)

    def _started(self, session: Session, row_id: str, recorder: Recorder, key: DataKey) -> Recording:
        row = session.get_one(Recording, row_id)
        row.started_ms = recorder.started_ms
        row.seal = seal_row(row, key, 0)
        session.add(row)
        return row

    async def _undo(self, call_id: str) -> None:
        await self._undone(self._erasures.undo, call_id)

    @staticmethod
    async def _undone(undo: Callable[[str], Awaitable[None]], call_id: str) -> None:
        try:
            await undo(call_id)
        except Exception as error:
            log.error("a recording that did not begin could not be removed yet", call=call_id, exc_info=error)

    async def _reader(self, row: Recording) -> WavReader:
        key = await self._keys.get(KeyKind.CALL, row.call_id)
        lines = await self._database.run(lambda session: self._lines(session, row.call_id))
        check_seal(row, key, lines)
        if row.state == RecordingState.IN_PROGRESS:
            raise IllegalTransition(f"The recording {row.id} is still being written.", "Wait for the end of its call.")
        try:
            size = await self._blobs.size(row.blob)
        except BlobMissing:
            raise Tampered(f"The file of the recording {row.id} is missing.", RESTORE) from None
        if row.state == RecordingState.COMPLETED and size != row.size:
            raise Tampered(f"The file of the recording {row.id} is not as long as it was written.", RESTORE)

        async def fetch(start: int, end: int) -> bytes:
            return await self._blobs.read(row.blob, start, end)

        finished = row.state == RecordingState.COMPLETED
        associated = associated_data(self._organization_id, row.call_id)
        return WavReader(SealedReader(key.for_purpose(PURPOSE), associated, fetch, size, finished=finished))

    async def _why_unreadable(self, call_id: str) -> str:
        try:
            await self._keys.get(KeyKind.CALL, call_id, over=True)
        except VaultError as error:
            log.error("a recording can't be read again", call=call_id, exc_info=error)
            return "key-lost"
        return ""

    def _lines(self, session: Session, call_id: str) -> int:
        query = (
            select(func.count())
            .select_from(TranscriptLine)
            .where(TranscriptLine.organization_id == self._organization_id, TranscriptLine.call_id == call_id)
        )
        return session.exec(query).one()

    def _row(self, session: Session, call_id: str) -> Recording:
        query = select(Recording).where(
            Recording.organization_id == self._organization_id, Recording.call_id == call_id
        )
        return session.exec(query).one()


def associated_data(organization_id: str, call_id: str) -> bytes:
    """What is authenticated beside the audio of a call."""
    return bind("sealed stream", organization_id, call_id, PURPOSE)


def _is_sound(row: Recording, key: DataKey) -> bool:
    """Whether a row that was left open is as its recording began; if not, nobody seals it, and nobody reads it."""
    try:
        check_seal(row, key, 0)
    except Tampered as error:
        log.error("the row of a recording was changed while it was open", call=row.call_id, exc_info=error)
        return False
    return True
