"""The one pool of connections to a vendor, and its SDK's clients on top of it.

A pool per process saves each call its TLS handshakes and the loading of certificates. The SDKs of OpenAI's kind are
made alike: a client class on top of an ``httpx2.AsyncClient`` of their own.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import httpx2

from op26x.errors import ProviderError
from op26x.exposure import check_encrypted
from op26x.types import Secret

Client = TypeVar("Client")

KEEP_ALIVE_S = 60.0
BACKSTOP_S = 5.0


class VendorSettings(Protocol):
    """What a vendor's section of settings must have."""

    @property
    def base_url(self) -> str:
        """Where the API is."""
        ...

    @property
    def timeout_s(self) -> float:
        """Seconds of silence that count as a failure."""
        ...

    def key(self) -> Secret:
        """The API key, or ``SettingsError``."""
        ...


def is_page(response: httpx2.Response) -> bool:
    """Whether a proxy's page came instead of an answer; with status 200 it would be taken for an empty one."""
    kind = response.headers.get("content-type", "")
    return response.is_success and kind.startswith("text/") and not kind.startswith("text/event-stream")


class VendorConnections(Generic[Client]):
    """The connections of this process to one vendor.

    Args:
        vendor: The company, for messages.
        name: Of the plugin's section of settings and of the SDK's logger.
        sdk: The SDK's asynchronous client.
        http: The SDK's own kind of ``httpx2.AsyncClient``.
        is_wrong: Whether a response can't be what was asked for; the caller must not hear it.
    """

    def __init__(
        self,
        vendor: str,
        name: str,
        sdk: Callable[..., Client],
        http: Callable[..., httpx2.AsyncClient],
        is_wrong: Callable[[httpx2.Response], bool] = is_page,
    ) -> None:
        self._vendor = vendor
        self._name = name
        self._sdk = sdk
        self._http = http
        self._is_wrong = is_wrong
        self._pools: dict[asyncio.AbstractEventLoop, httpx2.AsyncClient] = {}

    def client(self, settings: VendorSettings) -> Client:
        """A client that never retries: a caller can't wait, and what comes next is the voice room's choice.

        Raises:
            SettingsError: There is no API key, or the address is not encrypted.
        """
        check_encrypted(settings.base_url, f"{self._name}.base_url")
        # At level debug the SDK logs whole requests, with what the caller said.
        for logger in (self._name, "httpx2", "httpcore2"):
            logging.getLogger(logger).setLevel(logging.WARNING)
        return self._sdk(
            api_key=settings.key().reveal(),
            base_url=settings.base_url,
            http_client=self.pool(),
            max_retries=0,
            # The services bound every wait themselves; this is for requests that are made past them.
            timeout=settings.timeout_s + BACKSTOP_S,
        )

    def pool(self) -> httpx2.AsyncClient:
        """The pool of the running event loop."""
        loop = asyncio.get_running_loop()
        for other in list(self._pools):
            if other.is_closed():
                self._pools.pop(other, None)
        if loop not in self._pools:
            self._pools[loop] = self._http(
                limits=httpx2.Limits(
                    max_connections=1000, max_keepalive_connections=200, keepalive_expiry=KEEP_ALIVE_S
                ),
                # A redirect would take a caller's words to a host that nobody declared.
                follow_redirects=False,
                event_hooks={"response": [self._refuse]},
            )
        return self._pools[loop]

    async def _refuse(self, response: httpx2.Response) -> None:
        if self._is_wrong(response):
            raise ProviderError(f"{self._vendor} answered with a page.", f"Check the setting {self._name}.base_url.")
