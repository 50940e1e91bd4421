"""What Pipecat writes off for good after one failure is asked again at the next turn."""

from collections.abc import AsyncGenerator
from typing import Any

from pipecat.frames.frames import Frame

from op26x import Provider, hookimpl
from op26x.testing import Telephone
from op26x.testing.stand_ins import ToneTTS


class RefusesOnce(ToneTTS):
    """A TTS service whose key was wrong for a moment."""

    refused = False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        if "refused" in text and not self.refused:
            self.refused = True
            await self.push_error("the key is wrong", force_treat_as_permanent=True)
            return
        async for frame in super().run_tts(text, context_id):
            yield frame


class Plugin:
    @hookimpl
    def op26x_tts_service(self) -> Provider[Any]:
        return Provider("refuses-once", lambda request: RefusesOnce())


def test_a_voice_that_was_refused_once_speaks_again(telephone: Telephone) -> None:
    telephone.set_up(Plugin(), tts="refuses-once", answers=["This is refused.", "Here I am again."], may_fail=True)
    call = telephone.ring()
    call.say("Hello?")
    call.say("Are you there?")

    assert call.agent_said[-1] == "Here I am again."
    assert call.record.vendor_errors == 1
