"""Blind indexes: the same for the same number, telling nothing to who lacks the key."""

import hashlib
import hmac
import re

from hypothesis import assume, given
from hypothesis import strategies as st

from op26x.types import PhoneNumber
from op26x.vault import BlindIndex, RootKey

KEYS = st.binary(min_size=32, max_size=32)
ORGANIZATIONS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26)
NUMBERS = st.from_regex(r"\+[1-9][0-9]{5,14}", fullmatch=True).map(PhoneNumber)


@given(KEYS, ORGANIZATIONS, NUMBERS)
def test_the_same_number_has_the_same_index_in_every_process(key: bytes, owner: str, number: PhoneNumber) -> None:
    assert BlindIndex(RootKey(key), owner).of(number) == BlindIndex(RootKey(key), owner).of(
        PhoneNumber(number.reveal())
    )


@given(KEYS, ORGANIZATIONS, NUMBERS)
def test_an_index_is_64_digits_and_does_not_show_the_number(key: bytes, owner: str, number: PhoneNumber) -> None:
    index = BlindIndex(RootKey(key), owner).of(number)
    assert re.fullmatch(r"[0-9a-f]{64}", index)
    assert number.reveal()[1:] not in index
    assert index != hashlib.sha256(number.reveal().encode()).hexdigest()


@given(KEYS, ORGANIZATIONS, NUMBERS, NUMBERS)
def test_different_numbers_have_different_indexes(key: bytes, owner: str, one: PhoneNumber, other: PhoneNumber) -> None:
    assume(one != other)
    assert BlindIndex(RootKey(key), owner).of(one) != BlindIndex(RootKey(key), owner).of(other)


@given(KEYS, KEYS, ORGANIZATIONS, NUMBERS)
def test_another_key_gives_another_index(one: bytes, other: bytes, owner: str, number: PhoneNumber) -> None:
    assume(one != other)
    assert BlindIndex(RootKey(one), owner).of(number) != BlindIndex(RootKey(other), owner).of(number)


@given(KEYS, ORGANIZATIONS, ORGANIZATIONS, NUMBERS)
def test_another_organization_has_another_index(key: bytes, one: str, other: str, number: PhoneNumber) -> None:
    assume(one != other)
    assert BlindIndex(RootKey(key), one).of(number) != BlindIndex(RootKey(key), other).of(number)


@given(KEYS, ORGANIZATIONS)
def test_a_withheld_number_has_none(key: bytes, owner: str) -> None:
    assert BlindIndex(RootKey(key), owner).of(PhoneNumber("")) == ""


def expand(root: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 of one block without salt, by the letter of RFC 5869."""
    extracted = hmac.digest(bytes(32), root, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


@given(KEYS, ORGANIZATIONS, NUMBERS)
def test_it_is_hmac_under_an_hkdf_key_as_the_standards_have_them(key: bytes, owner: str, number: PhoneNumber) -> None:
    derived = expand(key, b"op26x blind index v1|" + owner.encode())
    expected = hmac.digest(derived, number.reveal().encode(), "sha256").hex()
    assert BlindIndex(RootKey(key), owner).of(number) == expected
