"""The dashboard's door: who is let in, by which name, with which message, and what a browser may do with the answer.

A page of a foreign site whose name is made to resolve to this machine (DNS rebinding) reaches the dashboard with its
own name as Host and Origin: to the browser it is one site. So the dashboard answers to its own names only.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from op26x.client.cookies import SESSION, cookie_of, is_secure
from op26x.errors import ServiceUnreachable
from op26x.exposure import Peers

STATIC = "/static/"
METHODS = ("GET", "HEAD")
MOST_PAGES, MOST_OF_ONE = 200, 150
"""Pages that are open at once; each costs a thread when it is drawn."""
PORTS = {"http": 80, "https": 443}

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Door:
    """Lets in requests that name the dashboard, come from its own pages and ask without a body.

    Args:
        app: What answers them.
        hosts: Names that it answers to besides loopback and the address that a connection came to.
        peers: From where it takes connections.
        sign_in_address: Where whoever is not signed in does so, by the name they called and where they want to go.
        scripts: Hashes of the scripts that stand in its page, as a Content-Security-Policy has them.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str],
        peers: Peers,
        sign_in_address: Callable[[str, str], str],
        scripts: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._peers = peers
        self._sign_in_address = sign_in_address
        self._hosts = frozenset(_plain(host) for host in hosts if host.strip())
        self._pages: Counter[str] = Counter()
        self._scripts = " ".join(f"'{digest}'" for digest in scripts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request or one handshake."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        why = self._refusal(scope, Headers(scope=scope))
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, why)
        elif why:
            await PlainTextResponse(why, 403)(scope, receive, self._guarded(scope, send))
        elif scope["path"] == "/" and (elsewhere := self._to_sign_in(scope)):
            await RedirectResponse(elsewhere, 303)(scope, receive, self._guarded(scope, send))
        else:
            await self._app(scope, receive, self._guarded(scope, send))

    async def _socket(self, scope: Scope, receive: Receive, send: Send, why: str) -> None:
        """A page's socket, for as long as it is open."""
        address = (scope.get("client") or ("", 0))[0]
        if not why and (self._pages.total() >= MOST_PAGES or self._pages[address] >= MOST_OF_ONE):
            why = "There are too many pages open."
        if why:
            await send({"type": "websocket.close", "code": 1008, "reason": why})
            return
        self._pages[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._pages -= Counter((address,))

    def _refusal(self, scope: Scope, headers: Headers) -> str:
        """Why it is not let in; empty if it is."""
        if not self._peers.may_connect((scope.get("client") or ("", 0))[0]):
            return "The dashboard takes connections from its proxy only."
        names = headers.getlist("host")
        host = split_host(names[0]) if len(names) == 1 else None
        if host is None or not self._answers_to(host[0], scope):
            return "The dashboard does not answer to this name. Add it to OP26X_DASHBOARD_HOSTS if it should."
        if not all(_same(origin, host) for origin in headers.getlist("origin")):
            return "The dashboard answers its own pages only."
        if scope["type"] == "http" and scope["method"] not in METHODS:
            return "The dashboard takes nothing but questions: GET and HEAD."
        return ""

    def _to_sign_in(self, scope: Scope) -> str:
        """Where a browser that shows no session goes first; empty if it shows one, or if no service runs."""
        headers = Headers(scope=scope)
        name = (split_host(headers.get("host", "")) or ("", None))[0]
        secure = is_secure(scope["scheme"], name)
        if cookie_of(cookie_parser(headers.get("cookie", "")), SESSION, secure=secure):
            return ""
        query = scope["query_string"].decode("latin-1")
        try:
            return self._sign_in_address(name, f"/?{query}" if query else "/")
        except ServiceUnreachable:
            return ""

    def _answers_to(self, name: str, scope: Scope) -> bool:
        if name == "localhost" or name in self._hosts:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A browser whose page is at an address is at that address: no name was made to point elsewhere.
        here = scope.get("server") or ("", None)
        return address.is_loopback or name == _plain(here[0])

    def _guarded(self, scope: Scope, send: Send) -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._set(MutableHeaders(scope=message), scope)
            await send(message)

        return guarded

    def _set(self, answer: MutableHeaders, scope: Scope) -> None:
        for name, value in HEADERS.items():
            answer[name] = value
        if not scope["path"].startswith(STATIC):
            answer["Cache-Control"] = "no-store"
        if not answer.get("content-type", "").startswith("text/html"):
            return
        answer["Content-Security-Policy"] = self._policy(scope)

    def _policy(self, scope: Scope) -> str:
        # Not every browser takes the page's socket for 'self'. The name was checked before.
        host = Headers(scope=scope).get("host", "")
        rules = {
            "default-src": "'self'",
            "script-src": f"'self' {self._scripts}",
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data: blob:",
            "font-src": "'self' data:",
            "connect-src": f"'self' ws://{host} wss://{host}",
            "worker-src": "'self' blob:",
            "object-src": "'none'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        return "; ".join(f"{name} {value.strip()}" for name, value in rules.items())


def split_host(text: str) -> tuple[str, int | None] | None:
    """Name and port of a header ``Host`` (RFC 9110, section 7.2); ``None`` if it is not one."""
    try:
        parts = urlsplit(f"//{text}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not name or parts.netloc != text or "@" in text:
        return None
    return _plain(name), port


def _same(origin: str, host: tuple[str, int | None]) -> bool:
    """Whether an origin (RFC 6454) is the site that the request names."""
    scheme, _, rest = origin.partition("://")
    came = split_host(rest)
    if came is None or scheme not in PORTS:
        return False
    # The port that is left out is that of the browser's scheme, whatever a proxy before us speaks to us.
    return came[0] == host[0] and (came[1] or PORTS[scheme]) == (host[1] or PORTS[scheme])


def _plain(name: str) -> str:
    return name.strip().strip("[]").rstrip(".").lower()
