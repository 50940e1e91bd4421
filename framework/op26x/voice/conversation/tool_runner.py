"""The tools of one call: a use that has begun ends, whatever the caller says, and its result is told once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from op26x import logs
from op26x.agents import Agent, Tool, ToolCall, ToolFailure, ToolResult, call_tool
from op26x.agents.tools import FILLER_AFTER_S
from op26x.audit import Access
from op26x.calls import Call, Direction
from op26x.types import PhoneNumber
from op26x.voice.consent.recorded_call import RecordedCall
from op26x.voice.conversation.call_report import CallReport
from op26x.voice.conversation.conversation import Conversation
from op26x.voice.conversation.dependencies import CallDependencies
from op26x.voice.conversation.prompts import Prompts
from op26x.voice.conversation.redacted import CallRedaction
from op26x.voice.conversation.secure_entry import SecureEntry
from op26x.voice.speaking.sentences import Sentence
from op26x.voice.timers import Timer
from op26x.voice.turns.phase import Progress

log = logs.get("voice")

FILLER_AGAIN_S = 10.0


class ToolRunner:
    """Runs the tools of one call, each use in a task of its own that outlives an interruption, and the call.

    Args:
        call: As stored.
        agent: Whose tools they are.
        shared: Has the clock, and the uses that outlive their calls.
        recorded: The call's recording, which tools may pause.
        progress: How far the call has come.
        prompts: Tells the caller what they ought to know.
        conversation: Says that it takes a moment, with the agent's TTS service.
        report: Told what is used, and what comes of it.
        redaction: Tells what tools and whoever watches may be told.
        keypad: Takes what the caller enters for a tool alone.
        quiet: Whether nobody speaks.
        spawn: Starts a task that ends with the call.

    Attributes:
        outcome: What a tool reported last.
    """

    def __init__(
        self,
        call: Call,
        agent: Agent,
        shared: CallDependencies,
        recorded: RecordedCall,
        progress: Progress,
        prompts: Prompts,
        conversation: Conversation,
        report: CallReport,
        redaction: CallRedaction,
        keypad: SecureEntry,
        quiet: Callable[[], bool],
        spawn: Callable[[Awaitable[object]], object],
    ) -> None:
        self._call_id = call.id
        self._inbound = call.direction == Direction.INBOUND
        self._agent = agent
        self._shared = shared
        self._recorded = recorded
        self._progress = progress
        self._prompts = prompts
        self._conversation = conversation
        self._report = report
        self._redaction = redaction
        self._keypad = keypad
        self._quiet = quiet
        self._spawn = spawn
        self._running: dict[asyncio.Future[ToolResult], Tool] = {}
        self._filler = Timer(self._say_filler, spawn)
        self._count = 0
        self.outcome = ""

    @property
    def running(self) -> bool:
        """Whether a tool is at work: the LLM waits, and the caller is told so in time."""
        return bool(self._running)

    async def use(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolResult:
        """Runs a tool to its end or its limit; what goes wrong is a result too. Its data is what the LLM may be told.

        Whoever is cancelled while waiting here breaks off a tool that is ``read_only``, and no other.
        """
        arguments = arguments if isinstance(arguments, Mapping) else {}
        self._report.publish("tool", text=tool.name, detail=dict(self._redaction.live(arguments)))
        use = self._begin(tool, self._redaction.for_tool(arguments, tool.needs, tool.name))
        if not self._filler.running:
            self._filler.start(FILLER_AFTER_S)
        try:
            return await asyncio.shield(use)
        except TimeoutError:
            return self._took_too_long(tool)
        except asyncio.CancelledError:
            if tool.read_only:
                use.cancel()
            raise

    def heard(self) -> None:
        """The caller hears the agent: so long they do not wait."""
        self._filler.stop()
        if self._running:
            self._filler.start(FILLER_AGAIN_S)

    async def settled(self, within_s: float) -> None:
        """The call is over: waits a while for what is at work; what takes longer goes on without the call."""
        self._filler.stop()
        self._keypad.close()
        for use, tool in self._running.items():
            if tool.read_only:
                use.cancel()
        working = set(self._running)
        if working:
            _, working = await asyncio.wait(working, timeout=within_s)
        for use in working:
            self._shared.tools_running_on.add(use)
            use.add_done_callback(self._shared.tools_running_on.discard)

    def _begin(self, tool: Tool, arguments: Mapping[str, Any]) -> asyncio.Future[ToolResult]:
        self._count += 1
        use = asyncio.ensure_future(self._run(tool, arguments, f"{self._call_id}-{self._count}"))
        self._running[use] = tool
        use.add_done_callback(self._ended)
        return use

    async def _run(self, tool: Tool, arguments: Mapping[str, Any], key: str) -> ToolResult:
        number = await self._number(tool) if self._agent.tools_know_number else None
        keypad = self._keypad.of(tool.name)
        told = ToolCall(self._call_id, self._agent.name, self._shared.clock, self._recorded, key, number, keypad)
        result = await call_tool(tool, told, arguments)
        return replace(result, data=self._redaction.from_tool(result.data))

    async def _number(self, tool: Tool) -> PhoneNumber | None:
        access = Access(f"tool:{tool.name}", "used in the call")
        try:
            caller, called = await self._shared.log.numbers(self._call_id, access)
        except Exception as error:  # the tool does without, and so does the call
            log.error("a tool is not told the number", call=self._call_id, tool=tool.name, exc_info=error)
            return None
        return caller if self._inbound else called

    def _ended(self, use: asyncio.Future[ToolResult]) -> None:
        self._running.pop(use, None)
        if use.cancelled() or use.exception() is not None:
            return
        result = use.result()
        if isinstance(result, ToolFailure):
            self._report.failed("tool")
        if result.outcome:
            self.outcome = result.outcome
            self._report.outcome(result.outcome, self._redaction.live(result.data))

    async def _say_filler(self) -> None:
        """Says it for whatever is at work now; an LLM that uses one tool after the other makes the caller wait too."""
        if not self._running or self._keypad.running:
            return
        tool = next(reversed(self._running.values()))
        self._filler.start(FILLER_AGAIN_S)
        said = self._prompts.text(Sentence.ONE_MOMENT) if tool.filler is None else tool.filler
        if said and self._progress.talking and self._quiet():
            await self._conversation.speak(said)

    def _took_too_long(self, tool: Tool) -> ToolResult:
        log.error("a tool took too long", call=self._call_id, tool=tool.name, limit_s=tool.limit_s)
        self._report.failed("tool")
        if self._progress.talking:
            self._spawn(self._prompts.say(Sentence.TOOK_TOO_LONG))
        unknown = "Whether it took effect is not known: do not use it again for the same purpose."
        told = "The caller was told that it took too long."
        return ToolResult({"error": f"{tool.name} did not end within {tool.limit_s:g} seconds. {unknown} {told}"})
