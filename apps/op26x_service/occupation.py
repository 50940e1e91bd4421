"""One service per data directory: two would take each other's address from it, and fail each other's calls."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from op26x.errors import WorkError


@contextmanager
def only_service(data: Path) -> Iterator[None]:
    """Keeps other services off a data directory for as long as the block lasts.

    Raises:
        WorkError: Another one is running on it.
    """
    directory = os.open(data, os.O_RDONLY)
    try:
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkError(
                f"A service is running on {data} already.", "Stop it, or choose another directory with --data."
            ) from None
        yield
    finally:
        os.close(directory)
