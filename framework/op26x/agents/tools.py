"""Tools: functions that an LLM may call, with typed arguments."""

import asyncio
import contextvars
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from op26x import logs
from op26x.agents.keypad import Keypad
from op26x.clock import Clock, SystemClock
from op26x.errors import PluginError
from op26x.own_thread import OwnThread
from op26x.processors.egress import by_tool
from op26x.types import PhoneNumber

log = logs.get("agents")

LONGEST_RESULT = 64 * 1024
"""Bytes of JSON that an LLM is told."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""What every vendor of LLMs takes for the name of a function."""
OUTCOME = re.compile(r"[a-z][a-z-]{0,63}")
LIMIT_S = 30.0
FILLER_AFTER_S = 2.5


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
        idempotency_key: Names this one use of the tool, in this and every other call. Hand it on to whoever takes an
            order, so that one that arrives twice is taken once.
        number: The number of the person on the phone: ``None`` unless the agent's ``tools_know_number`` allows it,
            and false if it was withheld. Personal data: it prints its last two digits, ``reveal()`` gives it.
        keypad: The caller's keys, for a secure entry; ``None`` outside of a call.
    """

    call_id: str
    agent: str
    clock: Clock = field(default_factory=SystemClock)
    recording: Pausable | None = None
    idempotency_key: str = ""
    number: PhoneNumber | None = None
    keypad: Keypad | None = None


@dataclass(frozen=True)
class ToolResult:
    """What a tool may return instead of plain data.

    Attributes:
        data: What the LLM is told: anything that msgspec can write as JSON.
        outcome: What to note on the call, a word without personal data: ``appointment-booked``.
        end_call: Ends the call once the agent has said what it is saying.
    """

    data: Any
    outcome: str = ""
    end_call: bool = False


Handler = Callable[[ToolCall, Any], Any | Awaitable[Any]]


@dataclass(frozen=True)
class ToolFailure(ToolResult):
    """What the LLM is told of a handler that raised.

    Attributes:
        error: What it raised; it may quote the caller.
    """

    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that an LLM may call.

    A use that has begun is not broken off, whatever the caller says meanwhile, and its result is told once.

    Attributes:
        name: Lower-case words joined by underscores.
        about: When to call it, for the LLM to read.
        arguments: A msgspec Struct; its fields, their types and ``msgspec.Meta`` descriptions make the schema.
        handler: Takes a ``ToolCall`` and the arguments, and returns data or a ``ToolResult``. A plain ``def`` runs on a
            thread of its own, an ``async def`` on the loop that serves all calls: it must not block.
        read_only: It changes nothing anywhere, so that whoever interrupts the agent may break it off.
        limit_s: A use that takes longer is given up; LLM and caller are told. An ``async def`` is cancelled then.
        filler: What the agent says when a use takes longer than 2.5 s; ``""`` for nothing, ``None`` for "One moment,
            please." in the agent's language.
        needs: Personal data that it is given though the LLM is not, as ``op26x.redaction.Entity`` names it:
            ``frozenset({"CARD"})``.
    """

    name: str
    about: str
    arguments: type[msgspec.Struct]
    handler: Handler
    read_only: bool = False
    limit_s: float = LIMIT_S
    filler: str | None = None
    needs: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Sees that an LLM can be offered it.

        Raises:
            PluginError: It can't.
        """
        if not (isinstance(self.name, str) and NAME.fullmatch(self.name)):
            raise PluginError(f"{self.name!r} is no name for a tool.", "Use lower-case words joined by underscores.")
        if not (inspect.isclass(self.arguments) and issubclass(self.arguments, msgspec.Struct)):
            raise PluginError(f"The arguments of the tool {self.name} are no Struct.", "Pass a msgspec.Struct class.")
        if not callable(self.handler):
            raise PluginError(f"The handler of the tool {self.name} can't be called.", "Pass a function.")

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
    """Checks the arguments and runs the tool. What goes wrong is told to the LLM, not to the caller.

    Returns:
        The result, its data a JSON object; ``{"error": …}`` if the arguments do not fit, or the tool raised or returned
        what is no JSON.

    Raises:
        TimeoutError: It took longer than its limit.
    """
    try:
        typed = msgspec.convert(dict(arguments), tool.arguments, strict=False)
    except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
        return ToolResult({"error": f"Wrong arguments for {tool.name}: {error}"})
    work = asyncio.ensure_future(_run(tool.handler, call, typed))
    try:
        ended, _ = await asyncio.wait({work}, timeout=tool.limit_s)
    except asyncio.CancelledError:
        work.cancel()
        raise
    if not ended:
        work.cancel()
        raise TimeoutError(f"{tool.name} did not end within {tool.limit_s:g} s")
    raised = asyncio.CancelledError() if work.cancelled() else work.exception()
    if raised is not None:
        log.error(
            "a tool failed",
            tool=tool.name,
            agent=call.agent,
            call=call.call_id,
            remedy="Look at that line of the tool, and try it with op26x calls chat.",
            exc_info=raised,
        )
        return ToolFailure({"error": f"{tool.name} failed: {type(raised).__name__}"}, error=raised)
    result = work.result()
    returned = result if isinstance(result, ToolResult) else ToolResult(result)
    return ToolResult(_told(tool, returned.data), _outcome(tool, returned.outcome), bool(returned.end_call))


def _outcome(tool: Tool, outcome: Any) -> str:
    if outcome and not (isinstance(outcome, str) and OUTCOME.fullmatch(outcome)):
        log.error("an outcome is no word like appointment-booked, and is not stored", tool=tool.name)
        return ""
    return outcome or ""


async def _run(handler: Handler, call: ToolCall, arguments: Any) -> Any:
    try:
        with by_tool():
            if inspect.iscoroutinefunction(handler):
                return await handler(call, arguments)
            context = contextvars.copy_context()
            loop = asyncio.get_running_loop()
            result = await loop.run_in_executor(OwnThread("op26x-tool"), context.run, handler, call, arguments)
            return await result if inspect.isawaitable(result) else result
    except (SystemExit, KeyboardInterrupt) as error:  # of a handler's own: no reason to end the process of all calls
        raise RuntimeError(repr(error)) from error


def _told(tool: Tool, data: Any) -> dict[str, Any]:
    """What a handler returned, as the JSON object that the LLM is told."""
    try:
        encoded = msgspec.json.encode(data)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        log.error("a tool returned something that is not JSON", tool=tool.name, exc_info=error)
        return {"error": f"{tool.name} returned what can't be told: {error}"}
    if len(encoded) > LONGEST_RESULT:
        return {"error": f"{tool.name} returned {len(encoded)} bytes; at most {LONGEST_RESULT} can be told"}
    plain = msgspec.json.decode(encoded)
    if not isinstance(plain, dict):
        return {"status": "done"} if plain is None else {"result": plain}
    return plain or {"status": "done"}
