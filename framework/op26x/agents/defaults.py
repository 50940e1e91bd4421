"""The core's own plugins for agents: the tools around a call and its recording, and routing to one agent."""

from typing import TYPE_CHECKING

from op26x.agents.tools import Tool, end_call_tool, recording_tools
from op26x.hookspecs import hookimpl

if TYPE_CHECKING:
    from op26x.calls import Arrival


class AgentTools:
    """Offers ``end_call``, ``pause_recording`` and ``resume_recording``."""

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        """The core's own tools."""
        return [end_call_tool(), *recording_tools()]


class DefaultRoute:
    """Routes calls to one agent.

    Args:
        agent: Its name.
    """

    def __init__(self, agent: str) -> None:
        self._agent = agent

    @hookimpl(trylast=True)
    def op26x_route_call(self, arrival: "Arrival") -> str:
        """Answers last, with that agent."""
        return self._agent
