"""Speech-to-speech services: the one kind of LLM that must be given the caller's audio inside the pipeline.

Everything else stays as it is: voice detection and the STT service run beside it, so that turns, limits and the
caller's own commands do not depend on the vendor; the agent's voice speaks the greeting.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import Frame, InputAudioRawFrame
from pipecat.services.llm_service import LLMService

from op26x import g711
from op26x.g711 import SAMPLE_RATE

CHUNK = SAMPLE_RATE // 10
"""A tenth of a second: five times fewer frames through the pipeline than the wire has."""


@dataclass(frozen=True)
class SpeechToSpeech:
    """What ``build`` of an ``op26x_llm_service`` returns for an LLM that listens and speaks by itself.

    Attributes:
        service: The Pipecat service. It takes ``InputAudioRawFrame`` at 8 kHz and pushes ``TTSAudioRawFrame``
            between ``TTSStartedFrame`` and ``TTSStoppedFrame``. Its own turn detection should be off: turns come as
            ``UserStartedSpeakingFrame`` and ``UserStoppedSpeakingFrame``.
    """

    service: LLMService[Any]


class AudioIntoPipeline:
    """Hands the caller's audio to the pipeline in frames of 100 ms.

    Args:
        push: Puts a frame at the head of the pipeline.
    """

    def __init__(self, push: Callable[[Frame], Awaitable[None]]) -> None:
        self._push = push
        self._pending = bytearray()

    async def hear(self, ulaw: bytes) -> None:
        """Takes audio off the wire."""
        self._pending += ulaw
        if len(self._pending) >= CHUNK:
            pcm, self._pending = g711.decode(bytes(self._pending)), bytearray()
            await self._push(InputAudioRawFrame(audio=pcm, sample_rate=SAMPLE_RATE, num_channels=1))
