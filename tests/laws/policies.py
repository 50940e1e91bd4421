"""Rules, fragments and calls of every kind, and what it means that one policy is as strict as another.

What is stricter is said here once more, in other words than the code's: by what a value permits.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

from hypothesis import strategies as st

from op26x.policy import (
    LAW,
    UNKNOWN,
    Attempts,
    CallConsent,
    CallingHours,
    CallPurpose,
    Disclosure,
    Fragment,
    Ground,
    OwnRow,
    PolicyCall,
    Providers,
    RecordingMode,
    RedactAction,
    Redaction,
    Rules,
    Sink,
    Whereabouts,
    families_of,
)
from op26x.policy.hours import DAY
from op26x.policy.places import known_places
from op26x.policy.rules import AttemptScope

PLACES = [*sorted(known_places()), UNKNOWN]
TELLING = ["US-CA", "US-CT", "US-RI", "US-UT", "US-WA", "DE", "ES", "FR", "IN", "JP", UNKNOWN]
"""Those whose law has most to say, so that they come often."""
SOURCES = ["installation", "organization", "agent", "plugin weather", "plugin clinic"]
MODES = [RecordingMode.ONE_PARTY, RecordingMode.ANNOUNCE, RecordingMode.ASSENT, RecordingMode.OFF]
CONSENTS = [CallConsent.NONE, CallConsent.EXPRESS, CallConsent.WRITTEN]


def spans_of(cuts: list[int]) -> tuple[tuple[int, int], ...]:
    """Open from each first half hour to the second one."""
    times = [cut * 30 for cut in sorted(cuts)]
    return tuple(zip(times[::2], times[1::2], strict=False))


days = st.one_of(
    st.sampled_from([((0, DAY),), ()]),
    st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True).map(spans_of),
)
hours = st.builds(
    CallingHours,
    st.lists(days, min_size=1, max_size=3).map(lambda kinds: tuple(islice(cycle(kinds), 7))),
    st.frozensets(st.sampled_from(["DE", "US-RI", UNKNOWN])),
)
attempts = st.dictionaries(
    st.tuples(st.sampled_from(AttemptScope), st.sampled_from([1, 7, 30])), st.integers(0, 9), max_size=3
).map(lambda limits: frozenset(Attempts(scope, within, n) for (scope, within), n in limits.items()))
seconds = st.none() | st.sampled_from([0.5, 2.0, 10.0, 30.5])
number_of_days = st.none() | st.integers(1, 400)

regions = st.none() | st.frozensets(st.sampled_from(["EEA", "EU", "FR", "RE", "DE", "US", "PR", "GB"])).filter(
    lambda places: not any({*families_of(one)} & (places - {one}) for one in places)
)
redactions = st.dictionaries(
    st.tuples(st.sampled_from(Sink), st.sampled_from(["ALL", "SECRETS", "CARD", "PERSON"])),
    st.sampled_from([action for action in RedactAction if action is not RedactAction.KEEP]),
).map(lambda actions: frozenset(Redaction(at, entity, action) for (at, entity), action in actions.items()))
names = st.none() | st.frozensets(st.sampled_from(["local", "openai", "anthropic"]))

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "recording": st.sampled_from(MODES),
    "announcement_recorded": st.booleans(),
    "listening_notice": st.booleans(),
    "ai_disclosure": st.frozensets(st.sampled_from(Disclosure)),
    "identify_caller": st.booleans(),
    "identify_within_s": seconds,
    "end_within_s": seconds,
    "opt_out": st.booleans(),
    "human_on_request": st.booleans(),
    "call_consent": st.sampled_from(CONSENTS),
    "consent_within_days": number_of_days,
    "registries": st.frozensets(st.sampled_from(["us", "in"])),
    "registry_within_days": number_of_days,
    "forbidden": st.booleans(),
    "hours": hours,
    "attempts": attempts,
    "duties": st.frozensets(st.sampled_from(["Register.", "Keep the proof.", "Scrub."])),
    "keep_at_most_days": number_of_days,
    "longest_s": seconds,
    "providers": st.builds(Providers, llm=names, stt=names, tts=names, telephony=names, tool=names),
    "processed_in": regions,
    "redact": redactions,
}
"""Any value of each field, in the one form that it has: spans in order and apart, one limit of each kind, no place in
another."""

rules = st.fixed_dictionaries({}, optional=FIELDS).map(lambda demands: Rules(**demands))
fragments = st.builds(Fragment, st.sampled_from(SOURCES), rules)
own_rows = st.lists(
    st.builds(
        OwnRow,
        name=st.sampled_from(["short", "quiet"]),
        why=st.just("costs"),
        place=st.sampled_from([(), "DE", "US", ("US-RI", "FR")]),
        purpose=st.none() | st.sampled_from(CallPurpose),
        mode=st.none() | st.sampled_from(MODES),
        window=st.none() | st.sampled_from(["09:00-17:00", "10:00-12:00,13:00-15:00"]),
        closed_on=st.sampled_from([(), ("sun",), ("fri", "holidays")]),
        consent=st.sampled_from(CONSENTS),
        forbidden=st.booleans(),
        keep_days=st.none() | st.integers(1, 400),
        longest_s=st.none() | st.sampled_from([60.0, 600.0]),
        providers=st.builds(Providers, llm=names),
        processed_in=st.sampled_from([(), ("EU",), ("DE", "US")]),
        redact=redactions.map(tuple),
    ),
    max_size=3,
)
overrides = st.lists(
    st.tuples(st.sampled_from([row.id for _, row in LAW.all_rows() if UNKNOWN not in row.places]), st.just("override")),
    max_size=3,
).map(tuple)
some_fragments = st.lists(fragments, max_size=4)
places = st.frozensets(st.sampled_from(TELLING) | st.sampled_from(PLACES), min_size=1, max_size=4)
zones = st.frozensets(st.sampled_from(["Europe/Berlin", "America/Chicago"]), min_size=1)
whereabouts = st.builds(Whereabouts, places, zones)
calls = st.builds(
    PolicyCall,
    person=whereabouts,
    ours=whereabouts,
    at=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    outbound=st.booleans(),
    purpose=st.none() | st.sampled_from(CallPurpose),
    grounds=st.frozensets(st.sampled_from(Ground)),
)


def _implies(strict: bool, loose: bool) -> bool:
    return strict or not loose


def _no_more(strict: float | None, loose: float | None) -> bool:
    return loose is None or (strict is not None and strict <= loose)


def _all_of(strict: frozenset[Any], loose: frozenset[Any]) -> bool:
    return strict >= loose


def _no_later(order: list[Any]) -> Callable[[Any, Any], bool]:
    return lambda strict, loose: order.index(strict) >= order.index(loose)


def _no_longer_open(strict: CallingHours, loose: CallingHours) -> bool:
    return strict.holidays >= loose.holidays and all(
        open_minutes(mine) <= open_minutes(theirs) for mine, theirs in zip(strict.week, loose.week, strict=True)
    )


def _no_more_often(strict: frozenset[Attempts], loose: frozenset[Attempts]) -> bool:
    return all(
        any((mine.scope, mine.days) == (limit.scope, limit.days) and mine.n <= limit.n for mine in strict)
        for limit in loose
    )


def _nobody_else(strict: Providers, loose: Providers) -> bool:
    return all(
        allowed is None or (getattr(strict, role) is not None and getattr(strict, role) <= allowed)
        for role in Providers.__struct_fields__
        for allowed in [getattr(loose, role)]
    )


def _nowhere_else(strict: frozenset[str] | None, loose: frozenset[str] | None) -> bool:
    return loose is None or (strict is not None and all({*families_of(place)} & loose for place in strict))


def _no_less_redacted(strict: frozenset[Redaction], loose: frozenset[Redaction]) -> bool:
    rank = list(RedactAction).index
    found = {(one.at, one.entity): rank(one.action) for one in strict}
    return all(found.get((one.at, one.entity), 0) >= rank(one.action) for one in loose)


AS_STRICT: dict[str, Callable[[Any, Any], bool]] = {
    "recording": _no_later(MODES),
    "announcement_recorded": _implies,
    "listening_notice": _implies,
    "ai_disclosure": _all_of,
    "identify_caller": _implies,
    "identify_within_s": _no_more,
    "end_within_s": _no_more,
    "opt_out": _implies,
    "human_on_request": _implies,
    "call_consent": _no_later(CONSENTS),
    "consent_within_days": _no_more,
    "registries": _all_of,
    "registry_within_days": _no_more,
    "forbidden": _implies,
    "hours": _no_longer_open,
    "attempts": _no_more_often,
    "duties": _all_of,
    "keep_at_most_days": _no_more,
    "longest_s": _no_more,
    "providers": _nobody_else,
    "processed_in": _nowhere_else,
    "redact": _no_less_redacted,
}
"""Whether the first value permits nothing that the second one doesn't."""


def open_minutes(spans: tuple[tuple[int, int], ...]) -> frozenset[int]:
    """Every minute of a day that is open."""
    return frozenset(minute for start, end in spans for minute in range(start, end))


def loosened(policy: Rules, against: Rules) -> list[str]:
    """The fields in which a policy permits something that the other one doesn't."""
    return [
        field
        for field, as_strict in AS_STRICT.items()
        if not as_strict(getattr(policy, field), getattr(against, field))
    ]
