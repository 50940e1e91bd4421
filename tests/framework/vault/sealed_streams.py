"""What the tests of sealed streams share: writing and reading one in memory, and what of it must be readable."""

import asyncio

from op26x.errors import Tampered
from op26x.vault.aead import Entropy
from op26x.vault.sealed_stream import FIRST_PLAIN_BYTES, PLAIN_BYTES, SEGMENT_BYTES, SealedReader, SealedWriter

KEY, ANOTHER_KEY = bytes(range(32)), bytes(range(1, 33))
HERE, ELSEWHERE = b"this call", b"another call"
EDGES = [0, 1, FIRST_PLAIN_BYTES - 1, FIRST_PLAIN_BYTES, FIRST_PLAIN_BYTES + 1]
EDGES += [FIRST_PLAIN_BYTES + PLAIN_BYTES + more for more in (-1, 0, 1)] + [100_000]
"""Lengths of plain bytes about which the first and the second segment end."""


def written(plain: bytes, key: bytes = KEY, where: bytes = HERE, entropy: Entropy | None = None) -> bytes:
    """A whole stream."""
    writer = SealedWriter(key, where, entropy) if entropy else SealedWriter(key, where)
    return writer.write(plain) + writer.finish()


def reader(file: bytes, key: bytes = KEY, where: bytes = HERE, *, finished: bool = True) -> SealedReader:
    """Reads a stream."""

    async def fetch(start: int, end: int) -> bytes:
        return file[start:end]

    return SealedReader(key, where, fetch, len(file), finished=finished)


def read(stream: SealedReader, start: int = 0, end: int | None = None) -> bytes:
    """Plain bytes of a stream."""
    return asyncio.run(stream.read(start, end))


def tried(stream: SealedReader, start: int = 0, end: int | None = None) -> bytes | None:
    """Plain bytes of a stream; ``None`` if reading them is a clear error."""
    try:
        return read(stream, start, end)
    except Tampered as error:
        assert error.message
        assert error.remedy
        return None


def refused(stream: SealedReader, start: int = 0, end: int | None = None) -> bool:
    """Whether reading it is a clear error."""
    return tried(stream, start, end) is None


def whole(plain: bytes, size: int) -> bytes:
    """The plain bytes of the whole segments in the first ``size`` sealed bytes."""
    count = size // SEGMENT_BYTES
    return plain[: FIRST_PLAIN_BYTES + (count - 1) * PLAIN_BYTES] if count else b""
