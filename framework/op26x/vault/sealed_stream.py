"""Sealed streams: Tink's streaming AEAD, AES256-GCM-HKDF, written and read with ``cryptography``.

Wire format (https://developers.google.com/tink/wire-format, https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming)::

    header    = length (1 byte: 40) | salt (32) | nonce prefix (7)
    nonce i   = nonce prefix | i (4 bytes, big-endian) | last (1 byte: 0 or 1)
    segment i = AES-256-GCM(stream key, nonce i, no associated data)
    stream key = HKDF-SHA-256(key, salt, info = associated data)

Each segment is 8,192 bytes of the file, 16 of them the tag; the header counts to the first one, the last may be
shorter. At 16,000 bytes a second, 8 kHz stereo mu-law, a segment is half a second. ``docs/sealed-format.md`` has
test vectors.
"""

import os
from collections.abc import Awaitable, Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from op26x.errors import Tampered, VaultError
from op26x.vault.aead import KEY_BYTES, TAG_BYTES, Entropy

SEGMENT_BYTES = 8192
PREFIX_BYTES = 7
HEADER_BYTES = 1 + KEY_BYTES + PREFIX_BYTES
FIRST_PLAIN_BYTES = SEGMENT_BYTES - HEADER_BYTES - TAG_BYTES
PLAIN_BYTES = SEGMENT_BYTES - TAG_BYTES

Fetch = Callable[[int, int], Awaitable[bytes]]
"""Reads the sealed bytes from a position up to another."""


class _Segments:
    """The cipher of one stream.

    Args:
        key: The stream's key material, 32 bytes.
        associated_data: Says what the stream is.
        header: 40 bytes.
    """

    def __init__(self, key: bytes, associated_data: bytes, header: bytes) -> None:
        salt, self._prefix = header[1 : 1 + KEY_BYTES], header[1 + KEY_BYTES :]
        derive = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=salt, info=associated_data)
        self._cipher = AESGCM(derive.derive(key))

    def seal(self, index: int, plain: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(index, last), plain, None)

    def open(self, index: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(index, last), sealed, None)
        except InvalidTag:
            raise Tampered(
                f"Segment {index} of a sealed stream was changed, moved, cut off or sealed with another key.",
                "What was read before it is sound. Restore the file from a backup.",
            ) from None

    def _nonce(self, index: int, last: bool) -> bytes:
        return self._prefix + index.to_bytes(4, "big") + bytes([last])


class SealedWriter:
    """Seals a stream as it grows. It does no I/O: whoever calls appends what it returns.

    Args:
        key: 32 bytes, used for nothing else.
        associated_data: Says what the stream is; needed to read it.
        entropy: Source of salt and nonce prefix.
    """

    def __init__(self, key: bytes, associated_data: bytes, entropy: Entropy = os.urandom) -> None:
        self._header = bytes([HEADER_BYTES]) + entropy(KEY_BYTES) + entropy(PREFIX_BYTES)
        self._segments = _Segments(key, associated_data, self._header)
        self._pending = bytearray()
        self._index = 0
        self._finished = False

    def write(self, plain: bytes) -> bytes:
        """Takes more; returns the sealed bytes that are now due, often none.

        Raises:
            VaultError: The stream is finished.
        """
        self._check_open()
        self._pending += plain
        sealed = [self._begin()]
        # A full segment waits until more comes, since only then it is not the last one.
        while len(self._pending) > (room := self._room()):
            sealed.append(self._segments.seal(self._index, bytes(self._pending[:room]), last=False))
            del self._pending[:room]
            self._index += 1
        return b"".join(sealed)

    def finish(self) -> bytes:
        """The last segment. Nothing can be written after it.

        Raises:
            VaultError: The stream is finished already.
        """
        self._check_open()
        self._finished = True
        last = self._begin() + self._segments.seal(self._index, bytes(self._pending), last=True)
        self._pending.clear()
        return last

    def _check_open(self) -> None:
        """Sealing twice under one nonce would give the key away."""
        if self._finished:
            raise VaultError("This sealed stream is finished.", "Begin another one.")

    def _begin(self) -> bytes:
        header, self._header = self._header, b""
        return header

    def _room(self) -> int:
        return PLAIN_BYTES if self._index else FIRST_PLAIN_BYTES


class SealedReader:
    """Reads any part of a sealed stream.

    Args:
        key: As written.
        associated_data: As written.
        fetch: Reads sealed bytes.
        size: Length of the sealed stream in bytes.
        finished: Whether its writer came to the end. If not, all whole segments are read and a torn one is left.
    """

    def __init__(self, key: bytes, associated_data: bytes, fetch: Fetch, size: int, *, finished: bool = True) -> None:
        self._key = key
        self._associated_data = associated_data
        self._fetch = fetch
        self._finished = finished
        whole = size // SEGMENT_BYTES
        self._size = size if finished else whole * SEGMENT_BYTES
        self._count = -(-self._size // SEGMENT_BYTES)
        self._segments: _Segments | None = None

    @property
    def plain_size(self) -> int:
        """Length of what was sealed, in bytes.

        Raises:
            Tampered: The stream is shorter than any stream can be.
        """
        if not self._count and not self._finished:
            return 0
        plain = self._size - HEADER_BYTES - self._count * TAG_BYTES
        if plain < 0 or 0 < self._size % SEGMENT_BYTES < TAG_BYTES:
            raise Tampered("A sealed stream is cut off.", "Restore the file from a backup.")
        return plain

    async def read(self, start: int = 0, end: int | None = None) -> bytes:
        """The plain bytes from ``start`` up to ``end``; the rest of the stream by default.

        Raises:
            Tampered: The stream was changed, cut, reordered, or belongs elsewhere.
        """
        end = self.plain_size if end is None else min(end, self.plain_size)
        if self._segments is None and self._count:
            self._segments = await self._begin()
        if self._segments is None or start >= end:
            return b""
        first = _segment_of(start)
        plain = await self._open(self._segments, first, _segment_of(end - 1))
        offset = start - _plain_start(first)
        return plain[offset : offset + end - start]

    async def _begin(self) -> _Segments:
        """Reads the header, and the last segment: a stream that was cut at a segment's edge shows there."""
        header = await self._fetch(0, HEADER_BYTES)
        if len(header) != HEADER_BYTES or header[0] != HEADER_BYTES:
            raise Tampered("This is not a sealed stream.", "Restore the file from a backup.")
        segments = _Segments(self._key, self._associated_data, header)
        await self._open(segments, self._count - 1, self._count - 1)
        return segments

    async def _open(self, segments: _Segments, first: int, last: int) -> bytes:
        begin = max(HEADER_BYTES, first * SEGMENT_BYTES)
        sealed = await self._fetch(begin, min((last + 1) * SEGMENT_BYTES, self._size))
        plain = []
        for index in range(first, last + 1):
            length = SEGMENT_BYTES - (0 if index else HEADER_BYTES)
            segment, sealed = sealed[:length], sealed[length:]
            plain.append(self._open_one(segments, index, segment))
        return b"".join(plain)

    def _open_one(self, segments: _Segments, index: int, sealed: bytes) -> bytes:
        if index < self._count - 1:
            return segments.open(index, sealed, last=False)
        if self._finished:
            return segments.open(index, sealed, last=True)
        try:
            return segments.open(index, sealed, last=False)
        except Tampered:
            # Its writer may have come to the end and been killed before it could say so.
            return segments.open(index, sealed, last=True)


def _segment_of(position: int) -> int:
    return 0 if position < FIRST_PLAIN_BYTES else 1 + (position - FIRST_PLAIN_BYTES) // PLAIN_BYTES


def _plain_start(index: int) -> int:
    return FIRST_PLAIN_BYTES + (index - 1) * PLAIN_BYTES if index else 0
