"""The one pool of connections to Anthropic, and clients on top of it.

A pool per process saves each call a TLS handshake and the loading of certificates.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

import httpx2
from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

from op26x.errors import ProviderError
from op26x_anthropic.settings import AnthropicSettings

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

KEEP_ALIVE_S = 60.0
BACKSTOP_S = 5.0

_pools: "dict[AbstractEventLoop, httpx2.AsyncClient]" = {}


def client(settings: AnthropicSettings) -> AsyncAnthropic:
    """A client that never retries: a caller can't wait, and what comes next is the voice room's choice.

    Raises:
        SettingsError: There is no API key.
    """
    # At level debug the SDK logs whole requests, with what the caller said.
    for name in ("anthropic", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return AsyncAnthropic(
        api_key=settings.key().reveal(),
        base_url=settings.base_url,
        http_client=http_client(),
        max_retries=0,
        # The brain bounds every wait itself; this is for requests that are made past it.
        timeout=settings.timeout_s + BACKSTOP_S,
    )


def http_client() -> httpx2.AsyncClient:
    """The pool of the running event loop."""
    loop = asyncio.get_running_loop()
    for other in list(_pools):
        if other.is_closed():
            _pools.pop(other, None)
    if loop not in _pools:
        _pools[loop] = DefaultAsyncHttpxClient(
            limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=200, keepalive_expiry=KEEP_ALIVE_S),
            # A redirect would take a caller's words to a host that nobody declared.
            follow_redirects=False,
            event_hooks={"response": [_refuse_pages]},
        )
    return _pools[loop]


async def _refuse_pages(response: httpx2.Response) -> None:
    """A proxy's page with status 200 must not be taken for an empty answer."""
    kind = response.headers.get("content-type", "")
    if response.is_success and kind.startswith("text/") and not kind.startswith("text/event-stream"):
        raise ProviderError("Anthropic answered with a page.", "Check the setting anthropic.base_url.")
