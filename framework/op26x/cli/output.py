"""How commands print: tables for people, JSON in the API's words for programs."""

import os
import select
import signal
import socket
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from op26x.errors import UsageError, WorkError

UNBOUNDED = 10_000
UNBROKEN = ("id", "began", "kept until")
WIDEST = {"agent": 10, "ended": 14}
"""Columns that break at hyphens, by how wide they may be: so a listing of calls fits a line of 80 characters."""


def print_list(items: Sequence[Any], rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Prints a listing.

    Args:
        items: What is listed, as the API has it: one JSON array.
        rows: The same for a table: mappings with the same keys.
        as_json: As JSON instead of a table.
        empty: What to say when there is nothing.
    """
    if as_json:
        print(msgspec.json.encode(items, enc_hook=str).decode())
    elif not rows:
        Console(markup=False, emoji=False, soft_wrap=True).print(empty)
    else:
        _print_table(rows)


def red(text: str) -> Text:
    """What nobody is to overlook."""
    return Text(text, style="bold red")


def print_red(text: str) -> None:
    """Prints a line that nobody is to overlook."""
    Console(emoji=False, soft_wrap=True).print(red(text))


def print_one(item: Any, *, as_json: bool, said: str | Text = "") -> None:
    """Prints one thing.

    Args:
        item: As the API has it: one JSON object.
        as_json: As JSON instead of a table of its fields.
        said: Instead of the table.
    """
    if as_json:
        print(msgspec.json.encode(item, enc_hook=str).decode())
    elif isinstance(said, Text):
        print_red(said.plain)
    elif said:
        print(said)
    else:
        fields = msgspec.structs.asdict(item) if isinstance(item, msgspec.Struct) else item
        _print_table([{"field": name, "value": _shown(value)} for name, value in fields.items()])


def moment(time: datetime | None) -> str:
    """A time in a table, UTC, to the minute."""
    return f"{time:%Y-%m-%d %H:%MZ}" if time else ""


def read_line(prompt: str = "") -> str:
    """A line that somebody types, with its end; empty if nothing more comes.

    A Ctrl-C ends the command at once: within asyncio it would wait for the line, and so would one that comes before
    the reading has quite begun, or to another thread, if nothing woke up whoever reads.
    """
    with _interruptible() as interrupted:
        print(prompt, end="", flush=True)
        if sys.stdin.isatty():
            select.select([sys.stdin, interrupted], [], [])
        return sys.stdin.readline()


@contextmanager
def _interruptible() -> Iterator[socket.socket]:
    """Lets a Ctrl-C interrupt; the socket has something to read once there was one."""
    interrupted, wakes = socket.socketpair()
    wakes.setblocking(False)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    wakes_before = signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    try:
        yield interrupted
    finally:
        signal.set_wakeup_fd(wakes_before)
        signal.signal(signal.SIGINT, before)
        interrupted.close()
        wakes.close()


def make_sure(what: str, *, yes: bool) -> None:
    """Asks whoever sits at the terminal before something is done that can't be undone.

    Args:
        what: What is about to be done, as behind "to": ``delete the API key dashboard``.
        yes: It was said on the command line.

    Raises:
        UsageError: Nobody is there to be asked.
        WorkError: The answer was no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"Nothing was done. You are about to {what}, which can't be undone, and there is no terminal to ask at.",
            "Add --yes.",
        )
    if read_line(f"You are about to {what}. This can't be undone. Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise WorkError("Nothing was done.")


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    narrow = sys.stdout.isatty() or "COLUMNS" in os.environ  # whoever reads from a pipe wants a row on a line
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for column in rows[0]:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column in UNBROKEN)
    for row in rows:
        table.add_row(*(_cell(column, value, narrow=narrow) for column, value in row.items()))
    Console(markup=False, emoji=False, width=None if narrow else UNBOUNDED).print(table)


def _cell(column: str, value: Any, *, narrow: bool) -> str | Text:
    if isinstance(value, Text):
        return value
    text = _shown(value)
    return textwrap.fill(text, WIDEST[column], break_long_words=False) if narrow and column in WIDEST else text


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%SZ}"
    if isinstance(value, float):
        return f"{value:.1f}"
    return "" if value is None else str(value)


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
