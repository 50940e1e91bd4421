"""The fixed sentences: what is said when no brain is asked, rendered once per process without any vendor."""

from enum import StrEnum

from op26x import g711, logs
from op26x.errors import HookFailed
from op26x.plugins import Plugins

log = logs.get("voice")


class Sentence(StrEnum):
    """The sentences, in English."""

    SAY_AGAIN = "Sorry, something went wrong. Could you say that again?"
    TROUBLE = "Sorry, I am having technical trouble. Please call again later. Goodbye."
    STILL_THERE = "Are you still there?"
    NOBODY_THERE = "I did not hear anything, so I will end the call now. Goodbye."
    TIME_IS_UP = "This call has reached its time limit. Goodbye."


class Sentences:
    """Audio of the fixed sentences.

    Args:
        plugins: Asked by ``op26x_render_sentence``.
    """

    def __init__(self, plugins: Plugins) -> None:
        self._render = plugins.decider("op26x_render_sentence")
        self._audio: dict[Sentence, bytes] = {}

    async def warm(self) -> None:
        """Renders every sentence."""
        for sentence in Sentence:
            try:
                pcm = await self._render(text=sentence.value, language="en")
            except HookFailed as error:
                log.error("a fixed sentence can't be spoken", sentence=sentence.name, why=error.message)
                continue
            if pcm:
                self._audio[sentence] = g711.encode(pcm)

    def ulaw(self, sentence: Sentence) -> bytes:
        """A sentence as 8 kHz mu-law; empty if no plugin could speak it."""
        return self._audio.get(sentence, b"")
