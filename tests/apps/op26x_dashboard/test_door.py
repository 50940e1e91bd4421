"""The dashboard's door: its own names and its own pages only, nothing large, and nothing that a browser may keep."""

import asyncio
import base64
import os
import re
import socket
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from op26x.errors import ServiceUnreachable
from op26x.exposure import Peers
from op26x.settings import CoreSettings
from op26x_dashboard import service
from op26x_dashboard.door import Door, split_host

from .conftest import Dashboard

LIMIT_S = 20.0
CORE = CoreSettings()
SECRETS = {
    "OP26X_TWILIO_AUTH_TOKEN": "the-carriers-token",
    "OP26X_OPENAI_API_KEY": "the-first-vendors-key",
    "ANTHROPIC_API_KEY": "the-second-vendors-key",
    "AWS_SECRET_ACCESS_KEY": "the-stores-key",
    "SOMETHING_TOKEN": "another-token",
}


@pytest.fixture(scope="module")
def dashboard(run: Callable[..., Dashboard]) -> Dashboard:
    """One that answers to a name besides its own, started by who holds secrets."""
    return run(OP26X_DASHBOARD_HOSTS="calls.example.com, Other.Example.com.", **SECRETS)


def handshake(dashboard: Dashboard, host: str, origin: str | None) -> str:
    """Asks for the pages' socket, as RFC 6455 has it, and returns the first line of the answer."""
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *([f"Origin: {origin}"] if origin is not None else []),
    ]
    with socket.create_connection(("127.0.0.1", dashboard.port), LIMIT_S) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection.recv(4096).decode(errors="replace").partition("\r\n")[0]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:PORT", "http://127.0.0.1:PORT"),
        ("127.0.0.1:PORT", None),
        ("localhost:PORT", "http://localhost:PORT"),
        ("LocalHost.:PORT", "http://localhost:PORT"),
        ("[::1]:PORT", "http://[::1]:PORT"),
        ("calls.example.com", "https://calls.example.com"),
        ("other.example.com", "https://other.example.com"),
    ],
)
def test_its_own_pages_are_let_in_under_its_own_names(dashboard: Dashboard, host: str, origin: str | None) -> None:
    port = str(dashboard.port)
    answer = handshake(dashboard, host.replace("PORT", port), origin and origin.replace("PORT", port))
    assert answer.startswith("HTTP/1.1 101")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:PORT", "http://evil.example:PORT"),
        ("evil.example:PORT", None),
        ("127.0.0.1.evil.example:PORT", "http://127.0.0.1.evil.example:PORT"),
        ("localhost.evil.example", "http://localhost.evil.example"),
        ("sub.calls.example.com", "https://sub.calls.example.com"),
        ("192.0.2.7:PORT", "http://192.0.2.7:PORT"),
        ("2130706433:PORT", "http://2130706433:PORT"),
        ("evil.example@127.0.0.1:PORT", "http://127.0.0.1:PORT"),
        ("", "http://127.0.0.1:PORT"),
        ("127.0.0.1:PORT", "http://evil.example"),
        ("127.0.0.1:PORT", "http://evil.example:PORT"),
        ("127.0.0.1:PORT", "http://localhost:PORT"),
        ("127.0.0.1:PORT", "http://127.0.0.1:1"),
        ("127.0.0.1:PORT", "null"),
        ("127.0.0.1:PORT", "file://"),
        ("127.0.0.1:PORT", ""),
        ("calls.example.com", "http://127.0.0.1:PORT"),
    ],
)
def test_a_foreign_name_or_a_foreign_page_is_refused(dashboard: Dashboard, host: str, origin: str | None) -> None:
    port = str(dashboard.port)
    answer = handshake(dashboard, host.replace("PORT", port), origin and origin.replace("PORT", port))
    assert answer.split(" ")[1] in ("400", "403"), answer


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/static/media/x", "/anything"])
def test_no_path_answers_to_a_foreign_name_or_page(dashboard: Dashboard, path: str) -> None:
    assert httpx.get(dashboard.url + path, headers={"Host": "evil.example"}).status_code == 403
    assert httpx.get(dashboard.url + path, headers={"Origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/_stcore/upload_file/a/b", "/_stcore/agent/interact"])
def test_nothing_can_be_sent_to_it(dashboard: Dashboard, method: str, path: str) -> None:
    assert httpx.request(method, dashboard.url + path, content=b"x" * 100_000).status_code == 403


def test_a_message_of_more_than_a_page_is_refused(dashboard: Dashboard) -> None:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with connect(f"ws://127.0.0.1:{dashboard.port}/_stcore/stream", max_size=None) as socket_:
        socket_.send(b"\0" * (1024 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket_.recv(LIMIT_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/app/static/recordings/nobodys"])
def test_answers_are_guarded_and_not_kept(dashboard: Dashboard, path: str) -> None:
    headers = httpx.get(dashboard.url + path).headers
    assert headers.get_list("cache-control") == ["no-store"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_the_page_says_what_may_run_in_it(dashboard: Dashboard) -> None:
    policy = httpx.get(dashboard.url).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["frame-ancestors"] == rules["object-src"] == "'none'"
    assert re.fullmatch(r"'self' 'sha256-[A-Za-z0-9+/]{43}='", rules["script-src"])


def test_scripts_and_fonts_may_be_kept(dashboard: Dashboard) -> None:
    page = httpx.get(dashboard.url).text
    script = re.search(r'src="\./(static/js/[^"]+)"', page)
    assert script is not None
    assert "no-store" not in httpx.get(f"{dashboard.url}/{script[1]}").headers["cache-control"]


def test_it_gives_a_browser_no_cookie_of_its_own(dashboard: Dashboard) -> None:
    for path in ("/", "/_stcore/health", "/app/static/recordings/nobodys"):
        assert "op26x" not in httpx.get(dashboard.url + path).headers.get("set-cookie", "")


def test_without_a_service_nobody_is_sent_to_sign_in(dashboard: Dashboard) -> None:
    answer = httpx.get(dashboard.url)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux shows the environment of a process")
def test_its_process_holds_no_secret(dashboard: Dashboard) -> None:
    try:
        held = Path(f"/proc/{dashboard.pid}/environ").read_bytes()
    except PermissionError:
        return  # it is not dumpable, and not even its own user may look
    assert b"OP26X_DATA=" in held
    for name, secret in SECRETS.items():
        assert secret.encode() not in held, name
    assert "No runtime" not in dashboard.log.read_text()


def make_door(
    app: Any = None,
    hosts: Iterable[str] = (),
    peers: Peers | None = None,
    sign_in_address: Callable[[str, str], str] = lambda host, to: f"http://{host}:8026/sign-in?to={to}",
) -> Door:
    """A door before something; to sign in is a page of a service on the same host."""
    return Door(app or PlainTextResponse("the page"), hosts, peers or Peers("127.0.0.1", CORE), sign_in_address)


async def test_only_so_many_pages_are_open_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("op26x_dashboard.door.MOST_PAGES", 3)
    monkeypatch.setattr("op26x_dashboard.door.MOST_OF_ONE", 2)
    over = asyncio.Event()
    sent: list[dict[str, Any]] = []

    async def page(*_: Any) -> None:
        await over.wait()

    async def send(message: Any) -> None:
        sent.append(message)

    door = make_door(page)

    def opened(address: str) -> "asyncio.Task[None]":
        headers = [(b"host", b"localhost")]
        scope = {"type": "websocket", "path": "/", "headers": headers, "client": (address, 50000)}
        return asyncio.create_task(door(scope, page, send))  # type: ignore[arg-type]

    tasks = [opened(address) for address in ("10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3")]
    await asyncio.sleep(0)
    assert [task.done() for task in tasks] == [False, False, True, False, True]
    assert {(message["type"], message["code"]) for message in sent} == {("websocket.close", 1008)}
    over.set()
    await asyncio.gather(*tasks)
    over.clear()
    again = opened("10.0.0.1")
    await asyncio.sleep(0)
    assert not again.done()
    over.set()
    await again


def answers_to(host: str, here: str = "10.0.0.5", hosts: Iterable[str] = ()) -> bool:
    """Whether a door lets in a request."""
    return make_door(hosts=hosts)._answers_to(host, {"server": (here, 8501)})


def test_an_address_is_its_own_if_the_connection_came_to_it() -> None:
    assert answers_to("10.0.0.5")
    assert not answers_to("10.0.0.6")
    assert not answers_to("10.0.0.6", here="0.0.0.0")
    assert answers_to("2001:db8::5", here="2001:db8::5")
    assert answers_to("127.9.9.9")


def test_the_host_it_was_told_is_its_own_but_any_is_not() -> None:
    assert answers_to("box.example", hosts=["box.example"])
    assert not answers_to("", hosts=["", " "])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localhost:8501", ("localhost", 8501)),
        ("LOCALHOST", ("localhost", None)),
        ("[::1]:80", ("::1", 80)),
        ("a.example.", ("a.example", None)),
        ("a.example:x", None),
        ("a.example:99999", None),
        ("a.example/path", None),
        ("user@a.example", None),
        ("[::1", None),
        ("", None),
    ],
)
def test_a_host_is_a_name_and_a_port(text: str, expected: tuple[str, int | None] | None) -> None:
    assert split_host(text) == expected


async def asked(
    door: Door, path: str = "/", client: str = "127.0.0.1", host: str = "127.0.0.1:8501", **headers: str
) -> httpx.Response:
    """What a door answers a browser."""
    transport = httpx.ASGITransport(door, client=(client, 50000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers) as browser:
        return await browser.get(path)


@pytest.mark.parametrize(
    "cookie", ["", "op26x_session=", "op26x_visitor=" + "a" * 64, "xop26x_session=a", "op26x_form=a"]
)
async def test_who_shows_no_session_is_sent_to_sign_in_and_comes_back_to_where_they_were(cookie: str) -> None:
    answer = await asked(make_door(), "/?call=01A&state=Busy", cookie=cookie)
    assert answer.status_code == 303
    assert answer.headers["location"] == "http://127.0.0.1:8026/sign-in?to=/?call=01A&state=Busy"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("name", "host"), [("op26x_session", "127.0.0.1:8501"), ("__Host-op26x_session", "calls.example.com")]
)
async def test_who_shows_a_session_sees_the_page_and_the_service_says_what_it_is_worth(name: str, host: str) -> None:
    answer = await asked(make_door(hosts=["calls.example.com"]), host=host, cookie=f"other=1; {name}=anything")
    assert (answer.status_code, answer.text) == (200, "the page")


async def test_a_session_that_another_host_may_have_set_is_none() -> None:
    door = make_door(hosts=["calls.example.com"])
    answer = await asked(door, host="calls.example.com", cookie="op26x_session=anything")
    assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/_stcore/health", "/static/js/x.js", "/app/static/recordings/nobodys", "/x"])
async def test_only_the_page_itself_sends_to_sign_in(path: str) -> None:
    assert (await asked(make_door(), path)).status_code == 200


async def test_the_page_is_there_to_say_that_no_service_runs() -> None:
    def nowhere(host: str, to: str) -> str:
        raise ServiceUnreachable("No service is running.")

    assert (await asked(make_door(sign_in_address=nowhere))).status_code == 200


async def test_a_foreign_name_is_refused_before_anybody_is_sent_anywhere() -> None:
    answer = await asked(make_door(), host="evil.example")
    assert (answer.status_code, "location" in answer.headers) == (403, False)


@pytest.mark.parametrize(
    ("client", "status"),
    [("10.0.0.5", 200), ("127.0.0.1", 200), ("::ffff:10.0.0.5", 200), ("10.0.0.6", 403), ("", 403)],
)
async def test_without_tls_only_a_trusted_proxy_is_let_in(client: str, status: int) -> None:
    peers = Peers("0.0.0.0", CoreSettings(trusted_proxies="10.0.0.5"))
    door = make_door(hosts=["calls.example.com"], peers=peers)
    assert (await asked(door, "/x", client, host="calls.example.com")).status_code == status


@pytest.mark.parametrize(
    ("tls", "host", "expected"),
    [
        (False, "127.0.0.1", "http://127.0.0.1:8026"),
        (False, "localhost", "http://localhost:8026"),
        (False, "::1", "http://[::1]:8026"),
        (False, "calls.example.com", ""),
        (True, "calls.example.com", "https://calls.example.com:8026"),
        (True, "2001:db8::5", "https://[2001:db8::5]:8026"),
    ],
)
def test_to_sign_in_is_on_the_host_that_the_browser_called(
    monkeypatch: pytest.MonkeyPatch, tls: bool, host: str, expected: str
) -> None:
    core = CoreSettings(tls_certificate="pem", tls_key="pem") if tls else CORE
    monkeypatch.setattr(service, "core", lambda: core)
    monkeypatch.setattr(service, "url", lambda: "http://127.0.0.1:8026")
    assert service.sign_in_address(host, "/?call=01A&x=/") == f"{expected}/sign-in?to=%2F%3Fcall%3D01A%26x%3D%2F"
    assert service.account_address(host) == f"{expected}/account"
