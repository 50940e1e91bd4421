"""The effective policy: who decided what of it, and that it names itself."""

import json

import pytest

from framework.policy.lawbook import demand, resolved
from op26x.policy import (
    Attempts,
    CallingHours,
    Disclosure,
    EffectivePolicy,
    Fragment,
    RecordingMode,
    Rules,
    join,
    stricter,
)
from op26x.policy.effective import decided_by
from op26x.policy.rules import AttemptScope

MORNING, DAY, EVENING = (CallingHours((((a * 60, b * 60),),) * 7) for a, b in ((8, 12), (8, 20), (10, 22)))
ASSENT = demand("organization", recording=RecordingMode.ASSENT)
ASSENT_TOO = demand("agent", recording=RecordingMode.ASSENT)
ANNOUNCE = demand("agent", recording=RecordingMode.ANNOUNCE)


def within(days: int, n: int) -> frozenset[Attempts]:
    return frozenset({Attempts(AttemptScope.SUBJECT, days, n)})


@pytest.mark.parametrize(
    ("field", "demands", "value", "sources"),
    [
        ("recording", [ANNOUNCE, ASSENT], RecordingMode.ASSENT, ["organization"]),
        ("recording", [ANNOUNCE], RecordingMode.ANNOUNCE, ["agent"]),
        (
            "recording",
            [ASSENT, demand("agent", recording=RecordingMode.ASSENT)],
            RecordingMode.ASSENT,
            ["agent", "organization"],
        ),
        ("opt_out", [demand("agent", opt_out=True), demand("organization")], True, ["agent"]),
        ("longest_s", [demand("a", longest_s=60.0), demand("b", longest_s=90.0), demand("c")], 60.0, ["a"]),
        ("attempts", [demand("a", attempts=within(1, 3)), demand("b", attempts=within(1, 2))], within(1, 2), ["b"]),
    ],
)
def test_whoever_demands_less_than_another_decides_nothing(
    field: str, demands: list[Fragment], value: object, sources: list[str]
) -> None:
    assert getattr(join(demands), field) == value
    assert decided_by(demands) == {field: tuple(sources)}


@pytest.mark.parametrize(
    ("field", "demands", "sources"),
    [
        ("hours", {"a": DAY, "b": EVENING}, ["a", "b"]),
        ("hours", {"a": DAY, "b": EVENING, "c": DAY & EVENING}, ["c"]),
        ("hours", {"a": DAY, "b": EVENING, "c": MORNING}, ["b", "c"]),
        ("duties", {"a": frozenset({"Scrub."}), "b": frozenset({"Register."})}, ["a", "b"]),
        ("duties", {"a": frozenset({"Scrub."}), "b": frozenset({"Scrub.", "Register."})}, ["b"]),
        ("ai_disclosure", {"a": frozenset({Disclosure.START}), "b": frozenset({Disclosure.ASKED})}, ["a", "b"]),
        ("attempts", {"a": within(1, 3), "b": within(7, 5)}, ["a", "b"]),
        ("attempts", {"a": within(1, 3), "b": within(7, 5), "c": within(1, 3) | within(7, 5)}, ["c"]),
    ],
)
def test_where_several_together_make_a_value_all_of_them_decided_it(
    field: str, demands: dict[str, object], sources: list[str]
) -> None:
    fragments = [demand(source, **{field: value}) for source, value in demands.items()]
    assert decided_by(fragments) == {field: tuple(sources)}


@pytest.mark.parametrize("demands", [[], [demand("agent")], [demand("a", recording=RecordingMode.ONE_PARTY)]])
def test_where_nobody_demands_anything_nobody_decided(demands: list[Fragment]) -> None:
    assert decided_by(demands) == {}
    assert join(demands) == Rules()


def test_two_demands_become_one_that_is_as_strict_as_both() -> None:
    one = Rules(recording=RecordingMode.ASSENT, hours=DAY, longest_s=60.0, duties=frozenset({"Scrub."}))
    other = Rules(recording=RecordingMode.ANNOUNCE, hours=EVENING, opt_out=True, duties=frozenset({"Register."}))
    assert stricter(one, other) == Rules(
        recording=RecordingMode.ASSENT,
        hours=CallingHours((((10 * 60, 20 * 60),),) * 7),
        longest_s=60.0,
        opt_out=True,
        duties=frozenset({"Scrub.", "Register."}),
    )


def test_a_demand_that_comes_twice_is_named_once() -> None:
    assert decided_by([ASSENT, ANNOUNCE, ASSENT]) == {"recording": ("organization",)}


def test_law_and_what_others_demand_decide_together() -> None:
    policy = resolved("US-TX", demands=(demand("agent", recording=RecordingMode.ANNOUNCE, opt_out=True),))
    assert policy.decided_by["recording"] == ("agent",)
    assert policy.decided_by["opt_out"] == ("agent", "us-opt-out")
    assert "keep_at_most_days" not in policy.decided_by


def test_the_hash_is_the_same_in_every_process() -> None:
    """Hash seeds differ from process to process; members of sets must not be in their order."""
    duties = frozenset(f"Duty {number}." for number in range(20))
    text = resolved("US-WA", demands=(demand("agent", duties=duties),)).to_json()
    assert [one for one in json.loads(text)["duties"] if one.startswith("Duty")] == sorted(duties)
    assert list(json.loads(text)["decided_by"]) == sorted(json.loads(text)["decided_by"])


def test_a_hash_is_64_hexadecimal_digits() -> None:
    assert len(bytes.fromhex(resolved("DE").hash)) == 32


@pytest.mark.parametrize(
    "other",
    [
        resolved("US-CA"),
        resolved("US-GA"),
        resolved("US-TX", outbound=False),
        resolved("US-TX", demands=(demand("agent", opt_out=True),)),
        resolved("US-TX", demands=(demand("agent", longest_s=60.0),)),
    ],
    ids=["another law", "the same law of another place", "another direction", "another source", "another value"],
)
def test_another_policy_has_another_hash(other: EffectivePolicy) -> None:
    assert other.hash != resolved("US-TX").hash
    assert resolved("US-TX").hash == resolved("US-TX").hash
