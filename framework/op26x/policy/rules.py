"""Rules: what may be demanded of a call, field by field, and how two demands become the stricter one.

Each field is a join-semilattice: joining is associative, commutative and idempotent, and never loosens. A rule that
says nothing about a field has its loosest value, which is its default.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import msgspec

from op26x.policy.hours import ALWAYS, CallingHours
from op26x.policy.modes import RecordingMode, RedactAction, Sink
from op26x.policy.places import is_inside

T = TypeVar("T")
Duration = Annotated[float, msgspec.Meta(gt=0, le=86400)]
"""How long a call may be, in seconds."""


class CallConsent(StrEnum):
    """What a person must have agreed to before they are called; each is stricter than the one before.

    Attributes:
        NONE: Nothing.
        EXPRESS: Prior express consent to be called by an automated voice.
        WRITTEN: The same in writing, an electronic form among it.
    """

    NONE = "none"
    EXPRESS = "express"
    WRITTEN = "written"


class Disclosure(StrEnum):
    """When it is told that a machine speaks.

    Attributes:
        START: Before anything else is said.
        ASKED: Whenever the person asks.
    """

    START = "start"
    ASKED = "asked"


class AttemptScope(StrEnum):
    """What attempts are counted by."""

    SUBJECT = "subject"
    DEBT = "debt"


class Attempts(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """How often somebody may be called.

    Attributes:
        scope: Counted for each person, or for each debt.
        days: Within so many days, which roll.
        n: At most so often.
    """

    scope: AttemptScope
    days: Annotated[int, msgspec.Meta(ge=1, le=366)]
    n: Annotated[int, msgspec.Meta(ge=0)]

    def __str__(self) -> str:
        """``3 in 1 day for each subject``."""
        return f"{self.n} in {self.days} {'day' if self.days == 1 else 'days'} for each {self.scope}"


class Redaction(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """What becomes of a kind of personal data on its way to one place.

    Attributes:
        at: Where it would go.
        entity: Which, as ``op26x.redaction`` labels it: ``CARD``; ``SECRETS`` is what opens an account or proves who
            somebody is, ``ALL`` is every one.
        action: What becomes of it.
    """

    at: Sink
    entity: Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z_]*(?!\n)$", max_length=40)]
    action: RedactAction

    def __str__(self) -> str:
        """``CARD placeholder at llm``."""
        return f"{self.entity} {self.action} at {self.at}"


class Providers(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """By whom a call may be held, by the names that agents' documents choose them by; anybody, if nothing is said.

    Attributes:
        llm: Who may answer.
        stt: Who may listen.
        tts: Who may speak.
        telephony: Who may carry the call.
        tool: Which tools may be used.
    """

    llm: frozenset[str] | None = None
    stt: frozenset[str] | None = None
    tts: frozenset[str] | None = None
    telephony: frozenset[str] | None = None
    tool: frozenset[str] | None = None

    def __and__(self, other: "Providers") -> "Providers":
        """Who may by both."""
        return Providers(*(_common(getattr(self, role), getattr(other, role)) for role in self.__struct_fields__))

    def __str__(self) -> str:
        """``llm: anthropic, openai; stt: nobody``."""
        said = ((role, getattr(self, role)) for role in self.__struct_fields__)
        return "; ".join(f"{role}: {', '.join(sorted(names)) or 'nobody'}" for role, names in said if names is not None)


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return other if one is None else one if other is None else one & other


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Demands on a call.

    Attributes:
        recording: What must have happened before a byte is recorded.
        announcement_recorded: The announcement must itself be on the recording.
        listening_notice: The person is told, and it is proved, before a machine hears or transcribes them.
        ai_disclosure: When they are told that a machine speaks.
        identify_caller: Whoever is called is told at the start who calls.
        identify_within_s: Within so many seconds.
        end_within_s: A call whose person does not want it ends within so many seconds.
        opt_out: Whoever is called is told at the start how never to be called again.
        human_on_request: A person is put through to a person if they ask.
        call_consent: What they must have agreed to before they are called.
        consent_within_days: They agreed no longer ago than this.
        registries: Do-not-call registries in which they were looked up.
        registry_within_days: Each of these is no older than this.
        forbidden: They may not be called.
        hours: When they may be called.
        attempts: How often; all hold.
        duties: What the organization must see to itself, in words.
        keep_at_most_days: How long recording, transcript and numbers may be kept.
        longest_s: How long the call may be, in seconds.
        providers: Who may answer, listen, speak and carry it, and which tools may be used.
        processed_in: Where they may process it, as in ISO 3166, ``EU`` or ``EEA``; anywhere, if nothing is said.
        redact: What becomes of personal data before it goes anywhere; nothing, if nothing is said.
    """

    recording: RecordingMode = RecordingMode.ONE_PARTY
    announcement_recorded: bool = False
    listening_notice: bool = False
    ai_disclosure: frozenset[Disclosure] = frozenset()
    identify_caller: bool = False
    identify_within_s: float | None = None
    end_within_s: float | None = None
    opt_out: bool = False
    human_on_request: bool = False
    call_consent: CallConsent = CallConsent.NONE
    consent_within_days: int | None = None
    registries: frozenset[str] = frozenset()
    registry_within_days: int | None = None
    forbidden: bool = False
    hours: CallingHours = ALWAYS
    attempts: frozenset[Attempts] = frozenset()
    duties: frozenset[str] = frozenset()
    keep_at_most_days: Annotated[int, msgspec.Meta(ge=1)] | None = None
    longest_s: Duration | None = None
    providers: Providers = Providers()
    processed_in: frozenset[str] | None = None
    redact: frozenset[Redaction] = frozenset()


def stricter(one: Rules, other: Rules) -> Rules:
    """The least strict rules that are at least as strict as both."""
    return Rules(**{field: join(getattr(one, field), getattr(other, field)) for field, join in JOINS.items()})


def _either(one: bool, other: bool) -> bool:
    return one or other


def _union(one: frozenset[T], other: frozenset[T]) -> frozenset[T]:
    return one | other


def _least(one: float | None, other: float | None) -> float | None:
    """The smaller one; ``None`` is no limit."""
    return other if one is None else one if other is None else min(one, other)


def _later(order: type[StrEnum]) -> Callable[[Any, Any], Any]:
    rank = {member: place for place, member in enumerate(order)}
    return lambda one, other: one if rank[one] >= rank[other] else other


def _fewest(one: frozenset[Attempts], other: frozenset[Attempts]) -> frozenset[Attempts]:
    """All limits, of those that count the same only the lowest."""
    lowest: dict[tuple[AttemptScope, int], int] = {}
    for limit in one | other:
        key = limit.scope, limit.days
        lowest[key] = min(limit.n, lowest.get(key, limit.n))
    return frozenset(Attempts(scope, days, n) for (scope, days), n in lowest.items())


def _most_redacted(one: frozenset[Redaction], other: frozenset[Redaction]) -> frozenset[Redaction]:
    """For each place and kind the strictest action; keeping it is none."""
    strictest: dict[tuple[Sink, str], RedactAction] = {}
    for each in one | other:
        key = each.at, each.entity
        strictest[key] = _STRICTER(each.action, strictest.get(key, RedactAction.KEEP))
    return frozenset(
        Redaction(at, entity, action) for (at, entity), action in strictest.items() if action is not RedactAction.KEEP
    )


_STRICTER = _later(RedactAction)


def _both_open(one: CallingHours, other: CallingHours) -> CallingHours:
    return one & other


def _both_allow(one: Providers, other: Providers) -> Providers:
    return one & other


def _inside_both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Every place of either that lies in one of the other: of the EU and of Germany, Germany."""
    if one is None or other is None:
        return other if one is None else one
    both = {place for place in one | other if is_inside(place, one) and is_inside(place, other)}
    return frozenset(place for place in both if not is_inside(place, both - {place}))


JOINS: dict[str, Callable[[Any, Any], Any]] = {
    "recording": _later(RecordingMode),
    "announcement_recorded": _either,
    "listening_notice": _either,
    "ai_disclosure": _union,
    "identify_caller": _either,
    "identify_within_s": _least,
    "end_within_s": _least,
    "opt_out": _either,
    "human_on_request": _either,
    "call_consent": _later(CallConsent),
    "consent_within_days": _least,
    "registries": _union,
    "registry_within_days": _least,
    "forbidden": _either,
    "hours": _both_open,
    "attempts": _fewest,
    "duties": _union,
    "keep_at_most_days": _least,
    "longest_s": _least,
    "providers": _both_allow,
    "processed_in": _inside_both,
    "redact": _most_redacted,
}
"""How each field is joined; every field has one."""

LOOSEST = Rules()
