"""Mu-law: the code of ITU-T G.711, bit for bit, and what must hold of any such code."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.g711 import SILENCE, decode, encode

BIAS, CLIP = 0x84, 32635
SEGMENT_ENDS = [0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF, 0x1FFF, 0x3FFF, 0x7FFF]
ALL_CODES = bytes(range(256))
SAMPLES = st.lists(st.integers(-32768, 32767), max_size=400)


def reference(sample: int) -> int:
    """The code of one sample, by the search over segments that G.711 describes."""
    mask = 0x7F if sample < 0 else 0xFF
    magnitude = min(abs(sample), CLIP) + BIAS
    segment = next(number for number, end in enumerate(SEGMENT_ENDS) if magnitude <= end)
    return ((segment << 4) | ((magnitude >> (segment + 3)) & 0xF)) ^ mask


def pcm(samples: list[int]) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


def samples(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 2}h", data))


@pytest.mark.parametrize(
    ("code", "sample"),
    [
        (0x00, -32124),
        (0x01, -31100),
        (0x0F, -16764),
        (0x10, -15996),
        (0x70, -120),
        (0x7E, -8),
        (0x7F, 0),
        (0x80, 32124),
        (0x81, 31100),
        (0xEF, 132),
        (0xF0, 120),
        (0xFE, 8),
        (0xFF, 0),
    ],
)
def test_known_codes(code: int, sample: int) -> None:
    assert samples(decode(bytes([code]))) == [sample]


@pytest.mark.parametrize(
    ("sample", "code"),
    [(0, 0xFF), (-1, 0x7F), (8, 0xFE), (1000, 0xCE), (-1000, 0x4E), (32767, 0x80), (-32768, 0x00)],
)
def test_known_samples(sample: int, code: int) -> None:
    assert encode(pcm([sample])) == bytes([code])


def test_every_sample_has_the_code_of_the_standard() -> None:
    every = list(range(-32768, 32768))
    assert encode(pcm(every)) == bytes(reference(sample) for sample in every)


def test_it_agrees_with_pythons_own_where_python_has_one() -> None:
    audioop = pytest.importorskip("audioop")
    fourteen_bits = np.arange(-32768, 32768, 4).astype("<i2").tobytes()
    assert encode(fourteen_bits) == audioop.lin2ulaw(fourteen_bits, 2)
    assert decode(ALL_CODES) == audioop.ulaw2lin(ALL_CODES, 2)


def test_every_code_comes_back_but_the_second_zero() -> None:
    back = encode(decode(ALL_CODES))
    assert {code: back[code] for code in range(256) if back[code] != code} == {0x7F: 0xFF}


def test_silence_is_nothing() -> None:
    assert samples(decode(bytes([SILENCE]) * 160)) == [0] * 160


@given(SAMPLES)
def test_a_byte_per_sample_there_and_two_back(given_samples: list[int]) -> None:
    there = encode(pcm(given_samples))
    assert len(there) == len(given_samples)
    assert len(decode(there)) == 2 * len(given_samples)


@given(SAMPLES)
def test_a_second_time_changes_nothing(given_samples: list[int]) -> None:
    once = decode(encode(pcm(given_samples)))
    assert decode(encode(once)) == once


@given(st.integers(-CLIP, CLIP))
def test_what_comes_back_is_near(sample: int) -> None:
    (back,) = samples(decode(encode(pcm([sample]))))
    assert abs(back - sample) <= (abs(sample) + BIAS) / 32 + 1


@given(st.integers(-32768, 32766))
def test_louder_stays_louder(sample: int) -> None:
    lower, higher = samples(decode(encode(pcm([sample, sample + 1]))))
    assert lower <= higher


@given(st.integers(1, 32767))
def test_both_signs_are_alike(sample: int) -> None:
    up, down = samples(decode(encode(pcm([sample, -sample]))))
    assert up == -down


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError):
        encode(b"\x00")
