"""The API of calls that wait: ordered, seen, called off; and the job that places them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from op26x import PhoneNumber
from op26x.accounts import Role
from op26x.client import Client
from op26x.client.types import ScheduleCall
from op26x.clock import ManualClock
from op26x.errors import NotFound, UsageError, WorkError
from op26x.testing.agreed import agree
from op26x_service.app import Service
from waiting import until

Api = TestClient[Litestar]
BRAZIL = "+5511987654321"


@pytest.fixture
def client(api: Api, service: Service) -> Client:
    """Of the operator."""
    return Client("http://testserver", service.runtime_key.reveal(), api._transport)


@pytest.fixture
def wanted(api: Api, service: Service) -> Callable[..., ScheduleCall]:
    """A call to somebody in Brazil, who agreed to be called; where it is too early."""
    with api.portal() as portal:
        portal.call(lambda: agree(service.installation.workspace(), PhoneNumber(BRAZIL)))
        portal.call(lambda: service.installation.workspace().phone_lines.add("twilio", PhoneNumber("+12125550142")))
    return lambda **changes: ScheduleCall(BRAZIL, "rehearsal", **changes)


def test_it_is_ordered_seen_and_called_off(client: Client, api: Api, wanted: Callable[..., ScheduleCall]) -> None:
    row = client.schedule_call(wanted(why="they asked for it"))
    assert (row.state, row.called, f"{row.not_before:%H:%M}") == ("waiting", "…21", "13:00")
    assert (
        client.scheduled_calls() == client.scheduled_calls(state="waiting") == [client.scheduled_call(row.id)] == [row]
    )
    assert BRAZIL not in api.get("/api/scheduled-calls").text
    client.cancel_scheduled_call(row.id, "no need")
    (found,) = client.scheduled_calls()
    assert (found.state, found.called) == ("canceled", "")
    with pytest.raises(WorkError, match="canceled already"):
        client.cancel_scheduled_call(row.id, "twice")
    for ask in (client.scheduled_call, lambda scheduled: client.cancel_scheduled_call(scheduled, "")):
        with pytest.raises(NotFound):
            ask("none")


def test_what_is_wrong_is_said_and_nothing_waits(client: Client, clock: ManualClock, wanted: Any) -> None:
    for changes in ({"until": clock.now() - timedelta(days=1)}, {"place": "Atlantis"}):
        with pytest.raises(UsageError):
            client.schedule_call(wanted(**changes))
    client.suppress(BRAZIL, "an e-mail")
    with pytest.raises(WorkError, match="do-not-call"):
        client.schedule_call(wanted())
    assert client.scheduled_calls() == []


def test_where_a_person_is_besides_counts(client: Client, wanted: Callable[..., ScheduleCall]) -> None:
    """At one in Brazil it is four in the morning in California."""
    row = client.schedule_call(wanted(place="US-CA"))
    assert f"{row.not_before:%H:%M}" > "13:00"


def test_a_viewer_sees_them_and_orders_none(anonymous: Api, new_key: Callable[..., Any]) -> None:
    with anonymous.portal() as portal:
        _, secret = portal.call(lambda: new_key(role=Role.VIEWER))
    headers = {"Authorization": f"Bearer {secret}"}
    assert anonymous.get("/api/scheduled-calls", headers=headers).status_code == 200
    order = {"to": BRAZIL, "agent": "rehearsal"}
    assert anonymous.post("/api/scheduled-calls", json=order, headers=headers).status_code == 403
    assert anonymous.delete("/api/scheduled-calls/none", headers=headers).status_code == 403


def test_they_are_placed_on_the_loop_that_serves(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks, timers and live events of calls belong to it; the job runs on another one."""
    seen: list[object] = []

    async def due() -> list[str]:
        return [] if seen else ["one"]

    async def carry_out(which: str) -> None:
        seen.append((which, asyncio.get_running_loop()))

    monkeypatch.setattr(service.scheduling, "due", due)
    monkeypatch.setattr(service.scheduling, "carry_out", carry_out)
    with TestClient(service.app) as client:
        until(lambda: bool(seen))
        assert seen == [("one", client.blocking_portal.call(running_loop))]


async def running_loop() -> object:
    """The loop that serves."""
    return asyncio.get_running_loop()
