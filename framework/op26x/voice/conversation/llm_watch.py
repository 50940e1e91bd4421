"""Between LLM and TTS: what the LLM's answer looks like as it comes, before sound is made of it."""

from collections.abc import Awaitable, Callable

from pipecat.frames.frames import (
    Frame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from op26x.voice.vendors.frames import AnswerRefusedFrame, Refusal


class LLMWatch(FrameProcessor):
    """Tells of each sign of life, and notices an answer that is empty.

    Args:
        alive: Told of each piece of text, and of tools that are called.
    """

    def __init__(self, alive: Callable[[], Awaitable[None]]) -> None:
        super().__init__(enable_direct_mode=True)
        self._alive = alive
        self._empty = False
        self._refused: AnswerRefusedFrame | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes everything on, a refusal behind the words that came before it."""
        await super().process_frame(frame, direction)
        if isinstance(frame, AnswerRefusedFrame):
            self._refused = frame
            return
        await self.push_frame(frame, direction)
        if isinstance(frame, LLMFullResponseStartFrame):
            self._empty = True
        elif isinstance(frame, LLMFullResponseEndFrame):
            refused, self._refused = self._refused, None
            if refused or self._empty:
                await self.push_frame(refused or AnswerRefusedFrame(Refusal.EMPTY))
            self._empty = False
        elif isinstance(frame, InterruptionFrame | FunctionCallsStartedFrame):
            self._empty, self._refused = False, None
        elif isinstance(frame, LLMTextFrame):
            self._empty = self._empty and not frame.text.strip()
            await self._alive()
