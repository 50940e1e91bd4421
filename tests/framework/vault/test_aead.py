"""Sealed values: opened with the same key at the same place, refused in every other case."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import assume, given
from hypothesis import strategies as st

from op26x.errors import Tampered, VaultError
from op26x.vault.aead import bind, expand, seal, unseal

KEYS = st.binary(min_size=32, max_size=32)
PLAIN = st.binary(max_size=200)
PARTS = st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=5)
WHERE = PARTS.map(lambda parts: bind(*parts))
VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())["value"]


def refuse(key: bytes, sealed: bytes, where: bytes) -> None:
    with pytest.raises(Tampered) as caught:
        unseal(key, sealed, where)
    assert isinstance(caught.value, VaultError)
    assert caught.value.remedy


@given(KEYS, PLAIN, WHERE)
def test_a_value_comes_back(key: bytes, plain: bytes, where: bytes) -> None:
    assert unseal(key, seal(key, plain, where), where) == plain


@given(KEYS, PLAIN, WHERE)
def test_the_same_value_is_never_sealed_alike(key: bytes, plain: bytes, where: bytes) -> None:
    assert seal(key, plain, where) != seal(key, plain, where)


@given(KEYS, st.binary(min_size=8, max_size=200), WHERE)
def test_a_sealed_value_does_not_show_the_plain_one(key: bytes, plain: bytes, where: bytes) -> None:
    sealed = seal(key, plain, where)
    assert plain not in sealed
    assert len(sealed) == 1 + 12 + len(plain) + 16


@given(KEYS, KEYS, PLAIN, WHERE)
def test_another_key_is_refused(key: bytes, other: bytes, plain: bytes, where: bytes) -> None:
    assume(key != other)
    refuse(other, seal(key, plain, where), where)


@given(KEYS, PLAIN, WHERE, WHERE)
def test_another_place_is_refused(key: bytes, plain: bytes, where: bytes, elsewhere: bytes) -> None:
    assume(where != elsewhere)
    refuse(key, seal(key, plain, where), elsewhere)


@given(KEYS, PLAIN, WHERE, st.data())
def test_any_changed_byte_is_refused(key: bytes, plain: bytes, where: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(key, plain, where))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    refuse(key, bytes(sealed), where)


@given(KEYS, st.binary(max_size=20), WHERE)
def test_any_cut_is_refused(key: bytes, plain: bytes, where: bytes) -> None:
    sealed = seal(key, plain, where)
    for length in range(len(sealed)):
        refuse(key, sealed[:length], where)


@given(KEYS, PLAIN, WHERE, st.binary(min_size=1, max_size=20))
def test_anything_added_is_refused(key: bytes, plain: bytes, where: bytes, more: bytes) -> None:
    refuse(key, seal(key, plain, where) + more, where)


@given(KEYS, st.binary(max_size=100), WHERE)
def test_what_was_never_sealed_is_refused(key: bytes, noise: bytes, where: bytes) -> None:
    refuse(key, noise, where)


@given(KEYS, st.lists(PLAIN, min_size=2, max_size=2, unique=True), WHERE, st.integers(1, 12))
def test_nonces_and_ciphertexts_of_two_values_do_not_mix(
    key: bytes, plains: list[bytes], where: bytes, taken: int
) -> None:
    one, other = (seal(key, plain, where) for plain in plains)
    mixed = one[: 1 + taken] + other[1 + taken :]
    assume(mixed not in (one, other))
    refuse(key, mixed, where)


@given(PARTS, PARTS)
def test_different_places_are_never_written_alike(one: list[str], other: list[str]) -> None:
    assume(one != other)
    assert bind(*one) != bind(*other)


@given(KEYS, st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=2, max_size=2, unique=True))
def test_a_key_for_one_purpose_is_no_key_for_another(key: bytes, purposes: list[str]) -> None:
    one, other = (expand(key, purpose) for purpose in purposes)
    assert one != other
    assert key not in (one, other)
    assert len(one) == len(other) == 32


def test_the_vector_of_the_page_is_what_is_written() -> None:
    key = expand(bytes.fromhex(VECTORS["data_key"]), VECTORS["purpose"])
    where = bind(*VECTORS["where"])
    sealed = seal(key, VECTORS["plain"].encode(), where, lambda length: bytes.fromhex(VECTORS["nonce"]))
    assert key.hex() == VECTORS["key"]
    assert where.hex() == VECTORS["associated_data"]
    assert sealed.hex() == VECTORS["sealed"]


def test_the_vector_opens_with_the_bare_primitives_of_the_standards() -> None:
    expanded = HKDFExpand(hashes.SHA256(), 32, bytes.fromhex(VECTORS["info"])).derive(
        bytes.fromhex(VECTORS["data_key"])
    )
    sealed, where = bytes.fromhex(VECTORS["sealed"]), bytes.fromhex(VECTORS["associated_data"])
    assert AESGCM(expanded).decrypt(sealed[1:13], sealed[13:], b"\x01" + where) == VECTORS["plain"].encode()
