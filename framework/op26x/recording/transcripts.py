"""Transcripts: each turn's words, encrypted with the call's key, and written only under a permit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from op26x.audit import Access, AuditLog
from op26x.consent import Permit
from op26x.errors import GateClosed, KeyGone, Tampered
from op26x.ids import Ids
from op26x.recording.model import Recording, RecordingState, TranscriptLine, find
from op26x.recording.seal import check_seal
from op26x.storage import Database, GuardedInsert
from op26x.types import Personal, Word
from op26x.vault import DataKey, KeyKind, Keyring, open_cell, seal_cell
from op26x.work.intents import IntentKind, Intents

COLUMN = "content"


class _Content(msgspec.Struct, frozen=True, array_like=True):
    """What is encrypted: the text, and each word with its start and end."""

    text: str
    words: list[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """What one side said in a turn.

    Attributes:
        number: Counts from 1 within the call.
        speaker: ``caller`` or ``agent``.
        started_ms: From the start of the media stream.
        ended_ms: Likewise.
        text: The words.
        words: Each word with its times, where the STT service has them.
    """

    number: int
    speaker: str
    started_ms: int
    ended_ms: int
    text: Personal
    words: tuple[Word, ...] = ()


class Transcripts:
    """The transcripts of one organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        keys: Has the calls' keys.
        audit: Each reading is an entry.
        intents: Tell what is to be erased and can't be noted yet.
        ids: Makes identifiers.
    """

    def __init__(
        self, database: Database, organization_id: str, keys: Keyring, audit: AuditLog, intents: Intents, ids: Ids
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._keys = keys
        self._audit = audit
        self._intents = intents
        self._ids = ids

    async def add(self, permit: Permit, key: DataKey, turn: SpokenTurn) -> None:
        """Writes a turn of the permit's call.

        Raises:
            GateClosed: The permit was withdrawn, or the recording has ended.
        """
        permit.check(permit.call_id)
        line = TranscriptLine(
            id=self._ids.new(),
            organization_id=self._organization_id,
            call_id=permit.call_id,
            number=turn.number,
            speaker=turn.speaker,
            started_ms=turn.started_ms,
            ended_ms=turn.ended_ms,
        )
        _seal(key, line, turn)

        def write(session: Session) -> None:
            if not _WHILE_NOTHING_ENDED_IT.run(session, line):  # another process has it erased
                raise GateClosed("Nothing is recorded of this call any more.")

        await self._database.run(write)

    async def of_call(self, call_id: str, access: Access, *, noted: bool = False) -> list[SpokenTurn]:
        """What was said in a call, in order; empty if nothing was stored. The reading is an entry in the audit log.

        Args:
            call_id: Whose.
            access: Who reads it, and why.
            noted: Whether the reading that this is a part of has its entry already.

        Raises:
            KeyGone: It was erased, or the time to keep it is over.
            Tampered: A line, or who said it or when, was changed, or a line is missing.
        """
        query = select(TranscriptLine).where(
            TranscriptLine.organization_id == self._organization_id, TranscriptLine.call_id == call_id
        )
        lines = await self._database.run(lambda session: list(session.exec(query.order_by(col(TranscriptLine.number)))))
        recording = await self._database.run(lambda session: find(session, self._organization_id, call_id))
        if not lines and (recording is None or recording.state == RecordingState.ERASED):
            return []
        if recording is not None and self._is_going(recording):
            raise KeyGone(f"The recording {recording.id} is being erased: nobody can read it any more.")
        key = await self._keys.get(KeyKind.CALL, call_id)
        try:
            if recording is not None:
                check_seal(recording, key, len(lines))
            turns = [_opened(key, line) for line in lines]
        except Tampered:
            await self._audit.add("transcript.damaged", call_id, access)
            raise
        if turns and not noted:
            await self._audit.add("transcript.read", call_id, access)
        return turns

    def _is_going(self, recording: Recording) -> bool:
        erasing = recording.state in (RecordingState.ERASING, RecordingState.ERASED)
        return erasing or self._intents.pending(IntentKind.ERASE, recording.call_id)

    def replace(self, session: Session, key: DataKey, call_id: str, turns: Mapping[int, SpokenTurn]) -> None:
        """Puts other words in the place of those of some turns, within a session of the caller's.

        Args:
            session: Of the caller's.
            key: The call's.
            call_id: Whose turns they are.
            turns: By their numbers.
        """
        query = select(TranscriptLine).where(
            TranscriptLine.organization_id == self._organization_id,
            TranscriptLine.call_id == call_id,
            col(TranscriptLine.number).in_(turns),
        )
        for line in session.exec(query).all():
            _seal(key, line, turns[line.number])
            session.add(line)

    def erase(self, session: Session, call_ids: Sequence[str]) -> None:
        """Removes the lines of calls, within a session of the caller's."""
        session.exec(
            delete(TranscriptLine).where(
                col(TranscriptLine.organization_id) == self._organization_id, col(TranscriptLine.call_id).in_(call_ids)
            )
        )


_WHILE_NOTHING_ENDED_IT = GuardedInsert(
    TranscriptLine,
    ~sa.exists().where(
        col(Recording.organization_id) == sa.bindparam("organization_id"),
        col(Recording.call_id) == sa.bindparam("call_id"),
        col(Recording.state) != RecordingState.IN_PROGRESS.value,
    ),
)


def _seal(key: DataKey, line: TranscriptLine, turn: SpokenTurn) -> None:
    content = _Content(turn.text.reveal(), [(w.text.reveal(), w.start_ms, w.end_ms) for w in turn.words])
    sealed = Personal(msgspec.json.encode(content).decode())
    line.content = seal_cell(key, line, COLUMN, sealed, beside=_beside(line))


def _beside(line: TranscriptLine) -> tuple[str, ...]:
    """What stands in clear beside the words, and must not change either."""
    return line.call_id, line.speaker, str(line.number), str(line.started_ms), str(line.ended_ms)


def _opened(key: DataKey, line: TranscriptLine) -> SpokenTurn:
    try:
        sealed = open_cell(key, line, COLUMN, beside=_beside(line))
    except Tampered:
        # From before lines were bound to speaker and times. What was bound does not open like this.
        sealed = open_cell(key, line, COLUMN)
    try:
        content = msgspec.json.decode(sealed.reveal(), type=_Content)
    except msgspec.DecodeError:
        raise Tampered(
            f"Line {line.number} of the transcript has lost its words.", "Restore the database from a backup."
        ) from None
    words = tuple(Word(Personal(text), start, end) for text, start, end in content.words)
    return SpokenTurn(line.number, line.speaker, line.started_ms, line.ended_ms, Personal(content.text), words)
