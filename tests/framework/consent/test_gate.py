"""The gate: opened once, by what the mode requires in its order, and by nothing else."""

import copy
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from op26x.consent import Answer, Evidence, Gate, Permit, Proof
from op26x.errors import GateClosed
from op26x.policy import RecordingMode

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MARK = Proof(Evidence.MARK, "1", AT)
KEY = Proof(Evidence.DIGIT, "1", AT)
NEEDED: dict[RecordingMode, list[str] | None] = {
    RecordingMode.OFF: None,
    RecordingMode.ONE_PARTY: [],
    RecordingMode.ANNOUNCE: ["announced"],
    RecordingMode.ASSENT: ["announced", "yes"],
}


def in_order(wanted: list[str], events: list[str]) -> bool:
    rest = iter(events)
    return all(event in rest for event in wanted)


class AllOrders(RuleBasedStateMachine):
    """Whatever happens to a gate, in whatever order."""

    @initialize(mode=st.sampled_from(RecordingMode))
    def begin(self, mode: RecordingMode) -> None:
        self.mode = mode
        self.gate = Gate("call", mode)
        self.events: list[str] = []
        self.given = 0

    @rule()
    def announced(self) -> None:
        self.gate.announced("en/1", MARK)
        self.events.append("announced")

    @rule(proof=st.sampled_from([None, *(Proof(e, "1", AT) for e in Evidence if e is not Evidence.MARK)]))
    def announced_without_proof(self, proof: Proof | None) -> None:
        self.gate.announced("en/1", proof)
        self.events.append("shut")

    @rule()
    def agreed(self) -> None:
        if "announced" not in self.events:
            self.events.append("shut")
        self.gate.answered(Answer.YES, KEY)
        self.events.append("yes")

    @rule()
    def refused(self) -> None:
        self.gate.answered(Answer.NO, KEY)
        self.events.append("shut")

    @rule()
    def shut(self) -> None:
        self.gate.shut()
        self.events.append("shut")

    @rule()
    def open(self) -> None:
        needed = NEEDED[self.mode]
        allowed = needed is not None and in_order(needed, self.events)
        if allowed and not self.given and "shut" not in self.events:
            permit = self.gate.open()
            self.given += 1
            assert permit.valid
            assert (permit.call_id, permit.mode) == ("call", self.mode)
            assert [p for p in permit.proofs if p is MARK][:1] == [MARK] * ("announced" in self.events)
        else:
            with pytest.raises(GateClosed):
                self.gate.open()


TestAllOrders = AllOrders.TestCase


def permit() -> Permit:
    gate = Gate("call", RecordingMode.ASSENT)
    gate.announced("en/1", MARK)
    gate.answered(Answer.YES, KEY)
    return gate.open()


def test_a_permit_carries_its_evidence() -> None:
    given = permit()
    assert given.proofs == (MARK, KEY)
    assert given.announcement == "en/1"
    given.check("call")


def test_a_permit_is_for_one_call_and_ends_for_good() -> None:
    given = permit()
    with pytest.raises(GateClosed):
        given.check("another")
    given.withdraw()
    assert not given.valid
    with pytest.raises(GateClosed):
        given.check("call")
    given.withdraw()
    assert not given.valid


@pytest.mark.parametrize("mint", [None, object(), "_MINT", True])
def test_nobody_but_a_gate_makes_a_permit(mint: object) -> None:
    with pytest.raises(TypeError):
        Permit(mint, "call", RecordingMode.ONE_PARTY, (), "")


def test_a_permit_made_around_its_constructor_permits_nothing() -> None:
    empty = Permit.__new__(Permit)
    with pytest.raises((AttributeError, GateClosed)):
        empty.check("call")


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_permit_has_no_double_that_outlives_it(duplicate: object) -> None:
    assert callable(duplicate)
    with pytest.raises(TypeError):
        duplicate(permit())
