"""The tables of the room, and what others are told of a recording."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlmodel import Index, Session, SQLModel, col, select, text

from op26x.datamap import (
    VOICE,
    WORDS,
    DataCategory,
    DataSubject,
    Erase,
    Kept,
    PersonalData,
    Purpose,
    filed,
    identifier,
    operational,
    organization,
    reference,
    sealed,
)
from op26x.storage import UtcDateTime
from op26x.vault import EncryptedColumn, KeyKind

AUDIO = PersonalData(
    VOICE,
    DataSubject.CALLER,
    DataCategory.COMMUNICATIONS,
    purposes=(Purpose.RECORDING,),
    kept=Kept.CALL,
    erase=Erase.SHRED,
    key=KeyKind.CALL,
    exported="recording",
)
TRANSCRIPT = replace(AUDIO, kind=WORDS, exported="transcript")

CALLS = sa.table(
    "call",
    sa.column("id"),
    sa.column("organization_id"),
    sa.column("caller_index"),
    sa.column("called_index"),
    sa.column("recorded"),
    sa.column("policy"),
    sa.column("expires_at", UtcDateTime),
)
"""What a recording shares with its call. The room of calls is above this one, and knows it."""
_NOT_ERASED = text("erased_at IS NULL")

FOLDER = "recordings/"
"""In the blob store: a recording lies under its call's identifier; behind a point is how often it was replaced."""


class RecordingState(StrEnum):
    """Where a recording stands.

    Attributes:
        IN_PROGRESS: Being written.
        COMPLETED: Sealed to its end.
        INTERRUPTED: Its writer was killed or its disk failed: readable up to the last whole segment.
        ERASING: Its erasure was demanded or is due: nobody can read it any more, and the work goes on until it is gone.
        ERASED: Its key and its bytes are gone.
    """

    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    ERASING = "erasing"
    ERASED = "erased"


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """A stretch in which recording was paused: both tracks are silent but for a tone at either end.

    Attributes:
        start_ms: From the start of the recording.
        end_ms: Where it ends, likewise.
    """

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """A recording as hooks and pages see it. Milliseconds count from the start of the media stream.

    Attributes:
        id: ULID.
        call_id: Its call's.
        state: Where it stands.
        mode: What had to happen before it began.
        started_ms: Where it begins.
        duration_ms: How long it is.
        size: Bytes, sealed; 0 until it is complete.
        segments: How many segments were sealed.
        sha256: Of the sealed bytes, in hexadecimal digits.
        gaps: The pauses.
        end_reason: Why it ended, ``call-ended`` for instance.
        created_at: When it began, UTC.
        expires_at: Until when it is kept, UTC.
    """

    id: str
    call_id: str
    state: RecordingState
    mode: str
    started_ms: int
    duration_ms: int
    size: int
    segments: int
    sha256: str
    gaps: tuple[Gap, ...]
    end_reason: str
    created_at: datetime
    expires_at: datetime


class Recording(SQLModel, table=True):
    """One recording of a call: where it is, how long it is kept. The audio is in the blob store, sealed.

    Attributes:
        mode: What was required before it began.
        policy: Hash of the policy that its call was held under; nothing of calls from before there was one.
        announcement: Version of the announcement that was proved played; empty if none was required.
        blob: Key in the blob store.
        started_ms: Where it begins, from the start of the media stream.
        size: Sealed bytes; 0 until it is complete.
        segments: Sealed segments of half a second.
        sha256: Of the sealed bytes.
        gaps: JSON of the pauses.
        end_reason: ``call-ended``, ``caller-stopped``, ``storage-failed``, ``service-stopped``; or who erased it.
        erasure_by: Who wanted it erased, as in the audit log; empty while nobody does.
        erasure_why: Their reason.
        seal: Authenticates what a reader relies on, with the call's key; see ``recording.seal``.
        expires_at: From then on it can't be read, swept or not.
        erased_at: When key and bytes went.
    """

    __tablename__ = "recording"
    __table_args__ = (
        Index("ix_recording_state", "organization_id", "state"),
        Index(
            "ix_recording_kept",
            *("organization_id", "expires_at", "call_id"),
            sqlite_where=_NOT_ERASED,
            postgresql_where=_NOT_ERASED,
        ),
    )

    id: str = identifier()
    organization_id: str = organization(index=False)
    call_id: str = reference("call", index=False, unique=True)
    state: str = operational("where it stands", default=RecordingState.IN_PROGRESS.value)
    mode: str = operational("what was required before it began")
    policy: str | None = operational("which policy the call was held under", default=None)
    announcement: str = operational("which announcement was played")
    blob: str = filed(AUDIO)
    started_ms: int = operational("where it begins")
    duration_ms: int = operational("how long it is", default=0)
    size: int = operational("how many bytes it has", default=0)
    segments: int = operational("how many segments it has", default=0)
    sha256: str = operational("tells whether its bytes were changed", default="")
    gaps: str = operational("when it was paused", default="[]")
    end_reason: str = operational("why it ended: a word of a list", default="")
    created_at: datetime = operational("when it began", sa_type=UtcDateTime)
    expires_at: datetime = operational("until when it is kept", sa_type=UtcDateTime)
    erased_at: datetime | None = operational("when it was erased", default=None, sa_type=UtcDateTime)
    erasure_by: str = operational("who wanted it erased, as in the audit log", default="")
    erasure_why: str = operational("their reason", default="")
    seal: bytes | None = operational("tells whether its row was changed", default=None, sa_type=EncryptedColumn)

    def info(self) -> RecordingInfo:
        """The recording as hooks and pages see it."""
        return RecordingInfo(
            id=self.id,
            call_id=self.call_id,
            state=RecordingState(self.state),
            mode=self.mode,
            started_ms=self.started_ms,
            duration_ms=self.duration_ms,
            size=self.size,
            segments=self.segments,
            sha256=self.sha256,
            gaps=tuple(msgspec.json.decode(self.gaps, type=list[Gap])),
            end_reason=self.end_reason,
            created_at=self.created_at,
            expires_at=self.expires_at,
        )


class TranscriptLine(SQLModel, table=True):
    """What one side said in one turn, encrypted with the call's key.

    Attributes:
        number: The turn's.
        content: JSON of text and words with their times.
    """

    __tablename__ = "transcript_line"

    id: str = identifier()
    organization_id: str = organization()
    call_id: str = reference("call")
    number: int = operational("which turn of the call")
    speaker: str = operational("whose turn: the caller's or the agent's")
    started_ms: int = operational("when it began")
    ended_ms: int = operational("when it ended")
    content: bytes | None = sealed(TRANSCRIPT)


def call_of(blob: str) -> str:
    """The call whose recording a blob is, by its key."""
    return blob.removeprefix(FOLDER).partition(".")[0]


def replaced(blob: str) -> int:
    """How often a recording was replaced before a blob was written, by its key."""
    return int(blob.removeprefix(FOLDER).partition(".")[2].partition("-")[0] or 0)


def replacement(blob: str, by: str) -> str:
    """The key of what takes a blob's place.

    Args:
        blob: The key of what is there.
        by: Names who writes it: two that do it at once write two files.
    """
    return f"{FOLDER}{call_of(blob)}.{replaced(blob) + 1}-{by}"


def note_recorded(session: Session, call_id: str, *, recorded: bool) -> None:
    """Notes on a call whether it has a recording, be it erased."""
    session.connection().execute(sa.update(CALLS).where(CALLS.c.id == call_id).values(recorded=recorded))


def find(session: Session, organization_id: str, record_id: str) -> Recording | None:
    """A recording by its own identifier or its call's; ``None`` if there is none."""
    query = select(Recording).where(
        Recording.organization_id == organization_id,
        (col(Recording.id) == record_id) | (col(Recording.call_id) == record_id),
    )
    return session.exec(query).first()
