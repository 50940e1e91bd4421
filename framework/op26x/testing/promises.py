"""Whether a store of blobs keeps its promises (``docs/blobs.md``), which a call alone would not show."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from op26x.errors import BlobError, BlobMissing, Op26xError, UsageError
from op26x.storage import BlobStore

KEY, OTHER = "promises/01JD0000000000000000000000", "promises/01JE0000000000000000000000"
NO_KEYS = ["", "/etc/passwd", "../up", "a/../b", ".hidden", "a//b", "a b", "ä", "a/parts/00000001"]


async def check_blob_store(store: BlobStore) -> None:
    """Writes, reads, lists and deletes two blobs.

    Args:
        store: Has no blob whose key begins with ``promises/``.

    Raises:
        AssertionError: It breaks a promise; the message says which.
    """
    async with _emptied(store):
        await _grows(store)
    async with _emptied(store):
        await _is_used_once(store)
    async with _emptied(store):
        await _is_deleted(store)
    async with _emptied(store):
        await _stays_deleted(store)
    for key in NO_KEYS:
        await _raises(UsageError, store.create(key), f"create({key!r}) is refused")


async def _grows(store: BlobStore) -> None:
    writer = await store.create(KEY)
    assert await store.read(KEY) == b"", "a blob is there, and empty, once it is created"
    await writer.append(b"one")
    assert await store.read(KEY) == b"one", "an append can be read as soon as it returns"
    await asyncio.gather(writer.append(b"two"), writer.append(b"three"))
    await writer.close()
    assert await store.read(KEY) == b"onetwothree", "appends are done in the order they were asked for"
    assert await store.size(KEY) == 11, "size is the number of bytes appended"
    assert await store.read(KEY, 3, 6) == b"two", "a range is that slice of the whole"
    assert await store.list("promises/") == [KEY], "a blob is listed by the beginning of its key"
    await _raises(BlobError, writer.append(b"more"), "nothing can be appended after closing")


async def _is_used_once(store: BlobStore) -> None:
    writer = await store.create(KEY)
    await writer.append(b"first")
    await writer.close()
    await _raises(BlobError, store.create(KEY), "a key can be used only once")
    assert await store.read(KEY) == b"first", "a second create leaves the first blob as it is"
    made = await asyncio.gather(*(store.create(OTHER) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, BlobError) for one in made) == 3, "of many who create one key, one succeeds"


async def _is_deleted(store: BlobStore) -> None:
    for key in (KEY, OTHER):
        writer = await store.create(key)
        await writer.append(b"x")
        await writer.close()
    assert await store.delete(KEY) is True, "delete returns True for a blob that was there"
    await _raises(BlobMissing, store.read(KEY), "a deleted blob can't be read")
    await _raises(BlobMissing, store.size(KEY), "a deleted blob has no size")
    assert await store.delete(KEY) is False, "delete returns False for a blob that is not there"
    assert await store.list("promises/") == [OTHER], "a deleted blob is not listed, and others are"


async def _stays_deleted(store: BlobStore) -> None:
    writer = await store.create(KEY)
    await writer.append(b"secret")
    await store.delete(KEY)
    await _raises(BlobError, writer.append(b"more"), "the writer of a deleted blob can't go on")
    await _raises(BlobError, writer.close(), "the writer of a deleted blob can't finish it")
    assert await store.list("promises/") == [], "a deleted blob does not come back"


@asynccontextmanager
async def _emptied(store: BlobStore) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for key in (KEY, OTHER):
            await store.delete(key)
    assert await store.list("promises/") == [], "delete removes a blob"


async def _raises(wanted: type[Op26xError], work: Awaitable[object], promise: str) -> None:
    try:
        await work
    except wanted:
        return
    except Exception as error:
        raise AssertionError(f"{promise}: it raises {type(error).__name__}, not {wanted.__name__}") from error
    raise AssertionError(f"{promise}: it raises nothing, not {wanted.__name__}")
