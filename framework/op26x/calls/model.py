"""The tables of the room. Numbers are encrypted, and found by a blind index; words are in the recording's room."""

from datetime import datetime

import msgspec
from sqlmodel import Field, SQLModel, UniqueConstraint

from op26x.calls.info import CallInfo
from op26x.calls.states import CallState, Direction
from op26x.consent import RecordingMode
from op26x.storage import UtcDateTime
from op26x.vault import encrypted


class Call(SQLModel, table=True):
    """One phone call.

    Attributes:
        agent_version: Number of the version of the agent that it is held with; nothing of the built-in one.
        provider_call_id: The provider's identifier, Twilio's CallSid.
        caller_index: Blind index of the calling number; empty if withheld.
        end_reason: Why it ended: ``caller-hung-up``, ``agent-hung-up``, ``silence``, ``time-limit``,
            ``vendor-error``, ``refused: …`` and the like.
        outcome: What a tool reported, ``appointment-booked``; empty if none did.
        vendor_errors: How often a vendor's service or a tool failed or kept silent.
        caller_number: The number, encrypted with the subject's key; nothing if withheld.
        recording_mode: What had to happen before it could be recorded.
        recording_outcome: ``recorded``, ``refused``, ``silence``, ``unclear``, ``not-heard``, ``lost-mark``,
            ``stopped``, ``deleted``, ``failed``, ``hung-up``, ``no-announcement``; empty while that is open.
        measured_s: Seconds from answer to end, by a clock that can't be set; nothing for calls that a killed service
            left open, and for those from before it was measured.
        expires_at: From then on nothing personal of it can be read.
        erased_at: When that was erased; times and states stay.
    """

    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("provider", "provider_call_id"),)

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    agent: str
    agent_version: int | None = None
    direction: str = Direction.INBOUND.value
    state: str = CallState.QUEUED.value
    provider: str
    provider_call_id: str | None = Field(default=None, index=True)
    caller_index: str = Field(default="", index=True, max_length=64)
    caller_last_two: str = Field(default="", max_length=2)
    called_index: str = Field(default="", index=True, max_length=64)
    called_last_two: str = Field(default="", max_length=2)
    created_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    measured_s: float | None = None
    end_reason: str = ""
    outcome: str = ""
    vendor_errors: int = 0
    caller_number: bytes | None = encrypted()
    called_number: bytes | None = encrypted()
    recording_mode: str = RecordingMode.OFF.value
    recording_outcome: str = ""
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def caller(self) -> str:
        """The calling number as people are shown it: ``…23``, or ``withheld``."""
        return _masked(self.caller_last_two)

    @property
    def called(self) -> str:
        """The called number, likewise."""
        return _masked(self.called_last_two)

    @property
    def subject_index(self) -> str:
        """Blind index of the person on the phone, whoever called whom; empty if their number is withheld."""
        return self.caller_index if self.direction == Direction.INBOUND else self.called_index

    @property
    def duration_s(self) -> float | None:
        """Seconds from answer to end: as measured, else by their times, between which the clock may have been set."""
        if self.measured_s is not None:
            return self.measured_s
        if self.answered_at is None or self.ended_at is None:
            return None
        return max(0.0, (self.ended_at - self.answered_at).total_seconds())

    def info(self) -> CallInfo:
        """The call as notification hooks see it."""
        return msgspec.convert(self, CallInfo, from_attributes=True)


class Turn(SQLModel, table=True):
    """One side's speech: when, and how long the answer took. Its words stay in memory.

    Attributes:
        number: Counts from 1 within the call.
        speaker: ``caller`` or ``agent``.
        started_ms: From the start of the media stream.
        latency_ms: Agent's turns: from the caller's end of speech to the first audio sent.
        interrupted: The other side spoke over it.
    """

    __tablename__ = "turn"

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    call_id: str = Field(foreign_key="call.id", index=True, max_length=26)
    number: int
    speaker: str
    started_ms: int
    ended_ms: int
    latency_ms: int | None = None
    interrupted: bool = False


def _masked(last_two: str) -> str:
    return f"…{last_two}" if last_two else "withheld"
