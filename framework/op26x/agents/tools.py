"""Tools: functions that a brain may call, with typed arguments."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from op26x.clock import Clock, SystemClock


class Pausable(Protocol):
    """The recording of a call, as far as a tool may touch it."""

    async def pause(self) -> bool:
        """Keeps nothing for a while; ``False`` if nothing is recorded."""
        ...

    async def resume(self) -> bool:
        """Keeps what is said again; ``False`` if nothing is recorded."""
        ...


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a tool is told besides its arguments.

    Attributes:
        call_id: The call's ULID.
        agent: Name of the agent.
        clock: Tells the time.
        recording: The call's recording; ``None`` outside of a call.
    """

    call_id: str
    agent: str
    clock: Clock = field(default_factory=SystemClock)
    recording: Pausable | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool may return instead of a plain mapping.

    Attributes:
        data: What the brain is told.
        outcome: What to note on the call, a word without personal data: ``appointment-booked``.
        end_call: Ends the call once the agent has said what it is saying.
    """

    data: Mapping[str, Any]
    outcome: str = ""
    end_call: bool = False


Handler = Callable[[ToolCall, Any], Any | Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a brain may call.

    Attributes:
        name: Lower-case words joined by underscores.
        about: When to call it, for the brain to read.
        arguments: A msgspec Struct; its fields, their types and ``msgspec.Meta`` descriptions make the schema.
        handler: Takes a ``ToolCall`` and the arguments; sync or async; returns a mapping or a ``ToolResult``.
    """

    name: str
    about: str
    arguments: type[msgspec.Struct]
    handler: Handler

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments: ``{"type": "object", "properties": …, "required": […]}``."""
        _, definitions = msgspec.json.schema_components([self.arguments], ref_template="#/$defs/{name}")
        name = self.arguments.__name__
        own = definitions[name]
        if f'"#/$defs/{name}"' not in msgspec.json.encode(definitions).decode():
            del definitions[name]
        own = {k: own[k] for k in ("type", "properties", "required") if k in own}
        return {**own, "$defs": definitions} if definitions else own


async def call_tool(tool: Tool, call: ToolCall, arguments: Mapping[str, Any]) -> ToolResult:
    """Checks the arguments and runs the tool. What goes wrong is told to the brain, not to the caller.

    Returns:
        The result; ``{"error": …}`` as its data if the arguments do not fit or the tool raised.
    """
    try:
        typed = msgspec.convert(dict(arguments), tool.arguments, strict=False)
    except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
        return ToolResult({"error": f"Wrong arguments for {tool.name}: {error}"})
    try:
        result = tool.handler(call, typed)
        result = await result if inspect.isawaitable(result) else result
    except Exception as error:
        return ToolResult({"error": f"{tool.name} failed: {type(error).__name__}"})
    return result if isinstance(result, ToolResult) else ToolResult(result or {})


class _Nothing(msgspec.Struct):
    """No arguments."""


def end_call_tool() -> Tool:
    """The core's own tool: hangs up when the agent has finished its sentence."""
    return Tool(
        "end_call",
        "Ends the call. Say goodbye in the same answer.",
        _Nothing,
        lambda call, arguments: ToolResult({"status": "ending"}, end_call=True),
    )


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
