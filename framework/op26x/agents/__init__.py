"""Agents: the documents that describe them, and the tools that they may call."""

from op26x.agents.defaults import AgentTools
from op26x.agents.document import (
    Agent,
    Document,
    HumanChoice,
    HumanMode,
    InterruptedBy,
    Interruptions,
    Limits,
    RecordingChoice,
    ServiceChoice,
    built_in,
    in_force,
    load_documents,
    parse_agent,
    read_agent,
    read_document,
)
from op26x.agents.fields import faults_of
from op26x.agents.keypad import Entered, EntryEnd, Keypad
from op26x.agents.model import AgentRecord, AgentVersion
from op26x.agents.offered import check_offered, faults_of_choices, services_of, tools_of
from op26x.agents.own_tools import end_call_tool, recording_tools
from op26x.agents.tools import Tool, ToolCall, ToolFailure, ToolResult, call_tool
from op26x.agents.versions import AgentVersions, PublishedAgent, Standing

__all__ = [
    "Agent",
    "AgentRecord",
    "AgentTools",
    "AgentVersion",
    "AgentVersions",
    "Document",
    "Entered",
    "EntryEnd",
    "HumanChoice",
    "HumanMode",
    "InterruptedBy",
    "Interruptions",
    "Keypad",
    "Limits",
    "PublishedAgent",
    "RecordingChoice",
    "ServiceChoice",
    "Standing",
    "Tool",
    "ToolCall",
    "ToolFailure",
    "ToolResult",
    "built_in",
    "call_tool",
    "check_offered",
    "end_call_tool",
    "faults_of",
    "faults_of_choices",
    "in_force",
    "load_documents",
    "parse_agent",
    "read_agent",
    "read_document",
    "recording_tools",
    "services_of",
    "tools_of",
]
