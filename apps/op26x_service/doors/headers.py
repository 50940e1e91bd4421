"""What every response carries: it is kept nowhere, and a browser may do with it what our own pages need.

https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
"""

import re
from typing import Any

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{}; frame-ancestors 'none'; base-uri 'none'"
)
OF_PAGES = {
    # Under no-referrer a browser sends forms with the origin "null" (Fetch, "serializing a request origin").
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
}
HOST = re.compile(r"[A-Za-z0-9.-]+(?=:\d+$|$)")
OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
_NAMES = {name for name, _ in HEADERS}


async def protect(message: Any, scope: Any) -> None:
    """A hook of Litestar's ``before_send``: puts the headers on a response, in place of what a route set."""
    if message["type"] in ("http.response.start", "websocket.http.response.start"):
        sent = message.get("headers", ())
        own = [(name, value) for name, value in sent if name.lower() not in _NAMES]
        headers = dict(HEADERS)
        if dict(sent).get(b"content-type", b"").startswith(b"text/html"):
            headers |= {**OF_PAGES, b"content-security-policy": POLICY.format(_this_host(scope)).encode()}
        secure = [OVER_TLS] if scope.get("scheme") in ("https", "wss") else []
        message["headers"] = [*own, *headers.items(), *secure]


def _this_host(scope: Any) -> str:
    """All ports of the host that was called: a form's answer may send a browser on to the dashboard's."""
    host = HOST.match(dict(scope.get("headers", ())).get(b"host", b"").decode("latin-1"))
    return f" {scope.get('scheme', 'http')}://{host[0]}:*" if host else ""
