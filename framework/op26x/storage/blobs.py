"""The seam of blob storage: bytes that grow while they are written, under keys like ``recordings/01JD…``.

Every store keeps one promise: what can be read is at all times a beginning of what was appended, without holes.
"""

import re
from typing import Protocol

from op26x.errors import BlobError, BlobMissing, UsageError

RESERVED = "parts"
LONGEST_KEY = 512

_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}"
_KEY = re.compile(rf"{_NAME}(?:/{_NAME})*")
_PREFIX = re.compile(rf"(?:{_NAME}/)*(?:{_NAME})?")


class BlobWriter(Protocol):
    """Writes one blob. Used by one task at a time, or by several: appends are done in the order asked for.

    An append that raised or was cancelled ends the writer, for what came after it would leave a hole. What was
    appended before stays.
    """

    async def append(self, data: bytes) -> None:
        """Adds to the end. Once it returns, the bytes can be read and survive the death of this process.

        Raises:
            BlobError: They could not be stored, an earlier append was not, the writer is closed, or the blob was
                deleted meanwhile.
        """
        ...

    async def close(self) -> None:
        """Makes durable what was appended: it survives the machine's loss of power. Closing again does nothing.

        Raises:
            BlobError: It may not be durable, or the blob was deleted meanwhile.
        """
        ...


class BlobStore(Protocol):
    """Stores blobs. Keys are paths of letters, digits and ``._-``; see ``check_key``.

    Every method raises ``UsageError`` for an invalid key and ``BlobError`` if the store fails.
    A blob's key is not a folder: whether ``a/b`` can be beside a blob ``a`` depends on the store.
    """

    async def create(self, key: str) -> BlobWriter:
        """Makes an empty blob, which is there at once.

        Raises:
            BlobError: There is one of that key.
        """
        ...

    async def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Reads what is there: of a blob that is being written, or whose writer died, all whole appends.

        Args:
            key: Of the blob.
            start: First byte.
            end: The byte after the last; ``None``, or more than there is, means the end.

        Raises:
            BlobMissing: There is no such blob.
        """
        ...

    async def size(self, key: str) -> int:
        """How many bytes ``read`` would give.

        Raises:
            BlobMissing: There is no such blob.
        """
        ...

    async def delete(self, key: str) -> bool:
        """Deletes a blob, even one that is being written; its writer is told by its next call.

        Returns:
            Whether there was anything to delete.
        """
        ...

    async def list(self, prefix: str = "") -> list[str]:
        """The keys that begin with a prefix, sorted; those of blobs that are being written too."""
        ...


def check_key(key: str) -> str:
    """Returns a key that is one: up to 512 characters, names joined by ``/``.

    A name has up to 200 letters, digits and ``._-``, and does not begin with a dot. ``parts`` is reserved for stores
    that can't append.

    Raises:
        UsageError: It is none.
    """
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key) or RESERVED in key.split("/"):
        raise UsageError(
            f"{key[:LONGEST_KEY]!r} is no key of a blob.",
            f"Use names of letters, digits and ._- joined by /, not beginning with a dot, none of them {RESERVED!r}.",
        )
    return key


def check_prefix(prefix: str) -> str:
    """Returns a prefix that a key could have, or the empty one.

    Raises:
        UsageError: No key begins like that.
    """
    if len(prefix) > LONGEST_KEY or not _PREFIX.fullmatch(prefix):
        raise UsageError(f"No key of a blob begins with {prefix[:LONGEST_KEY]!r}.", "Use the beginning of a key.")
    return prefix


def bounds(start: int, end: int | None, size: int) -> tuple[int, int]:
    """First byte and the one after the last, within a blob of that size; equal if there is nothing between them.

    Raises:
        UsageError: One is negative.
    """
    if start < 0 or (end is not None and end < 0):
        raise UsageError("A range of a blob can't be negative.", "Count from its beginning.")
    low = min(start, size)
    return low, max(low, size if end is None else min(end, size))


def missing(key: str) -> BlobMissing:
    """The error for a blob that is not there."""
    return BlobMissing(f"There is no blob {key}.", "It was never written, or it was deleted.")


def taken(key: str) -> BlobError:
    """The error for a key that has a blob already."""
    return BlobError(f"There is a blob {key} already.", "Use a key of its own for each blob.")


def deleted(key: str) -> BlobError:
    """The error for a writer whose blob is gone."""
    return BlobError(f"The blob {key} was deleted while it was being written.", "Stop writing it.")


def ended(key: str) -> BlobError:
    """The error for a writer that takes no more."""
    return BlobError(f"The writer of the blob {key} takes no more.", "It was closed, or an earlier append failed.")
