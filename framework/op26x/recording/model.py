"""The tables of the room, and what others are told of a recording."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlmodel import Field, Session, SQLModel, col, select

from op26x.storage import UtcDateTime
from op26x.vault import encrypted

FOLDER = "recordings/"
"""In the blob store: a recording lies under its call's identifier."""


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

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    call_id: str = Field(foreign_key="call.id", unique=True, max_length=26)
    state: str = RecordingState.IN_PROGRESS.value
    mode: str
    announcement: str
    blob: str
    started_ms: int
    duration_ms: int = 0
    size: int = 0
    segments: int = 0
    sha256: str = ""
    gaps: str = "[]"
    end_reason: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erasure_by: str = ""
    erasure_why: str = ""
    seal: bytes | None = encrypted()

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

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    call_id: str = Field(foreign_key="call.id", index=True, max_length=26)
    number: int
    speaker: str
    started_ms: int
    ended_ms: int
    content: bytes | None = encrypted()


def find(session: Session, organization_id: str, record_id: str) -> Recording | None:
    """A recording by its own identifier or its call's; ``None`` if there is none."""
    query = select(Recording).where(
        Recording.organization_id == organization_id,
        (col(Recording.id) == record_id) | (col(Recording.call_id) == record_id),
    )
    return session.exec(query).first()
