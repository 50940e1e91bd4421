"""What the API answers, as msgspec Structs: the service encodes them, the client decodes them."""

from datetime import datetime

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
    """A call; numbers show their last two digits only."""

    id: str
    state: str
    direction: str
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


class CallDetail(msgspec.Struct, frozen=True):
    """A call with its turns in order."""

    call: CallSummary
    turns: list[TurnSummary]


class AgentSummary(msgspec.Struct, frozen=True):
    """An agent; ``id`` is its name."""

    id: str
    greeting: str
    brain: str
    voice: str
    recogniser: str
    language: str
    tools: list[str]


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
