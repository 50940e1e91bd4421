"""The acts that the audit log knows, and what each serves. They are data, in ``acts.toml`` beside this file."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from op26x.datamap import Purpose
from op26x.errors import UsageError

TABLE = Path(__file__).with_name("acts.toml")


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done.

    Attributes:
        name: ``recording.read``: the kind of record, and what happened to it.
        about: What happened, in a sentence.
        purpose: What it serves.
    """

    name: str
    about: str
    purpose: Purpose


@cache
def acts() -> dict[str, Act]:
    """All of them by name, in the order of the file."""
    rows = tomllib.loads(TABLE.read_text())["acts"]
    return {name: Act(name, row["about"], Purpose(row["purpose"])) for name, row in rows.items()}


def purpose_of(what: str) -> Purpose:
    """What an act serves.

    Raises:
        UsageError: There is no such act.
    """
    act = acts().get(what)
    if act is None:
        raise UsageError(f"{what!r} is no act that the audit log knows.", f"Add it to {TABLE.name}.")
    return act.purpose
