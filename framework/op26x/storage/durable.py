"""Files that are on the disk once they are said to be."""

import os
from pathlib import Path


def write_whole(file: Path, text: str) -> None:
    """Writes a file, or replaces it: whoever looks finds the old text or the new one, also after the power was lost.

    Raises:
        OSError: It can't be written; what was there is there still.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")  # several services may share the directory
    with draft.open("w", encoding="utf-8") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)
    sync_directory(file.parent)


def sync_directory(directory: Path) -> None:
    """Makes the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
