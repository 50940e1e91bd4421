"""How commands print: tables for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

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
