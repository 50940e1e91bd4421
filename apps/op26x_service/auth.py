"""Who may use the API: holders of an API key of the organization."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from op26x.accounts import ApiKeys
from op26x.ids import same_secret
from op26x.types import Secret

HOLDER = "holder"
SERVICE_KEY = "service-key"


def holder(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Who makes a request that the guard let in: ``api-key:ID``, or ``service-key``."""
    return str(connection.state[HOLDER])


def key_guard(keys: ApiKeys, runtime_key: Secret) -> Guard:
    """A guard that lets in who shows a key, as ``Authorization: Bearer …``.

    Args:
        keys: The organization's.
        runtime_key: One more, that lives as long as the process.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        scheme, _space, secret = connection.headers.get("authorization", "").partition(" ")
        who = None
        if scheme.lower() == "bearer":
            own = same_secret(secret, runtime_key.reveal())
            who = SERVICE_KEY if own else await keys.holder(secret)
        connection.state[HOLDER] = who
        if not who:
            raise NotAuthorizedException(
                "An API key is missing or not valid. Make one with: op26x keys create NAME",
                headers={"WWW-Authenticate": "Bearer"},
            )

    return guard
