"""The core's own plugin for agents: the tools around a call, its recording and its keypad."""

from op26x.agents.digits import collect_digits_tool
from op26x.agents.own_tools import end_call_tool, recording_tools
from op26x.agents.tools import Tool
from op26x.hookspecs import hookimpl


class AgentTools:
    """Offers ``end_call``, ``pause_recording``, ``resume_recording`` and ``collect_digits``."""

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        """The core's own tools."""
        return [end_call_tool(), *recording_tools(), collect_digits_tool()]
