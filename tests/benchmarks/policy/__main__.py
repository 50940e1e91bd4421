"""How long it takes to resolve the policy of a call: from scratch, and when a call like it was held before.

    python tests/benchmarks policy

It prints microseconds, the median of many, and how they compare to finding out where the two numbers may be.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from op26x.policy import Fragment, Policies, PolicyCall, RecordingMode, Rules, whereabouts
from op26x.policy.places import known_places

OURS = "+12125550199"
NUMBERS = ("+14155550121", "+15125550123", "+12065550123", "+4930901820123", "+442079460123", "+919812345678", "")
AT = datetime(2026, 11, 27, 17, tzinfo=UTC)
AGENT = Fragment("agent", Rules(recording=RecordingMode.ASSENT, longest_s=600.0))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    known_places()
    calls = [PolicyCall(whereabouts(number), whereabouts(OURS), AT, outbound=True) for number in NUMBERS]
    warm = Policies()
    places = median(rounds, lambda: [whereabouts(number) for number in NUMBERS])
    cold = median(rounds, lambda: [Policies().resolve(call, [AGENT]) for call in calls])
    days = iter(range(10**6))
    new_day = median(rounds, lambda: [another_day(warm, call, next(days)) for call in calls])
    again = median(rounds, lambda: [warm.resolve(call, [AGENT]) for call in calls])
    hashed = median(rounds, lambda: [warm.resolve(call, [AGENT]).hash for call in calls])
    for what, taken in {
        "where a number may be": places,
        "a policy, nothing known": cold,
        "a policy, first of the day": new_day,
        "a policy like one before": again,
        "the same, with its hash": hashed,
    }.items():
        print(f"{what:36} {taken / len(NUMBERS):9.1f} us")


def another_day(policies: Policies, call: PolicyCall, days: int) -> object:
    """The policy of a call on a day of its own."""
    at = AT + timedelta(days=days % 20000)
    return policies.resolve(PolicyCall(call.person, call.ours, at, call.outbound, call.purpose, call.grounds), [AGENT])


def median(rounds: int, work: Callable[[], object]) -> float:
    """The median time of a round, in microseconds."""
    taken = []
    for _ in range(rounds):
        before = time.perf_counter_ns()
        work()
        taken.append((time.perf_counter_ns() - before) / 1000)
    return statistics.median(taken)


main()
