"""Tokens: each opens the media stream of its own call, at any service of the installation, and of no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.calls import Call
from op26x.calls.tokens import TOKEN_LIFE_S, StreamTokens
from op26x.clock import ManualClock
from op26x.errors import AdmissionRefused
from op26x.vault import BlindIndex
from op26x.vault.key_store import RootKey

KEY, ANOTHER = bytes(32), bytes([1]) * 32
CALL = st.tuples(st.integers(0, 3), st.sampled_from(["ours", "theirs"]), st.sampled_from(["CA1", "CA2", ""]))


def tokens_of(key: bytes, clock: ManualClock | None = None) -> StreamTokens:
    """Of an installation with a root key."""
    return StreamTokens(BlindIndex(RootKey(key), "media streams"), clock or ManualClock())


@pytest.fixture
def tokens(clock: ManualClock) -> StreamTokens:
    """None are out."""
    return tokens_of(KEY, clock)


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


def test_a_token_names_its_call_and_opens_it(tokens: StreamTokens) -> None:
    admission = tokens.issue(call())
    assert (admission.call_id, admission.agent, admission.organization_id) == (f"{1:026}", "clinic", "o")
    assert tokens.redeem(admission.token, "CA1") == ("o", f"{1:026}")


def test_another_service_of_the_installation_takes_it_and_no_other_installation(tokens: StreamTokens) -> None:
    admission = tokens.issue(call())
    assert tokens_of(KEY).redeem(admission.token, "CA1") == ("o", admission.call_id)
    with pytest.raises(AdmissionRefused, match="unknown"):
        tokens_of(ANOTHER).redeem(admission.token, "CA1")


def test_it_fits_in_a_parameter_of_twilios(tokens: StreamTokens) -> None:
    """Name and value of a stream's parameter have less than 500 characters together."""
    made = tokens.issue(call(organization_id="1" * 26))
    assert len(f"token{made.token}") < 500
    assert made.token.isascii()


@given(CALL, CALL)
def test_it_opens_its_own_call_under_its_providers_name_alone(
    one: tuple[int, str, str], other: tuple[int, str, str]
) -> None:
    tokens = tokens_of(KEY)
    first, second = (call(number, owner, sid or None) for number, owner, sid in (one, other))
    made = tokens.issue(first)
    assert tokens.redeem(made.token, one[2]) == (first.organization_id, first.id)
    forged = f"{second.organization_id}.{second.id}.{made.token.rpartition('.')[2]}"
    if one != other:
        with pytest.raises(AdmissionRefused, match="another call"):
            tokens.redeem(forged, other[2])


@pytest.mark.parametrize("token", ["", ".", "..", "guess", "0" * 64, "o.1", "o.1.", "o.é.ü"])
def test_an_unknown_token_opens_nothing(tokens: StreamTokens, token: str) -> None:
    tokens.issue(call())
    with pytest.raises(AdmissionRefused):
        tokens.redeem(token, "CA1")


def test_setting_the_wall_clock_changes_nothing(tokens: StreamTokens, clock: ManualClock) -> None:
    admission = tokens.issue(call())
    clock.jump(days=1)
    assert tokens.redeem(admission.token, "CA1") == ("o", admission.call_id)


def test_a_call_that_the_provider_does_not_know_yet_is_opened_under_no_name(tokens: StreamTokens) -> None:
    admission = tokens.issue(call(sid=None))
    with pytest.raises(AdmissionRefused, match="another call"):
        tokens.redeem(admission.token, "CA1")
    assert tokens.redeem(admission.token, "") == ("o", admission.call_id)


def test_a_call_is_expected_until_its_stream_came_or_it_is_over(tokens: StreamTokens, clock: ManualClock) -> None:
    assert tokens.outstanding == 0
    first = tokens.issue(call(1))
    for _ in range(2):
        tokens.issue(call(2))
    assert tokens.outstanding == 2
    tokens.redeem(first.token, "CA1")
    assert tokens.outstanding == 1
    clock.advance(TOKEN_LIFE_S)
    assert tokens.outstanding == 0


def test_a_call_whose_stream_came_elsewhere_is_expected_no_more(tokens: StreamTokens) -> None:
    admission = tokens.issue(call())
    assert tokens.expected == {admission.call_id: "o"}
    for _ in range(2):
        tokens.drop(admission.call_id)
    assert (tokens.expected, tokens.outstanding) == ({}, 0)


def test_who_guesses_makes_no_call_less_expected(tokens: StreamTokens) -> None:
    admission = tokens.issue(call())
    with pytest.raises(AdmissionRefused):
        tokens.redeem(admission.token + "0", "CA1")
    assert tokens.outstanding == 1


def test_what_is_over_is_not_kept(tokens: StreamTokens, clock: ManualClock) -> None:
    for number in range(10):
        tokens.issue(call(number))
        clock.advance(TOKEN_LIFE_S)
    assert len(tokens._expected) == 1
