"""Blobs in a bucket, which can't append.

A blob that is being written is a row of objects: ``KEY/parts/00000000``, empty, says that there is a blob; each
append is the next of them. Closing composes the parts into ``KEY`` and only then deletes them, the first one first.
Hence:

- the parts are the blob as long as there is the first of them and no ``KEY``; a crash leaves them readable;
- deleting begins with the first part, and whoever writes looks whether it is still there after having written: what
  was deleted does not come back;
- whoever read parts looks whether the first is still there; if it is not, they were composed or deleted meanwhile.

This rests on S3's strong consistency (Amazon S3 User Guide, "Amazon S3 data consistency model") and on conditional
writes (``If-None-Match``).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError

from op26x.errors import BlobError
from op26x.storage.blobs import RESERVED, bounds, check_key, check_prefix, deleted, ended, missing, taken

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import S3Store

T = TypeVar("T")
Objects = Sequence["ObjectMeta"]

AT_ONCE = 16
PIECE_BYTES = 8 * 1024 * 1024
WHOLE_BYTES = 16 * 1024 * 1024


class S3Blobs:
    """A ``BlobStore`` in a bucket.

    Args:
        store: The bucket, under its prefix.
        whole_bytes: Larger blobs are composed by a multipart upload, whose pieces a crash would leave in the bucket,
            invisible, until a lifecycle rule removes them.
        piece_bytes: How much is fetched by one request, and uploaded by one of a multipart upload; at least 5 MiB
            at AWS.
    """

    def __init__(self, store: "S3Store", *, whole_bytes: int = WHOLE_BYTES, piece_bytes: int = PIECE_BYTES) -> None:
        self._store = store
        self._whole_bytes = whole_bytes
        self._piece_bytes = piece_bytes

    async def create(self, key: str) -> "S3BlobWriter":
        """See ``BlobStore``."""
        first = part(check_key(key), 0)
        with self._blob_errors("created", key):
            try:
                await self._store.put_async(first, b"", mode="create")
            except AlreadyExistsError:
                raise taken(key) from None
            # Only now: before, another writer could have been about to compose it.
            if await self._composed(key) is not None:
                await self._store.delete_async(first)
                raise taken(key)
            await self._delete_all([o for o in await self._below(key) if o["path"] != first])
        return S3BlobWriter(self, key)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """See ``BlobStore``."""

        async def fetch(objects: Objects) -> bytes:
            return await self._fetch(objects, *bounds(start, end, total(objects)))

        with self._blob_errors("read", check_key(key)):
            return await self._of_blob(key, fetch)

    async def size(self, key: str) -> int:
        """See ``BlobStore``."""

        async def count(objects: Objects) -> int:
            return total(objects)

        with self._blob_errors("read", check_key(key)):
            return await self._of_blob(key, count)

    async def delete(self, key: str) -> bool:
        """See ``BlobStore``."""
        with self._blob_errors("deleted", check_key(key)):
            had_parts = await self._delete_parts(key)
            composed = await self._composed(key)
            await self._store.delete_async(key)
            return had_parts or composed is not None

    async def list(self, prefix: str = "") -> list[str]:
        """See ``BlobStore``."""
        with self._blob_errors("listed", check_prefix(prefix)):
            stored = await self._store.list_async(prefix.rpartition("/")[0] or None).collect_async()
        paths = [o["path"] for o in stored]
        first = part("", 0)
        keys = {p.removesuffix(first) for p in paths if p.endswith(first) or RESERVED not in p.split("/")}
        return sorted(key for key in keys if key.startswith(prefix))

    async def put_part(self, key: str, number: int, data: bytes) -> None:
        """Stores an append; for the writer.

        Raises:
            BlobError: It could not be stored, or the blob is gone.
        """
        with self._blob_errors("written", key):
            await self._store.put_async(part(key, number), data, use_multipart=False)
            if not await self._has(part(key, 0)):
                await self._store.delete_async(part(key, number))
                raise deleted(key)

    async def compose(self, key: str) -> None:
        """Makes one object of all parts; for the writer. May be repeated if it failed.

        Raises:
            BlobError: It failed, the parts remain; or the blob is gone.
        """
        with self._blob_errors("composed", key):
            parts = await self._parts(key)
            if parts is not None:
                await self._put_composed(key, parts)
            if parts is not None and not await self._has(part(key, 0)):
                await self._store.delete_async(key)
            if await self._composed(key) is None:
                await self._delete_parts(key)
                raise deleted(key)
            await self._delete_parts(key)

    async def _put_composed(self, key: str, parts: Objects) -> None:
        size = total(parts)
        if size <= self._whole_bytes:
            await self._store.put_async(key, await self._fetch(parts, 0, size), use_multipart=False)
        else:
            await self._store.put_async(key, self._pieces(parts, size), chunk_size=self._piece_bytes)

    async def _pieces(self, parts: Objects, size: int) -> AsyncIterator[bytes]:
        for low in range(0, size, self._piece_bytes):
            yield await self._fetch(parts, low, min(low + self._piece_bytes, size))

    async def _of_blob(self, key: str, use: Callable[[Objects], Awaitable[T]]) -> T:
        """Uses the composed object or the parts, whichever there is, as they were at one moment."""
        for look in (self._composed, self._parts, self._composed):
            objects = await look(key)
            if objects is None:
                continue
            try:
                result = await use(objects)
            except FileNotFoundError:
                continue
            if objects[0]["path"] == key or await self._has(part(key, 0)):
                return result
        raise missing(key)

    async def _composed(self, key: str) -> Objects | None:
        try:
            return [await self._store.head_async(key)]
        except FileNotFoundError:
            return None

    async def _parts(self, key: str) -> Objects | None:
        """The parts, beginning with the empty one; ``None`` without that one."""
        found = sorted(await self._below(key), key=lambda o: o["path"])
        return found if found and found[0]["path"] == part(key, 0) else None

    async def _below(self, key: str) -> Objects:
        return await self._store.list_async(f"{key}/{RESERVED}").collect_async()

    async def _has(self, path: str) -> bool:
        return await self._composed(path) is not None

    async def _delete_parts(self, key: str) -> bool:
        """Deletes the parts, the first one first; returns whether there were any."""
        first = part(key, 0)
        had_first = await self._has(first)
        await self._store.delete_async(first)
        rest = await self._below(key)
        await self._delete_all(rest)
        return had_first or bool(rest)

    async def _delete_all(self, objects: Objects) -> None:
        if objects:
            await self._store.delete_async([o["path"] for o in objects])

    async def _fetch(self, objects: Objects, start: int, end: int) -> bytes:
        """A range of the objects' bytes, one after the other.

        Raises:
            FileNotFoundError: One of them is gone.
        """
        at_once = asyncio.Semaphore(AT_ONCE)

        async def piece(path: str, low: int, high: int) -> bytes:
            async with at_once:
                return bytes(await self._store.get_range_async(path, start=low, end=high))

        wanted = []
        offset = 0
        for stored in objects:
            low, high = max(start - offset, 0), min(end - offset, stored["size"])
            for at in range(low, high, self._piece_bytes):
                wanted.append(piece(stored["path"], at, min(at + self._piece_bytes, high)))
            offset += stored["size"]
        return b"".join(await asyncio.gather(*wanted))

    @contextmanager
    def _blob_errors(self, what: str, key: str) -> Iterator[None]:
        """Turns errors of the store into ``BlobError``; its own words, which quote addresses, stay with the cause."""
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise BlobError(
                f"The blob {key} can't be {what}: S3 denies access.",
                "Check the keys in [s3]; they must allow to get, put, list and delete objects.",
            ) from error
        except (BaseError, FileNotFoundError) as error:
            raise BlobError(
                f"The blob {key} can't be {what}: S3 failed or did not answer.",
                "Check that the bucket exists, and endpoint and region in [s3].",
            ) from error


class S3BlobWriter:
    """A ``BlobWriter`` in a bucket.

    Args:
        blobs: The store.
        key: The blob's, which was created.
    """

    def __init__(self, blobs: S3Blobs, key: str) -> None:
        self._blobs = blobs
        self._key = key
        self._number = 0
        self._turn = asyncio.Lock()
        self._takes_more = True
        self._closed = False

    async def append(self, data: bytes) -> None:
        """See ``BlobWriter``."""
        async with self._turn:
            if not self._takes_more:
                raise ended(self._key)
            if not data:
                return
            self._takes_more = False
            self._number += 1
            await self._blobs.put_part(self._key, self._number, data)
            self._takes_more = True

    async def close(self) -> None:
        """See ``BlobWriter``."""
        async with self._turn:
            self._takes_more = False
            if not self._closed:
                await self._blobs.compose(self._key)
                self._closed = True


def part(key: str, number: int) -> str:
    """Where an append is kept; number 0 says that there is a blob."""
    return f"{key}/{RESERVED}/{number:08}"


def total(objects: Objects) -> int:
    """Their size together, in bytes."""
    return sum(o["size"] for o in objects)
