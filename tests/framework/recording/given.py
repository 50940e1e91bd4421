"""What tests of the recording room begin with: a permit, somebody talking, blobs that fail when they are told to."""

from datetime import UTC, datetime

import numpy as np

from op26x import g711
from op26x.consent import Answer, Evidence, Gate, Permit, Proof
from op26x.errors import BlobError
from op26x.policy import RecordingMode
from op26x.storage import BlobStore, BlobWriter

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FRAME = 160


def permit(call_id: str, mode: RecordingMode = RecordingMode.ONE_PARTY) -> Permit:
    """Leave to record a call, by a gate."""
    gate = Gate(call_id, mode)
    if mode.announces:
        gate.announced("en/1", Proof(Evidence.MARK, "1", AT))
    if mode is RecordingMode.ASSENT:
        gate.answered(Answer.YES, Proof(Evidence.DIGIT, "1", AT))
    return gate.open()


def talk(samples: int, seed: int = 1) -> bytes:
    """Bytes none of which is silence, and no two stretches of which are alike."""
    return np.random.default_rng(seed).integers(0, g711.SILENCE, samples, np.uint8).tobytes()


class MemoryBlob:
    """A blob writer that keeps what it gets, and fails at the append or the close that it is told to fail at."""

    def __init__(self, fail_at: int | None = None, fail_close: bool = False) -> None:
        self.appended: list[bytes] = []
        self.asked = 0
        self.closed = 0
        self._fail_at = fail_at
        self._fail_close = fail_close

    async def append(self, data: bytes) -> None:
        self.asked += 1
        if self.asked - 1 == self._fail_at:
            raise BlobError("The disk is full.")
        self.appended.append(data)

    async def close(self) -> None:
        self.closed += 1
        if self._fail_close:
            raise BlobError("The disk is full.")

    @property
    def content(self) -> bytes:
        return b"".join(self.appended)


class BrokenBlobs:
    """A store on another one whose writers fail, or that makes none."""

    def __init__(self, store: BlobStore, *, create: bool = False, fail_at: int | None = None) -> None:
        self._store = store
        self._create = create
        self._fail_at = fail_at

    async def create(self, key: str) -> BlobWriter:
        if self._create:
            raise BlobError("The disk is full.")
        await self._store.create(key)
        return MemoryBlob(self._fail_at)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return await self._store.read(key, start, end)

    async def size(self, key: str) -> int:
        return await self._store.size(key)

    async def delete(self, key: str) -> bool:
        return await self._store.delete(key)

    async def list(self, prefix: str = "") -> list[str]:
        return await self._store.list(prefix)
