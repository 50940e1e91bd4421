"""Mu-law (ITU-T G.711) by table: one look-up per sample either way."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SAMPLE_RATE = 8000
"""Samples, and bytes, a second."""
SILENCE = 0xFF


def _decoding() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = ((((code & 0x0F).astype(np.int32) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoding() -> NDArray[np.uint8]:
    """The code of each 16-bit sample, indexed by the sample as unsigned: 64 KiB."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    biased = np.minimum(np.abs(sample), 32635) + 0x84
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    sign = np.where(sample < 0, 0x80, 0)
    code: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return code


_SILENT = bytes([SILENCE])
_TO_PCM = _decoding()
_TO_SAMPLES = _TO_PCM.astype(np.float32)
_TO_ULAW = _encoding()


def decode(ulaw: bytes) -> bytes:
    """Mu-law to 16-bit little-endian PCM, two bytes per sample."""
    return _TO_PCM.take(np.frombuffer(ulaw, np.uint8)).tobytes()


def samples(ulaw: bytes | bytearray) -> Samples:
    """Mu-law to numbers between -32,768 and 32,767, to reckon with."""
    return _TO_SAMPLES.take(np.frombuffer(ulaw, np.uint8))


def silence(length: int) -> bytes:
    """So many samples of nothing; none if the length is negative."""
    return _SILENT * length


def encode(pcm: bytes) -> bytes:
    """16-bit little-endian PCM to mu-law, one byte per sample."""
    return _TO_ULAW.take(np.frombuffer(pcm, "<u2")).tobytes()


SHORTEST_S = 0.1
QUIETEST = 200
"""Of 32,767."""


def fault_of(pcm: object) -> str:
    """What keeps something from being heard as 16-bit mono PCM at 8 kHz; empty if nothing does."""
    if not isinstance(pcm, bytes | bytearray | memoryview):
        return f"its sound is a {type(pcm).__name__}, not bytes"
    pcm = bytes(pcm)
    if pcm.startswith(b"RIFF"):
        return "its sound is a WAV file; it must be the samples alone, 16-bit mono PCM at 8 kHz"
    if len(pcm) % 2 or len(pcm) < SHORTEST_S * SAMPLE_RATE * 2:
        return f"its sound is {len(pcm)} bytes, which is no 16-bit PCM of a sentence"
    loudest = int(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)).max())
    return "" if loudest > QUIETEST else "its sound is silence"
