"""What every response carries: it is kept nowhere, and no page may do anything with it.

https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
"""

from typing import Any

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_NAMES = {name for name, _ in HEADERS}


async def protect(message: Any, _scope: Any) -> None:
    """A hook of Litestar's ``before_send``: puts the headers on a response, in place of what a route set."""
    if message["type"] in ("http.response.start", "websocket.http.response.start"):
        own = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in _NAMES]
        message["headers"] = [*own, *HEADERS]
