"""The tables of the room. Numbers are encrypted, and found by a blind index; words are in the recording's room."""

from dataclasses import replace
from datetime import datetime

import msgspec
from sqlmodel import Index, SQLModel, UniqueConstraint, text

from op26x.calls.info import CallInfo
from op26x.calls.states import CallState, Direction, ScheduleState
from op26x.datamap import (
    PHONE_NUMBER,
    PLACE,
    DataCategory,
    DataSubject,
    Erase,
    Kept,
    PersonalData,
    Purpose,
    identifier,
    indexed,
    masked,
    operational,
    organization,
    personal,
    reference,
    sealed,
)
from op26x.policy import RecordingMode
from op26x.storage import UtcDateTime
from op26x.vault import KeyKind

CALLER = PersonalData(
    PHONE_NUMBER,
    DataSubject.CALLER,
    DataCategory.COMMUNICATIONS,
    purposes=(Purpose.CALL, Purpose.CONSENT),
    kept=Kept.CALL,
    erase=Erase.SHRED,
    key=KeyKind.SUBJECT,
    exported="number that called",
)
CALLED = replace(CALLER, exported="number that was called")
TO_BE_CALLED = replace(
    CALLER, kept=Kept.SCHEDULED_CALL, key=KeyKind.SCHEDULED_CALL, exported="number that is to be called"
)
WHERE_THEY_ARE = replace(
    TO_BE_CALLED,
    kind=PLACE,
    erase=Erase.CLEAR,
    key=None,
    exported="where they are",
    ground="A country or a state names nobody.",
)
TO_BE_COUNTED = replace(
    CALLER, purposes=(Purpose.CONSENT,), kept=Kept.ATTEMPT, erase=Erase.DELETE, key=None, exported="how often called"
)
_NOT_ERASED = text("erased_at IS NULL")
OPEN_STATES = [state.value for state in CallState if not state.is_final]


class Call(SQLModel, table=True):
    """One phone call.

    Attributes:
        agent_version: Number of the version of the agent that it is held with; nothing of the built-in one.
        provider_call_id: The provider's identifier, Twilio's CallSid.
        service: The seat of the service that took it, or goes on with it; 0 where there is only one.
        caller_index: Blind index of the calling number; empty if withheld.
        end_reason: Why it ended: ``caller-hung-up``, ``agent-hung-up``, ``silence``, ``time-limit``,
            ``vendor-error``, ``refused: …`` and the like.
        outcome: What a tool reported, ``appointment-booked``; empty if none did.
        vendor_errors: How often a vendor's service or a tool failed or kept silent.
        caller_number: The number, encrypted with the subject's key; nothing if withheld.
        recorded: Whether something of it was recorded, erased since or not.
        recording_mode: What had to happen before it could be recorded.
        recording_outcome: ``recorded``, ``refused``, ``silence``, ``unclear``, ``not-heard``, ``lost-mark``,
            ``stopped``, ``deleted``, ``failed``, ``hung-up``, ``no-announcement``; empty while that is open.
        policy: Hash of the policy that it is held under; empty of calls from before there was one.
        campaign: The campaign that it belongs to; empty if none.
        measured_s: Seconds from answer to end, by a clock that can't be set; nothing for calls that a killed service
            left open, and for those from before it was measured.
        expires_at: From then on nothing personal of it can be read.
        kept_days: How many days that is from its beginning, rounded up.
        erased_at: When that was erased; times and states stay.
    """

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("provider", "provider_call_id"),
        Index("ix_call_provider_call_id", "provider_call_id", "organization_id"),
        Index("ix_call_caller_index", "caller_index", "organization_id"),
        Index("ix_call_called_index", "called_index", "organization_id"),
        Index("ix_call_newest", "organization_id", "created_at", "id"),
        Index("ix_call_agent", "organization_id", "agent", "created_at", "id", "state", "recorded"),
        Index("ix_call_state", "organization_id", "state", "created_at", "id", "recorded"),
        Index("ix_call_recorded", "organization_id", "recorded", "created_at", "id"),
        Index(
            "ix_call_kept",
            *("organization_id", "expires_at", "id"),
            sqlite_where=_NOT_ERASED,
            postgresql_where=_NOT_ERASED,
        ),
        Index(
            "ix_call_kept_days",
            *("organization_id", "kept_days", "created_at", "id"),
            sqlite_where=_NOT_ERASED,
            postgresql_where=_NOT_ERASED,
        ),
        Index("ix_call_expires_at", "expires_at", sqlite_where=_NOT_ERASED, postgresql_where=_NOT_ERASED),
    )

    id: str = identifier()
    organization_id: str = organization(index=False)
    agent: str = operational("which agent took it")
    agent_version: int | None = operational("which version of it", default=None)
    direction: str = operational("who called whom", default=Direction.INBOUND.value)
    state: str = operational("how far it went", default=CallState.QUEUED.value)
    provider: str = operational("who carried it")
    provider_call_id: str | None = operational("what the carrier calls it", default=None)
    service: int = operational("which service takes it, where there are several", default=0)
    caller_index: str = indexed(CALLER, index=False)
    caller_last_two: str = masked(CALLER)
    called_index: str = indexed(CALLED, index=False)
    called_last_two: str = masked(CALLED)
    created_at: datetime = operational("when it began", sa_type=UtcDateTime)
    answered_at: datetime | None = operational("when it was answered", default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = operational("when it ended", default=None, sa_type=UtcDateTime)
    measured_s: float | None = operational("how long it took", default=None)
    end_reason: str = operational("why it ended: a word of a list", default="")
    outcome: str = operational("what came of it: a word that a tool reported", default="")
    vendor_errors: int = operational("how often vendors failed", default=0)
    caller_number: bytes | None = sealed(CALLER)
    called_number: bytes | None = sealed(CALLED)
    recorded: bool = operational("whether something of it was recorded", default=False)
    recording_mode: str = operational("what had to happen before it was recorded", default=RecordingMode.OFF.value)
    recording_outcome: str = operational("what became of its recording: a word of a list", default="")
    policy: str = operational("which policy it is held under", default="")
    campaign: str = operational("which campaign it belongs to", default="")
    expires_at: datetime = operational("until when it is kept", sa_type=UtcDateTime)
    kept_days: int = operational("for how many days it is kept")
    erased_at: datetime | None = operational("when it was erased", default=None, sa_type=UtcDateTime)

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


class Attempt(SQLModel, table=True):
    """Whom a call of ours went to, remembered for as long as a law counts calls to them.

    Attributes:
        called_index: Blind index of the number.
        expires_at: From then on no law that the call was under counts it.
    """

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_called_index", "called_index", "organization_id"),)

    id: str = identifier()
    organization_id: str = organization()
    call_id: str = reference("call", index=False)
    called_index: str = indexed(TO_BE_COUNTED, index=False)
    expires_at: datetime = operational("until when it counts", sa_type=UtcDateTime)


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

    id: str = identifier()
    organization_id: str = organization()
    call_id: str = reference("call")
    number: int = operational("which turn of the call")
    speaker: str = operational("whose turn: the caller's or the agent's")
    started_ms: int = operational("when it began")
    ended_ms: int = operational("when it ended")
    latency_ms: int | None = operational("how long the answer took", default=None)
    interrupted: bool = operational("whether it was spoken over", default=False)


class ScheduledCall(SQLModel, table=True):
    """A call that is to be placed as soon as it may be. Nothing personal is left of it once it is settled.

    Attributes:
        agent: Who calls.
        provider: Name of the telephony plugin that carries it.
        called_number: Whom to call, encrypted with a key of its own.
        places: Where the person is besides what their number tells, with commas between.
        not_before: When it is tried next, UTC.
        campaign: The campaign that it belongs to; empty if none.
        until: From then on it is given up; the key ends with it.
        state: As in ``ScheduleState``.
        reason: Why it waits, or what it came to; a word or two.
        call_id: The call, once it was placed.
    """

    __tablename__ = "scheduled_call"
    __table_args__ = (
        Index("ix_scheduled_call_due", "state", "not_before", "organization_id"),
        Index("ix_scheduled_call_newest", "organization_id", "created_at", "id"),
        Index("ix_scheduled_call_called_index", "called_index", "organization_id"),
    )

    id: str = identifier()
    organization_id: str = organization(index=False)
    agent: str = operational("which agent calls")
    provider: str = operational("who is to carry it")
    called_index: str = indexed(TO_BE_CALLED, index=False)
    called_last_two: str = masked(TO_BE_CALLED)
    called_number: bytes | None = sealed(TO_BE_CALLED)
    places: str = personal(WHERE_THEY_ARE)
    campaign: str = operational("which campaign it belongs to", default="")
    created_at: datetime = operational("when it was ordered", sa_type=UtcDateTime)
    not_before: datetime = operational("when it is tried next", sa_type=UtcDateTime)
    until: datetime = operational("when it is given up", sa_type=UtcDateTime)
    state: str = operational("how far it is", default=ScheduleState.WAITING.value)
    reason: str = operational("why it waits or what it came to: a word or two", default="")
    call_id: str = reference("call", bound=False, default="")

    @property
    def called(self) -> str:
        """The number as people are shown it: ``…23``; empty once the call is settled."""
        return f"…{self.called_last_two}" if self.called_last_two else ""


def _masked(last_two: str) -> str:
    return f"…{last_two}" if last_two else "withheld"
