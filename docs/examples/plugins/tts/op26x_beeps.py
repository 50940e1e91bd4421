"""A voice that beeps: a tenth of a second for each letter, the later in the alphabet the higher."""

import numpy as np
from pipecat.frames.frames import TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from op26x import Provider, hookimpl

RATE = 8000
TIMES = np.arange(RATE // 10) / RATE


class Beeps(TTSService):
    def __init__(self):
        settings = TTSSettings(model=None, voice=None, language=None)
        super().__init__(sample_rate=RATE, push_start_frame=True, push_stop_frames=True, settings=settings)

    async def run_tts(self, text, context_id):
        for letter in filter(str.isalnum, text.lower()):
            hertz = 400 + 40 * (ord(letter) % 32)
            pcm = (8000 * np.sin(2 * np.pi * hertz * TIMES)).astype("<i2").tobytes()
            yield TTSAudioRawFrame(pcm, RATE, 1, context_id=context_id)


@hookimpl
def op26x_tts_service():
    return Provider("beeps", lambda request: Beeps(), "Beeps, one per letter")
