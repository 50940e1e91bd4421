"""The rehearsal brain as a Pipecat LLM service."""

from itertools import count
from typing import Any

from pipecat.frames.frames import Frame, LLMContextFrame, LLMFullResponseEndFrame, LLMFullResponseStartFrame, LLMTextFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallFromLLM, LLMService
from pipecat.services.settings import LLMSettings

from op26x_local.rehearsal import Say, Use, decide

GOODBYE = "Thank you for calling. Goodbye."


class RehearsalBrain(LLMService[Any]):
    """Answers by rules, in the frames that any LLM service answers in."""

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
        decision = decide(frame.context.get_messages())
        await self.push_frame(LLMFullResponseStartFrame())
        if isinstance(decision, Say):
            await self.push_frame(LLMTextFrame(decision.text))
        elif decision.name == "end_call":
            await self.push_frame(LLMTextFrame(GOODBYE))
        await self.push_frame(LLMFullResponseEndFrame())
        if isinstance(decision, Use):
            await self._use(decision, frame)

    async def _use(self, decision: Use, frame: LLMContextFrame) -> None:
        call = FunctionCallFromLLM(
            function_name=decision.name,
            tool_call_id=f"rehearsal-{next(self._calls)}",
            arguments=decision.arguments,
            context=frame.context,
        )
        await self.run_function_calls([call])
