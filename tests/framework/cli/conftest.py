"""Runs commands as the program does."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from framework.processors.vendors import VENDOR, disclose
from laws.house import Scene
from op26x.accounts import Role, operator
from op26x.audit import Access
from op26x.calls import Arrival, CallState, Direction
from op26x.cli import app
from op26x.clock import ManualClock
from op26x.consent.registry_formats import PLAIN
from op26x.policy import read_own_rows
from op26x.recording import WireTap
from op26x.settings import Settings
from op26x.types import PhoneNumber
from workspaces import close_workspace, open_workspace

DOCUMENT = "name: clinic\ngreeting: Hi\ninstructions: Talk.\nllm: rehearsal\n"

BOARD = Access("test", "a decision of the board")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def op26x(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; returns exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = app.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def empty(settings: Settings) -> None:
    """A data directory in which nothing has happened yet."""
    close_workspace(open_workspace(settings))


@pytest.fixture
def at_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the recorded call is overdue."""
    monkeypatch.setattr("op26x.calls.installation.SystemClock", ManualClock)


@pytest.fixture
def call_id(settings: Settings, tmp_path: Path, at_that_time: None) -> str:
    """One of everything: a recorded call, an agent of two versions whose document is in the folder, a row, …."""
    clock = ManualClock()
    workspace = open_workspace(settings, clock)
    who = operator(workspace.organization_id, "test")

    async def write() -> str:
        await workspace.api_keys.create("notebook", who, role=Role.OWNER)
        await workspace.phone_lines.add("twilio", PhoneNumber("+12125554321"), label="desk")
        await workspace.agents.save(DOCUMENT, who.who)
        await workspace.agents.publish("clinic", who.who)
        await workspace.agents.save(DOCUMENT + "language: en\n", who.who)
        await workspace.own_rows.add(read_own_rows(b"- {name: short, why: costs, longest_s: 300}"), BOARD)
        until = clock.now() + timedelta(days=30)
        await workspace.own_rows.override("us-hours", BOARD, approved_by="user:1", until=until)
        await workspace.registries.read("us", ["+12025550123"], PLAIN, clock.now(), BOARD)
        Path("clinic.yaml").write_text(DOCUMENT + "tools: [end_call]\n")
        arrival = Arrival("twilio", "CA1", Direction.INBOUND, PhoneNumber("+12125559876"), PhoneNumber("+12125554321"))
        call = await workspace.calls.begin(arrival, "clinic", CallState.RINGING)
        await Scene(tmp_path, clock, workspace, call, WireTap(clock)).record(bytes(8000), words="good morning")
        await workspace.processors.accept(VENDOR, BOARD)
        await disclose(workspace, call)
        return call.id

    made = asyncio.run(write())
    close_workspace(workspace)
    return made
