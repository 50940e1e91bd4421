"""``op26x calls place --when-allowed`` and ``op26x scheduled-calls``."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from framework.cli.conftest import Run
from framework.cli.test_cli import answering
from op26x.audit import Access
from op26x.calls import NewCall
from op26x.clock import ManualClock
from op26x.settings import Settings
from op26x.types import PhoneNumber
from workspaces import close_workspace, open_workspace

ORDER = ("calls", "place", "--to", "+12125550123", "--agent", "clinic")
WAITING = {
    "id": "01SCHEDULED", "agent": "clinic", "called": "…23", "state": "waiting",
    "reason": "outside calling hours", "created_at": "2026-01-05T09:00:00Z",
    "not_before": "2026-01-05T13:00:00Z", "until": "2026-01-12T13:00:00Z", "call_id": "",
}  # fmt: skip


@pytest.fixture
def scheduled_id(settings: Settings, at_that_time: None) -> str:
    """A call that waits."""
    clock = ManualClock()
    workspace = open_workspace(settings, clock)
    new, now = NewCall(PhoneNumber("+12125550123"), "clinic"), clock.now()
    adding = workspace.scheduled.add(new, Access("test", ""), not_before=now, until=now + timedelta(days=7))
    row = asyncio.run(adding)
    close_workspace(workspace)
    return row.id


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "01SCHEDULED: waiting until 2026-01-05 13:00Z: outside calling hours. See op26x"),
        ({"state": "placed", "call_id": "01CALL"}, "01CALL: placed. See op26x calls show 01CALL"),
    ],
)
def test_when_it_is_placed_is_said(
    op26x: Run, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], said: str
) -> None:
    asked: list[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, json.loads(request.content)))
        return httpx.Response(201, json=WAITING | changes)

    answering(handler, monkeypatch)
    code, out, _ = op26x(*ORDER, "--when-allowed", "--place", "US-CA", "--until", "2026-01-12T13:00:00")
    assert code == 0
    assert said in " ".join(out.split())
    ((path, order),) = asked
    assert path == "/api/scheduled-calls"
    assert (order["to"], order["place"], order["until"]) == ("+12125550123", "US-CA", "2026-01-12T13:00:00")


@pytest.mark.parametrize("option", ["--not-before", "--until"])
def test_times_are_for_calls_that_may_wait(op26x: Run, option: str) -> None:
    code, _, err = op26x(*ORDER, option, "2026-01-12T13:00:00")
    assert code == 2
    assert "--when-allowed" in err


def test_those_that_wait_are_listed_and_called_off(op26x: Run, scheduled_id: str) -> None:
    code, out, _ = op26x("scheduled-calls", "list")
    assert (code, scheduled_id in out, "…23" in out) == (0, True, True)
    code, out, _ = op26x("scheduled-calls", "show", scheduled_id, "--json")
    assert (code, json.loads(out)["state"]) == (0, "waiting")
    code, out, _ = op26x("scheduled-calls", "cancel", scheduled_id, "--why", "they called us")
    assert (code, "called off" in out) == (0, True)
    code, out, _ = op26x("scheduled-calls", "list", "--state", "waiting")
    assert (code, "No call waits" in out) == (0, True)
    code, out, _ = op26x("scheduled-calls", "list", "--json")
    assert [(one["state"], one["called"]) for one in json.loads(out)] == [("canceled", "")]
    code, out, _ = op26x("audit", "show", "--json")
    assert ("scheduled-call.canceled", "they called us") in [(one["what"], one["why"]) for one in json.loads(out)]
    code, _, err = op26x("scheduled-calls", "cancel", scheduled_id, "--why", "again")
    assert (code, "canceled already" in err) == (1, True)


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("command", [("show",), ("cancel", "--why", "it is none")])
def test_one_that_there_is_not_is_said_to(op26x: Run, command: tuple[str, ...]) -> None:
    verb, *rest = command
    code, _, err = op26x("scheduled-calls", verb, "01NONE", *rest)
    assert code == 2
    assert "op26x scheduled-calls list" in err
