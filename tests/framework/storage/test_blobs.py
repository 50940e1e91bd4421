"""What every store of blobs keeps to: the local directory and S3 alike."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterparts.s3 import S3Counterpart
from op26x.errors import BlobError, BlobMissing, NotFound, UsageError
from op26x.storage import BlobStore, BlobWriter, LocalBlobs
from op26x.storage.blobs import check_key
from op26x.testing import check_blob_store
from op26x_s3.blobs import S3Blobs

KEY = "recordings/01JD0000000000000000000000"
OTHER = "recordings/01JE0000000000000000000000"
NO_KEYS = [
    "",
    "/",
    "/etc/passwd",
    "..",
    "../up",
    "a/../b",
    "a/./b",
    ".hidden",
    "a//b",
    "a/",
    "a b",
    "a\\b",
    "a\n",
    "ä",
    "a\0b",
    "a:b",
    "a~b",
    "a/parts/00000001",
    "n" * 201,
    "/".join(["name"] * 200),
]

_numbers = itertools.count()

Reopen = Callable[[], BlobStore]


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Counterpart]:
    """S3 for all tests of this module."""
    with S3Counterpart() as counterpart:
        yield counterpart


@pytest.fixture(params=["local", "s3"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """Opens the test's store, as each process does."""
    if request.param == "local":
        return lambda: LocalBlobs(tmp_path / "data" / "blobs")
    bucket = request.getfixturevalue("s3").settings(f"test-{next(_numbers)}/blobs")
    return lambda: S3Blobs(bucket.connect())


@pytest.fixture
def blobs(reopen: Reopen) -> BlobStore:
    """An empty store."""
    return reopen()


async def write(blobs: BlobStore, key: str, *appends: bytes) -> None:
    writer = await blobs.create(key)
    for data in appends:
        await writer.append(data)
    await writer.close()


async def test_what_was_appended_is_read_in_order(blobs: BlobStore) -> None:
    await write(blobs, KEY, b"one", b"two", b"three")
    assert await blobs.read(KEY) == b"onetwothree"
    assert await blobs.size(KEY) == 11


async def test_a_blob_is_there_and_empty_once_created(blobs: BlobStore) -> None:
    writer = await blobs.create(KEY)
    assert await blobs.read(KEY) == b""
    assert await blobs.size(KEY) == 0
    assert await blobs.list() == [KEY]
    await writer.close()
    assert await blobs.read(KEY) == b""


async def test_each_append_can_be_read_as_soon_as_it_returns(blobs: BlobStore) -> None:
    writer = await blobs.create(KEY)
    for number in range(1, 4):
        await writer.append(b"x" * number)
        assert await blobs.size(KEY) == number * (number + 1) // 2
    assert await blobs.read(KEY, 2, 4) == b"xx"
    await writer.close()


async def test_a_crash_of_the_writer_leaves_what_was_appended(reopen: Reopen) -> None:
    writer = await reopen().create(KEY)
    await writer.append(b"before ")
    await writer.append(b"the crash")
    after = reopen()
    assert await after.read(KEY) == b"before the crash"
    assert await after.size(KEY) == 16
    assert await after.list("recordings/") == [KEY]
    assert await after.delete(KEY)


async def test_an_empty_append_changes_nothing(blobs: BlobStore) -> None:
    await write(blobs, KEY, b"", b"a", b"", b"b")
    assert await blobs.read(KEY) == b"ab"


async def test_appends_at_the_same_time_are_done_in_the_order_asked_for(blobs: BlobStore) -> None:
    writer = await blobs.create(KEY)
    pieces = [bytes([number]) * (50 - number) for number in range(50)]
    await asyncio.gather(*(writer.append(piece) for piece in pieces))
    await writer.close()
    assert await blobs.read(KEY) == b"".join(pieces)


async def test_closing_waits_for_the_appends_asked_for_before(blobs: BlobStore) -> None:
    writer = await blobs.create(KEY)
    append = asyncio.create_task(writer.append(b"x" * 100_000))
    await asyncio.sleep(0)
    await writer.close()
    await append
    assert await blobs.size(KEY) == 100_000


async def test_two_blobs_are_written_at_the_same_time(blobs: BlobStore) -> None:
    one, two = await blobs.create(KEY), await blobs.create(OTHER)
    for _ in range(3):
        await asyncio.gather(one.append(b"one"), two.append(b"two"))
    await asyncio.gather(one.close(), two.close())
    assert await blobs.read(KEY) == b"oneoneone"
    assert await blobs.read(OTHER) == b"twotwotwo"


@pytest.mark.parametrize("closed", [False, True], ids=["being written", "closed"])
async def test_a_key_can_be_used_once(blobs: BlobStore, closed: bool) -> None:
    writer = await blobs.create(KEY)
    await writer.append(b"first")
    if closed:
        await writer.close()
    with pytest.raises(BlobError, match=KEY) as caught:
        await blobs.create(KEY)
    assert caught.value.remedy
    assert await blobs.read(KEY) == b"first"


async def test_of_many_who_create_one_key_one_succeeds(blobs: BlobStore) -> None:
    results = await asyncio.gather(*(blobs.create(KEY) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(result, BlobError) for result in results) == 7


async def test_after_closing_nothing_can_be_appended(blobs: BlobStore) -> None:
    writer = await blobs.create(KEY)
    await writer.append(b"all")
    await writer.close()
    await writer.close()
    with pytest.raises(BlobError, match=KEY):
        await writer.append(b"more")
    assert await blobs.read(KEY) == b"all"


async def test_what_is_not_there_is_missing(blobs: BlobStore) -> None:
    await write(blobs, OTHER, b"x")
    for ask in (blobs.read(KEY), blobs.size(KEY), blobs.read("recordings"), blobs.read(f"{OTHER}/beneath")):
        with pytest.raises(BlobMissing) as caught:
            await ask
        assert isinstance(caught.value, NotFound)
        assert caught.value.remedy


@pytest.mark.parametrize("closed", [False, True], ids=["being written", "closed"])
async def test_deleting_takes_all_of_it_once(blobs: BlobStore, closed: bool) -> None:
    writer = await blobs.create(KEY)
    await writer.append(b"gone")
    await write(blobs, OTHER, b"stays")
    if closed:
        await writer.close()
    assert await blobs.delete(KEY) is True
    assert await blobs.delete(KEY) is False
    with pytest.raises(BlobMissing):
        await blobs.read(KEY)
    assert await blobs.list() == [OTHER]


async def test_deleting_what_is_no_blob_is_nothing(blobs: BlobStore) -> None:
    await write(blobs, KEY, b"stays")
    for key in (OTHER, "recordings", "nowhere/at/all", f"{KEY}/beneath"):
        assert await blobs.delete(key) is False
    assert await blobs.read(KEY) == b"stays"


async def test_what_was_deleted_while_being_written_does_not_come_back(blobs: BlobStore) -> None:
    writer = await blobs.create(KEY)
    await writer.append(b"secret")
    await blobs.delete(KEY)
    with pytest.raises(BlobError, match="deleted"):
        await writer.append(b"more")
    with pytest.raises(BlobError, match="deleted"):
        await writer.close()
    with pytest.raises(BlobMissing):
        await blobs.read(KEY)
    assert await blobs.list() == []
    assert await blobs.delete(KEY) is False


async def test_a_key_can_be_used_again_after_deleting(blobs: BlobStore) -> None:
    await write(blobs, KEY, b"a long first one")
    await blobs.delete(KEY)
    await write(blobs, KEY, b"second")
    assert await blobs.read(KEY) == b"second"


async def test_keys_are_listed_by_their_beginning(blobs: BlobStore) -> None:
    keys = ["a", "b/c", "b/d/e", "b/d.e", "bc", "recordings/01JD", "recordings/01JE"]
    for key in reversed(keys):
        await write(blobs, key, b"x")
    await blobs.create("b/open")
    assert await blobs.list() == sorted([*keys, "b/open"])
    assert await blobs.list("b") == ["b/c", "b/d.e", "b/d/e", "b/open", "bc"]
    assert await blobs.list("b/d") == ["b/d.e", "b/d/e"]
    assert await blobs.list("b/d/") == ["b/d/e"]
    assert await blobs.list("recordings/01JD") == ["recordings/01JD"]
    assert await blobs.list("z/y") == []


@pytest.mark.parametrize("key", NO_KEYS)
async def test_what_is_no_key_is_refused_everywhere(blobs: BlobStore, key: str) -> None:
    for ask in (blobs.create(key), blobs.read(key), blobs.size(key), blobs.delete(key)):
        with pytest.raises(UsageError, match="key") as caught:
            await ask
        assert caught.value.remedy


@pytest.mark.parametrize("prefix", ["../", "/", "a/../", "ä", "a//"])
async def test_what_no_key_begins_with_is_refused(blobs: BlobStore, prefix: str) -> None:
    with pytest.raises(UsageError, match="begins"):
        await blobs.list(prefix)


@given(st.text())
def test_any_text_is_a_key_that_stays_within_its_store_or_is_refused(text: str) -> None:
    try:
        key = check_key(text)
    except UsageError:
        return
    root = Path("/store")
    path = (root / key).resolve()
    assert path.is_relative_to(root)
    assert path.relative_to(root).as_posix() == key


@given(st.from_regex(r"[A-Za-z0-9_-]{1,20}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}){0,5}", fullmatch=True))
def test_names_of_allowed_characters_make_a_key(text: str) -> None:
    if "parts" not in text.split("/"):
        assert check_key(text) == text


@pytest.mark.parametrize(("start", "end"), [(-1, None), (0, -1), (-3, -1)])
async def test_a_negative_range_is_refused(blobs: BlobStore, start: int, end: int | None) -> None:
    await write(blobs, KEY, b"abc")
    with pytest.raises(UsageError):
        await blobs.read(KEY, start, end)


RANGES = st.tuples(st.integers(0, 60), st.none() | st.integers(0, 60))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.binary(max_size=15), max_size=4), st.lists(RANGES, min_size=1, max_size=3), st.booleans())
async def test_any_range_is_that_slice_of_the_whole(
    blobs: BlobStore, appends: list[bytes], ranges: list[tuple[int, int | None]], close: bool
) -> None:
    key = f"any/{next(_numbers)}"
    writer = await blobs.create(key)
    for data in appends:
        await writer.append(data)
    if close:
        await writer.close()
    whole = b"".join(appends)
    assert await blobs.size(key) == len(whole)
    for start, end in ranges:
        assert await blobs.read(key, start, end) == whole[start:end]


async def test_it_keeps_every_promise_that_plugin_authors_can_check(blobs: BlobStore) -> None:
    await check_blob_store(blobs)
    assert await blobs.list() == []


class Careless(LocalBlobs):
    """A store that breaks one promise."""

    def __init__(self, folder: Path, breaks: str) -> None:
        super().__init__(folder)
        self.breaks = breaks

    async def create(self, key: str) -> BlobWriter:
        if self.breaks == "overwrites":
            await super().delete(key)
        return await super().create("any" if self.breaks == "takes any key" and not key else key)

    async def delete(self, key: str) -> bool:
        return True if self.breaks == "deletes nothing" else await super().delete(key)

    async def list(self, prefix: str = "") -> list[str]:
        return [] if self.breaks == "lists nothing" else await super().list(prefix)

    async def size(self, key: str) -> int:
        return 0 if self.breaks == "has no size" else await super().size(key)


@pytest.mark.parametrize("breaks", ["overwrites", "takes any key", "deletes nothing", "lists nothing", "has no size"])
async def test_a_store_that_breaks_one_is_named_with_the_promise(tmp_path: Path, breaks: str) -> None:
    with pytest.raises(AssertionError):
        await check_blob_store(Careless(tmp_path, breaks))
