"""What the API answers, as msgspec Structs: the service encodes them, the client decodes them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec


class TurnSummary(msgspec.Struct, frozen=True):
    """A turn; the attributes are those of ``op26x.calls.Turn``."""

    id: str
    number: int
    speaker: str
    started_ms: int
    ended_ms: int
    latency_ms: int | None
    interrupted: bool


class CallSummary(msgspec.Struct, frozen=True):
    """A call. Times are UTC.

    Attributes:
        id: ULID.
        state: Twilio's: ``queued``, ``ringing``, ``in-progress``, ``completed``, ``busy``, ``failed``, ``no-answer``,
            ``canceled``.
        direction: ``inbound`` or ``outbound``.
        provider: The telephony plugin.
        provider_call_id: Its name for the call: Twilio's CallSid.
        agent: Name of the agent.
        caller: Last two digits of who calls, ``…23``, or ``withheld``.
        called: The last digits of the number that was called, likewise.
        created_at: When it came in or was ordered.
        answered_at: When it was answered.
        ended_at: When it was over.
        duration_s: Seconds from answer to end.
        end_reason: Why it ended, ``caller-hung-up`` for instance.
        outcome: What a tool made of it, ``appointment-booked`` for instance.
        vendor_errors: How often a vendor or a tool failed in it.
        recording_mode: What had to happen before anything was recorded.
        recording_outcome: What became of that during the call.
        expires_at: Until when what is personal of it is kept.
        erased_at: When that was erased.
        recording_state: Where its recording stands now: ``in-progress``, ``completed``, ``interrupted``, ``erased``;
            empty if there is none.
    """

    id: str
    state: str
    direction: str
    provider: str
    provider_call_id: str | None
    agent: str
    caller: str
    called: str
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    end_reason: str
    outcome: str
    vendor_errors: int
    recording_mode: str
    recording_outcome: str
    expires_at: datetime
    erased_at: datetime | None
    recording_state: str = ""


class RecordingSummary(msgspec.Struct, frozen=True):
    """A recording. Milliseconds count from the start of the media stream.

    Attributes:
        id: ULID.
        call_id: Its call's.
        state: ``in-progress``, ``completed``, ``interrupted`` or ``erased``.
        mode: What had to happen before it began.
        started_ms: Where it begins.
        duration_ms: How long it is.
        size: Bytes, sealed.
        segments: How many segments were sealed.
        sha256: Of the sealed bytes, in hexadecimal digits.
        gaps: Start and end of each pause, in milliseconds from where it begins.
        end_reason: Why it ended, ``call-ended`` for instance.
        created_at: When it began, UTC.
        expires_at: Until when it is kept, UTC.
        erased_at: When key and bytes went, UTC.
        erased_by: Who had it erased: ``caller``, ``sweep``, ``service``, ``command-line``, ``service-key``
            (the dashboard), ``api-key:ID``; empty while it is there.
    """

    id: str
    call_id: str
    state: str
    mode: str
    started_ms: int
    duration_ms: int
    size: int
    segments: int
    sha256: str
    gaps: tuple[tuple[int, int], ...]
    end_reason: str
    created_at: datetime
    expires_at: datetime
    erased_at: datetime | None = None
    erased_by: str = ""


class ConsentSummary(msgspec.Struct, frozen=True):
    """An entry of the consent ledger; the attributes are those of ``op26x.consent.Consent``."""

    id: str
    purpose: str
    state: str
    evidence: str
    value: str
    announcement: str
    at: datetime


class CallDetail(msgspec.Struct, frozen=True):
    """A call with its turns in order, its recording if there is one, and what was agreed.

    Attributes:
        call: The call.
        turns: Who spoke when, in order.
        recording: Its recording, if there is one.
        consents: What was agreed, in order.
        recording_now: Whether a call in progress is being recorded: ``on``, ``paused``, ``off``; empty once it is over.
    """

    call: CallSummary
    turns: list[TurnSummary]
    recording: RecordingSummary | None = None
    consents: list[ConsentSummary] = []
    recording_now: Literal["", "on", "paused", "off"] = ""


class TranscriptWord(msgspec.Struct, frozen=True):
    """A word with its times from the start of the media stream; personal data."""

    text: str
    start_ms: int
    end_ms: int


class TranscriptTurn(msgspec.Struct, frozen=True):
    """What one side said in a turn; personal data. Times are from the start of the media stream."""

    number: int
    speaker: str
    started_ms: int
    ended_ms: int
    text: str
    words: list[TranscriptWord]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is read, for the audit log: at most 200 characters, no personal data."""

    why: Annotated[str, msgspec.Meta(max_length=200)] = "not said"


class ListeningLink(msgspec.Struct, frozen=True):
    """Leave to hear and read one recording for a while, for the API key that asked for it.

    Attributes:
        token: What names it; a secret of 256 bits.
        recording_id: The recording.
        expires_at: When it ends, UTC: after the recording's length and 15 minutes, or when the service stops.
    """

    token: str
    recording_id: str
    expires_at: datetime


class RecordingAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do with the recording of a call in progress."""

    action: Literal["pause", "resume", "stop", "delete"]


class RetentionPeriod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organization's retention period, and what another one would do.

    Attributes:
        days: The period.
        gone: Calls that would be erased at the next sweep.
        sooner: Calls whose deadline would come sooner, those included.
        kept: Calls that keep their deadline.
        applied: Whether it is in force.
    """

    days: int
    gone: int = 0
    sooner: int = 0
    kept: int = 0
    applied: bool = False


class Ended(msgspec.Struct, frozen=True):
    """Why live events ended while the service runs on: the data of the event ``ended``.

    Attributes:
        detail: What happened.
        remedy: What to do about it.
    """

    detail: str
    remedy: str = ""


class AgentSummary(msgspec.Struct, frozen=True):
    """An agent; ``id`` is its name."""

    id: str
    greeting: str
    llm: str
    tts: str
    stt: str
    language: str
    tools: list[str]
    recording: str = "off"


class ApiKeySummary(msgspec.Struct, frozen=True):
    """An API key, without what it is. Times are UTC.

    Attributes:
        id: ULID.
        name: What uses it.
        created_at: When it was made.
        revoked_at: When it was ended.
    """

    id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None


class PlaceCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to place a call: ``to`` in E.164 form."""

    to: str
    agent: str
    provider: str = "twilio"


class Running(msgspec.Struct, frozen=True):
    """What a running service leaves in ``service.json``, mode 0600.

    Attributes:
        url: Where it listens.
        pid: Its process.
        key: An API key that lives as long as the service.
    """

    url: str
    pid: int
    key: str


class Readiness(msgspec.Struct, frozen=True):
    """Whether the service takes calls.

    Attributes:
        accepting: Whether it does.
        calls: How many are in progress.
    """

    accepting: bool
    calls: int


class ServiceProblem(msgspec.Struct, frozen=True):
    """Something that keeps the service from keeping a promise; the fields are those of ``op26x.calls.health.Problem``.

    Attributes:
        name: ``database``, ``key-database``, ``root-key``, ``deletions``, ``demands``, ``clock``, ``work``.
        message: What it is.
        remedy: What to do about it.
    """

    name: str
    message: str
    remedy: str


class ServiceHealth(msgspec.Struct, frozen=True):
    """Whether the service takes calls and can keep its promises.

    Attributes:
        accepting: Whether it takes calls.
        calls: How many are in progress.
        problems: What keeps it from its promises.
    """

    accepting: bool
    calls: int
    problems: list[ServiceProblem]
