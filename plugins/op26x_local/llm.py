"""The rehearsal LLM as a Pipecat LLM service."""

from itertools import count
from typing import Any

from pipecat.frames.frames import (
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings

from op26x_local.adapter import RehearsalAdapter
from op26x_local.rehearsal import Say, Use, decide

FAREWELL = {"end_call": "Thank you for calling. Goodbye."}
"""What is said along with a function call."""


class RehearsalLLM(LLMService[Any]):
    """Answers by rules, in the frames that any LLM service answers in."""

    adapter_class = RehearsalAdapter

    def __init__(self) -> None:
        super().__init__(
            settings=LLMSettings(
                model=None,
                system_instruction=None,
                temperature=None,
                max_tokens=None,
                top_p=None,
                top_k=None,
                frequency_penalty=None,
                presence_penalty=None,
                seed=None,
                filter_incomplete_user_turns=False,
                user_turn_completion_config=None,
            )
        )
        self._calls = count(1)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answers a context; passes everything else on."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        decision = decide([dict(message) for message in frame.context.get_messages() if isinstance(message, dict)])
        await self.push_frame(LLMFullResponseStartFrame())
        text = decision.text if isinstance(decision, Say) else FAREWELL.get(decision.name, "")
        if text:
            await self.push_frame(LLMTextFrame(text))
        if isinstance(decision, Use):
            await self._use(decision, frame)
        await self.push_frame(LLMFullResponseEndFrame())

    async def _use(self, decision: Use, frame: LLMContextFrame) -> None:
        call = FunctionCallFromLLM(
            function_name=decision.name,
            tool_call_id=f"rehearsal-{next(self._calls)}",
            arguments=decision.arguments,
            context=frame.context,
        )
        await self.run_function_calls([call])
