"""espeak-ng as a Pipecat service."""

from collections.abc import AsyncGenerator

from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from op26x_local.espeak import Espeak

SAMPLE_RATE = 8000


class LocalTTS(TTSService):
    """Speaks with the offline synthesiser.

    Args:
        language: As in BCP 47.
    """

    def __init__(self, language: str) -> None:
        super().__init__(
            sample_rate=SAMPLE_RATE,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice=None, language=None),
        )
        self._language = language

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yields the whole sentence as one frame of 16-bit PCM at 8 kHz."""
        pcm = await Espeak.shared().speak_async(text, language=self._language)
        yield TTSAudioRawFrame(pcm, SAMPLE_RATE, 1, context_id=context_id)
