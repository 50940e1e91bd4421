"""Who may use the API: holders of an API key of the organization."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from op26x.accounts import ApiKeys
from op26x.ids import same_secret
from op26x.types import Secret


def key_guard(keys: ApiKeys, runtime_key: Secret) -> Guard:
    """A guard that lets in who shows a key, as ``Authorization: Bearer …``.

    Args:
        keys: The organization's.
        runtime_key: One more, that lives as long as the process.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        scheme, _space, secret = connection.headers.get("authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and (same_secret(secret, runtime_key.reveal()) or await keys.accepts(secret))
        if not known:
            raise NotAuthorizedException(
                "An API key is missing or not valid. Make one with: op26x keys create NAME",
                headers={"WWW-Authenticate": "Bearer"},
            )

    return guard
