"""What the API answers, as msgspec Structs: the service encodes them, the client decodes them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from op26x.client.policy_types import ConsentSummary

RoleName = Literal["owner", "admin", "agent-builder", "privacy-officer", "researcher", "viewer"]


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
        erased_by: Who had it erased: ``caller``, ``sweep``, ``service``, ``command-line``, ``operator``
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


class CallDetail(msgspec.Struct, frozen=True):
    """A call with its turns in order, its recording if there is one, and what was agreed.

    Attributes:
        call: The call.
        turns: Who spoke when, in order.
        recording: Its recording, if there is one.
        consents: What was agreed, in order.
        recording_now: Whether a call in progress is being recorded: ``on``, ``paused``, ``off``; empty once it is over.
        overrides: Rows of the law that the organization had lifted for it, each with why and until when.
    """

    call: CallSummary
    turns: list[TurnSummary]
    recording: RecordingSummary | None = None
    consents: list[ConsentSummary] = []
    recording_now: Literal["", "on", "paused", "off"] = ""
    overrides: list[str] = []


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
    """Leave to hear and read one recording for a while, for whoever asked for it.

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
    """An agent that takes calls; ``id`` is its name.

    Attributes:
        version: Number of the version that does; nothing of the built-in agent.
    """

    id: str
    greeting: str
    llm: str
    tts: str
    stt: str
    language: str
    tools: list[str]
    recording: str = "off"
    version: int | None = None


class AgentVersionSummary(msgspec.Struct, frozen=True):
    """A version of an agent. Times are UTC.

    Attributes:
        id: ULID.
        agent: Name of the agent.
        number: Counts from 1.
        created_at: When it was written.
        created_by: Who wrote it, as in the audit log.
        published_at: When it was first published; nothing of a draft.
        takes_calls: Whether it is the one that does.
    """

    id: str
    agent: str
    number: int
    created_at: datetime
    created_by: str
    published_at: datetime | None
    takes_calls: bool


class OrganizationSummary(msgspec.Struct, frozen=True):
    """An organization. Times are UTC.

    Attributes:
        id: ULID.
        name: What commands call it.
        created_at: When it was founded.
        retention_days: How long what is personal of a call is kept.
        recording: ``off`` if nothing is recorded whatever the agents say; empty leaves it to them.
        language: Of its agents whose document names none, as in BCP 47.
        second_factor: Whether whoever signs in with a password must have a second factor.
        closing_days: Days from its closing until everything of it is erased.
        closed_at: When it was closed.
        erased_by: When everything of it is erased.
        erased_at: When that was done.
    """

    id: str
    name: str
    created_at: datetime
    retention_days: int
    recording: str
    language: str
    second_factor: bool
    closing_days: int
    closed_at: datetime | None = None
    erased_by: datetime | None = None
    erased_at: datetime | None = None


class PhoneLineSummary(msgspec.Struct, frozen=True):
    """A telephone number of an organization.

    Attributes:
        id: ULID.
        provider: The telephony plugin.
        number: Its last two digits, ``…23``.
        label: What people call it.
        agent: Who answers; empty if that is left to ``op26x_route_call`` and the organization's first agent.
        created_at: When it was given to the organization, UTC.
    """

    id: str
    provider: str
    number: str
    label: str
    agent: str
    created_at: datetime


class ApiKeySummary(msgspec.Struct, frozen=True):
    """An API key, without what it is. Times are UTC.

    Attributes:
        id: ULID.
        name: What uses it.
        role: What it may do, as in the permission table; empty if its actions are named one by one.
        actions: These.
        made_by: Who made it, as in the audit log.
        created_at: When it was made.
        expires_at: When it ends by itself.
        last_used_at: When it was last used, to the minute.
        revoked_at: When it was ended.
    """

    id: str
    name: str
    role: str
    actions: list[str]
    made_by: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class ApiKeyWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request for an API key: with a role, or with actions one by one."""

    name: str
    role: RoleName | None = None
    actions: tuple[str, ...] = ()
    expires_at: datetime | None = None


class ApiKeyMade(msgspec.Struct, frozen=True):
    """A key that was made just now; ``secret`` is nowhere else."""

    key: ApiKeySummary
    secret: str


class AgentDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document of an agent, YAML."""

    document: Annotated[str, msgspec.Meta(max_length=60_000)]


class AnsweringAgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who answers a phone line; empty leaves it to the organization's first agent."""

    agent: str


class OrganizationChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be changed of an organization; what is left out stays as it is."""

    recording: Literal["", "off"] | None = None
    language: str | None = None
    second_factor: bool | None = None


class AnnouncementSummary(msgspec.Struct, frozen=True):
    """What callers are told, in an organization's own words.

    Attributes:
        id: ULID.
        notice: Which: ``announce`` (the call is recorded), ``assent`` (may it be?), ``granted``, ….
        language: Of the agents that say it, as in BCP 47.
        text: In words.
        changed_at: When it was last written, UTC.
    """

    id: str
    notice: str
    language: str
    text: str
    changed_at: datetime


class AnnouncementText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be said, in words."""

    text: str


class AuditEntrySummary(msgspec.Struct, frozen=True):
    """An act on record. Times are UTC.

    Attributes:
        id: ULID.
        position: Its number in the log, from 0; nothing in its first second or two.
        at: When.
        who: Who did it: ``user:ID``, ``api-key:ID``, ``command-line``, ``caller``, ``sweep``, ``tool:NAME``.
        what: ``recording.read``, ``call.erased`` and the like.
        record_id: What it was done to.
        why: The reason given.
        came_from: The class of the address that it came from: ``loopback``, ``private``, ``public``; empty of none.
        purpose: What it served: a purpose of the data map; nothing of entries from before there were purposes.
        policy: Hash of the policy of the call that it is about; nothing of an act that is about none.
    """

    id: str
    position: int | None
    at: datetime
    who: str
    what: str
    record_id: str
    why: str
    came_from: str
    purpose: str | None = None
    policy: str | None = None


class AuditCheckpointNote(msgspec.Struct, frozen=True):
    """How far the audit log had grown.

    Attributes:
        note: Signed, as https://c2sp.org/tlog-checkpoint has it.
        key: What its signature is checked with, as https://c2sp.org/signed-note has it.
    """

    note: str
    key: str


class MyOrganization(msgspec.Struct, frozen=True):
    """An organization that somebody belongs to, and what they are there."""

    id: str
    name: str
    role: str


class Me(msgspec.Struct, frozen=True):
    """Who asks.

    Attributes:
        id: ULID of a person; of a program, its name in the audit log.
        email: A person's address.
        organization_id: For which organization they act now.
        role: What a person is there.
        actions: What they may do there.
        organizations: All of a person's that are open.
        lacks_second_factor: Whether the organization asks for one that they have not.
    """

    id: str
    email: str
    organization_id: str
    role: str
    actions: list[str]
    organizations: list[MyOrganization]
    lacks_second_factor: bool = False


class ChosenOrganization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organization that a session is to be for: its name or identifier."""

    organization: str


class PersonSummary(msgspec.Struct, frozen=True):
    """A member of an organization.

    Attributes:
        id: ULID.
        email: Their address.
        name: What they are called; may be empty.
        role: What they are.
        second_factor: Whether a one-time code is asked of them.
    """

    id: str
    email: str
    name: str
    role: str
    second_factor: bool


class ChangedRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a member is to be."""

    role: RoleName


class Invitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is invited, to be what."""

    email: str
    role: RoleName


class InvitationSummary(msgspec.Struct, frozen=True):
    """An invitation that waits to be accepted. Whose it is, is kept as a blind index alone."""

    id: str
    role: str
    made_by: str
    created_at: datetime
    expires_at: datetime


class OneTimeAddress(msgspec.Struct, frozen=True):
    """A link that works once.

    Attributes:
        id: ULID.
        url: Where it leads; a secret.
        expires_at: When it ends, UTC.
    """

    id: str
    url: str
    expires_at: datetime


class PlaceCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to place a call.

    Attributes:
        to: Whom to call, in E.164 form.
        agent: Who calls.
        provider: Name of the telephony plugin.
        place: Where the person is besides what their number tells, ``US-CA`` or several with commas.
        campaign: The campaign that the call belongs to, if to any: lower-case letters, digits and hyphens.
    """

    to: str
    agent: str
    provider: str = "twilio"
    place: str = ""
    campaign: str = ""


class ScheduleCall(PlaceCall, frozen=True, forbid_unknown_fields=True):
    """A request to place a call as soon as it may be.

    Attributes:
        not_before: Not before then; UTC if it has no zone.
        until: It is given up then; by default seven days after the first moment at which it may be tried.
        why: What it is for, for the audit log.
    """

    not_before: datetime | None = None
    until: datetime | None = None
    why: str = "not said"


class ScheduledCallSummary(msgspec.Struct, frozen=True):
    """A call that waits, or has waited, until it may be placed.

    Attributes:
        id: ULID.
        agent: Who calls.
        called: The last two digits of the number; empty once it is settled.
        state: ``waiting``, ``placing``, ``placed``, ``refused``, ``failed``, ``canceled`` or ``expired``.
        reason: Why it waits, or what it came to.
        created_at: When it was ordered, UTC.
        not_before: When it is tried next.
        until: When it is given up.
        call_id: The call, once it was placed.
    """

    id: str
    agent: str
    called: str
    state: str
    reason: str
    created_at: datetime
    not_before: datetime
    until: datetime
    call_id: str


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
        name: ``database``, ``key-database``, ``root-key``, ``reserve``, ``disk``, ``deletions``, ``demands``,
            ``clock``, ``work``, ``audit-log``, ``witness`` or ``health``.
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


class DatabaseStatus(msgspec.Struct, frozen=True):
    """One database.

    Attributes:
        id: ``data`` or ``keys``.
        engine: ``sqlite`` or ``postgresql``.
        place: Its file, or schema, host and name; no password.
        revision: The migration that it is at.
        rows: How many there are in all tables.
    """

    id: str
    engine: str
    place: str
    revision: str
    rows: int


class MovedTable(msgspec.Struct, frozen=True):
    """A table that is the same in both databases.

    Attributes:
        id: Its name, behind that of its database.
        rows: How many it has.
        sha256: Of the hashes of all of them, sorted.
    """

    id: str
    rows: int
    sha256: str
