"""How commands print: tables for people, JSON for programs."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.table import Table

UNBROKEN = ("id", "created_at")


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Prints a listing.

    Args:
        rows: Mappings with the same keys, ``id`` among them.
        as_json: As one JSON array instead of a table.
        empty: What to say when there is nothing.
    """
    if as_json:
        print(json.dumps(list(rows), default=str))
        return
    console = Console(markup=False, emoji=False)
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in rows[0]:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column in UNBROKEN)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)


@contextmanager
def whole_or_none(file: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when the block has ended well; however the process ends before, nothing of it stays.

    It is for its owner alone (mode 0600). Where the file system has no files without a name (``O_TMPFILE``), what was
    written is removed if the block raises.

    Raises:
        FileExistsError: There is one of that name.
        OSError: It can't be written.
    """
    if file.exists():
        raise FileExistsError(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            descriptor = os.open(file.parent, os.O_TMPFILE | os.O_WRONLY, 0o600)
        except OSError:
            with _removed_on_failure(file) as output:
                yield output
            return
        with os.fdopen(descriptor, "wb") as output:
            yield output
            output.flush()
            os.link(f"/proc/self/fd/{descriptor}", file.name, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


@contextmanager
def _removed_on_failure(file: Path) -> Iterator[BinaryIO]:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        try:
            yield output
        except BaseException:
            file.unlink(missing_ok=True)
            raise
