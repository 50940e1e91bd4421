"""``op26x audit``: who did what, and whether that is what it was."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from framework.cli.conftest import Run
from op26x.audit.notes import Verifier, opened, read_checkpoint
from op26x.settings import Settings


@pytest.fixture
def acts(op26x: Run, empty: None) -> None:
    """Three changes of settings."""
    for days in ("5", "6", "7"):
        assert op26x("organizations", "set", "default", "--closing-days", days)[0] == 0


def done(op26x: Run, *words: str) -> Any:
    """What a command prints as JSON."""
    code, out, _ = op26x(*words, "--json")
    assert code == 0
    return json.loads(out)


def changed(settings: Settings, statement: str) -> None:
    """Somebody changes the database."""
    with closing(sqlite3.connect(settings.core.database_path)) as connection:
        for trigger in ("audit_entry_is_append_only", "audit_entry_is_kept"):
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
        connection.commit()


def test_entries_are_shown_newest_first(op26x: Run, acts: None) -> None:
    found = done(op26x, "audit", "show", "--what", "organization")
    assert [(one["what"], one["who"], one["position"]) for one in found] == [
        ("organization.changed", "command-line", number) for number in (2, 1, 0)
    ]
    assert [one["id"] for one in done(op26x, "audit", "show", "--limit", "1")] == [found[0]["id"]]
    assert done(op26x, "audit", "show", "--record", "nothing") == []
    assert len(op26x("audit", "show")[1].splitlines()) > 3


def test_a_log_is_verified_and_what_was_changed_is_an_error(op26x: Run, acts: None, settings: Settings) -> None:
    checkpoint = done(op26x, "audit", "checkpoint")
    assert op26x("audit", "verify")[:2] == (0, "3 entries and 1 checkpoints are as they were.\n")
    Path("known.txt").write_text(checkpoint["note"])
    assert op26x("audit", "verify", "--known", "known.txt", "--known", "known.txt")[0] == 0
    changed(settings, "UPDATE audit_entry SET who = 'nobody' WHERE position = 1")
    code, out, err = op26x("audit", "verify", "--known", "known.txt")
    assert (code, "1 of them are not as they were" in out, "At 1: The entry" in err) == (1, True, True)
    code, out, _ = op26x("audit", "verify", "--json")
    assert (code, [fault["position"] for fault in json.loads(out)["faults"]]) == (1, [1])


def test_a_checkpoint_is_printed_as_it_was_signed(op26x: Run, acts: None) -> None:
    code, out, err = op26x("audit", "checkpoint")
    key = Verifier.parse(err.rpartition("the key ")[2])
    assert (code, read_checkpoint(opened(out, [key])).size) == (0, 3)


@pytest.mark.parametrize("written", [None, "", "no checkpoint", "\xff"])
def test_what_is_no_checkpoint_is_said(op26x: Run, acts: None, written: str | None) -> None:
    if written is not None:
        Path("known.txt").write_bytes(written.encode("latin-1"))
    code, out, err = op26x("audit", "verify", "--known", "known.txt")
    assert (code in (1, 2), out, bool(err)) == (True, "", True)


def test_an_entry_is_proved(op26x: Run, acts: None) -> None:
    entry = done(op26x, "audit", "show")[1]
    proof = done(op26x, "audit", "prove", entry["id"])
    assert (proof["position"], json.loads(proof["entry"])["id"]) == (entry["position"], entry["id"])
    out = op26x("audit", "prove", entry["id"])[1]
    assert all(one in out for one in proof["hashes"])
    assert op26x("audit", "prove", "nothing")[0] == 2


def test_the_log_is_written_as_files(op26x: Run, acts: None) -> None:
    made = done(op26x, "audit", "export", "log")
    assert made["files"] == 3
    assert Path("log/checkpoint").read_text() == done(op26x, "audit", "checkpoint")["note"]
    assert len(Path("log/tile/0/000.p/3").read_bytes()) == 96
    Path("file").touch()
    assert op26x("audit", "export", "file")[0] == 2
