"""Blobs in S3 when things go wrong in between: crashes, deletion and closing at the same moment, refusals."""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from obstore.store import S3Store

from counterparts.s3 import Hooked, S3Counterpart
from op26x.errors import BlobError, BlobMissing
from op26x_s3.blobs import S3Blobs

KEY = "recordings/01JD"
FIRST, SECOND, THIRD = (f"{KEY}/parts/{number:08}" for number in range(3))
MIB = 1024 * 1024

_numbers = itertools.count()


class Crash(Exception):
    """The process dies here."""


async def crash() -> None:
    raise Crash


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Counterpart]:
    """S3 for all tests of this module."""
    with S3Counterpart() as counterpart:
        yield counterpart


@pytest.fixture
def bucket(s3: S3Counterpart) -> S3Store:
    """The test's part of the bucket."""
    return s3.settings(f"test-{next(_numbers)}").connect()


@pytest.fixture
def hooked(bucket: S3Store) -> Hooked:
    """The same, for the process that something happens to."""
    return Hooked(bucket)


@pytest.fixture
def writing(hooked: Hooked) -> S3Blobs:
    """The store of that process."""
    return S3Blobs(hooked)  # type: ignore[arg-type]


@pytest.fixture
def blobs(bucket: S3Store) -> S3Blobs:
    """The store of another process."""
    return S3Blobs(bucket)


async def paths(bucket: S3Store) -> list[str]:
    return sorted(stored["path"] for stored in await bucket.list_async().collect_async())


async def begin(store: S3Blobs) -> Any:
    writer = await store.create(KEY)
    await writer.append(b"one")
    await writer.append(b"two")
    return writer


async def test_each_append_is_an_object_until_closing_makes_one_of_them(blobs: S3Blobs, bucket: S3Store) -> None:
    writer = await begin(blobs)
    assert await paths(bucket) == [FIRST, SECOND, THIRD]
    await writer.close()
    assert await paths(bucket) == [KEY]
    assert bytes(await (await bucket.get_async(KEY)).bytes_async()) == b"onetwo"


@pytest.mark.parametrize("whole_bytes", [12 * MIB, 1], ids=["by one request", "by a multipart upload"])
async def test_a_large_blob_is_composed_and_read_in_pieces(
    bucket: S3Store, s3: S3Counterpart, whole_bytes: int
) -> None:
    blobs = S3Blobs(bucket, whole_bytes=whole_bytes, piece_bytes=5 * MIB)
    appends = [bytes([number]) * (2 * MIB + number) for number in range(6)]
    whole = b"".join(appends)
    writer = await blobs.create(KEY)
    for data in appends:
        await writer.append(data)
    await writer.close()
    assert await paths(bucket) == [KEY]
    assert await blobs.read(KEY) == whole
    assert await blobs.read(KEY, 5 * MIB - 1, 10 * MIB + 1) == whole[5 * MIB - 1 : 10 * MIB + 1]
    assert "<Upload>" not in httpx.get(f"{s3.url}/{s3.bucket}?uploads").text


@pytest.mark.parametrize(
    ("when", "method", "path", "left"),
    [
        ("before", "put", KEY, [FIRST, SECOND, THIRD]),
        ("after", "put", KEY, [KEY, FIRST, SECOND, THIRD]),
        ("before", "delete", FIRST, [KEY, FIRST, SECOND, THIRD]),
        ("after", "delete", FIRST, [KEY, SECOND, THIRD]),
        ("before", "delete", SECOND, [KEY, SECOND, THIRD]),
    ],
)
async def test_a_crash_while_closing_loses_nothing(
    writing: S3Blobs,
    hooked: Hooked,
    blobs: S3Blobs,
    bucket: S3Store,
    when: str,
    method: str,
    path: str,
    left: list[str],
) -> None:
    writer = await begin(writing)
    getattr(hooked, when)(method, path, crash)
    with pytest.raises(Crash):
        await writer.close()
    assert await paths(bucket) == left
    assert await blobs.read(KEY) == b"onetwo"
    assert await blobs.read(KEY, 2, 5) == b"etw"
    assert await blobs.size(KEY) == 6
    assert await blobs.list() == [KEY]
    with pytest.raises(BlobError, match="already"):
        await blobs.create(KEY)
    assert await blobs.read(KEY) == b"onetwo"
    await writer.close()
    assert await paths(bucket) == [KEY]
    assert await blobs.delete(KEY)
    assert await paths(bucket) == []


@pytest.mark.parametrize(
    ("when", "method", "path"), [("after", "put", KEY), ("after", "delete", FIRST), ("before", "delete", SECOND)]
)
async def test_deleting_after_a_crash_while_closing_leaves_nothing(
    writing: S3Blobs, hooked: Hooked, blobs: S3Blobs, bucket: S3Store, when: str, method: str, path: str
) -> None:
    writer = await begin(writing)
    getattr(hooked, when)(method, path, crash)
    with pytest.raises(Crash):
        await writer.close()
    assert await blobs.delete(KEY) is True
    assert await paths(bucket) == []
    with pytest.raises(BlobMissing):
        await blobs.read(KEY)


@pytest.mark.parametrize(
    ("when", "method", "path"),
    [
        ("after", "head", KEY),
        ("before", "get_range", SECOND),
        ("before", "get_range", THIRD),
        ("before", "head", FIRST),
    ],
)
async def test_a_reader_is_not_disturbed_by_closing(
    writing: S3Blobs, hooked: Hooked, blobs: S3Blobs, when: str, method: str, path: str
) -> None:
    writer = await begin(blobs)
    getattr(hooked, when)(method, path, writer.close)
    assert await writing.read(KEY) == b"onetwo"
    assert await writing.size(KEY) == 6


@pytest.mark.parametrize(
    ("when", "method", "path"), [("before", "get_range", SECOND), ("before", "head", FIRST), ("before", "head", KEY)]
)
async def test_a_reader_gets_all_or_nothing_of_what_is_being_deleted(
    writing: S3Blobs, hooked: Hooked, blobs: S3Blobs, when: str, method: str, path: str
) -> None:
    await begin(blobs)

    async def delete() -> None:
        await blobs.delete(KEY)

    getattr(hooked, when)(method, path, delete)
    with pytest.raises(BlobMissing):
        await writing.read(KEY)


@pytest.mark.parametrize(
    ("when", "method", "path"),
    [
        ("before", "get_range", SECOND),
        ("before", "put", KEY),
        ("after", "put", KEY),
        ("before", "head", FIRST),
        ("after", "head", FIRST),
        ("before", "head", KEY),
    ],
)
async def test_what_is_deleted_while_closing_does_not_come_back(
    writing: S3Blobs, hooked: Hooked, blobs: S3Blobs, bucket: S3Store, when: str, method: str, path: str
) -> None:
    writer = await begin(writing)

    async def delete() -> None:
        assert await blobs.delete(KEY)

    getattr(hooked, when)(method, path, delete)
    with pytest.raises(BlobError):
        await writer.close()
    assert await paths(bucket) == []
    with pytest.raises(BlobError):
        await writer.close()
    assert await paths(bucket) == []


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_is_deleted_while_appending_does_not_come_back(
    writing: S3Blobs, hooked: Hooked, blobs: S3Blobs, bucket: S3Store, when: str
) -> None:
    writer = await writing.create(KEY)
    await writer.append(b"one")

    async def delete() -> None:
        assert await blobs.delete(KEY)

    getattr(hooked, when)("put", THIRD, delete)
    with pytest.raises(BlobError, match="deleted"):
        await writer.append(b"two")
    assert await paths(bucket) == []


async def test_an_append_of_a_process_that_died_in_a_deletion_is_no_part_of_the_next_blob(
    writing: S3Blobs, hooked: Hooked, blobs: S3Blobs
) -> None:
    writer = await writing.create(KEY)
    await writer.append(b"one")

    async def delete_and_crash() -> None:
        await blobs.delete(KEY)
        await hooked.put_async(SECOND, b"late")
        raise Crash

    hooked.before("put", THIRD, delete_and_crash)
    with pytest.raises(Crash):
        await writer.append(b"two")
    assert await blobs.list() == []
    with pytest.raises(BlobMissing):
        await blobs.read(KEY)
    await (await blobs.create(KEY)).close()
    assert await blobs.read(KEY) == b""


async def test_a_blob_composed_between_two_looks_of_another_creator_is_kept(
    writing: S3Blobs, hooked: Hooked, blobs: S3Blobs, bucket: S3Store
) -> None:
    writer = await begin(blobs)
    hooked.before("put", FIRST, writer.close)
    with pytest.raises(BlobError, match="already"):
        await writing.create(KEY)
    assert await paths(bucket) == [KEY]
    assert await blobs.read(KEY) == b"onetwo"


async def test_after_a_failed_append_none_follows_and_closing_keeps_what_came_before(
    writing: S3Blobs, hooked: Hooked, blobs: S3Blobs
) -> None:
    writer = await begin(writing)
    hooked.before("put", f"{KEY}/parts/{3:08}", crash)
    with pytest.raises(Crash):
        await writer.append(b"three")
    with pytest.raises(BlobError, match="takes no more"):
        await writer.append(b"four")
    await writer.close()
    assert await blobs.read(KEY) == b"onetwo"


async def test_parts_beyond_one_page_of_a_listing_are_read_in_order(blobs: S3Blobs, bucket: S3Store) -> None:
    await blobs.create(KEY)
    for number in range(1, 1002):
        await bucket.put_async(f"{KEY}/parts/{number:08}", b"%04d" % number)
    assert await blobs.size(KEY) == 4004
    assert await blobs.read(KEY, 4000) == b"1001"
    assert await blobs.delete(KEY)
    assert await paths(bucket) == []


async def test_a_listing_in_any_order_will_do(blobs: S3Blobs, bucket: S3Store) -> None:
    class Backwards(Hooked):
        def list_async(self, prefix: str) -> Any:
            class Listing:
                async def collect_async(self) -> Any:
                    return (await bucket.list_async(prefix).collect_async())[::-1]

            return Listing()

    await begin(blobs)
    assert await S3Blobs(Backwards(bucket)).read(KEY) == b"onetwo"  # type: ignore[arg-type]


async def test_prefixes_keep_installations_apart(s3: S3Counterpart) -> None:
    one, two = (S3Blobs(s3.settings(prefix).connect()) for prefix in ("apart/one/", "apart/two"))
    await begin(one)
    assert await two.list() == []
    assert await two.delete(KEY) is False
    assert await one.list() == [KEY]


async def test_a_bucket_that_is_not_there_is_an_error_with_a_remedy(s3: S3Counterpart) -> None:
    with pytest.raises(BlobError, match=KEY) as caught:
        await S3Blobs(s3.settings("", bucket="nowhere").connect()).create(KEY)
    assert "bucket" in caught.value.remedy


async def test_a_store_that_does_not_answer_is_an_error_that_quotes_nothing(s3: S3Counterpart) -> None:
    nobody = S3Blobs(s3.settings("", endpoint="http://127.0.0.1:9").connect())
    for ask in (nobody.create(KEY), nobody.read(KEY)):
        with pytest.raises(BlobError) as caught:
            await ask
        assert "127.0.0.1" not in str(caught.value)
        assert "endpoint" in caught.value.remedy
