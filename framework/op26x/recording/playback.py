"""Playback: any part of a recording as the bytes of a WAV file, decrypted on the fly and never written anywhere.

The WAV is stereo, caller left, agent right, 8 kHz, 16 bit (RIFF, https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE).
"""

import struct
from collections.abc import AsyncIterator

from op26x import g711
from op26x.g711 import SAMPLE_RATE
from op26x.vault.sealed_stream import SealedReader

CHANNELS, SAMPLE_BYTES = 2, 2
HEADER_BYTES = 44
PIECE_BYTES = 64 * 1024
CHECKED_BYTES = 512 * 1024


class WavReader:
    """A recording as a WAV file.

    Args:
        stream: The sealed stream of interleaved mu-law.
    """

    def __init__(self, stream: SealedReader) -> None:
        self._stream = stream

    @property
    def frames(self) -> int:
        """Pairs of samples."""
        return self._stream.plain_size // CHANNELS

    @property
    def size(self) -> int:
        """Length of the whole file in bytes."""
        return HEADER_BYTES + self._stream.plain_size * SAMPLE_BYTES

    async def ulaw(self, start: int, end: int) -> bytes:
        """Pairs of samples from ``start`` up to ``end`` as they were sealed: mu-law, caller and agent in turn.

        Raises:
            Tampered: The recording was changed, cut, or is another call's.
        """
        return await self._stream.read(start * CHANNELS, end * CHANNELS)

    async def check(self) -> None:
        """Reads all of it once, so that what is sent afterwards does not break off in the middle.

        Raises:
            Tampered: The recording was changed, cut, or is another call's.
        """
        for at in range(0, self._stream.plain_size or 1, CHECKED_BYTES):
            await self._stream.read(at, at + CHECKED_BYTES)

    async def read(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of the file from ``start`` up to ``end``.

        Raises:
            Tampered: The recording was changed, cut, or is another call's.
        """
        end = self.size if end is None else min(end, self.size)
        header = wav_header(self.frames)[start:end] if start < HEADER_BYTES else b""
        first, last = max(0, start - HEADER_BYTES), max(0, end - HEADER_BYTES)
        if first >= last:
            return header
        ulaw = await self._stream.read(first // SAMPLE_BYTES, -(-last // SAMPLE_BYTES))
        skip = first % SAMPLE_BYTES
        return header + g711.decode(ulaw)[skip : skip + last - first]

    async def pieces(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The same, in pieces of at most 64 KiB."""
        end = self.size if end is None else min(end, self.size)
        for at in range(start, end, PIECE_BYTES):
            yield await self.read(at, min(end, at + PIECE_BYTES))


def wav_header(frames: int) -> bytes:
    """The 44 bytes before the samples."""
    block = CHANNELS * SAMPLE_BYTES
    data = frames * block
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", HEADER_BYTES - 8 + data, b"WAVE", b"fmt ", 16, 1, CHANNELS),
        *(SAMPLE_RATE, SAMPLE_RATE * block, block, 8 * SAMPLE_BYTES, b"data", data),
    )
