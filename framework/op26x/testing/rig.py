"""A switchboard with one agent, on plugins, settings and a clock that a test chooses."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from op26x.agents import Tool, in_force, parse_agent, tools_of
from op26x.calls import Installation, LiveEvent, LiveFeed, Workspace
from op26x.calls.core_plugins import register_core
from op26x.clock import Clock
from op26x.ids import Ids
from op26x.plugins import Plugins, build_registry
from op26x.settings import resolve
from op26x.testing.agreed import accept_all
from op26x.voice import VoiceSwitchboard
from op26x.voice.conversation.dependencies import Meters

MINIMAL = {
    "name": "tested",
    "greeting": "Hello.",
    "instructions": "Be tested.",
    "llm": "scripted-steps",
    "stt": "heard",
    "tts": "one-tone",
    "recording": "off",
    "purpose": "service",
}
"""The document of an agent on the stand-ins."""


@dataclass(frozen=True)
class Rig:
    """What takes calls.

    Attributes:
        installation: Where it is stored.
        workspace: What is stored.
        switchboard: Takes them.
        feed: Live events of its calls.
        agent: Name of the agent.
        tools: Those that the agent may use, by name.
    """

    installation: Installation
    workspace: Workspace
    switchboard: VoiceSwitchboard
    feed: LiveFeed
    agent: str
    tools: Mapping[str, Tool]

    def hear(self, listener: Callable[[LiveEvent], object]) -> None:
        """Hands over every live event from now on, at once and in order, however many there are."""
        feed = self.feed
        publish = feed.publish

        def tell(event: LiveEvent) -> None:
            listener(event)
            publish(event)

        feed.publish = tell  # type: ignore[method-assign]


@asynccontextmanager
async def rig(
    folder: Path,
    plugins: Plugins,
    document: Mapping[str, Any],
    clock: Clock,
    environ: Mapping[str, str] | None = None,
    meters: Meters | None = None,
) -> AsyncIterator[Rig]:
    """A switchboard that takes calls for as long as the block lasts; the terms of whom plugins declare are accepted.

    Args:
        folder: Where its data go.
        plugins: All of them but the core's own.
        document: What the agent's differs in from the minimal one; it may use every tool there is, unless this says
            which.
        clock: Tells the time.
        environ: Settings, by environment variable.
        meters: Told what can be counted.

    Raises:
        AgentError: The document is wrong, or asks for what no plugin offers.
        PluginError: A plugin does not fit.
        SettingsError: A setting is unknown or wrong.
    """
    register_core(plugins)
    settings = resolve(
        plugins.sections(),
        environ=environ or {},
        overrides={"data": folder / "data"},
        file=folder / "none",
    )
    plugins.use(settings)
    registry = build_registry(plugins)
    written = msgspec.json.encode({"tools": list(registry.tools), **MINIMAL, **document}).decode()
    agent = in_force(parse_agent(written))
    installation = Installation.open(settings, clock, Ids(clock), registry=registry)
    try:
        workspace = installation.workspace()
        await workspace.agents.follow({agent.name: written}, "test")
        await accept_all(workspace, registry)
        switchboard = VoiceSwitchboard(installation, plugins, registry, meters=meters)
        switchboard.check(agent)
        await switchboard.open()
        feed = (await switchboard.of(workspace.organization_id)).feed
        yield Rig(
            installation,
            workspace,
            switchboard,
            feed,
            agent.name,
            {tool.name: tool for tool in tools_of(agent, registry)},
        )
    finally:
        installation.close()
