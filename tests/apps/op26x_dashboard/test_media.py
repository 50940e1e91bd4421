"""What a page plays: passed on from the service, for one session, until the service lets nobody read it any more."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from op26x.client import Client
from op26x.client.cookies import SESSION
from op26x_dashboard import listening, media, service
from op26x_dashboard.listening import Heard
from op26x_dashboard.waveform import Outline

TOKEN, ONE, TWO = "t" * 64, "op26xs_" + "1" * 64, "op26xs_" + "2" * 64
WAV = bytes(range(256)) * 4


class Service:
    """The service's links, by hand.

    Attributes:
        answer: The status of what is asked; 200 gives audio.
        asked: What was asked: method, path, range.
        sessions: As whom it was asked.
        breaks: Whether audio breaks off after its first byte.
    """

    def __init__(self) -> None:
        self.answer = 200
        self.asked: list[tuple[str, str, str]] = []
        self.sessions: set[str] = set()
        self.breaks = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.headers.get("range", "")
        self.asked.append((request.method, request.url.path, asked))
        self.sessions.add(request.headers["authorization"].removeprefix("Bearer "))
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
    clients: list[Client] = []

    def client(session: str) -> Client:
        clients.append(Client("http://service.test", session, httpx.MockTransport(own)))
        return clients[-1]

    monkeypatch.setattr(service, "client", client)
    yield own
    for made in clients:
        made.close()


@pytest.fixture(autouse=True)
def _listened(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person listens to one recording."""
    heard = Heard(TOKEN, "01R", ONE, "session", Outline([[], []], 0))
    monkeypatch.setattr(listening, "_held", {TOKEN: heard})


async def get(session: str, asked: str = "", token: str = TOKEN, cookie: str = SESSION) -> httpx.Response:
    """What a browser is answered at the address of a recording."""
    headers = {**({"Cookie": f"{cookie}={session}"} if session else {}), **({"Range": asked} if asked else {})}
    transport = httpx.ASGITransport(Starlette(routes=[media.route]))
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://dash.test" if cookie.startswith("__Host-") else "http://127.0.0.1:8501",
        headers=headers,
    ) as browser:
        return await browser.get(media.address(token))


async def test_the_person_who_listens_gets_all_of_it_or_a_part(behind: Service) -> None:
    whole, part = await get(ONE), await get(ONE, "bytes=10-19")
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, WAV, "audio/wav")
    assert (part.status_code, part.content) == (206, WAV[10:20])
    assert part.headers["content-range"] == "bytes 10-19/1024"
    path = f"/api/links/{TOKEN}/audio"
    assert behind.asked == [("GET", path, ""), ("GET", path, "bytes=10-19")], "each is asked for anew"
    assert behind.sessions == {ONE}, "as the person who listens"


async def test_a_cookie_that_came_over_tls_is_known_as_well(behind: Service) -> None:
    assert (await get(ONE, cookie=f"__Host-{SESSION}")).status_code == 200


@pytest.mark.parametrize("session", ["", TWO, ONE[:-1]])
async def test_no_other_session_gets_anything(behind: Service, session: str) -> None:
    assert (await get(session)).status_code == 404
    assert (await get(session, token="x" * 64)).status_code == 404
    assert behind.asked == []


@pytest.mark.parametrize(("answer", "expected"), [(410, 410), (404, 404), (401, 404)])
async def test_what_may_not_be_read_any_more_is_gone_at_once(behind: Service, answer: int, expected: int) -> None:
    behind.answer = answer
    assert (await get(ONE)).status_code == expected
    behind.answer = 200
    assert (await get(ONE)).status_code == 404


async def test_without_a_service_nothing_is_played(behind: Service) -> None:
    behind.answer = 503
    assert (await get(ONE)).status_code == 503


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
        "headers": [(b"host", b"127.0.0.1:8501"), (b"cookie", f"{SESSION}={ONE}".encode())],
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
    assert behind.sessions == {ONE}


def test_what_is_held_does_not_print_its_token_or_its_session() -> None:
    (heard,) = listening._held.values()
    assert TOKEN not in repr(heard)
    assert ONE not in repr(heard)
