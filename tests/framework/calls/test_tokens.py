"""Tokens: each opens one media stream, of its own call, once and in time."""

import re

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from op26x.calls import Admission, Call
from op26x.calls.tokens import TOKEN_LIFE_S, StreamTokens
from op26x.clock import ManualClock
from op26x.errors import AdmissionRefused
from op26x.ids import Ids


@pytest.fixture
def tokens(ids: Ids, clock: ManualClock) -> StreamTokens:
    """None are out."""
    return StreamTokens(ids, clock)


def call(number: int = 1, organization_id: str = "o", sid: str | None = "") -> Call:
    """A call that may happen, with an identifier of the provider's."""
    return Call(
        id=f"{number:026}",
        organization_id=organization_id,
        agent="clinic",
        provider="twilio",
        provider_call_id=f"CA{number}" if sid == "" else sid,
        created_at=ManualClock().now(),
    )


def test_a_token_names_its_call_and_opens_it_once(tokens: StreamTokens) -> None:
    admission = tokens.issue(call())
    assert (admission.call_id, admission.agent, admission.organization_id) == (f"{1:026}", "clinic", "o")
    assert re.fullmatch("[0-9a-f]{64}", admission.token)
    assert tokens.redeem(admission.token, "CA1") == admission
    with pytest.raises(AdmissionRefused):
        tokens.redeem(admission.token, "CA1")


def test_a_token_of_another_call_opens_nothing_and_is_used_up(tokens: StreamTokens) -> None:
    admission = tokens.issue(call())
    tokens.issue(call(2))
    with pytest.raises(AdmissionRefused, match="another call"):
        tokens.redeem(admission.token, "CA2")
    with pytest.raises(AdmissionRefused):
        tokens.redeem(admission.token, "CA1")


def test_a_call_of_another_organization_is_another_call(tokens: StreamTokens) -> None:
    ours, theirs = tokens.issue(call(1, "ours")), tokens.issue(call(2, "theirs"))
    assert tokens.redeem(theirs.token, "CA2").organization_id == "theirs"
    with pytest.raises(AdmissionRefused, match="another call"):
        tokens.redeem(ours.token, "CA2")


@pytest.mark.parametrize("token", ["", "guess", "0" * 64])
def test_an_unknown_token_opens_nothing(tokens: StreamTokens, token: str) -> None:
    tokens.issue(call())
    with pytest.raises(AdmissionRefused):
        tokens.redeem(token, "CA1")


@pytest.mark.parametrize(("waited", "opens"), [(TOKEN_LIFE_S - 0.001, True), (TOKEN_LIFE_S, False), (1e6, False)])
def test_a_token_expires(tokens: StreamTokens, clock: ManualClock, waited: float, opens: bool) -> None:
    admission = tokens.issue(call())
    clock.advance(waited)
    if opens:
        assert tokens.redeem(admission.token, "CA1") == admission
    else:
        with pytest.raises(AdmissionRefused, match="expired"):
            tokens.redeem(admission.token, "CA1")


def test_setting_the_wall_clock_changes_nothing(tokens: StreamTokens, clock: ManualClock) -> None:
    admission = tokens.issue(call())
    clock.jump(days=1)
    assert tokens.redeem(admission.token, "CA1") == admission


def test_a_call_that_the_provider_does_not_know_yet_is_opened_under_no_name(tokens: StreamTokens) -> None:
    admission = tokens.issue(call(sid=None))
    with pytest.raises(AdmissionRefused, match="another call"):
        tokens.redeem(admission.token, "CA1")


def test_a_call_may_have_several_tokens_and_each_opens_once(tokens: StreamTokens) -> None:
    """Its webhook came twice; that it has one stream alone is seen to by the switchboard."""
    first, second = tokens.issue(call()), tokens.issue(call())
    assert first.token != second.token
    assert tokens.redeem(second.token, "CA1").call_id == tokens.redeem(first.token, "CA1").call_id


def test_a_call_is_expected_until_its_token_is_used_or_over(tokens: StreamTokens, clock: ManualClock) -> None:
    assert tokens.outstanding == 0
    first = tokens.issue(call(1))
    tokens.issue(call(2))
    assert tokens.outstanding == 2
    tokens.redeem(first.token, "CA1")
    assert tokens.outstanding == 1
    clock.advance(TOKEN_LIFE_S)
    assert tokens.outstanding == 0


def test_what_is_over_is_not_kept(tokens: StreamTokens, clock: ManualClock) -> None:
    for number in range(10):
        tokens.issue(call(number))
        clock.advance(TOKEN_LIFE_S)
    assert len(tokens._issued) == 1


class Desk(RuleBasedStateMachine):
    """Tokens are issued, redeemed by the right and the wrong, and age; each opens at most once, in time."""

    issued = Bundle("issued")

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.tokens = StreamTokens(Ids(self.clock), self.clock)
        self.count = 0
        self.out: dict[str, float] = {}

    @rule(target=issued)
    def issue(self) -> tuple[Admission, str, float]:
        self.count += 1
        admission = self.tokens.issue(call(self.count))
        self.out[admission.token] = self.clock.monotonic() + TOKEN_LIFE_S
        return admission, f"CA{self.count}", self.clock.monotonic()

    @rule(seconds=st.floats(0.001, 100))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(issued=consumes(issued), rightly=st.booleans())
    def redeem(self, issued: tuple[Admission, str, float], rightly: bool) -> None:
        admission, sid, at = issued
        if rightly and self.clock.monotonic() < at + TOKEN_LIFE_S:
            assert self.tokens.redeem(admission.token, sid) == admission
        else:
            with pytest.raises(AdmissionRefused):
                self.tokens.redeem(admission.token, sid if rightly else "CA0")
        with pytest.raises(AdmissionRefused):
            self.tokens.redeem(admission.token, sid)
        del self.out[admission.token]

    @invariant()
    def those_in_time_are_expected(self) -> None:
        assert self.tokens.outstanding == sum(self.clock.monotonic() < until for until in self.out.values())


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=40, stateful_step_count=25)
