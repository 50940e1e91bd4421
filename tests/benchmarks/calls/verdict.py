"""Who gave up: the service that is measured, or the generator that measures it.

A limit is a finding about a service, so it may only be claimed when the service gave up. A generator that is late,
or that can't open a socket, measures itself. It imports nothing of this folder: the unit tests read it too.
"""

from dataclasses import dataclass
from enum import StrEnum

LATE_LIMIT_MS = 5.0
"""A generator whose own clock is later than this at the 99th percentile is not on time: a quarter of a frame."""
FULL_CORE = 0.97
"""Share of its core from which a service has none left."""
SLOWER = 2
"""A service whose 95th percentile is this many times that of one call is over its limit."""


class Side(StrEnum):
    """Who could not go on."""

    NOBODY = "nobody"
    SERVICE = "service"
    GENERATOR = "generator"


@dataclass(frozen=True)
class Verdict:
    """Who gave up, and by which sign."""

    side: Side
    why: str = ""


HELD = Verdict(Side.NOBODY)


@dataclass(frozen=True)
class Signs:
    """What a window showed.

    Attributes:
        late_p99_ms: Lateness of the generator's own clock, the worse of set-up and window.
        own_failures: Calls that the generator could not set up for reasons of its own, such as no free descriptor.
        not_set_up: Calls that the service refused, or did not answer in time.
        lost_turns: Turns without an answer.
        dropped_calls: Calls that the service ended.
        core: Share of its core that the service used.
        p95_ms: Latency; not a number without a turn.
        alone_p95_ms: The same with one call.
    """

    late_p99_ms: float
    own_failures: int
    not_set_up: int
    lost_turns: int
    dropped_calls: int
    core: float
    p95_ms: float
    alone_p95_ms: float


def judge(signs: Signs) -> Verdict:
    """Says who gave up. The generator is asked first: when it did, what the service showed means nothing."""
    if signs.own_failures:
        return Verdict(Side.GENERATOR, f"{signs.own_failures} calls could not be set up by the generator itself")
    if signs.late_p99_ms > LATE_LIMIT_MS:
        return Verdict(Side.GENERATOR, f"the generator was late by {signs.late_p99_ms:.1f} ms (p99)")
    if signs.not_set_up:
        return Verdict(Side.SERVICE, f"{signs.not_set_up} new calls were refused or not answered")
    if signs.dropped_calls:
        return Verdict(Side.SERVICE, f"{signs.dropped_calls} calls were dropped")
    if signs.lost_turns:
        return Verdict(Side.SERVICE, f"{signs.lost_turns} turns were not answered")
    # Not a number, that is no turn at all, must not pass: hence the order of the comparison.
    if not signs.p95_ms <= SLOWER * signs.alone_p95_ms:
        return Verdict(Side.SERVICE, f"p95 was {signs.p95_ms:.0f} ms, and {signs.alone_p95_ms:.0f} ms with one call")
    if signs.core >= FULL_CORE:
        return Verdict(Side.SERVICE, f"{signs.core:.2f} of its core was in use")
    return HELD
