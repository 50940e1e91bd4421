"""Blobs as files of a directory, for their owner alone."""

import asyncio
import errno
import fcntl
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from op26x.errors import BlobError
from op26x.storage.blobs import bounds, check_key, check_prefix, deleted, ended, missing, taken
from op26x.storage.durable import sync_directory

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
NO_BLOB = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)


class LocalBlobs:
    """A ``BlobStore`` on a local disk: files of mode 0600 in directories of mode 0700.

    Readers, also those of other processes, never see half of an append that is under way: a lock on the file (flock)
    keeps them apart. When the process is killed within the system call, or the machine loses power, part of the last
    append may stay: as with any file, what is written must tell by itself where it ends. Sealed streams do.

    Args:
        directory: Where the files go; made when the first blob is.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def create(self, key: str) -> "LocalBlobWriter":
        """See ``BlobStore``."""
        return await asyncio.to_thread(self._create, check_key(key))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """See ``BlobStore``."""
        return await asyncio.to_thread(self._read, check_key(key), start, end)

    async def size(self, key: str) -> int:
        """See ``BlobStore``."""
        return await asyncio.to_thread(self._size, check_key(key))

    async def delete(self, key: str) -> bool:
        """See ``BlobStore``."""
        return await asyncio.to_thread(self._delete, check_key(key))

    async def list(self, prefix: str = "") -> list[str]:
        """See ``BlobStore``."""
        return await asyncio.to_thread(_keys, self._directory, check_prefix(prefix))

    def _create(self, key: str) -> "LocalBlobWriter":
        path = self._directory / key
        with _blob_errors("created", key):
            _make_directory(path.parent)
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            except FileExistsError:
                raise taken(key) from None
            writer = LocalBlobWriter(key, descriptor)
            sync_directory(path.parent)
        return writer

    def _read(self, key: str, start: int, end: int | None) -> bytes:
        with self._opened(key) as (descriptor, size):
            low, high = bounds(start, end, size)
            pieces = []
            while low < high and (piece := os.pread(descriptor, high - low, low)):
                pieces.append(piece)
                low += len(piece)
        return b"".join(pieces)

    def _size(self, key: str) -> int:
        with self._opened(key) as (_, size):
            return size

    @contextmanager
    def _opened(self, key: str) -> Iterator[tuple[int, int]]:
        """Descriptor and size of a file that nobody appends to meanwhile."""
        with _blob_errors("read", key):
            try:
                descriptor = os.open(self._directory / key, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except OSError as error:
                if error.errno in NO_BLOB:
                    raise missing(key) from None
                raise
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH)
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    raise missing(key)
                yield descriptor, found.st_size
            finally:
                os.close(descriptor)

    def _delete(self, key: str) -> bool:
        path = self._directory / key
        with _blob_errors("deleted", key):
            try:
                path.unlink()
            except OSError as error:
                if error.errno in NO_BLOB or path.is_dir():
                    return False
                raise
            sync_directory(path.parent)
        return True


class LocalBlobWriter:
    """A ``BlobWriter`` on a file.

    Args:
        key: The blob's.
        descriptor: The file, open for appending; closed with the writer.
    """

    def __init__(self, key: str, descriptor: int) -> None:
        self._key = key
        self._file = os.fdopen(descriptor, "ab", buffering=0)
        self._turn = asyncio.Lock()
        # A cancelled append goes on in its thread; the file must not be closed under it.
        self._at_work = threading.Lock()
        self._takes_more = True
        self._durable = False

    async def append(self, data: bytes) -> None:
        """See ``BlobWriter``."""
        async with self._turn:
            if not self._takes_more:
                raise ended(self._key)
            self._takes_more = False
            await asyncio.to_thread(self._append, data)
            self._takes_more = True

    async def close(self) -> None:
        """See ``BlobWriter``."""
        async with self._turn:
            self._takes_more = False
            await asyncio.to_thread(self._close)

    def _append(self, data: bytes) -> None:
        with self._at_work, _blob_errors("written", self._key), self._alone() as descriptor:
            self._refuse_if_deleted(descriptor)
            before = os.fstat(descriptor).st_size
            rest = memoryview(data)
            try:
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
            except OSError:
                os.ftruncate(descriptor, before)
                raise

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """The descriptor, while nobody reads."""
        descriptor = self._file.fileno()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield descriptor
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _close(self) -> None:
        with self._at_work, _blob_errors("made durable", self._key):
            if self._durable:
                return
            if self._file.closed:
                raise ended(self._key)
            with self._file:
                self._refuse_if_deleted(self._file.fileno())
                os.fsync(self._file.fileno())
            self._durable = True

    def _refuse_if_deleted(self, descriptor: int) -> None:
        if os.fstat(descriptor).st_nlink == 0:
            raise deleted(self._key)


@contextmanager
def _blob_errors(what: str, key: str) -> Iterator[None]:
    """Turns errors of the operating system into ``BlobError``."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise BlobError(
                f"The blob {key} can't be {what}: the disk is full.", "Free some space, or move the data directory."
            ) from error
        raise BlobError(
            f"The blob {key} can't be {what}: {error.strerror}.", "Check the directory of blobs and its disk."
        ) from error


def _keys(directory: Path, prefix: str) -> list[str]:
    with _blob_errors("listed", prefix):
        folder = directory / prefix.rpartition("/")[0]
        files = (entry for entry in folder.rglob("*") if entry.is_file() and not entry.is_symlink())
        keys = (file.relative_to(directory).as_posix() for file in files)
        return sorted(key for key in keys if key.startswith(prefix))


def _make_directory(directory: Path) -> None:
    """Makes a directory and those above it; each is durable before anything is put in it."""
    if directory.is_dir():
        return
    _make_directory(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)
    sync_directory(directory.parent)
