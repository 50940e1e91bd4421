"""A reserve: room on the disk for a few short notes, taken up beforehand, so that they can be written when it is full.

The file has its full length from the start. A note overwrites a slot where it is, which needs no new block of the disk
on file systems that write in place (ext4, XFS); each slot says by a checksum whether it was written whole.
"""

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from op26x.errors import WorkError

SLOT_BYTES, SLOTS = 1024, 128
HEAD_BYTES = 8
LONGEST_NOTE = SLOT_BYTES - HEAD_BYTES
EMPTY = bytes(SLOT_BYTES)


class Reserve:
    """Short notes in a file of fixed length. Several processes may share it.

    Args:
        file: Where it is; see ``take``.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def take(self) -> None:
        """Takes up the room, unless it is taken already.

        Raises:
            OSError: There is none, or the file can't be made.
        """
        with self._locked(os.O_RDWR | os.O_CREAT) as descriptor:
            size = os.fstat(descriptor).st_size
            if size < SLOTS * SLOT_BYTES:
                os.pwrite(descriptor, bytes(SLOTS * SLOT_BYTES - size), size)
                os.fsync(descriptor)

    def check(self) -> None:
        """Sees that notes can be written.

        Raises:
            WorkError: They can't.
        """
        try:
            with self._locked(os.O_RDWR):
                return
        except OSError as error:
            raise WorkError(
                f"The reserve {self._file} can't be used: {error.strerror}. A demand on a full disk would be lost.",
                "Make it writable for the user of the service, or remove it and start the service anew.",
            ) from None

    def put(self, note: bytes) -> None:
        """Writes a note, which survives a loss of power once this returns; one that is there already stays as it is.

        Args:
            note: At most 1,016 bytes, not empty.

        Raises:
            OSError: Every slot is in use, the note is too long, or the file can't be written.
        """
        if not 0 < len(note) <= LONGEST_NOTE:
            raise OSError(f"A note of {len(note)} bytes does not fit into the reserve.")
        head = len(note).to_bytes(4, "big") + zlib.crc32(note).to_bytes(4, "big")
        with self._locked(os.O_RDWR) as descriptor:
            slots = os.pread(descriptor, SLOTS * SLOT_BYTES, 0)
            notes = [_note(slots, slot) for slot in range(len(slots) // SLOT_BYTES)]
            if note in notes:
                return
            if None in notes:
                self._write(descriptor, notes.index(None), (head + note).ljust(SLOT_BYTES, b"\0"))
                return
        raise OSError("Every slot of the reserve is in use.")

    def notes(self) -> list[bytes]:
        """The notes there are; none if there is no reserve."""
        try:
            slots = self._file.read_bytes()
        except FileNotFoundError:
            return []
        found = (_note(slots, slot) for slot in range(len(slots) // SLOT_BYTES))
        return [note for note in found if note is not None]

    def clear(self, note: bytes) -> None:
        """Frees the slots of a note, and none that another note has taken meanwhile.

        Raises:
            OSError: The file can't be written.
        """
        with self._locked(os.O_RDWR) as descriptor:
            slots = os.pread(descriptor, SLOTS * SLOT_BYTES, 0)
            for slot in range(len(slots) // SLOT_BYTES):
                if _note(slots, slot) == note:
                    self._write(descriptor, slot, EMPTY)

    @contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        descriptor = os.open(self._file, flags | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    @staticmethod
    def _write(descriptor: int, slot: int, content: bytes) -> None:
        os.pwrite(descriptor, content, slot * SLOT_BYTES)
        os.fsync(descriptor)


def _note(slots: bytes, slot: int) -> bytes | None:
    """The note in a slot; ``None`` if it is empty, or was not written whole."""
    content = slots[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES]
    length, checksum = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:HEAD_BYTES], "big")
    note = content[HEAD_BYTES : HEAD_BYTES + length]
    return note if 0 < length == len(note) and zlib.crc32(note) == checksum else None
