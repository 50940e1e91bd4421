"""Blobs in a local directory: permissions, full disks, half-written appends, durability."""

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from op26x import ServiceRequest
from op26x.errors import BlobError, BlobMissing
from op26x.plugins import Plugins, build_registry
from op26x.settings import Settings
from op26x.storage import LocalBlobs, StorageDefaults

KEY = "recordings/2026/01JD"
REAL_WRITE = os.write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where blobs go; nothing has made it yet."""
    return tmp_path / "data" / "blobs"


@pytest.fixture
def blobs(folder: Path) -> LocalBlobs:
    """An empty store."""
    return LocalBlobs(folder)


def failing(code: int, after: int = 0) -> Callable[[int, memoryview], int]:
    """A disk that takes so many bytes, then fails."""
    room = after

    def write(descriptor: int, data: memoryview) -> int:
        nonlocal room
        if not room:
            raise OSError(code, os.strerror(code))
        written = REAL_WRITE(descriptor, data[:room])
        room -= written
        return written

    return write


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
async def test_files_and_directories_are_for_their_owner_alone(blobs: LocalBlobs, folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        await (await blobs.create(KEY)).close()
    finally:
        os.umask(before)
    made = [folder.parent, folder, folder / "recordings", folder / "recordings" / "2026"]
    assert {stat.S_IMODE(directory.stat().st_mode) for directory in made} == {0o700}
    assert stat.S_IMODE((folder / KEY).stat().st_mode) == 0o600


async def test_a_blob_is_a_plain_file_of_what_was_appended(blobs: LocalBlobs, folder: Path) -> None:
    writer = await blobs.create(KEY)
    await writer.append(b"one")
    await writer.append(b"two")
    assert (folder / KEY).read_bytes() == b"onetwo"
    await writer.close()


async def test_names_are_made_durable_with_the_blob_and_bytes_when_it_is_closed(
    blobs: LocalBlobs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    folder.parent.mkdir()
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    writer = await blobs.create(KEY)
    path = folder / KEY
    file, directory = path.stat().st_ino, path.parent.stat().st_ino
    assert synced == [folder.parent.stat().st_ino, folder.stat().st_ino, path.parents[1].stat().st_ino, directory]
    await writer.append(b"x")
    assert file not in synced
    await writer.close()
    assert synced[-1] == file
    await blobs.delete(KEY)
    assert synced[-1] == directory


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("room", [0, 3])
async def test_a_full_disk_is_reported_and_nothing_of_that_append_is_kept(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch, code: int, room: int
) -> None:
    writer = await blobs.create(KEY)
    await writer.append(b"whole")
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing(code, room))
        with pytest.raises(BlobError, match="full") as caught:
            await writer.append(b"does not fit")
    assert "space" in caught.value.remedy
    assert await blobs.read(KEY) == b"whole"


async def test_after_a_failed_append_none_follows_and_closing_keeps_what_came_before(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await blobs.create(KEY)
    await writer.append(b"one")
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing(errno.EIO))
        with pytest.raises(BlobError, match="recordings"):
            await writer.append(b"two")
    with pytest.raises(BlobError, match="takes no more"):
        await writer.append(b"three")
    await writer.close()
    assert await blobs.read(KEY) == b"one"


async def test_a_half_written_append_that_can_not_be_cut_back_is_reported(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(descriptor: int, length: int) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    writer = await blobs.create(KEY)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing(errno.EIO, after=2))
        patched.setattr(os, "ftruncate", stuck)
        with pytest.raises(BlobError, match="Read-only"):
            await writer.append(b"half")


async def test_a_short_write_is_completed(blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda descriptor, data: REAL_WRITE(descriptor, data[:7]))
    writer = await blobs.create(KEY)
    await writer.append(b"longer than seven bytes")
    assert await blobs.read(KEY) == b"longer than seven bytes"


async def test_a_reader_never_sees_half_an_append(blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    half_written, go_on = threading.Event(), threading.Event()

    def write(descriptor: int, data: memoryview) -> int:
        if half_written.is_set():
            assert go_on.wait(30)
        written = REAL_WRITE(descriptor, data[:4])
        half_written.set()
        return written

    writer = await blobs.create(KEY)
    monkeypatch.setattr(os, "write", write)
    append = asyncio.create_task(writer.append(b"halfhalf"))
    assert await asyncio.to_thread(half_written.wait, 30)
    reading = asyncio.create_task(blobs.read(KEY))
    done, _ = await asyncio.wait([reading], timeout=0.2)
    go_on.set()
    assert not done
    assert await reading == b"halfhalf"
    await append


async def test_a_cancelled_append_is_whole_or_absent_and_ends_the_writer(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def write(descriptor: int, data: memoryview) -> int:
        begun.set()
        assert go_on.wait(30)
        return REAL_WRITE(descriptor, data)

    writer = await blobs.create(KEY)
    monkeypatch.setattr(os, "write", write)
    append = asyncio.create_task(writer.append(b"cancelled"))
    assert await asyncio.to_thread(begun.wait, 30)
    append.cancel()
    with pytest.raises(asyncio.CancelledError):
        await append
    with pytest.raises(BlobError, match="takes no more"):
        await writer.append(b"next")
    closing = asyncio.create_task(writer.close())
    done, _ = await asyncio.wait([closing], timeout=0.2)
    go_on.set()
    assert not done
    await closing
    assert await blobs.read(KEY) == b"cancelled"


async def test_when_the_disk_does_not_confirm_closing_fails_for_good(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    writer = await blobs.create(KEY)
    await writer.append(b"x")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(BlobError, match="durable"):
            await writer.close()
    with pytest.raises(BlobError):
        await writer.close()


async def test_a_directory_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BlobError, match=KEY) as caught:
        await LocalBlobs(tmp_path / "file" / "blobs").create(KEY)
    assert "directory" in caught.value.remedy


async def test_a_key_beneath_a_blob_is_refused(blobs: LocalBlobs) -> None:
    await (await blobs.create("a/b")).close()
    for key in ("a/b/c", "a"):
        with pytest.raises(BlobError, match=key):
            await blobs.create(key)


async def test_links_that_lead_out_of_the_directory_are_not_followed(
    blobs: LocalBlobs, folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"not a blob")
    folder.mkdir(parents=True)
    (folder / "link").symlink_to(outside)
    with pytest.raises(BlobMissing):
        await blobs.read("link")
    with pytest.raises(BlobError):
        await blobs.create("link")
    assert await blobs.list() == []
    assert outside.read_bytes() == b"not a blob"


async def test_the_event_loop_goes_on_while_the_disk_is_slow(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    writer = await blobs.create(KEY)
    monkeypatch.setattr(os, "fsync", lambda descriptor: go_on.wait(30))
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await closing


async def test_it_is_offered_by_the_hook_and_lies_in_the_data_directory(settings: Settings, plugins: Plugins) -> None:
    plugins.register(StorageDefaults(), "core-storage")
    provider = build_registry(plugins).provider("blobs", settings.core.blobs)
    store = provider.build(ServiceRequest(settings_of=settings.of))
    await (await store.create(KEY)).close()
    assert provider.about
    assert (settings.core.data / "blobs" / KEY).is_file()
