"""The tools of one call: a use that has begun ends, whatever the caller says, and its result is told once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from op26x import logs
from op26x.agents import Agent, Tool, ToolCall, ToolResult, call_tool
from op26x.agents.tools import FILLER_AFTER_S, Pausable
from op26x.clock import Clock
from op26x.voice.timers import Timer

log = logs.get("voice")

FILLER_AGAIN_S = 10.0


class ToolWatcher(Protocol):
    """Who is told how a use goes."""

    def tool_ended(self, result: ToolResult) -> None:
        """It came to its own end, perhaps after that of the call."""
        ...

    async def tool_is_slow(self, tool: Tool) -> None:
        """It takes longer than the caller likes to hear nothing."""
        ...

    async def tool_took_too_long(self, tool: Tool) -> None:
        """It was given up at its limit; nobody knows what it did."""
        ...


class ToolRunner:
    """Runs the tools of one call, each use in a task of its own that outlives an interruption, and the call.

    Args:
        call_id: The call.
        agent: Whose tools they are.
        clock: Handed to the tools.
        recording: Handed to the tools.
        watcher: Told of slow uses.
        running_on: Uses that outlive their call, of all calls; a service that stops waits for them.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        call_id: str,
        agent: Agent,
        clock: Clock,
        recording: Pausable,
        watcher: ToolWatcher,
        running_on: set[asyncio.Future[Any]],
        spawn: Callable[[Awaitable[object]], object],
    ) -> None:
        self._call_id = call_id
        self._agent = agent
        self._clock = clock
        self._recording = recording
        self._watcher = watcher
        self._running_on = running_on
        self._spawn = spawn
        self._running: dict[asyncio.Future[ToolResult], Tool] = {}
        self._count = 0

    @property
    def running(self) -> bool:
        """Whether a tool is at work: the brain waits, and the caller is told so in time."""
        return bool(self._running)

    async def use(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolResult:
        """Runs a tool to its end or its limit; what goes wrong is a result too.

        Whoever is cancelled while waiting here breaks off a tool that is ``read_only``, and no other.
        """
        self._count += 1
        key = f"{self._call_id}-{self._count}"
        told = ToolCall(self._call_id, self._agent.name, self._clock, self._recording, key)
        use = asyncio.ensure_future(call_tool(tool, told, arguments))
        self._running[use] = tool
        use.add_done_callback(self._ended)
        filler = Timer(lambda: self._slow(tool, filler), self._spawn)
        filler.start(FILLER_AFTER_S)
        try:
            return await asyncio.shield(use)
        except TimeoutError:
            log.error("a tool took too long", call=self._call_id, tool=tool.name, limit_s=tool.limit_s)
            await self._watcher.tool_took_too_long(tool)
            return ToolResult(
                {
                    "error": f"{tool.name} did not end within {tool.limit_s:g} seconds. Whether it took effect is not "
                    "known: do not use it again for the same purpose. The caller was told that it took too long."
                }
            )
        except asyncio.CancelledError:
            if tool.read_only:
                use.cancel()
            raise
        finally:
            filler.stop()

    async def settled(self, within_s: float) -> None:
        """The call is over: waits a while for what is at work; what takes longer goes on without the call."""
        for use, tool in self._running.items():
            if tool.read_only:
                use.cancel()
        working = set(self._running)
        if working:
            _, working = await asyncio.wait(working, timeout=within_s)
        for use in working:
            self._running_on.add(use)
            use.add_done_callback(self._running_on.discard)

    async def _slow(self, tool: Tool, filler: Timer) -> None:
        filler.start(FILLER_AGAIN_S)
        await self._watcher.tool_is_slow(tool)

    def _ended(self, use: asyncio.Future[ToolResult]) -> None:
        self._running.pop(use, None)
        if not use.cancelled() and use.exception() is None:
            self._watcher.tool_ended(use.result())
