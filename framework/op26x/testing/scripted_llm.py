"""An LLM for tests: what it is asked is written down, what it answers is a script of steps."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from pipecat.frames.frames import (
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings

from op26x import Provider, hookimpl
from op26x.agents import Tool


@dataclass(frozen=True)
class Say:
    """Words, in one token or several, so many seconds apart."""

    text: str
    every_s: float = 0.0


@dataclass(frozen=True)
class Use:
    """A tool that is called, by name; those that follow one another in an answer are called at once."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Push:
    """A Pipecat frame that the LLM pushes, such as ``AnswerRefusedFrame``; made anew each time."""

    frame: Callable[[], Frame]


@dataclass(frozen=True)
class Wait:
    """Nothing, for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class End:
    """The end of the answer, before whatever comes behind it."""


Step = Say | Use | Push | Wait | End


def no_settings() -> LLMSettings:
    """Settings of an LLM that has none."""
    names = [setting.name for setting in fields(LLMSettings) if setting.init and setting.name != "extra"]
    unset: dict[str, Any] = dict.fromkeys(names)
    return LLMSettings(**{**unset, "filter_incomplete_user_turns": False})


class ScriptedLLM(LLMService[Any]):
    """Answers each request by the next list of steps, the last one again and again."""

    def __init__(self, script: "Script") -> None:
        super().__init__(settings=no_settings())
        self._script = script

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answers a context; passes everything else on."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        self._script.asked.append(copy.deepcopy(list(frame.context.get_messages())))
        steps = self._script.next_answer()
        await self.push_frame(LLMFullResponseStartFrame())
        calls: list[FunctionCallFromLLM] = []
        for step in steps:
            if isinstance(step, Use):
                self._script.check(step)
                identifier = f"use-{len(self._script.asked)}-{len(calls)}"
                calls.append(FunctionCallFromLLM(step.tool, identifier, step.arguments, frame.context))
                continue
            await self._call(calls)
            await self._do(step)
        await self._call(calls)
        if End() not in steps:
            await self.push_frame(LLMFullResponseEndFrame())

    async def _call(self, calls: list[FunctionCallFromLLM]) -> None:
        if calls:
            await self.run_function_calls(calls.copy())
            calls.clear()

    async def _do(self, step: Step) -> None:
        match step:
            case Say():
                async for token in _tokens(step):
                    await self._push_llm_text(token)
            case Push():
                await self.push_frame(step.frame())
            case Wait():
                await asyncio.sleep(step.seconds)
            case End():
                await self.push_frame(LLMFullResponseEndFrame())


class Script:
    """A plugin with the LLM ``scripted-steps`` and tools.

    Args:
        answers: The steps of each answer.
        tools: What the LLM may call.

    Attributes:
        asked: The messages of each request.
        check: Is handed each tool that is about to be used.
        at_the_end: Is called when an answer that uses a tool would come once more, which would never end.
    """

    def __init__(self, *answers: Sequence[Step], tools: list[Tool] | None = None) -> None:
        self.answers = answers
        self.asked: list[list[Any]] = []
        self.check: Callable[[Use], None] = lambda use: None
        self.at_the_end: Callable[[], None] | None = None
        self._tools = tools or []

    def next_answer(self) -> Sequence[Step]:
        """The steps of the answer to the newest request."""
        number = len(self.asked) - 1
        if number < len(self.answers):
            return self.answers[number]
        again = self.answers[-1]
        tools = {step.tool for step in again if isinstance(step, Use)}
        if self.at_the_end is None or not tools:
            return again
        if tools != {"end_call"}:
            self.at_the_end()
        return ()

    @hookimpl
    def op26x_llm_service(self) -> Provider[Any]:
        """The LLM."""
        return Provider("scripted-steps", lambda request: ScriptedLLM(self))

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        """The tools."""
        return self._tools

    def document(self, **changes: Any) -> dict[str, Any]:
        """What an agent's document says of it."""
        return {"llm": "scripted-steps", "tools": [tool.name for tool in self._tools] + ["end_call"], **changes}

    @property
    def heard(self) -> list[str]:
        """The last words of the caller that the LLM was told, request by request."""
        return [
            next((str(m["content"]) for m in reversed(asked) if m.get("role") == "user"), "") for asked in self.asked
        ]


async def _tokens(step: Say) -> AsyncIterator[str]:
    if not step.every_s:
        yield step.text
        return
    for word in step.text.split(" "):
        yield word + " "
        await asyncio.sleep(step.every_s)
