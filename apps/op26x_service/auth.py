"""Who may ask what: each route names the action that it needs, or says why it needs none.

A route handler carries ``action="calls.read"``, or ``public="signed by the carrier"``; with neither, the service does
not start. The guard finds out who asks, and hands an ``Actor`` on.
"""

import asyncio
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, TooManyRequestsException
from litestar.handlers.base import BaseRouteHandler
from litestar.routes.base import BaseRoute

from op26x.accounts import Actor, Guesses, operator, permissions
from op26x.accounts.people.sign_ins import PREFIX as SESSION
from op26x.calls import Installation, Workspace
from op26x.client.client import ORGANIZATION
from op26x.doors import proved
from op26x.errors import PluginError
from op26x.exposure import address_class, is_loopback
from op26x.ids import same_secret
from op26x.types import Secret
from op26x_service.doors import RequestRate, network_of

ACTION, PUBLIC, LOOPBACK = "action", "public", "loopback"
ACTOR = "actor"
OPTIONS_OF_LITESTAR = "litestar.routes.http"
"""Where the handler stands that Litestar adds to each path."""
OPERATOR = "operator"


class Doorkeeper:
    """Finds out who asks, and whether they may.

    Args:
        installation: The organizations, and who may act for them.
        runtime_key: The operator's own, that lives as long as the process.
        guesses: Who has shown wrong keys.
        rate: How many requests a key or a person may make.
        on_loopback: Whether nobody from outside reaches this machine through its loopback.
    """

    def __init__(
        self,
        installation: Installation,
        runtime_key: Secret,
        guesses: Guesses,
        rate: RequestRate,
        *,
        on_loopback: bool,
    ) -> None:
        self._installation = installation
        self._runtime_key = runtime_key
        self._guesses = guesses
        self._rate = rate
        self._on_loopback = on_loopback

    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Lets in who may; a Litestar guard.

        Raises:
            NotAuthorizedException: They show nothing that tells who they are.
            TooManyRequestsException: They have shown many wrong keys, or ask too often.
            Forbidden: They may not do this.
        """
        if _is_open(handler):
            return
        came_from = connection.client.host if connection.client else ""
        if handler.opt.get(LOOPBACK) and self._on_loopback and is_loopback(came_from):
            return
        scheme, _space, secret = connection.headers.get("authorization", "").partition(" ")
        actor = await self._actor(connection, secret, handler.opt[ACTION]) if scheme.lower() == "bearer" else None
        if actor is None:
            raise self._refusal(connection, secret)
        if actor.who != OPERATOR:
            self._count(actor.who)
        proved(connection.scope, "" if actor.who == OPERATOR else actor.who)
        connection.state[ACTOR] = actor = replace(actor, came_from=address_class(came_from))
        actor.must(handler.opt[ACTION])
        agent = connection.headers.get("user-agent", "")
        await self._installation.people.usage.note(actor, handler.opt[ACTION], came_from, agent)

    async def _actor(self, connection: ASGIConnection[Any, Any, Any, Any], secret: str, action: str) -> Actor | None:
        named = connection.headers.get(ORGANIZATION, "")
        if same_secret(secret, self._runtime_key.reveal()):
            if not (named or permissions()[action].roles):  # it is about the whole installation
                return operator(self._installation.first, OPERATOR)
            workspace = await asyncio.to_thread(self._installation.workspace, named)
            return operator(workspace.organization_id, OPERATOR)
        return await self._installation.actors.of(secret, named)

    def _count(self, who: str) -> None:
        wait = math.ceil(self._rate.wait(who))
        if wait:
            raise TooManyRequestsException(
                f"This key or account asks too often. Wait {wait} s, or raise the setting requests_per_minute.",
                headers={"Retry-After": str(wait)},
            )

    def _refusal(self, connection: ASGIConnection[Any, Any, Any, Any], secret: str) -> Exception:
        guessed = bool(secret) and not secret.startswith(SESSION)  # a session that has ended is no guess
        wait = self._guesses.wrong(network_of(connection.client.host if connection.client else "")) if guessed else 0
        if wait:
            return TooManyRequestsException(
                f"Too many wrong API keys came from this address. Wait {wait} s.",
                headers={"Retry-After": str(wait), "Connection": "close"},
            )
        return NotAuthorizedException(
            "Nothing shows who you are: sign in, or show an API key (op26x api-keys create NAME --role viewer).",
            headers={"WWW-Authenticate": "Bearer"},
        )

    async def actor(self, request: Request[Any, Any, Any]) -> Actor:
        """Who makes a request that was let in; a Litestar dependency."""
        return actor_of(request)

    async def workspace(self, request: Request[Any, Any, Any]) -> Workspace:
        """The records of the organization that a request is for; a Litestar dependency."""
        return await self._installation.opened(actor_of(request).organization_id)


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    """Who makes a request that was let in."""
    found: Actor = connection.state[ACTOR]
    return found


def address_of(request: Request[Any, Any, Any], public_url: str) -> str:
    """Where whoever gets a link finds the service: its public address, or the one that was asked."""
    return public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"


def check_routes(routes: Iterable[BaseRoute]) -> None:
    """Sees that each route says who may ask.

    Raises:
        PluginError: One does not, or names an action that the permission table does not have.
    """
    for handler in (handler for route in routes for handler in handlers_of(route)):
        named = f"The route {' '.join(sorted(handler.paths))}"
        action = handler.opt.get(ACTION)
        if action is not None and action not in permissions():
            raise PluginError(
                f"{named} needs {action!r}, which is no action.", f"Use one of: {', '.join(permissions())}."
            )
        if action is None and not _is_open(handler):
            raise PluginError(
                f"{named} does not say who may ask.",
                'Add action="calls.read" to its decorator, or public="why" if it proves by itself who asks.',
            )


def _is_open(handler: BaseRouteHandler) -> bool:
    """Whether a route asks nobody who they are: it names no action and says why, or is Litestar's own for OPTIONS."""
    return ACTION not in handler.opt and bool(handler.opt.get(PUBLIC) or handler.fn.__module__ == OPTIONS_OF_LITESTAR)


def handlers_of(route: BaseRoute) -> list[BaseRouteHandler]:
    """The handlers of a route: of one that speaks HTTP, one for each group of methods."""
    return list(getattr(route, "route_handlers", None) or [route.route_handler])  # type: ignore[attr-defined]
