"""Identifiers: ULIDs that sort by time, tokens that can't be guessed."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from op26x.clock import ManualClock, SystemClock
from op26x.ids import CALL_ID_LENGTH, Ids, same_secret

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2500, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))


def decoded(ulid: str) -> int:
    """The 128 bits of a ULID, read by the letter of its specification."""
    value = 0
    for letter in ulid:
        value = value * 32 + CROCKFORD.index(letter)
    return value


@given(MOMENTS, st.binary(min_size=10, max_size=10))
def test_a_ulid_is_milliseconds_and_then_randomness(moment: datetime, randomness: bytes) -> None:
    ulid = Ids(ManualClock(moment), lambda n: randomness[:n]).new()
    assert len(ulid) == CALL_ID_LENGTH
    value = decoded(ulid)
    assert value & (2**80 - 1) == int.from_bytes(randomness, "big")
    assert abs((value >> 80) - (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)) <= 1


@given(MOMENTS, st.integers(1, 10**9), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_later_identifiers_sort_after_earlier_ones(
    moment: datetime, later_ms: int, first: bytes, second: bytes
) -> None:
    clock = ManualClock(moment)
    earlier = Ids(clock, lambda _: first).new()
    clock.advance((later_ms + 1) / 1000)
    assert earlier < Ids(clock, lambda _: second).new()


@given(MOMENTS, st.binary(min_size=10, max_size=10))
def test_those_of_one_millisecond_sort_as_they_were_made(moment: datetime, randomness: bytes) -> None:
    ids = Ids(ManualClock(moment), lambda _: randomness)
    first, *others = made = [ids.new() for _ in range(5)]
    assert [decoded(later) - decoded(first) for later in made] == [0, 1, 2, 3, 4]
    if randomness < b"\xff" * 9:
        assert made == sorted(made)
        assert all(later[:10] == first[:10] for later in others)


@given(st.lists(st.integers(-5, 5), max_size=8), st.data())
def test_they_sort_as_they_were_made_even_if_the_clock_is_set_back(steps: list[int], data: st.DataObject) -> None:
    clock = ManualClock()
    ids = Ids(clock, lambda n: data.draw(st.binary(min_size=n, max_size=n)))
    made = [ids.new()]
    for step in steps:
        clock.at += timedelta(milliseconds=step)
        made.append(ids.new())
    assert made == sorted(set(made))


def test_identifiers_repeat_with_clock_and_entropy() -> None:
    assert Ids(ManualClock(), bytes).new() == Ids(ManualClock(), bytes).new()


def test_by_default_no_two_are_alike() -> None:
    ids = Ids(SystemClock())
    made = [ids.new() for _ in range(100)] + [ids.token() for _ in range(100)]
    assert len(set(made)) == 200


def test_a_token_has_256_bits_and_is_safe_in_urls_and_xml() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", Ids(SystemClock()).token())


@given(st.text(), st.text())
def test_secrets_are_compared_whole(one: str, other: str) -> None:
    assume_encodable = all(not 0xD800 <= ord(c) <= 0xDFFF for c in one + other)
    if assume_encodable:
        assert same_secret(one, other) == (one == other)
        assert same_secret(one, one)
