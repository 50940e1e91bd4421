"""A switchboard with one agent, on plugins, settings and a clock that a test chooses."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from op26x.agents import DefaultRoute, Tool, parse_agent, tools_of
from op26x.calls import LiveEvent, Workspace
from op26x.calls.core_plugins import register_core
from op26x.clock import Clock
from op26x.ids import Ids
from op26x.plugins import Plugins, build_registry
from op26x.settings import resolve
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
}
"""The document of an agent on the stand-ins."""


@dataclass(frozen=True)
class Rig:
    """What takes calls.

    Attributes:
        workspace: What is stored.
        switchboard: Takes them.
        tools: Those that the agent may use, by name.
    """

    workspace: Workspace
    switchboard: VoiceSwitchboard
    tools: Mapping[str, Tool]

    def hear(self, listener: Callable[[LiveEvent], object]) -> None:
        """Hands over every live event from now on, at once and in order, however many there are."""
        feed = self.switchboard.feed
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
    """A switchboard that takes calls for as long as the block lasts.

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
    agent = parse_agent(msgspec.json.encode({"tools": list(registry.tools), **MINIMAL, **document}).decode())
    plugins.register(DefaultRoute(agent.name), "route")
    workspace = Workspace.open(settings, clock, Ids(clock), registry=registry)
    try:
        switchboard = VoiceSwitchboard(workspace, plugins, registry, {agent.name: agent}, meters=meters)
        await switchboard.open()
        yield Rig(workspace, switchboard, {tool.name: tool for tool in tools_of(agent, registry)})
    finally:
        workspace.close()
