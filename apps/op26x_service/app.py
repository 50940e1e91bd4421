"""Puts the Litestar application together."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from op26x import __version__, logs
from op26x.accounts import Guesses
from op26x.agents import DefaultRoute, load_agents
from op26x.audit import Access
from op26x.calls import Workspace
from op26x.calls.health import Health, Problem
from op26x.cli import Context
from op26x.errors import SettingsError
from op26x.ids import Ids
from op26x.plugins import build_registry, unfit
from op26x.types import Secret
from op26x.voice import VoiceSwitchboard
from op26x.work import DurableWork, Job
from op26x_service.ahead import SchemaAhead, load_ahead
from op26x_service.api import api_router, open_routes
from op26x_service.auth import key_guard
from op26x_service.doors import MAX_BODY, protect
from op26x_service.metrics import Metrics
from op26x_service.problems import EXCEPTION_HANDLERS

SWEEP, MINUTE_S = "retention-sweep", 60.0
RECONCILE, DAY_S = "reconcile", 86_400.0
NIGHTLY = Access("service", "nightly")


class Service:
    """Everything that a running service has.

    Args:
        context: Plugins and settings.
        workspace: The organization's records.
    """

    def __init__(self, context: Context, workspace: Workspace) -> None:
        core = context.settings.core
        agents = load_agents(core.agents, core.llm, core.recording)
        default = core.agent or next(iter(agents))
        check_public_url(core.public_url)
        if default not in agents:
            raise SettingsError(f"There is no agent {default!r}.", f"Set OP26X_AGENT to one of: {', '.join(agents)}.")
        context.plugins.register(DefaultRoute(default), "core-route")
        self.workspace = workspace
        self._work = DurableWork(core.work_path, workspace.clock, workspace.ids)
        self.runtime_key = Secret("op26x_" + Ids(workspace.clock).token())
        self.health = Health(workspace, [self._doubts])
        self.metrics = Metrics(lambda: len(self.switchboard.sessions), {"storage": lambda: workspace.database.waiting})
        context.plugins.register(self.metrics, "core-metrics")
        self.switchboard = VoiceSwitchboard(
            workspace,
            context.plugins,
            build_registry(context.plugins),
            agents,
            meters=self.metrics,
        )
        self.told = logs.Tally(logs.get("doors"), workspace.clock)
        guard = key_guard(workspace.api_keys, self.runtime_key, Guesses(workspace.clock, self.told))
        self._schema = SchemaAhead()
        self.app = Litestar(
            route_handlers=[
                api_router(self.switchboard, workspace, guard),
                *open_routes(self.switchboard, workspace, self.metrics, self.health),
                *_routes_of_plugins(context, self.switchboard),
            ],
            lifespan=[self._lifespan],
            exception_handlers=EXCEPTION_HANDLERS,
            request_max_body_size=MAX_BODY,
            before_send=[protect],
            logging_config=None,  # Litestar's would write what libraries say as text
            openapi_config=OpenAPIConfig(
                title="op26x",
                version=__version__,
                render_plugins=[self._schema],
                components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
            ),
        )

    @asynccontextmanager
    async def _lifespan(self, app: Litestar) -> AsyncIterator[None]:
        load_ahead()
        self._schema.make(app)
        await self.switchboard.open()
        await self._work.open([self._sweep(), self._reconcile()])
        watch = asyncio.create_task(self.health.watch())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            await self.switchboard.drain(0)
            await self._work.close()
            self.workspace.close()

    def _sweep(self) -> Job:
        async def expired() -> Sequence[str]:
            work = self.workspace
            at = await work.time.erasable()
            if not work.time.problems():
                await work.periods.hold(work.kept, at)
            await work.intents.carry_out()
            await work.late_ends.close_recordings()
            await work.sweep.demanded()
            await work.sweep.entries(at)
            return await work.sweep.expired(at)

        async def erase(call_id: str) -> None:
            await self.workspace.sweep.one(call_id)

        return Job(SWEEP, MINUTE_S, expired, erase)

    def _reconcile(self) -> Job:
        """Compares rows, keys and files at start and every night."""

        async def stores() -> Sequence[str]:
            return (self.workspace.organization_id,)

        async def compare(_organization_id: str) -> None:
            keep = timedelta(days=await self.workspace.periods.days())
            await self.workspace.reconciliation.run(NIGHTLY, keep)

        return Job(RECONCILE, DAY_S, stores, compare)

    def _doubts(self) -> Sequence[Problem]:
        clock = [Problem("clock", doubt, "") for doubt in self.workspace.time.problems()]
        return [*clock, *(Problem("work", failure, "") for failure in self._work.problems())]


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_public_url(url: str) -> None:
    """Sees that an address is one that a telephony provider can call, or empty.

    Raises:
        SettingsError: It is not.
    """
    parts = urlsplit(url)
    if url and parts.scheme not in ("https", "http"):
        raise SettingsError(
            f"The public URL {url} does not begin with https://.", f"Write it as https://{parts.netloc or url}."
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise SettingsError(
            f"The public URL {url} is not encrypted, and Twilio opens no media stream there.",
            f"Put a proxy with TLS before the service, and write https://{parts.netloc}.",
        )
    if "/twilio" in parts.path or parts.query or parts.fragment:
        raise SettingsError(
            f"The public URL {url} names a webhook.", f"Write {parts.scheme}://{parts.netloc}, without a path."
        )


def _routes_of_plugins(context: Context, switchboard: VoiceSwitchboard) -> list[Any]:
    found: list[Any] = []
    arguments = {"switchboard": switchboard, "settings": context.settings}
    for plugin, routes in context.plugins.collect("op26x_routes", **arguments):
        if not isinstance(routes, list):
            raise unfit(plugin, "op26x_routes", routes, "Return a list of Litestar route handlers.")
        found.extend(routes)
    return found
