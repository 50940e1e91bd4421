"""The core's own plugin for agents: the tools around a call and its recording."""

from op26x.agents.tools import Tool, end_call_tool, recording_tools
from op26x.hookspecs import hookimpl


class AgentTools:
    """Offers ``end_call``, ``pause_recording`` and ``resume_recording``."""

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        """The core's own tools."""
        return [end_call_tool(), *recording_tools()]
