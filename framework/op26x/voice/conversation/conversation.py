"""The pipeline of one call, all of it Pipecat's but its ends: aggregators, LLM, TTS, turn strategies."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import Frame, InterruptionFrame, LLMRunFrame, TranscriptionFrame, TTSSpeakFrame
from pipecat.processors.aggregators.dtmf_aggregator import DTMFAggregator
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallParams, LLMService
from pipecat.services.tts_service import TTSService
from pipecat.turns.user_start import TranscriptionUserTurnStartStrategy, VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.text.base_text_aggregator import TextType
from pipecat.workers.runner import WorkerRunner

from op26x.agents import Agent, Tool
from op26x.types import Personal
from op26x.voice.conversation.llm_watch import LLMWatch
from op26x.voice.conversation.redacted import CallRedaction
from op26x.voice.conversation.services import CallServices
from op26x.voice.conversation.transport import CallTransport
from op26x.voice.pipelines import give_another_chance, pipeline_of
from op26x.voice.vendors.requests import ToolSchema

KEYPAD_PAUSE_S = 1.0
KEYPAD_PREFIX = "The caller pressed: "
EMPTY_TURN_S = 1.5

UseTool = Callable[[Tool, Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]


class Conversation:
    """Runs the pipeline of a call.

    Args:
        agent: Whose conversation it is.
        transport: Its two ends.
        services: LLM, TTS and STT services, fresh.
        alive: Told of each sign of life of the LLM's.
        redaction: Tells what the LLM may be told of keys that the caller presses, and what the caller hears.

    Attributes:
        started: Set once the pipeline runs; nothing can be said before.
    """

    def __init__(
        self,
        agent: Agent,
        transport: CallTransport,
        services: CallServices,
        alive: Callable[[], Awaitable[None]],
        redaction: CallRedaction,
    ) -> None:
        self._agent = agent
        self._llm = llm = services.llm
        llm.append_system_instruction("\n\n".join(filter(None, (agent.instructions, redaction.hint))))
        self._context = LLMContext()
        turns = UserTurnStrategies(
            start=[VADUserTurnStartStrategy(), TranscriptionUserTurnStartStrategy(use_interim=False)],
            stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=agent.limits.end_of_speech_s)],
        )
        self.user, assistant = LLMContextAggregatorPair(
            self._context,
            user_params=LLMUserAggregatorParams(
                user_turn_strategies=turns,
                audio_idle_timeout=0,
                user_turn_stop_timeout=EMPTY_TURN_S,
                empty_user_turn=None,
            ),
        )
        # What was heard is in the context before whatever comes behind it, an interruption too.
        assistant._enable_direct_mode = True
        keypad = _Keypad(redaction)
        # An LLM that speaks by itself stands behind the TTS service, which then says the greeting only.
        watched = [llm, LLMWatch(alive), services.tts]
        speaking = [services.tts, llm] if services.hears else watched
        self.worker = pipeline_of([transport.input(), keypad, self.user, *speaking, transport.output(), assistant])
        self.started = asyncio.Event()
        self.worker.add_event_handler("on_pipeline_started", self._on_started)
        self._runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
        self._stopped = False
        self._beside = services.beside
        self._tts = services.tts
        _say_in_words(services.tts, redaction)
        self.user.add_event_handler("on_user_turn_stopped", self._on_caller_turn)

    def offer(self, tools: list[Tool], use: UseTool) -> None:
        """Lets the LLM call tools. One that has effects goes on when the caller interrupts (Pipecat: asynchronous).

        Args:
            tools: Which.
            use: Runs one and returns what the LLM is told; ``None`` tells it nothing, and asks it no more.
        """

        async def handle(tool: Tool, params: FunctionCallParams) -> None:
            if (result := await use(tool, params.arguments)) is not None:
                await params.result_callback(dict(result))

        offer(self._llm, self._context, tools, handle)

    async def run(self) -> None:
        """Runs until ``stop``, and for as long as Pipecat takes to wind up; cancelled, it would leave tasks behind."""
        await self._runner.add_workers(self.worker)
        if self._beside is not None:
            await self._runner.add_workers(self._beside.worker)
        if not self._stopped:  # a runner forgets what was cancelled before it ran
            await self._runner.run()

    async def _on_started(self, _worker: object, _frame: Frame) -> None:
        self.started.set()

    async def _on_caller_turn(self, *_: object) -> None:
        await give_another_chance(self._tts)

    async def fall_silent(self) -> None:
        """Asks LLM and TTS nothing more; an STT service beside the pipeline goes on until ``stop``."""
        if self._beside is None:
            await self.worker.cancel()
        else:
            await self.interrupt()

    async def stop(self) -> None:
        """Ends the pipeline at once."""
        self._stopped = True
        await self._runner.cancel()

    async def speak(self, text: str) -> None:
        """Says something with the agent's TTS service, and keeps it in the context."""
        await self.worker.queue_frame(TTSSpeakFrame(text))

    async def go_on(self) -> None:
        """Has the LLM answer what is in the context."""
        await self.worker.queue_frame(LLMRunFrame())

    async def interrupt(self) -> None:
        """Stops whatever LLM and TTS are doing."""
        frame: Frame = InterruptionFrame()
        await self.worker.queue_frame(frame)


class _Keypad(DTMFAggregator):
    """Tells the LLM which keys were pressed, as it may be told."""

    def __init__(self, redaction: CallRedaction) -> None:
        super().__init__(timeout=KEYPAD_PAUSE_S, prefix=KEYPAD_PREFIX, enable_direct_mode=True)
        self._redaction = redaction

    async def push_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Hands a frame on."""
        if isinstance(frame, TranscriptionFrame) and frame.text.startswith(KEYPAD_PREFIX):
            frame.text = self._redaction.heard(Personal(frame.text))
        await super().push_frame(frame, direction)


def _say_in_words(tts: TTSService, redaction: CallRedaction) -> None:
    """Has a voice say words where its text has placeholders, before anything else is done with that text."""

    async def say(text: str, _type: str | TextType) -> str:
        return redaction.spoken(text)

    tts.add_text_transformer(say)
    transforms = tts._text_transforms  # Pipecat has no public way to be the first
    transforms.insert(0, transforms.pop())


def offer(
    llm: LLMService[Any],
    context: LLMContext,
    tools: list[Tool],
    handle: Callable[[Tool, FunctionCallParams], Awaitable[None]],
) -> None:
    """Lets an LLM call tools.

    Args:
        llm: The service.
        context: Of its conversation.
        tools: Which.
        handle: Runs one, and tells the LLM what it returned.
    """
    for tool in tools:
        llm.register_function(tool.name, partial(handle, tool), cancel_on_interruption=tool.read_only)
    if tools:
        schemas: list[FunctionSchema] = [ToolSchema(tool.name, tool.about, tool.schema()) for tool in tools]
        context.set_tools(ToolsSchema(standard_tools=schemas))
