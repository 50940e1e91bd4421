"""A brain's side of a call: what it is asked, the functions it may call, what it says."""

from collections.abc import Awaitable, Callable
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import LLMContextFrame, LLMFullResponseEndFrame, LLMTextFrame
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.llm_service import FunctionCallParams, LLMService
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from counterparts.pipeline import Heard, listen

INSTRUCTIONS = "You are a receptionist."
Function = Callable[[dict[str, Any]], dict[str, Any]]


def said(heard: Heard) -> str:
    """The brain's words."""
    return "".join(frame.text for frame in heard.of(LLMTextFrame))


async def talk(
    brain: LLMService[Any],
    words: str,
    *,
    functions: dict[str, Function] | None = None,
    answers: int = 1,
    until: Callable[[Heard], bool] | None = None,
    then: Callable[[PipelineWorker, Heard], Awaitable[None]] | None = None,
) -> Heard:
    """Says something to a brain in a pipeline with Pipecat's aggregators.

    Args:
        brain: The brain.
        words: What the caller says.
        functions: What it may call, each with the parameter ``day``.
        answers: How many answers to wait for; the one after a function is a further one.
        until: Instead of waiting for answers.
        then: Runs before the pipeline ends.
    """
    context = LLMContext([{"role": "developer", "content": INSTRUCTIONS}, {"role": "user", "content": words}])
    for name, function in (functions or {}).items():
        brain.register_function(name, _handler(function))
    if functions:
        schemas = [FunctionSchema(n, f"Does {n}.", {"day": {"type": "string"}}, ["day"]) for n in functions]
        context.set_tools(ToolsSchema(standard_tools=schemas))
    # The default strategies load a turn model for each pipeline, and nobody speaks here.
    turns = UserTurnStrategies(start=[VADUserTurnStartStrategy()], stop=[SpeechTimeoutUserTurnStopStrategy()])
    user, assistant = LLMContextAggregatorPair(context, user_params=LLMUserAggregatorParams(user_turn_strategies=turns))

    def around(service: FrameProcessor, ear: FrameProcessor) -> list[FrameProcessor]:
        return [user, service, ear, assistant]

    def answered(heard: Heard) -> bool:
        return len(heard.of(LLMFullResponseEndFrame)) == answers

    return await listen(brain, LLMContextFrame(context), until=until or answered, around=around, then=then)


def _handler(function: Function) -> Callable[[FunctionCallParams], Awaitable[None]]:
    async def handle(params: FunctionCallParams) -> None:
        await params.result_callback(function(dict(params.arguments)))

    return handle
