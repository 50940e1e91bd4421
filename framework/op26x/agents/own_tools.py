"""The core's own tools around a call and its recording."""

import msgspec

from op26x.agents.tools import Tool, ToolCall, ToolResult


class _Nothing(msgspec.Struct):
    """No arguments."""


def end_call_tool() -> Tool:
    """The core's own tool: hangs up when the agent has finished its sentence."""
    return Tool("end_call", "Ends the call. Say goodbye in the same answer.", _Nothing, _end_call)


async def _end_call(_call: ToolCall, _: _Nothing) -> ToolResult:
    return ToolResult({"status": "ending"}, end_call=True)


def recording_tools() -> list[Tool]:
    """The core's own tools around what should not be recorded, such as a card number."""
    return [
        Tool(
            "pause_recording",
            "Pauses the recording. Use it before the caller says something that must not be kept, and say so.",
            _Nothing,
            _pause,
        ),
        Tool("resume_recording", "Goes on with the recording after a pause, and say so.", _Nothing, _resume),
    ]


async def _pause(call: ToolCall, _: _Nothing) -> dict[str, str]:
    paused = call.recording is not None and await call.recording.pause()
    return {"status": "paused" if paused else "nothing is recorded"}


async def _resume(call: ToolCall, _: _Nothing) -> dict[str, str]:
    resumed = call.recording is not None and await call.recording.resume()
    return {"status": "recording" if resumed else "nothing is recorded"}
