"""One grammar: a noun, a verb, JSON in the API's words, exit codes; what deletes asks, and what reads makes nothing."""

import asyncio
import hashlib
import inspect
import os
import pty
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from framework.cli.conftest import Run
from op26x.calls import Arrival, CallState, Direction
from op26x.cli.app import build
from op26x.cli.groups import COMMANDS
from op26x.client.policy_types import PolicyRowSummary, RegistrySummary
from op26x.client.processor_types import DisclosureSummary, DisclosureTotal, ProcessorSummary
from op26x.client.types import (
    AgentSummary,
    AgentVersionSummary,
    ApiKeySummary,
    CallDetail,
    CallSummary,
    OrganizationSummary,
    PhoneLineSummary,
    RecordingSummary,
    RetentionPeriod,
    TranscriptTurn,
)
from op26x.settings import Settings
from op26x.storage import Database
from op26x.storage.database import REVISIONS
from op26x.types import PhoneNumber
from op26x.vault.keyring import MIGRATIONS
from workspaces import close_workspace, open_workspace

AS_CSV = {"consents export"}
"""Commands that print CSV for an auditor; the listing of the same noun prints the same as JSON."""
PROGRAMS = {"up", "demo", "dashboard", "redact"}
RUNNING = {"audit witness"}
"""Commands that run until Ctrl-C, and belong to no organization of this installation."""
NOUNS = {"calls", "recordings", "transcripts", "retention", "agents", "plugins", "settings", "api-keys", "callers"} | {
    *(
        "organizations",
        "announcements",
        "audit",
        "consents",
        "datamap",
        "database",
        "disclosures",
        "overrides",
        "phone-lines",
        "policy",
        "policy-rows",
        "proofs",
        "processors",
        "registries",
        "scheduled-calls",
        "suppressions",
        "users",
    )
}
EVERYWHERE = {"list", "show", "create", "delete", "set"}
OF_SOME = {"export", "check", "place", "chat", "simulate", "sweep", "reconcile"} | {
    *(
        "diff",
        "explain",
        "table",
        "rows",
        "stale",
        "totals",
        "status",
        "migrate",
        "drop",
        "text",
        "verify",
        "witness",
        "prove",
        "checkpoint",
        "import",
        "versions",
        "accept",
        "firewall",
        "publish",
        "withdraw",
        "add",
        "cancel",
        "close",
        "invite",
        "reset",
        "sign-out",
        "remove",
        "erase",
    )
}
ASKING = {"recordings delete", "recordings reconcile", "retention set", "api-keys delete"} | {
    *("organizations close", "phone-lines delete", "users remove", "users erase", "datamap drop", "database migrate"),
    "suppressions remove",
}
OF_THE_LAW = {"policy table", "policy rows", "policy stale"}
"""The law tables are the same for everybody."""
OF_NO_ORGANIZATION = {"organizations", "plugins", "settings", "callers", "database", "proofs"}


def commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command there is, plugins' included."""
    app = build()
    for noun in [name for name in app if not name.startswith("-") and name not in PROGRAMS]:
        for verb in [name for name in app[noun] if not name.startswith("-")]:
            function = app[noun][verb].default_command
            assert function is not None
            yield f"{noun} {verb}", function


def test_a_command_is_a_noun_and_a_verb() -> None:
    app = build()
    assert {name for name in app if not name.startswith("-")} == PROGRAMS | NOUNS
    assert {verb for name, _ in commands() for verb in name.split()[1:]} <= EVERYWHERE | OF_SOME
    assert set(COMMANDS) <= {name for name, _ in commands()}


@pytest.mark.parametrize(("name", "command"), commands())
def test_every_command_prints_json_and_what_cannot_be_undone_asks(name: str, command: Callable[..., Any]) -> None:
    parameters = inspect.signature(command).parameters
    assert ("json" in parameters) == (name not in RUNNING | AS_CSV)
    assert ("yes" in parameters) == (name in ASKING)


@pytest.mark.parametrize(("name", "command"), commands())
def test_a_command_for_the_records_of_an_organization_can_be_told_which(name: str, command: Callable[..., Any]) -> None:
    of_none = name.split(maxsplit=1)[0] in OF_NO_ORGANIZATION or name in (
        *("agents check", "processors firewall", "users reset", "users erase", "datamap drop", *RUNNING, *OF_THE_LAW),
    )
    assert ("organization" in inspect.signature(command).parameters) != of_none


# On a directory with a recorded call.

API: dict[str, Any] = {
    "calls list": list[CallSummary],
    "calls show CALL": CallDetail,
    "recordings list": list[RecordingSummary],
    "recordings show CALL": RecordingSummary,
    "transcripts show CALL": list[TranscriptTurn],
    "retention show": RetentionPeriod,
    "retention set 20 --dry-run": RetentionPeriod,
    "retention set 20 --yes": RetentionPeriod,
    "agents list": list[AgentSummary],
    "agents show clinic": AgentSummary,
    "agents versions clinic": list[AgentVersionSummary],
    "api-keys list": list[ApiKeySummary],
    "organizations list": list[OrganizationSummary],
    "organizations show default": OrganizationSummary,
    "phone-lines list": list[PhoneLineSummary],
    "policy-rows list --ended": list[PolicyRowSummary],
    "processors list": list[ProcessorSummary],
    "processors show OpenAI": ProcessorSummary,
    "disclosures show CALL": list[DisclosureSummary],
    "disclosures list": list[DisclosureSummary],
    "disclosures totals --days 366": list[DisclosureTotal],
    "overrides list": list[PolicyRowSummary],
    "registries list": list[RegistrySummary],
    "api-keys delete notebook --yes": ApiKeySummary,
    "recordings delete CALL --yes": RecordingSummary,
}
CHANGING: dict[str, Any] = {
    "processors accept OpenAI": ProcessorSummary,
    "agents import clinic.yaml": AgentVersionSummary,
    "agents import clinic.yaml --publish": AgentVersionSummary,
    "agents publish clinic": AgentVersionSummary,
    "agents publish clinic --version 1": AgentVersionSummary,
    "agents withdraw clinic": AgentVersionSummary,
    "organizations create acme": OrganizationSummary,
    "organizations create acme --closing-days 7": OrganizationSummary,
    "organizations set default --recording off --closing-days 7": OrganizationSummary,
    "phone-lines add +12125550123 --provider other --label side --agent clinic": PhoneLineSummary,
    "phone-lines set desk --agent clinic": PhoneLineSummary,
    "phone-lines delete desk --yes": PhoneLineSummary,
}
READING = [name for name in API if "--yes" not in name] + [
    "agents export clinic",
    "plugins list",
    "settings list",
    "callers list",
    "consents list",
    "consents export",
    "suppressions list --everywhere",
    "policy explain --from +14155550123 --to +12125550199",
    "policy diff --other-at 2027-06-01",
    "policy table recording",
    "policy rows --place US-CA",
    "policy stale",
    "recordings reconcile",
    "recordings export CALL out.wav",
    "retention sweep --dry-run",
    "calls list --agent clinic --state completed --since 2026-01-01 --no-recorded",
]
ON_RECORD = {"transcripts show CALL", "recordings export CALL out.wav"}
"""Reading what was said is an entry in the audit log."""
OF_THE_INSTALLATION = {"agents list", "agents show clinic", "plugins list", "settings list", "callers list"} | {
    *("policy table recording", "policy rows --place US-CA", "policy stale")
}


def state(folder: Path) -> dict[str, str]:
    """Every file beneath a folder, and what is in it."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("command", API | CHANGING)
def test_json_has_the_apis_fields(op26x: Run, call_id: str, command: str) -> None:
    code, out, err = op26x(*command.replace("CALL", call_id).split(), "--json")
    assert (code, err) == (0, "")
    found = msgspec.json.decode(out)
    again = msgspec.json.decode(msgspec.json.encode(msgspec.convert(found, (API | CHANGING)[command])))
    assert found
    assert found == again, "no field is missing, none is of another name"


def tables(settings: Settings) -> dict[str, list[str]]:
    """Every table of both databases, and what is in it."""
    found = {}
    for place, revisions in ((settings.core.database_path, REVISIONS), (settings.core.keys_path, MIGRATIONS)):
        database = Database.open(place, revisions, make=False)
        with database.session() as session:
            for name in database.tables():
                found[name] = sorted(map(repr, session.execute(sa.text(f'SELECT * FROM "{name}"'))))
        database.close()
    return found


@pytest.mark.parametrize("command", READING)
def test_what_reads_writes_nothing(op26x: Run, call_id: str, settings: Settings, tmp_path: Path, command: str) -> None:
    rows = tables(settings)
    before = state(tmp_path)
    code, _, err = op26x(*command.replace("CALL", call_id).split())
    assert code == 0, err
    changed = {name for name, content in state(tmp_path).items() if before.get(name) != content}
    on_record = command in ON_RECORD
    assert changed <= {"cwd/out.wav"} | ({"data/op26x.db"} if on_record else set())
    written = {name for name, content in tables(settings).items() if rows[name] != content}
    assert written == ({"audit_entry"} if on_record else set())


@pytest.mark.parametrize(
    "command", [name for name in READING if name not in OF_THE_INSTALLATION and "retention set" not in name]
)
def test_where_nothing_is_it_makes_nothing_and_names_what_is_near(
    op26x: Run, call_id: str, data: Path, tmp_path: Path, command: str
) -> None:
    before = state(tmp_path)
    typo = data.with_name(data.name + "s")
    code, out, err = op26x(*command.replace("CALL", call_id).split(), "--data", str(typo))
    assert (code, out, f"Did you mean {data}?" in err.replace("\n", "")) == (2, "", True)
    assert (state(tmp_path), typo.exists()) == (before, False)


def test_what_an_older_version_wrote_is_not_changed_by_reading(op26x: Run, call_id: str, data: Path) -> None:
    with closing(sqlite3.connect(data / "op26x.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    before = state(data)
    code, _, err = op26x("calls", "list")
    assert (code, "op26x up" in err, state(data)) == (1, True, before)


@pytest.mark.sqlite
def test_a_key_database_that_is_gone_is_not_made_anew(op26x: Run, call_id: str, settings: Settings) -> None:
    shutil.rmtree(settings.core.keys_path.parent)
    code, _, err = op26x("calls", "list")
    assert (code, "Put it back" in err, settings.core.keys_path.exists()) == (1, True, False)


# Asking.


@pytest.mark.parametrize(
    "command",
    [
        "recordings delete CALL",
        "api-keys delete notebook",
        "recordings reconcile --erase",
        "phone-lines delete desk",
        "organizations close default",
        "organizations close default --days 0",
    ],
)
def test_without_a_terminal_nothing_is_deleted_unasked(op26x: Run, call_id: str, tmp_path: Path, command: str) -> None:
    before = state(tmp_path)
    code, out, err = op26x(*command.replace("CALL", call_id).split())
    assert (code, out, "Add --yes." in err, state(tmp_path)) == (2, "", True, before)


@pytest.mark.parametrize(("answer", "code"), [("y", 0), (" YES ", 0), ("n", 1), ("", 1), ("yesterday", 1)])
def test_at_a_terminal_only_a_yes_deletes(
    op26x: Run, call_id: str, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    terminal, theirs = pty.openpty()
    os.write(terminal, f"{answer}\n".encode())
    with os.fdopen(terminal, "rb"), os.fdopen(theirs) as typed:
        monkeypatch.setattr("sys.stdin", typed)
        assert op26x("recordings", "delete", call_id)[0] == code
    assert ("erased" in op26x("recordings", "list")[1]) == (code == 0)


def test_a_listing_of_calls_fits_80_characters_and_cuts_no_word(
    op26x: Run, settings: Settings, arrivals: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = op26x("calls", "list")[1].splitlines()
    assert max(map(len, lines)) <= 80
    words = " ".join(lines)
    assert all(part in words for part in ("long-", "winded-", "booking-", "assistant", "recorded-", "silence"))
    assert arrivals[0] in words


@pytest.fixture
def arrivals(settings: Settings) -> list[str]:
    """Calls of an agent with a long name, that ended for a long reason."""
    workspace = open_workspace(settings)

    async def write() -> str:
        arrival = Arrival("twilio", "CA9", Direction.INBOUND, PhoneNumber("+12125559876"), PhoneNumber("+12125554321"))
        call = await workspace.calls.begin(arrival, "long-winded-booking-assistant", CallState.RINGING)
        await workspace.calls.move(call.id, CallState.IN_PROGRESS)
        await workspace.calls.move(call.id, CallState.COMPLETED, reason="recorded-silence")
        return call.id

    made = asyncio.run(write())
    close_workspace(workspace)
    return [made]
