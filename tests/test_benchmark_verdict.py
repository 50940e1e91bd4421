"""A limit is the service's only when the service gave up."""

from dataclasses import replace
from math import nan

import pytest

from benchmarks.calls.verdict import Side, Signs, judge

WELL = Signs(
    late_p99_ms=0.4,
    own_failures=0,
    not_set_up=0,
    lost_turns=0,
    dropped_calls=0,
    core=0.6,
    p95_ms=430.0,
    alone_p95_ms=420.0,
)


def test_nobody_gives_up_while_all_is_well() -> None:
    assert judge(WELL).side is Side.NOBODY


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        ({"not_set_up": 2}, "2 new calls"),
        ({"dropped_calls": 1}, "1 calls were dropped"),
        ({"lost_turns": 3}, "3 turns"),
        ({"p95_ms": 841.0}, "p95 was 841 ms"),
        ({"p95_ms": nan}, "p95 was nan ms"),
        ({"core": 0.98}, "0.98 of its core"),
    ],
)
def test_the_service_gives_up(sign: dict[str, float], why: str) -> None:
    verdict = judge(replace(WELL, **sign))
    assert verdict.side is Side.SERVICE
    assert why in verdict.why


@pytest.mark.parametrize("sign", [{"own_failures": 1}, {"late_p99_ms": 5.1}])
def test_what_a_late_generator_saw_says_nothing_about_the_service(sign: dict[str, float]) -> None:
    for seen in (WELL, replace(WELL, p95_ms=2000.0, lost_turns=9, not_set_up=4, core=1.0)):
        assert judge(replace(seen, **sign)).side is Side.GENERATOR
