"""What hooks, plugins and rooms are told of a call: frozen records."""

from dataclasses import dataclass

from op26x.calls.states import CallState, Direction
from op26x.types import Personal, PhoneNumber, Word


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that is coming in, or about to be placed.

    Attributes:
        provider: Name of the telephony plugin.
        provider_call_id: The provider's identifier; empty before an outbound call is placed.
        direction: Who calls whom.
        caller: The calling number; empty if withheld.
        called: The called number.
        agent: The agent asked for; empty leaves it to ``op26x_route_call``.
        organization_id: Whose call it is; empty until that is known.
        places: Where the person is besides what their number tells, known from a form for instance: ``US-CA``.
        campaign: The campaign that it belongs to; empty if none.
    """

    provider: str
    provider_call_id: str
    direction: Direction
    caller: PhoneNumber
    called: PhoneNumber
    agent: str = ""
    organization_id: str = ""
    places: tuple[str, ...] = ()
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call that somebody wants to be placed.

    Attributes:
        to: Whom to call.
        agent: Who calls.
        provider: Name of the telephony plugin.
        places: Where the person is besides what their number tells, as in ``Arrival``.
        campaign: The campaign that it belongs to; empty if none.
    """

    to: PhoneNumber
    agent: str
    provider: str = "twilio"
    places: tuple[str, ...] = ()
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """A call that may happen.

    Attributes:
        call_id: The call's ULID.
        agent: Name of the agent that takes it.
        token: Opens the media stream, once.
        organization_id: Whose call it is.
    """

    call_id: str
    agent: str
    token: str
    organization_id: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """What ``op26x_call_arriving`` returns to refuse a call.

    Attributes:
        reason: Why, in a word or two, without digits and personal data, at most 60 characters; it is stored.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class CallInfo:
    """A call as notification hooks see it.

    Attributes:
        id: ULID.
        organization_id: Whose it is.
        agent: Name of the agent.
        direction: Who called whom.
        state: Where it stands.
        provider: Name of the telephony plugin.
        end_reason: Why it ended, ``caller-hung-up`` for instance.
        outcome: What a tool made of it; no personal data.
        duration_s: Seconds from answer to end, once it has ended.
    """

    id: str
    organization_id: str
    agent: str
    direction: Direction
    state: CallState
    provider: str
    end_reason: str = ""
    outcome: str = ""
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class TurnInfo:
    """A finished turn, as one sink may have it: in a call, redaction alone makes these.

    Attributes:
        number: Counts from 1.
        speaker: ``caller`` or ``agent``.
        text: The words; prints as ``…``.
        started_ms: From the start of the media stream.
        ended_ms: When it ended, likewise.
        latency_ms: Agent's turns: from the caller's end of speech to the first audio sent.
        interrupted: The other side spoke over it.
        words: Caller's turns: each word with its times, where the STT service has them.
    """

    number: int
    speaker: str
    text: Personal
    started_ms: int
    ended_ms: int
    latency_ms: int | None = None
    interrupted: bool = False
    words: tuple[Word, ...] = ()
