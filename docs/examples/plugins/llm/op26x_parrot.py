"""An LLM that repeats what it heard."""

from dataclasses import fields

from pipecat.frames.frames import LLMContextFrame, LLMFullResponseEndFrame, LLMFullResponseStartFrame, LLMTextFrame
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings

from op26x import Provider, hookimpl


class Parrot(LLMService):
    def __init__(self):
        super().__init__(settings=LLMSettings(**{f.name: None for f in fields(LLMSettings) if f.name != "extra"}))

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        heard = frame.context.get_messages()[-1]["content"]
        for part in (LLMFullResponseStartFrame(), LLMTextFrame(f"You said: {heard}."), LLMFullResponseEndFrame()):
            await self.push_frame(part)


@hookimpl
def op26x_llm_service():
    return Provider("parrot", lambda request: Parrot(), "Repeats what it heard")
