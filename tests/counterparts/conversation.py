"""An LLM's side of a call: what it is asked, the functions it may call, what it says."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import msgspec
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

from counterparts.pipeline import NEVER_S, Heard, listen
from op26x.agents import Tool, ToolCall, call_tool
from op26x.voice.vendors.requests import ToolSchema

INSTRUCTIONS = "You are a receptionist."


class Day(msgspec.Struct):
    """Arguments of a function."""

    day: str


Function = Callable[[dict[str, Any]], dict[str, Any]]


def said(heard: Heard) -> str:
    """The LLM's words."""
    return "".join(frame.text for frame in heard.of(LLMTextFrame))


async def talk(
    llm: LLMService[Any],
    words: str,
    *,
    functions: dict[str, Function] | None = None,
    tools: Sequence[Tool] = (),
    before: Sequence[dict[str, Any]] = (),
    asynchronous: bool = False,
    answers: int = 1,
    until: Callable[[Heard], bool] | None = None,
    then: Callable[[PipelineWorker, Heard], Awaitable[None]] | None = None,
) -> Heard:
    """Says something to an LLM in a pipeline with Pipecat's aggregators.

    Args:
        llm: The LLM.
        words: What the caller says.
        functions: What it may call, each with the parameter ``day``.
        tools: What it may call besides.
        before: Turns before.
        asynchronous: Whether functions and tools go on when the caller speaks.
        answers: How many answers to wait for; the one after a function is a further one.
        until: Instead of waiting for answers.
        then: Runs before the pipeline ends.
    """
    llm.append_system_instruction(INSTRUCTIONS)
    context = LLMContext([*before, {"role": "user", "content": words}])
    offered = [
        *(Tool(name, f"Does {name}.", Day, _of(function)) for name, function in (functions or {}).items()),
        *tools,
    ]
    for tool in offered:
        llm.register_function(tool.name, _handler(tool), cancel_on_interruption=not asynchronous)
    if offered:
        context.set_tools(ToolsSchema(standard_tools=[ToolSchema(t.name, t.about, t.schema()) for t in offered]))
    # The default strategies load a turn model for each pipeline, and nobody speaks here.
    turns = UserTurnStrategies(start=[VADUserTurnStartStrategy()], stop=[SpeechTimeoutUserTurnStopStrategy()])
    user, assistant = LLMContextAggregatorPair(context, user_params=LLMUserAggregatorParams(user_turn_strategies=turns))

    def around(service: FrameProcessor, ear: FrameProcessor) -> list[FrameProcessor]:
        return [user, service, ear, assistant]

    def answered(heard: Heard) -> bool:
        return len(heard.of(LLMFullResponseEndFrame)) == answers

    return await listen(llm, LLMContextFrame(context), until=until or answered, around=around, then=then)


def _of(function: Function) -> Callable[[ToolCall, Any], dict[str, Any]]:
    return lambda _call, day: function(msgspec.to_builtins(day))


def _handler(tool: Tool) -> Callable[[FunctionCallParams], Awaitable[None]]:
    async def handle(params: FunctionCallParams) -> None:
        result = await call_tool(tool, ToolCall("", ""), params.arguments)
        await params.result_callback(dict(result.data))

    return handle


class Party(msgspec.Struct):
    """Who comes.

    Attributes:
        adults: How many.
        children: Of those, the ages are asked.
    """

    adults: int
    children: list["Child"] = []


class Child(msgspec.Struct):
    """One of the party."""

    age: Annotated[int, msgspec.Meta(ge=0, le=17, description="In years.")]
    siblings: list["Child"] = []


class Table(msgspec.Struct):
    """Arguments of ``reserve``."""

    day: str
    party: Party


PARTY = {"adults": 2, "children": [{"age": 5, "siblings": [{"age": 3}]}]}
GREETING = {"role": "assistant", "content": "Hello, this is the Dragon."}


def reserve(
    handler: Callable[[ToolCall, Table], Any] = lambda call, table: {"table": len(table.party.children)},
) -> Tool:
    """A tool whose arguments are nested, and hold themselves."""
    return Tool("reserve", "Reserves a table.", Table, handler)


async def answered(heard: Heard, answers: int) -> None:
    """Waits for so many answers."""
    async with asyncio.timeout(NEVER_S):
        while len(heard.of(LLMFullResponseEndFrame)) < answers:
            await asyncio.sleep(0)
