"""Puts the Litestar application together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from op26x import __version__
from op26x.agents import DefaultRoute, load_agents
from op26x.calls import Workspace
from op26x.cli import Context
from op26x.errors import SettingsError
from op26x.ids import Ids
from op26x.plugins import build_registry
from op26x.types import Secret
from op26x.voice import VoiceSwitchboard
from op26x.work import DurableWork, Job
from op26x_service.api import api_router, open_routes
from op26x_service.auth import key_guard
from op26x_service.metrics import Metrics
from op26x_service.problems import EXCEPTION_HANDLERS

SWEEP, MINUTE_S = "retention-sweep", 60.0


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
        self._work = DurableWork(core.work_path, workspace.clock, workspace.ids)
        self.runtime_key = Secret("op26x_" + Ids(workspace.clock).token())
        self.metrics = Metrics(lambda: len(self.switchboard.sessions))
        self.switchboard = VoiceSwitchboard(
            workspace, context.plugins, build_registry(context.plugins), agents, self.metrics.reply.observe
        )
        guard = key_guard(workspace.api_keys, self.runtime_key)
        plugin_routes = context.plugins.collect("op26x_routes", switchboard=self.switchboard, settings=context.settings)
        self.app = Litestar(
            route_handlers=[
                api_router(self.switchboard, workspace, guard),
                *open_routes(self.switchboard, self.metrics),
                *(route for _, routes in plugin_routes for route in routes),
            ],
            lifespan=[self._lifespan],
            exception_handlers=EXCEPTION_HANDLERS,
            openapi_config=OpenAPIConfig(
                title="op26x",
                version=__version__,
                render_plugins=[JsonRenderPlugin(path="/openapi.json")],
                components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
            ),
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Litestar) -> AsyncIterator[None]:
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
            work = self.workspace
            at = await work.time.erasable()
            if not work.time.problems():
                await work.periods.hold(work.kept, at)
            await work.sweep.demanded()
            await work.sweep.entries(at)
            return await work.sweep.expired(at)

        async def erase(call_id: str) -> None:
            await self.workspace.sweep.one(call_id)

        return Job(SWEEP, MINUTE_S, expired, erase)
