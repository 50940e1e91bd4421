"""Puts the Litestar application together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from op26x import __version__, logs
from op26x.accounts import Guesses
from op26x.agents import DefaultRoute, load_agents
from op26x.calls import Workspace
from op26x.cli import Context
from op26x.errors import SettingsError
from op26x.ids import Ids
from op26x.plugins import build_registry
from op26x.types import Secret
from op26x.voice import VoiceSwitchboard
from op26x.work import DurableWork, Job
from op26x_service.ahead import SchemaAhead, load_ahead
from op26x_service.api import api_router, open_routes
from op26x_service.auth import key_guard
from op26x_service.doors import MAX_BODY, protect
from op26x_service.metrics import Metrics
from op26x_service.problems import EXCEPTION_HANDLERS

SWEEP, EVERY_MINUTE = "retention-sweep", "* * * * *"


class Service:
    """Everything that a running service has.

    Args:
        context: Plugins and settings.
        workspace: The organization's records.
    """

    def __init__(self, context: Context, workspace: Workspace) -> None:
        core = context.settings.core
        agents = load_agents(core.agents, core.brain, core.recording)
        default = core.agent or next(iter(agents))
        if core.public_url and not core.public_url.startswith(("https://", "http://")):
            raise SettingsError(
                f"The public URL {core.public_url} has no scheme.", f"Write it as https://{core.public_url}."
            )
        if default not in agents:
            raise SettingsError(f"There is no agent {default!r}.", f"Set OP26X_AGENT to one of: {', '.join(agents)}.")
        context.plugins.register(DefaultRoute(default), "core-route")
        self.workspace = workspace
        self._work = DurableWork(core.work_path)
        self.runtime_key = Secret("op26x_" + Ids(workspace.clock).token())
        self.metrics = Metrics(lambda: len(self.switchboard.sessions))
        self.switchboard = VoiceSwitchboard(
            workspace, context.plugins, build_registry(context.plugins), agents, self.metrics.reply.observe
        )
        self.told = logs.Tally(logs.get("doors"), workspace.clock)
        guard = key_guard(workspace.api_keys, self.runtime_key, Guesses(workspace.clock, self.told))
        plugin_routes = context.plugins.collect("op26x_routes", switchboard=self.switchboard, settings=context.settings)
        self._schema = SchemaAhead()
        self.app = Litestar(
            route_handlers=[
                api_router(self.switchboard, workspace, guard),
                *open_routes(self.switchboard, self.metrics),
                *(route for _, routes in plugin_routes for route in routes),
            ],
            lifespan=[self._lifespan],
            exception_handlers=EXCEPTION_HANDLERS,
            request_max_body_size=MAX_BODY,
            before_send=[protect],
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
        await self._work.open([self._sweep()])
        await self.switchboard.open()
        try:
            yield
        finally:
            await self.switchboard.drain(0)
            await self._work.close()
            self.workspace.close()

    def _sweep(self) -> Job:
        async def expired() -> Sequence[str]:
            await self.workspace.sweep.entries()
            return await self.workspace.sweep.expired()

        async def erase(call_id: str) -> None:
            await self.workspace.sweep.one(call_id)

        return Job(SWEEP, EVERY_MINUTE, expired, erase)
