"""A conversation typed instead of spoken: an agent's LLM and tools, without sound, telephony, database or recording."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pipecat.frames.frames import (
    Frame,
    FunctionCallsStartedFrame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMTextFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallParams, LLMService
from pipecat.workers.runner import WorkerRunner

from op26x.agents import Agent, Tool, ToolCall, ToolFailure, call_tool
from op26x.clock import Clock
from op26x.errors import ProviderError
from op26x.voice.conversation.conversation import offer
from op26x.voice.pipelines import pipeline_of

LONGEST_S = 60.0
"""How long an answer may take, its tools included."""
ERROR_S = 0.5
"""An error is known so long after an answer that has no words."""
WITHOUT_A_CALL = "chat"
"""What tools are told instead of a call's identifier."""


class _Answers(FrameProcessor):
    """Collects what the LLM says, and knows when it has said all of it."""

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)
        self._text: list[str] = []
        self._calls_tools = False
        self._over = asyncio.Event()
        self._wordless: asyncio.TimerHandle | None = None

    def expect(self) -> None:
        """An answer comes next."""
        if self._wordless is not None:
            self._wordless.cancel()
        self._text.clear()
        self._over.clear()

    def end(self) -> None:
        """Nothing more comes of it."""
        self._over.set()

    async def get(self) -> str:
        """The whole answer, once it is over."""
        async with asyncio.timeout(LONGEST_S):
            await self._over.wait()
        return "".join(self._text).strip()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Reads what passes."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMTextFrame):
            self._text.append(frame.text)
        elif isinstance(frame, FunctionCallsStartedFrame):
            self._calls_tools = True
        elif isinstance(frame, LLMFullResponseEndFrame) and self._calls_tools:
            self._calls_tools = False  # the LLM is asked again with what the tools returned
        elif isinstance(frame, LLMFullResponseEndFrame) and self._text:
            self._over.set()
        elif isinstance(frame, LLMFullResponseEndFrame):  # also behind an error, which is told in a roundabout way
            self._wordless = asyncio.get_running_loop().call_later(ERROR_S, self._over.set)
        await self.push_frame(frame, direction)


class Chat:
    """One conversation.

    Args:
        agent: Whose.
        llm: Its LLM service, fresh.
        tools: What the LLM may use. They do what they do in a call.
        clock: Tools are told it.
        used: Told each tool that is used, its arguments, and what it returned or raised.

    Attributes:
        over: The agent has ended the call.
    """

    def __init__(
        self, agent: Agent, llm: LLMService[Any], tools: list[Tool], clock: Clock, used: Callable[[str, Any, Any], None]
    ) -> None:
        self._agent = agent
        self._clock = clock
        self._used = used
        self._count = 0
        self._failed: Exception | None = None
        self.over = False
        llm.append_system_instruction(agent.instructions)
        context = LLMContext([{"role": "assistant", "content": agent.greeting}])
        user, assistant = LLMContextAggregatorPair(context)
        self._answers = _Answers()
        offer(llm, context, tools, self._use)
        self._worker = pipeline_of([user, llm, self._answers, assistant])
        self._worker.add_event_handler("on_pipeline_error", self._on_error)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Chat"]:
        """Runs for as long as the block lasts."""
        runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
        started = asyncio.Event()

        async def on_started(*_: object) -> None:
            started.set()

        self._worker.add_event_handler("on_pipeline_started", on_started)
        await runner.add_workers(self._worker)
        running = asyncio.ensure_future(runner.run())
        await started.wait()
        try:
            yield self
        finally:
            await runner.cancel()
            await running

    async def say(self, text: str) -> str:
        """Says something and returns the answer; empty if the LLM had none.

        Raises:
            ProviderError: The LLM failed, or did not answer within a minute.
        """
        self._answers.expect()
        self._failed = None
        said = LLMMessagesAppendFrame(messages=[{"role": "user", "content": text}], run_llm=True)
        await self._worker.queue_frame(said)
        try:
            answer = await self._answers.get()
        except TimeoutError:
            raise ProviderError(f"The LLM did not answer within {LONGEST_S:.0f} s.", "See its own log.") from None
        if self._failed is not None:
            raise ProviderError(f"The LLM failed: {self._failed}", "Check its key, its model and the network.")
        return answer

    async def _use(self, tool: Tool, params: FunctionCallParams) -> None:
        self._count += 1
        told = ToolCall(WITHOUT_A_CALL, self._agent.name, self._clock, None, f"{WITHOUT_A_CALL}-{self._count}")
        result = await call_tool(tool, told, params.arguments)
        self._used(tool.name, params.arguments, result.error if isinstance(result, ToolFailure) else result.data)
        if result.end_call:
            self.over = True
            self._answers.end()
        else:
            await params.result_callback(result.data)

    async def _on_error(self, _worker: object, frame: Any) -> None:
        self._failed = frame.exception or RuntimeError(str(frame.error))
        self._answers.end()
