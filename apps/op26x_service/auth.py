"""Who may use the API: holders of an API key of the organization."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, TooManyRequestsException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from op26x.accounts import ApiKeys, Guesses
from op26x.doors import proved
from op26x.ids import same_secret
from op26x.types import Secret
from op26x_service.doors import network_of

HOLDER = "holder"
SERVICE_KEY = "service-key"


def holder(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Who makes a request that the guard let in: ``api-key:ID``, or ``service-key``."""
    return str(connection.state[HOLDER])


def key_guard(keys: ApiKeys, runtime_key: Secret, guesses: Guesses) -> Guard:
    """A guard that lets in who shows a key, as ``Authorization: Bearer …``.

    Who shows wrong ones is told to wait, and loses the connection; a right one is let in all the same.

    Args:
        keys: The organization's.
        runtime_key: One more, that lives as long as the process.
        guesses: Who has shown wrong ones.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        scheme, _space, secret = connection.headers.get("authorization", "").partition(" ")
        who = None
        if scheme.lower() == "bearer":
            own = same_secret(secret, runtime_key.reveal())
            who = SERVICE_KEY if own else await keys.holder(secret)
        connection.state[HOLDER] = who
        if who:
            proved(connection.scope)
            return
        wait = guesses.wrong(network_of(connection.client.host if connection.client else "")) if secret else 0
        if wait:
            raise TooManyRequestsException(
                f"Too many wrong API keys came from this address. Wait {wait} s.",
                headers={"Retry-After": str(wait), "Connection": "close"},
            )
        raise NotAuthorizedException(
            "An API key is missing or not valid. Make one with: op26x api-keys create NAME",
            headers={"WWW-Authenticate": "Bearer"},
        )

    return guard
