"""What a page plays: passed on from the service, for one browser, until the service lets nobody read it any more."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from op26x.client import Client
from op26x_dashboard import listening, media, service
from op26x_dashboard.door import VISITOR
from op26x_dashboard.listening import Heard
from op26x_dashboard.waveform import Outline

TOKEN, VISITOR_ONE, VISITOR_TWO = "t" * 64, "1" * 64, "2" * 64
WAV = bytes(range(256)) * 4


class Service:
    """The service's links, by hand.

    Attributes:
        answer: The status of what is asked; 200 gives audio.
        asked: What was asked: method, path, range.
        breaks: Whether audio breaks off after its first byte.
    """

    def __init__(self) -> None:
        self.answer = 200
        self.asked: list[tuple[str, str, str]] = []
        self.breaks = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.headers.get("range", "")
        self.asked.append((request.method, request.url.path, asked))
        if self.answer == 503:
            raise httpx.ConnectError("refused")
        if self.answer >= 400:
            return httpx.Response(self.answer, json={"detail": "It is gone."})
        if request.method == "DELETE":
            return httpx.Response(204)
        if not request.url.path.endswith("/audio"):
            body = {"token": TOKEN, "recording_id": "01R", "expires_at": "2026-01-05T09:15:00Z"}
            return httpx.Response(200, json=body)
        part = WAV[10:20] if asked else WAV
        headers = {"Content-Length": str(len(part)), **({"Content-Range": "bytes 10-19/1024"} if asked else {})}
        return httpx.Response(206 if asked else 200, headers=headers, content=self._pieces(part))

    def _pieces(self, part: bytes) -> Iterator[bytes]:
        yield part[:1]
        if self.breaks:
            raise httpx.RemoteProtocolError("peer closed connection")
        yield part[1:]


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The service behind the dashboard."""
    own = Service()
    client = Client("http://service.test", "op26x_key", httpx.MockTransport(own))
    monkeypatch.setattr(service, "client", lambda: client)
    yield own
    client.close()


@pytest.fixture(autouse=True)
def _listened(monkeypatch: pytest.MonkeyPatch) -> None:
    """One browser listens to one recording."""
    heard = Heard(TOKEN, "01R", VISITOR_ONE, "session", Outline([[], []], 0))
    monkeypatch.setattr(listening, "_held", {TOKEN: heard})


async def get(visitor: str, asked: str = "", token: str = TOKEN) -> httpx.Response:
    """What a browser is answered at the address of a recording."""
    headers = {**({"Cookie": f"{VISITOR}={visitor}"} if visitor else {}), **({"Range": asked} if asked else {})}
    transport = httpx.ASGITransport(Starlette(routes=[media.route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://dash.test", headers=headers) as browser:
        return await browser.get(media.address(token))


async def test_the_browser_that_listens_gets_all_of_it_or_a_part(behind: Service) -> None:
    whole, part = await get(VISITOR_ONE), await get(VISITOR_ONE, "bytes=10-19")
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, WAV, "audio/wav")
    assert (part.status_code, part.content) == (206, WAV[10:20])
    assert part.headers["content-range"] == "bytes 10-19/1024"
    path = f"/api/links/{TOKEN}/audio"
    assert behind.asked == [("GET", path, ""), ("GET", path, "bytes=10-19")], "each is asked for anew"


@pytest.mark.parametrize("visitor", ["", VISITOR_TWO, VISITOR_ONE[:-1]])
async def test_no_other_browser_gets_anything(behind: Service, visitor: str) -> None:
    assert (await get(visitor)).status_code == 404
    assert (await get(visitor, token="x" * 64)).status_code == 404
    assert behind.asked == []


@pytest.mark.parametrize(("answer", "expected"), [(410, 410), (404, 404), (401, 404)])
async def test_what_may_not_be_read_any_more_is_gone_at_once(behind: Service, answer: int, expected: int) -> None:
    behind.answer = answer
    assert (await get(VISITOR_ONE)).status_code == expected
    behind.answer = 200
    assert (await get(VISITOR_ONE)).status_code == 404


async def test_without_a_service_nothing_is_played(behind: Service) -> None:
    behind.answer = 503
    assert (await get(VISITOR_ONE)).status_code == 503


async def test_what_breaks_off_is_not_ended_as_if_it_were_whole(behind: Service) -> None:
    behind.breaks = True
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"} if messages else {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "path": media.address(TOKEN),
        "headers": [(b"cookie", f"{VISITOR}={VISITOR_ONE}".encode())],
        "query_string": b"",
    }
    await Starlette(routes=[media.route])(scope, receive, send)
    assert dict(messages[0]["headers"])[b"content-length"] == b"1024"
    assert [message["more_body"] for message in messages[1:]] == [True], "the end is missing"


class Runtime:
    """Streamlit's, as far as it is asked."""

    def __init__(self, *active: str) -> None:
        self._active = active

    def is_active_session(self, session_id: str) -> bool:
        return session_id in self._active


@pytest.mark.parametrize(
    ("active", "answer", "left", "asked"),
    [
        (True, 200, [TOKEN], "GET"),
        (True, 410, [], "GET"),
        (True, 503, [], "GET"),
        (False, 200, [], "DELETE"),
        (False, 503, [], "DELETE"),
    ],
)
def test_a_sweep_ends_what_no_page_shows_or_nobody_may_read(
    behind: Service, monkeypatch: pytest.MonkeyPatch, active: bool, answer: int, left: list[str], asked: str
) -> None:
    monkeypatch.setattr(listening, "exists", lambda: True)
    monkeypatch.setattr(listening, "get_instance", lambda: Runtime(*(["session"] if active else [])))
    behind.answer = answer
    listening.sweep()
    assert list(listening._held) == left
    assert behind.asked == [(asked, f"/api/links/{TOKEN}", "")]


def test_what_is_held_does_not_print_its_token_or_its_visitor() -> None:
    (heard,) = listening._held.values()
    assert TOKEN not in repr(heard)
    assert VISITOR_ONE not in repr(heard)
