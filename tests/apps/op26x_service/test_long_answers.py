"""Answers that take long end with what let them begin: the key, the recording, the link; and who is cut off is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar.response import Stream
from litestar.response.streaming import ASGIStreamingResponse

from laws.house import Scene
from op26x.audit import Access
from op26x.calls import Arrival, CallState, LiveEvent, LiveFeed
from op26x.clock import ManualClock
from op26x.errors import UsageError
from op26x.recording import WireTap
from op26x_service import long_answers
from op26x_service.app import Service
from op26x_service.long_answers import Leave

LIMIT_S = 10
WORDS = LiveEvent("01CALL", "turn", text="my name is mary brown")
AUDIO = bytes(range(100, 120)) * 8000
ERASER = Access("test", "the caller asked")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second after which an answer is asked again whether it may go on takes no time."""
    monkeypatch.setattr(long_answers, "EVERY_S", 0.01)


class Reader:
    """Who reads an answer as it comes, straight off the application.

    Args:
        service: Who answers.
        path: What is asked for.
        key: Shown as the API key.
        paused: Whether it takes the first piece only and waits.
    """

    def __init__(self, service: Service, path: str, key: str, *, paused: bool = False) -> None:
        self.status, self.body, self.whole = 0, b"", False
        self.came = asyncio.Event()
        self.goes_on = asyncio.Event()
        if not paused:
            self.goes_on.set()
        path, _, query = path.partition("?")
        headers = [(b"authorization", f"Bearer {key}".encode())]
        self._over = asyncio.Event()
        self.task = asyncio.create_task(service.app(_scope(path, query, headers), self._receive, self._send))  # type: ignore[arg-type]

    async def _receive(self) -> Any:
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            self.whole = True
            self._over.set()
        self.came.set()
        await self.goes_on.wait()

    async def end(self) -> None:
        """Returns when the answer is over."""
        async with asyncio.timeout(LIMIT_S):
            await self.task

    async def started(self) -> "Reader":
        """Returns when something of it came."""
        async with asyncio.timeout(LIMIT_S):
            await self.came.wait()
        return self


def _scope(path: str, query: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """A request, as the ASGI specification has it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }


@pytest.fixture
async def key(new_key: Callable[..., Any]) -> tuple[str, str]:
    """An API key: its identifier and its secret."""
    made, secret = await new_key()
    return made.id, secret


@pytest.fixture
async def call_id(service: Service, arrival: Arrival, clock: ManualClock, data: Any) -> AsyncIterator[str]:
    """A recorded call of twenty seconds: ten pieces of audio."""
    work = service.installation.workspace()
    call = await work.calls.begin(arrival, "rehearsal", CallState.RINGING)
    await Scene(data, clock, work, call, WireTap(clock)).record(AUDIO, words=WORDS.text)
    yield call.id


async def feed_of(service: Service) -> LiveFeed:
    """The live events of the only organization."""
    return (await service.switchboard.of(service.installation.first)).feed


def ended(reader: Reader) -> dict[str, str]:
    """What the reader of live events was told at the end."""
    lines = reader.body.decode().splitlines()
    at = lines.index("event: ended")
    return dict(json.loads(lines[at + 1].removeprefix("data: ")))


def test_every_answer_that_takes_long_is_one_of_these(service: Service) -> None:
    found = {
        route.path
        for route in service.app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.parsed_fn_signature.return_type.is_subclass_of((Stream, ASGIStreamingResponse))
    }
    assert found == {"/api/live", "/api/recordings/{record_id:str}/audio", "/api/links/{token:str}/audio"}


async def test_live_events_end_with_the_key_though_nothing_happens(service: Service, key: tuple[str, str]) -> None:
    reader = await Reader(service, "/api/live", key[1]).started()
    await service.installation.workspace().api_keys.revoke(key[0])
    await reader.end()
    assert reader.whole
    assert ended(reader)["detail"] == "This may not go on: what let it begin was taken away, or has ended."
    assert "key" in ended(reader)["remedy"]


@pytest.mark.parametrize("why", ["its time is over", "its organization is closed"])
async def test_live_events_end_with_all_that_ends_a_key(
    service: Service, new_key: Callable[..., Any], clock: ManualClock, why: str
) -> None:
    _, secret = await new_key(actions=["live.read"], expires_at=clock.now() + timedelta(hours=1))
    reader = await Reader(service, "/api/live", secret).started()
    if why == "its time is over":
        clock.advance(3600)
    else:
        await service.installation.organizations.create("clinic")
        await service.installation.close_organization(service.installation.first, "test")
    await reader.end()
    assert ended(reader)["detail"].startswith("This may not go on")


async def test_live_events_are_of_ones_own_organization(service: Service, key: tuple[str, str]) -> None:
    there = service.installation
    clinic = (await there.organizations.create("clinic")).id
    reader = await Reader(service, "/api/live", key[1]).started()
    (await service.switchboard.of(clinic)).feed.publish(WORDS)
    feed = await feed_of(service)
    feed.publish(LiveEvent("01CALL", "state", text="ringing"))
    feed.close()
    await reader.end()
    assert "ringing" in reader.body.decode()
    assert WORDS.text not in reader.body.decode()


async def test_no_word_goes_out_after_the_key_is_revoked(service: Service, key: tuple[str, str]) -> None:
    reader = await Reader(service, "/api/live", key[1]).started()
    (await feed_of(service)).publish(LiveEvent("01CALL", "state", text="ringing"))
    await service.installation.workspace().api_keys.revoke(key[0])
    await asyncio.sleep(long_answers.EVERY_S)
    (await feed_of(service)).publish(WORDS)
    await reader.end()
    assert WORDS.text not in reader.body.decode()
    assert ended(reader)


async def test_the_services_own_key_is_good_for_as_long_as_it_runs(service: Service) -> None:
    reader = await Reader(service, "/api/live", service.runtime_key.reveal()).started()
    await asyncio.sleep(3 * long_answers.EVERY_S)
    feed = await feed_of(service)
    feed.publish(WORDS)
    feed.close()
    await reader.end()
    assert WORDS.text in reader.body.decode()
    assert "event: ended" not in reader.body.decode()


async def test_live_reading_is_an_entry_in_the_audit_log(service: Service, key: tuple[str, str]) -> None:
    readers = [Reader(service, path, key[1]) for path in ("/api/live?why=complaint%207", "/api/live")]
    for reader in readers:
        await reader.started()
    (await feed_of(service)).close()
    for reader in readers:
        await reader.end()
    entries = await service.installation.workspace().audit.of(service.installation.workspace().organization_id)
    found = sorted((entry.who, entry.what, entry.why) for entry in entries)
    assert found == [(f"api-key:{key[0]}", "live.read", "complaint 7"), (f"api-key:{key[0]}", "live.read", "not said")]


async def test_live_events_that_can_not_be_noted_are_not_read(
    service: Service, key: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(service.installation.workspace().audit, "add", fails)
    reader = Reader(service, "/api/live", key[1])
    await reader.end()
    assert reader.status == 500


def http(service: Service, key: tuple[str, str]) -> httpx.AsyncClient:
    """Asks the service's API with a key."""
    headers = {"Authorization": f"Bearer {key[1]}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://test", headers=headers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("route", "what"),
    [
        ("recording", "the recording"),
        ("recording", "the key"),
        ("link", "the recording"),
        ("link", "the key"),
        ("link", "the link"),
    ],
)
async def test_audio_on_its_way_breaks_off_with_what_allowed_it(
    service: Service, call_id: str, key: tuple[str, str], route: str, what: str
) -> None:
    async with http(service, key) as api:
        link = (
            "/api/links/" + (await api.post(f"/api/recordings/{call_id}/links", json={"why": "test"})).json()["token"]
        )
        path = f"{link}/audio" if route == "link" else f"/api/recordings/{call_id}/audio"
        reader = await Reader(service, path, key[1], paused=True).started()
        if what == "the recording":
            await service.installation.workspace().erasures.erase(call_id, ERASER)
        elif what == "the key":
            await service.installation.workspace().api_keys.revoke(key[0])
        else:
            assert (await api.delete(link)).status_code == 204
    await asyncio.sleep(long_answers.EVERY_S)
    reader.goes_on.set()
    await reader.end()
    assert 0 < len(reader.body) < 44 + 4 * len(AUDIO)
    assert not reader.whole, "a part must not be taken for the whole"


async def test_leave_is_asked_for_again_only_once_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_answers, "EVERY_S", 1.0)
    now, asked = [0.0], []

    async def check() -> None:
        asked.append(now[0])

    leave = Leave(check, now=lambda: now[0])
    for at in (0.0, 0.5, 0.9, 1.0, 1.1, 1.9, 2.0, 7.0):
        now[0] = at
        await leave.ask()
    assert asked == [1.0, 2.0, 7.0]


async def test_leave_that_was_lost_stays_lost() -> None:
    now = [0.0]

    async def check() -> None:
        raise UsageError("The API key was revoked.")

    leave = Leave(check, now=lambda: now[0])
    now[0] = 1.0
    for _ in range(2):
        with pytest.raises(UsageError):
            await leave.ask()
