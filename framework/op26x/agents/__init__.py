"""Agents: the documents that describe them, and the tools that they may call."""

from op26x.agents.defaults import AgentTools, DefaultRoute
from op26x.agents.document import (
    Agent,
    InterruptedBy,
    Interruptions,
    Limits,
    RecordingChoice,
    ServiceChoice,
    load_agents,
    parse_agent,
    read_agent,
)
from op26x.agents.offered import check_offered, services_of, tools_of
from op26x.agents.tools import Tool, ToolCall, ToolResult, call_tool, end_call_tool, recording_tools

__all__ = [
    "Agent",
    "AgentTools",
    "DefaultRoute",
    "InterruptedBy",
    "Interruptions",
    "Limits",
    "RecordingChoice",
    "ServiceChoice",
    "Tool",
    "ToolCall",
    "ToolResult",
    "call_tool",
    "check_offered",
    "end_call_tool",
    "load_agents",
    "parse_agent",
    "read_agent",
    "recording_tools",
    "services_of",
    "tools_of",
]
