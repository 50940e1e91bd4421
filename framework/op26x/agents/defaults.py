"""The core's own plugin for agents: routing to the default agent, and the tools around a call and its recording."""

from typing import TYPE_CHECKING

from op26x.agents.tools import Tool, end_call_tool, recording_tools
from op26x.hookspecs import hookimpl

if TYPE_CHECKING:
    from op26x.calls import Arrival


class AgentDefaults:
    """Routes calls to one agent, and offers ``end_call``, ``pause_recording`` and ``resume_recording``.

    Args:
        agent: Name of the default agent.
    """

    def __init__(self, agent: str) -> None:
        self._agent = agent

    @hookimpl(trylast=True)
    def op26x_route_call(self, arrival: "Arrival") -> str:
        """Answers last, with the default agent."""
        return self._agent

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        """The core's own tools."""
        return [end_call_tool(), *recording_tools()]
