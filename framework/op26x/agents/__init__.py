"""Agents: the documents that describe them, and the tools that they may call."""

from op26x.agents.defaults import AgentTools, DefaultRoute
from op26x.agents.document import (
    Agent,
    Document,
    InterruptedBy,
    Interruptions,
    Limits,
    RecordingChoice,
    ServiceChoice,
    load_agents,
    parse_agent,
    read_agent,
    read_document,
)
from op26x.agents.fields import faults_of
from op26x.agents.offered import check_offered, faults_of_choices, services_of, tools_of
from op26x.agents.tools import Tool, ToolCall, ToolFailure, ToolResult, call_tool, end_call_tool, recording_tools

__all__ = [
    "Agent",
    "AgentTools",
    "DefaultRoute",
    "Document",
    "InterruptedBy",
    "Interruptions",
    "Limits",
    "RecordingChoice",
    "ServiceChoice",
    "Tool",
    "ToolCall",
    "ToolFailure",
    "ToolResult",
    "call_tool",
    "check_offered",
    "end_call_tool",
    "faults_of",
    "faults_of_choices",
    "load_agents",
    "parse_agent",
    "read_agent",
    "read_document",
    "recording_tools",
    "services_of",
    "tools_of",
]
